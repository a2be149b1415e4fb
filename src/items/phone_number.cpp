#include "items/phone_number.h"

#include <algorithm>

namespace tartan::items {
namespace {

constexpr std::size_t kDigitsMin = 7;
constexpr std::size_t kDigitsMax = 15;
constexpr std::size_t kNorthAmericanDigits = 11;  // with the calling code 1

// Country calling codes by ITU-T E.164: 1 and 7 stand alone; of the rest, those with two digits are
// listed, and every other assigned one has three.
constexpr std::string_view kTwoDigitCodes =
    " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64"
    " 65 66 81 82 84 86 90 91 92 93 94 95 98 ";
constexpr std::string_view kUnassignedThreeDigitCodes =
    " 210 214 215 217 219 259 280 281 282 283 284 285 286 287 288 289 292 293 294 295 296 384 422"
    " 424 425 426 427 428 429 671 684 693 694 695 696 697 698 699 801 802 803 804 805 806 807 809"
    " 851 854 857 858 859 871 872 873 874 875 876 877 879 884 885 887 889 969 978 990 997 999 ";

bool listed(std::string_view list, std::string_view code) {
  return list.find(" " + std::string(code) + " ") != std::string_view::npos;
}

bool is_north_american(std::string_view digits) {
  if (digits.size() != kNorthAmericanDigits || digits[0] != '1') {
    return false;
  }
  const std::string_view area = digits.substr(1, 3);
  const std::string_view exchange = digits.substr(4, 3);
  const auto begins_well = [](std::string_view part) { return part[0] >= '2'; };
  const auto is_service_code = [](std::string_view part) { return part.substr(1) == "11"; };
  return begins_well(area) && begins_well(exchange) && area[1] != '9' && !is_service_code(area) &&
         !is_service_code(exchange);
}

bool has_assigned_code(std::string_view digits) {
  if (digits[0] == '7') {
    return digits.size() == 11;
  }
  if (listed(kTwoDigitCodes, digits.substr(0, 2))) {
    return true;
  }
  return digits[0] != '0' && digits[0] != '1' &&
         !listed(kUnassignedThreeDigitCodes, digits.substr(0, 3));
}

// The digits alone; nothing when something else than the usual punctuation stands between them.
std::optional<std::string> digits_of(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits.push_back(c);
    } else if (std::string_view(" -.()/").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  return digits;
}

}  // namespace

std::optional<std::string> normalize_phone_number(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return std::nullopt;
  }
  text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  const bool international = text.front() == '+';
  auto digits = digits_of(international ? text.substr(1) : text);
  if (!digits) {
    return std::nullopt;
  }
  if (!international && digits->starts_with("00")) {
    digits->erase(0, 2);
  } else if (!international && digits->size() == kNorthAmericanDigits - 1) {
    digits->insert(digits->begin(), '1');
  } else if (!international &&
             !(digits->size() == kNorthAmericanDigits && digits->front() == '1')) {
    return std::nullopt;
  }
  if (digits->size() < kDigitsMin || digits->size() > kDigitsMax) {
    return std::nullopt;
  }
  const bool valid =
      digits->front() == '1' ? is_north_american(*digits) : has_assigned_code(*digits);
  return valid ? std::optional("+" + *digits) : std::nullopt;
}

}  // namespace tartan::items
