#include "items/phone_number.h"

namespace tartan::items {
namespace {

constexpr std::size_t kDigitsMin = 7;
constexpr std::size_t kDigitsMax = 15;
constexpr std::size_t kNorthAmericanDigits = 11;  // with the calling code 1

// Country calling codes assigned by ITU-T E.164; 1 and 7 stand alone. Codes that are spare or given
// back (388, 671, 684, 871 to 874, ...) are not here, so a number that begins with one is refused.
constexpr std::string_view kTwoDigitCodes =
    " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64"
    " 65 66 81 82 84 86 90 91 92 93 94 95 98 ";
constexpr std::string_view kThreeDigitCodes =
    " 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237"
    " 238 239 240 241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261"
    " 262 263 264 265 266 267 268 269 290 291 297 298 299 350 351 352 353 354 355 356 357 358 359"
    " 370 371 372 373 374 375 376 377 378 379 380 381 382 383 385 386 387 389 420 421 423 500 501"
    " 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675"
    " 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 808 850 852 853 855 856"
    " 870 878 880 881 882 883 886 888 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975"
    " 976 977 979 992 993 994 995 996 998 ";

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
  return listed(kThreeDigitCodes, digits.substr(0, 3));
}

// "+44 (0)20 ..." is how a number is written for callers at home and abroad; the trunk digit in
// brackets is no part of the international number.
std::string without_trunk_digit(std::string_view text) {
  constexpr std::string_view trunk = "(0)";
  std::string out(text);
  if (const auto at = out.find(trunk); at != std::string::npos) {
    out.erase(at, trunk.size());
  }
  return out;
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
  auto digits = digits_of(international ? without_trunk_digit(text.substr(1)) : text);
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
