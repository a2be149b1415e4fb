#include "openapi/references.h"

namespace tartan::openapi {
namespace {

using json::Value;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Whose values are data. Below a map of names (`properties`) the same words are names.
bool holds_data(std::string_view key) {
  return key == "example" || key == "examples" || key == "default" || key == "enum" ||
         key == "const" || key == "value";
}
bool holds_names(std::string_view key) {
  return key == "properties" || key == "patternProperties" || key == "schemas" || key == "$defs" ||
         key == "definitions" || key == "parameters" || key == "responses" || key == "headers" ||
         key == "paths" || key == "callbacks" || key == "content" || key == "requestBodies" ||
         key == "securitySchemes" || key == "links" || key == "webhooks" || key == "x-webhooks" ||
         key == "pathItems";
}

// `examples` of a media type are a map of objects, each of which may be a reference to a component.
bool is_map_of_examples(std::string_view key, const Value& value) {
  return key == "examples" && value.is_object();
}

enum class Keys { words, names };

template <typename V, typename Each>
void visit(V& value, const std::string* pointer, Keys keys, const Each& each);

template <typename V, typename Each>
void visit_examples(V& examples, const std::string* pointer, const Each& each) {
  for (auto& member : examples.get_object()) {
    if (reference_of(member.value())) {
      const std::string_view name(member.key().data(), member.key().size());
      if (pointer != nullptr) {
        const std::string here = *pointer + "/" + json::pointer_token(name);
        visit(member.value(), &here, Keys::words, each);
      } else {
        visit(member.value(), nullptr, Keys::words, each);
      }
    }
  }
}

template <typename V, typename Each>
void visit_member(std::string_view key, V& value, const std::string* pointer, Keys keys,
                  const Each& each) {
  if (!value.is_object() && !value.is_array()) {
    return;
  }
  std::string here;
  if (pointer != nullptr) {
    here = *pointer + "/" + json::pointer_token(key);
  }
  const std::string* below = pointer != nullptr ? &here : nullptr;
  if (keys == Keys::words && is_map_of_examples(key, value)) {
    visit_examples(value, below, each);
  } else if (keys == Keys::names || !holds_data(key)) {
    const bool names = keys == Keys::words && holds_names(key) && value.is_object();
    visit(value, below, names ? Keys::names : Keys::words, each);
  }
}

template <typename V, typename Each>
void visit(V& value, const std::string* pointer, Keys keys, const Each& each) {
  if (auto* array = value.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i) {
      visit_member(pointer != nullptr ? std::to_string(i) : std::string(), (*array)[i], pointer,
                   Keys::names, each);
    }
  } else if (auto* object = value.if_object()) {
    if (keys == Keys::words) {
      if (auto* reference = object->if_contains("$ref"); reference && reference->is_string()) {
        each(pointer, reference->get_string());
      }
    }
    for (auto& member : *object) {
      visit_member(std::string_view(member.key().data(), member.key().size()), member.value(),
                   pointer, keys, each);
    }
  }
}

}  // namespace

// What is malformed stays as it is: a name may hold a percent sign.
std::string percent_decoded(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      plain.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

std::optional<std::string> internal_pointer(std::string_view reference) {
  if (reference == "#") {
    return std::string();
  }
  if (!reference.starts_with("#/")) {
    return std::nullopt;
  }
  return percent_decoded(reference.substr(1));
}

std::optional<std::string_view> reference_of(const Value& value) {
  const json::Object* object = value.if_object();
  const Value* reference = object != nullptr ? object->if_contains("$ref") : nullptr;
  if (reference == nullptr || !reference->is_string()) {
    return std::nullopt;
  }
  return std::string_view(reference->get_string().data(), reference->get_string().size());
}

const Value* at_pointer(const Value& root, std::string_view pointer) {
  const auto tokens = json::split_pointer(pointer);
  if (!tokens) {
    return nullptr;
  }
  const Value* value = &root;
  for (const std::string& token : *tokens) {
    value = value != nullptr ? json::step(*value, token) : nullptr;
  }
  return value;
}

void visit_references(const Value& value, const std::function<void(std::string_view)>& each) {
  visit(value, nullptr, Keys::words, [&](const std::string*, const boost::json::string& reference) {
    each({reference.data(), reference.size()});
  });
}

void edit_references(Value& value, const std::string& pointer, const EditReference& each) {
  visit(value, &pointer, Keys::words,
        [&](const std::string* here, boost::json::string& reference) { each(*here, reference); });
}

}  // namespace tartan::openapi
