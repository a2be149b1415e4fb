#include "workflow/match.h"

#include <algorithm>
#include <regex>
#include <stdexcept>

namespace tartan::cases {
namespace {

std::string shown(const json::Value* value) {
  return value == nullptr ? "nothing" : json::print(*value);
}

std::string differs(const std::string& place, const std::string& expected,
                    const json::Value* actual) {
  return "at " + (place.empty() ? std::string("its root") : place) + " expected " + expected +
         ", came " + shown(actual);
}

std::size_t length_of(const json::Value& value) {
  if (value.is_array()) {
    return value.get_array().size();
  }
  return value.is_string() ? value.get_string().size() : 0;
}

bool meets(std::string_view matcher, const json::Value* actual) {
  const auto argument = [&](std::string_view name) {
    return std::string(matcher.substr(name.size()));
  };
  const bool is_text = actual != nullptr && actual->is_string();
  if (matcher == "!any") {
    return actual != nullptr && !actual->is_null();
  }
  if (matcher.starts_with("!regex ")) {
    return is_text &&
           std::regex_search(std::string(actual->get_string()), std::regex(argument("!regex ")));
  }
  if (matcher.starts_with("!contains ")) {
    return is_text &&
           std::string(actual->get_string()).find(argument("!contains ")) != std::string::npos;
  }
  if (matcher.starts_with("!length ")) {
    return actual != nullptr && length_of(*actual) == std::stoul(argument("!length "));
  }
  throw std::runtime_error("unknown matcher '" + std::string(matcher) + "'");
}

std::optional<std::string> object_difference(const json::Object& expected,
                                             const json::Value* actual, const std::string& place) {
  if (actual == nullptr || !actual->is_object()) {
    return differs(place, "an object", actual);
  }
  if (expected.empty() && !actual->get_object().empty()) {
    return differs(place, "an empty object", actual);
  }
  for (const auto& member : expected) {
    const std::string name(member.key());
    if (auto found = difference(member.value(), json::find(actual->get_object(), name),
                                place + "/" + name)) {
      return found;
    }
  }
  return std::nullopt;
}

std::optional<std::string> array_difference(const json::Array& expected, const json::Value* actual,
                                            const std::string& place) {
  if (actual == nullptr || !actual->is_array()) {
    return differs(place, "an array", actual);
  }
  const json::Array& array = actual->get_array();
  for (std::size_t i = 0; i < std::min(expected.size(), array.size()); ++i) {
    if (auto found = difference(expected[i], &array[i], place + "/" + std::to_string(i))) {
      return found;
    }
  }
  if (array.size() != expected.size()) {
    return differs(place, std::to_string(expected.size()) + " elements", actual);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> difference(const json::Value& expected, const json::Value* actual,
                                      const std::string& place) {
  if (expected.is_string() && expected.get_string().starts_with("!")) {
    const std::string_view matcher(expected.get_string().data(), expected.get_string().size());
    const bool met = matcher == "!absent" ? actual == nullptr : meets(matcher, actual);
    return met ? std::nullopt : std::optional(differs(place, std::string(matcher), actual));
  }
  if (expected.is_object()) {
    return object_difference(expected.get_object(), actual, place);
  }
  if (expected.is_array()) {
    return array_difference(expected.get_array(), actual, place);
  }
  const bool equal =
      actual != nullptr && (expected.is_number() && actual->is_number()
                                ? expected.to_number<double>() == actual->to_number<double>()
                                : expected == *actual);
  return equal ? std::nullopt : std::optional(differs(place, json::print(expected), actual));
}

void check_keys(const json::Object& object, const std::vector<std::string_view>& known,
                const std::string& where) {
  for (const auto& member : object) {
    if (std::find(known.begin(), known.end(), std::string_view(member.key())) == known.end()) {
      throw std::runtime_error("unknown key '" + std::string(member.key()) + "' in " + where);
    }
  }
}

}  // namespace tartan::cases
