#include "catalog/prepare_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/ascii.h"
#include "catalog/template_text.h"
#include "json/text.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;

constexpr std::size_t kNameMax = 60;

}  // namespace

std::string text_of(const Value& value) {
  if (value.is_string()) {
    return std::string(view(value.get_string()));
  }
  if (const Array* array = value.if_array()) {
    std::string joined;
    for (const Value& one : *array) {
      joined += (joined.empty() ? "" : ",") + text_of(one);
    }
    return joined;
  }
  if (value.is_double() && std::abs(value.get_double()) < 1e21 &&
      value.get_double() == std::floor(value.get_double())) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.0f", value.get_double());
    return digits;
  }
  return value.is_null() ? "" : json::print(value);
}

Value escape_tree(const Value& value) {
  if (value.is_string()) {
    return Value(escape_template(view(value.get_string())));
  }
  if (const Array* array = value.if_array()) {
    Array made;
    for (const Value& one : *array) {
      made.push_back(escape_tree(one));
    }
    return made;
  }
  if (const Object* object = value.if_object()) {
    Object made;
    for (const auto& member : *object) {
      made[member.key()] = escape_tree(member.value());
    }
    return made;
  }
  return value;
}

// What a URL can't hold as it is; reserved characters stay.
std::string url_literal(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  constexpr std::string_view kept = "-._~:/?[]@!$&'()*+,;=%";
  std::string made;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || kept.find(c) != std::string_view::npos) {
      made.push_back(c);
    } else {
      made += {'%', hex[byte >> 4U], hex[byte & 15U]};
    }
  }
  return made;
}

std::string query_name(std::string_view name) {
  std::string made;
  for (const char c : url_literal(name)) {
    made += c == '&'   ? "%26"
            : c == '=' ? "%3D"
            : c == '+' ? "%2B"
            : c == '?' ? "%3F"
                       : std::string(1, c);
  }
  return made;
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_sent_as_json(std::string_view type) {
  const std::string bare = to_lower(type.substr(0, type.find(';')));
  return bare == "application/json" || bare.ends_with("+json") || bare == "text/json" ||
         bare == "*/*" || bare == "application/*";
}

bool is_sent_as_form(std::string_view type) {
  return type.starts_with("application/x-www-form-urlencoded") ||
         type.starts_with("multipart/form-data");
}

std::string xml_of(const std::string& name, const Value& value) {
  if (const Array* array = value.if_array()) {
    std::string all;
    for (const Value& one : *array) {
      all += xml_of(name, one);
    }
    return all;
  }
  std::string inner;
  if (const Object* object = value.if_object()) {
    for (const auto& member : *object) {
      inner += xml_of(std::string(view(member.key())), member.value());
    }
  } else {
    for (const char c : text_of(value)) {
      inner += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
  }
  return "<" + name + ">" + inner + "</" + name + ">";
}

std::string suggested_name(std::string_view summary, std::string_view from) {
  std::string name(summary);
  if (name.empty() || name.size() > kNameMax) {
    std::string words;
    for (std::size_t i = 0; i < from.size(); ++i) {
      const char c = from[i];
      const bool starts_word = i > 0 && std::isupper(static_cast<unsigned char>(c)) != 0 &&
                               std::islower(static_cast<unsigned char>(from[i - 1])) != 0;
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
      if (starts_word || (!plain && !words.empty() && words.back() != ' ')) {
        words.push_back(' ');
      }
      if (plain) {
        words.push_back(c);
      }
    }
    name = words;
  }
  std::string plain;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) >= ' ' && c != '$' && c != '{' && c != '}') {
      plain.push_back(c);
    }
  }
  std::size_t end = std::min(plain.size(), kNameMax);
  while (end > 0 && end < plain.size() &&
         (static_cast<unsigned char>(plain[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  plain.resize(end);
  while (plain.ends_with('.') || plain.ends_with(' ')) {
    plain.pop_back();
  }
  const std::string small = to_lower(plain);
  const bool taken =
      small.empty() || small == "workflow" || small == "variables" || small.starts_with("swf:");
  return taken ? "Call " + (small.empty() ? "the API" : plain) : plain;
}

}  // namespace tartan::catalog
