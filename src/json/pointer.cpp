#include "json/pointer.h"

#include <charconv>

namespace tartan::json {
namespace {

std::string unescape(std::string_view token) {
  std::string name;
  name.reserve(token.size());
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool escaped =
        token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
    if (escaped) {
      ++i;
      name.push_back(token[i] == '0' ? '~' : '/');
    } else {
      name.push_back(token[i]);
    }
  }
  return name;
}

}  // namespace

std::string pointer_token(std::string_view name) {
  std::string token;
  token.reserve(name.size());
  for (const char c : name) {
    if (c == '~') {
      token += "~0";
    } else if (c == '/') {
      token += "~1";
    } else {
      token += c;
    }
  }
  return token;
}

std::optional<std::vector<std::string>> split_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  if (pointer.empty()) {
    return tokens;
  }
  if (pointer.front() != '/') {
    return std::nullopt;
  }
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const std::string_view token = pointer.substr(0, pointer.find('/'));
    tokens.push_back(unescape(token));
    pointer.remove_prefix(token.size());
  }
  return tokens;
}

const Value* step(const Value& value, std::string_view token) {
  if (const Object* object = value.if_object()) {
    return find(*object, token);
  }
  if (const Array* array = value.if_array()) {
    std::size_t place = 0;
    const auto read = std::from_chars(token.data(), token.data() + token.size(), place);
    const bool whole = read.ec == std::errc{} && read.ptr == token.data() + token.size();
    return whole && place < array->size() ? &(*array)[place] : nullptr;
  }
  return nullptr;
}

}  // namespace tartan::json
