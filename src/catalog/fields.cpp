#include "catalog/fields.h"

#include <algorithm>

#include "catalog/markdown.h"
#include "json/text.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;
using openapi::Schema;

constexpr std::size_t kEnumMax = 100;
constexpr std::size_t kAlternativesMax = 12;
constexpr std::size_t kSampleBytesMax = 2000;
constexpr int kDepthMax = 40;

class Describer {
 public:
  Describer(openapi::Library& library, Direction direction, const FieldLimits& limits)
      : library_(library), direction_(direction), limits_(limits), left_(limits.fields) {}

  Object describe(const Value* schema, std::string* suffix) {
    const Schema read = openapi::read_schema(library_, schema);
    Object node;
    fill(node, read);
    if (must_stop(read)) {
      node["more"] = marker_of(read);
      return node;
    }
    const std::size_t before = around_.size();
    const std::vector<std::string>& names = names_of(read);
    around_.insert(around_.end(), names.begin(), names.end());
    nesting_ += names.empty() ? 0 : 1;
    ++depth_;
    add_inner(node, read, suffix);
    --depth_;
    nesting_ -= names.empty() ? 0 : 1;
    around_.resize(before);
    return node;
  }

 private:
  static bool has_inner(const Schema& read) {
    return !read.properties.empty() || read.items != nullptr || !read.alternatives.empty() ||
           read.keyword("additionalProperties") != nullptr;
  }

  // What a schema in place is made of counts where it has no name of its own.
  static const std::vector<std::string>& names_of(const Schema& read) {
    return read.references.empty() ? read.inner_references : read.references;
  }

  bool must_stop(const Schema& read) const {
    const std::vector<std::string>& names = names_of(read);
    if (names.empty() || !has_inner(read)) {
      return false;
    }
    const bool recursive = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return std::find(around_.begin(), around_.end(), name) != around_.end();
    });
    return recursive || nesting_ >= limits_.references || left_ == 0;
  }

  // What a request may hold is not what an answer may: the marker says which is meant.
  std::string marker_of(const Schema& read) const {
    return (direction_ == Direction::request ? std::string(kRequestMarker) : std::string()) +
           names_of(read).front();
  }

  static void fill(Object& node, const Schema& read) {
    std::string type = read.types.size() > 1 ? "" : read.type;
    if (type.empty()) {
      for (const std::string& one : read.types) {
        type += (type.empty() ? "" : " or ") + one;
      }
    }
    node["type"] = type.empty() ? "any" : type;
    if (const std::string_view format = read.text("format"); !format.empty()) {
      node["format"] = format;
    }
    if (const std::string_view description = read.text("description"); !description.empty()) {
      node["description"] = safe_markdown(description);
    } else if (const std::string_view title = read.text("title"); !title.empty()) {
      node["description"] = safe_markdown(title);
    }
    for (const auto& [name, value] :
         {std::pair("default", read.keyword("default")), std::pair("example", read.example()),
          std::pair("const", read.keyword("const"))}) {
      if (value != nullptr && json::print(*value).size() <= kSampleBytesMax) {
        node[name] = *value;
      }
    }
    if (const Value* values = read.keyword("enum"); values != nullptr && values->is_array()) {
      Array list;
      for (const Value& one : values->get_array()) {
        if (list.size() == kEnumMax) {
          list.emplace_back("…");
          break;
        }
        list.push_back(one);
      }
      node["enum"] = std::move(list);
    }
    if (const std::string line = openapi::constraints_of(read); !line.empty()) {
      node["constraints"] = line;
    }
    if (read.nullable) {
      node["nullable"] = true;
    }
    for (const std::string_view name : {"readOnly", "writeOnly", "deprecated"}) {
      if (read.flag(name)) {
        node[name] = true;
      }
    }
  }

  void add_inner(Object& node, const Schema& read, std::string* suffix) {
    if (depth_ > kDepthMax) {
      return;
    }
    if (!read.properties.empty()) {
      node["fields"] = fields_of(read);
    } else if (read.items != nullptr) {
      add_items(node, read, suffix);
    } else if (const Value* extra = read.keyword("additionalProperties");
               extra != nullptr && extra->is_object() && !extra->get_object().empty() &&
               left_ > 0) {
      --left_;
      std::string name = "*";
      Object inner = describe(extra, &name);
      node["fields"] = Array{field(name, false, std::move(inner))};
    }
    if (!read.alternatives.empty()) {
      Array list;
      for (const Value* one : read.alternatives) {
        if (list.size() == kAlternativesMax || left_ == 0) {
          break;
        }
        --left_;
        list.push_back(alternative(one));
      }
      node["alternatives"] = std::move(list);
    }
  }

  Object alternative(const Value* schema) {
    std::string suffix;
    Object inner = describe(schema, &suffix);
    const Schema read = openapi::read_schema(library_, schema);
    std::string title(read.text("title"));
    if (title.empty() && !read.references.empty()) {
      title = read.references.front();
      title = title.substr(title.rfind('/') + 1);
    }
    if (!title.empty()) {
      inner["title"] = title;
    }
    return inner;
  }

  // An array stands in one row with what its elements hold.
  void add_items(Object& node, const Schema& read, std::string* suffix) {
    std::string inner_suffix;
    Object element = describe(read.items, &inner_suffix);
    if (suffix != nullptr) {
      *suffix += "[]" + inner_suffix;
    }
    node["items"] = element.at("type");
    for (const std::string_view name : {"fields", "alternatives", "more", "enum", "format"}) {
      if (Value* value = element.if_contains(name); value != nullptr && !node.contains(name)) {
        node[name] = std::move(*value);
      }
    }
    if (Value* line = element.if_contains("constraints")) {
      const std::string each = "each: " + std::string(view(line->get_string()));
      const Value* own = node.if_contains("constraints");
      node["constraints"] =
          own != nullptr ? std::string(view(own->get_string())) + "; " + each : each;
    }
    if (!node.contains("description") && element.contains("description")) {
      node["description"] = element.at("description");
    }
  }

  Array fields_of(const Schema& read) {
    Array fields;
    for (const bool wanted : {true, false}) {
      for (const auto& [name, property] : read.properties) {
        if (read.required.contains(name) == wanted) {
          add_field(fields, name, property, wanted);
        }
      }
    }
    return fields;
  }

  void add_field(Array& fields, const std::string& name, const Value* property, bool required) {
    if (left_ == 0) {
      return;
    }
    const Schema read = openapi::read_schema(library_, property);
    // What only the other side sends has no place in this table.
    if (read.flag(direction_ == Direction::request ? "readOnly" : "writeOnly")) {
      return;
    }
    --left_;
    std::string shown = name;
    Object inner = describe(property, &shown);
    fields.push_back(field(shown, required, std::move(inner)));
  }

  static Object field(const std::string& name, bool required, Object inner) {
    Object made{{"name", name}, {"required", required}};
    for (auto& member : inner) {
      made[member.key()] = std::move(member.value());
    }
    return made;
  }

  openapi::Library& library_;
  Direction direction_;
  FieldLimits limits_;
  std::size_t left_;
  std::vector<std::string> around_;
  int nesting_ = 0;
  int depth_ = 0;
};

}  // namespace

Object describe_schema(openapi::Library& library, const Value* schema, Direction direction,
                       const FieldLimits& limits) {
  std::string suffix;
  Object node = Describer(library, direction, limits).describe(schema, &suffix);
  if (!suffix.empty()) {
    node["name"] = suffix;
  }
  return node;
}

}  // namespace tartan::catalog
