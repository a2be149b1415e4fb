#include "openapi/library.h"

#include <algorithm>

#include "json/text.h"
#include "openapi/references.h"

namespace tartan::openapi {
namespace {

using json::Object;
using json::pointer_token;
using json::Value;
using json::view;

constexpr int kHopsMax = 32;
constexpr json::Limits kPartLimits{DocumentLimits{}.depth + 8, DocumentLimits{}.values};

// Members of the root whose members are parts.
bool holds_parts(std::string_view name) {
  return name == "webhooks" || name == "x-webhooks" || name == "x-tartan-files";
}

void add_path(const std::string& pointer, const Value& item, std::vector<Part>& parts) {
  bool has_own = false;
  for (const auto& member : item.get_object()) {
    if (is_method(view(member.key()))) {
      parts.push_back({pointer + "/" + std::string(view(member.key())), &member.value()});
    } else {
      has_own = true;
    }
  }
  if (has_own) {
    parts.push_back({pointer, &item});
  }
}

// Whether a member of the part's value stands in a part of its own.
bool stands_elsewhere(std::string_view part, const std::string& name, const Value& value) {
  if (part.empty()) {
    return value.is_object() && (name == "paths" || name == "components" || holds_parts(name));
  }
  return is_path_item(part) && is_method(name);
}

}  // namespace

bool is_path_item(std::string_view pointer) {
  return pointer.starts_with("/paths/") && pointer.find('/', 7) == std::string_view::npos;
}

std::vector<Part> parts_of(const Document& document) {
  std::vector<Part> parts{{"", &document.root}};
  for (const auto& member : document.root.get_object()) {
    const std::string_view name = view(member.key());
    if (!member.value().is_object()) {
      continue;
    }
    const std::string pointer = "/" + pointer_token(name);
    for (const auto& inner : member.value().get_object()) {
      const std::string here = pointer + "/" + pointer_token(view(inner.key()));
      if (name == "paths") {
        add_path(here, inner.value(), parts);
      } else if (name == "components" && inner.value().is_object()) {
        for (const auto& component : inner.value().get_object()) {
          parts.push_back({here + "/" + pointer_token(view(component.key())), &component.value()});
        }
      } else if (holds_parts(name)) {
        parts.push_back({here, &inner.value()});
      }
    }
  }
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return a.pointer < b.pointer; });
  return parts;
}

void print_part(const Part& part, std::string& out) {
  const bool is_whole = !part.pointer.empty() && !is_path_item(part.pointer);
  if (is_whole || !part.value->is_object()) {
    json::append(out, *part.value);
    return;
  }
  char before = '{';
  for (const auto& member : part.value->get_object()) {
    const std::string name(view(member.key()));
    if (stands_elsewhere(part.pointer, name, member.value())) {
      continue;
    }
    out.push_back(std::exchange(before, ','));
    json::append_string(out, name);
    out.push_back(':');
    json::append(out, member.value());
  }
  out.append(before == '{' ? "{}" : "}");
}

void visit_part_references(const Part& part, const std::function<void(std::string_view)>& each) {
  const bool is_whole = !part.pointer.empty() && !is_path_item(part.pointer);
  if (is_whole || !part.value->is_object()) {
    visit_references(*part.value, each);
    return;
  }
  for (const auto& member : part.value->get_object()) {
    if (!stands_elsewhere(part.pointer, std::string(view(member.key())), member.value())) {
      visit_references(member.value(), each);
    }
  }
}

PartPlace part_of(const std::vector<std::string>& tokens) {
  std::size_t taken = 0;
  if (tokens.size() >= 2 && tokens[0] == "paths") {
    taken = tokens.size() >= 3 && is_method(tokens[2]) ? 3 : 2;
  } else if (tokens.size() >= 3 && tokens[0] == "components") {
    taken = 3;
  } else if (tokens.size() >= 2 && holds_parts(tokens[0])) {
    taken = 2;
  }
  PartPlace place{"", taken};
  for (std::size_t i = 0; i < taken; ++i) {
    place.pointer += "/" + pointer_token(tokens[i]);
  }
  return place;
}

Library::Library(Parts& parts)
    : parts_(parts), memory_(std::make_unique<boost::json::monotonic_resource>(16 * 1024)) {}

const Value* Library::part(const std::string& pointer) {
  auto [entry, is_new] = loaded_.try_emplace(pointer);
  if (is_new) {
    if (const auto text = parts_.load(pointer)) {
      auto parsed = json::parse_lenient(*text, storage(), kPartLimits);
      if (parsed) {
        entry->second.emplace(std::move(parsed->value));
      }
    }
  }
  return entry->second ? &*entry->second : nullptr;
}

const Value* Library::at(std::string_view pointer) {
  const auto tokens = json::split_pointer(pointer);
  if (!tokens) {
    return nullptr;
  }
  const PartPlace place = part_of(*tokens);
  const Value* value = part(place.pointer);
  for (std::size_t i = place.tokens; i < tokens->size() && value != nullptr; ++i) {
    value = json::step(*value, (*tokens)[i]);
  }
  return value;
}

const Value* Library::resolve(const Value* value) {
  for (int hops = 0; value != nullptr && hops < kHopsMax; ++hops) {
    const auto reference = reference_of(*value);
    if (!reference) {
      return value;
    }
    const auto pointer = internal_pointer(*reference);
    value = pointer ? at(*pointer) : nullptr;
  }
  return nullptr;
}

const Value* Library::keep(const Value& value) { return &kept_.emplace_back(value, storage()); }

const Object& Library::root() {
  static const Object nothing;
  const Value* value = part("");
  return value != nullptr && value->is_object() ? value->get_object() : nothing;
}

}  // namespace tartan::openapi
