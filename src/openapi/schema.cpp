#include "openapi/schema.h"

#include <algorithm>
#include <map>

#include "json/text.h"
#include "openapi/operation.h"
#include "openapi/references.h"

namespace tartan::openapi {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;

constexpr std::size_t kLayersMax = 100;
constexpr std::size_t kPropertiesMax = 2000;
constexpr int kHopsMax = 32;
// Properties that are put together from several parts; a hostile document could ask for many.
constexpr std::size_t kMergedMax = 20;

// Gathers the layers of a schema; `seen` keeps an `allOf` that contains itself from going on.
class Flattening {
 public:
  Flattening(Library& library, Schema& schema) : library_(library), schema_(schema) {}

  void add(const Value* value, bool is_outermost) {
    for (int hops = 0; value != nullptr && hops < kHopsMax; ++hops) {
      if (const Object* object = value->if_object()) {
        // Words beside a reference count in OpenAPI 3.1, and are meant where they stand in 3.0.
        if (!seen_.insert(object).second || schema_.layers.size() == kLayersMax) {
          return;
        }
        schema_.layers.push_back(object);
        add_parts(*object);
      }
      const auto reference = reference_of(*value);
      const auto pointer = reference ? internal_pointer(*reference) : std::nullopt;
      if (!pointer) {
        return;
      }
      (is_outermost ? schema_.references : schema_.inner_references).push_back(*pointer);
      value = library_.at(*pointer);
    }
  }

 private:
  void add_parts(const Object& object) {
    const Value* properties = json::find(object, "properties");
    if (properties != nullptr && properties->is_object()) {
      for (const auto& member : properties->get_object()) {
        add_property(std::string(view(member.key())), &member.value());
      }
    }
    const Value* required = json::find(object, "required");
    if (required != nullptr && required->is_array()) {
      for (const Value& name : required->get_array()) {
        if (name.is_string()) {
          schema_.required.emplace(view(name.get_string()));
        }
      }
    }
    if (schema_.items == nullptr) {
      schema_.items = json::find(object, "items");
    }
    for (const std::string_view name : {"oneOf", "anyOf"}) {
      const Value* list = json::find(object, name);
      if (list != nullptr && list->is_array() && schema_.alternatives.empty()) {
        for (const Value& one : list->get_array()) {
          schema_.alternatives.push_back(&one);
        }
      }
    }
    const Value* all = json::find(object, "allOf");
    if (all != nullptr && all->is_array()) {
      for (const Value& one : all->get_array()) {
        add(&one, false);
      }
    }
  }

  // A property that stands in several parts has to be what all of them say.
  void add_property(std::string name, const Value* value) {
    const auto known = places_.find(name);
    if (known != places_.end()) {
      const Value*& before = schema_.properties[known->second].second;
      if (merged_ < kMergedMax && before != value && *before != *value) {
        ++merged_;
        before = library_.keep(json::Object{{"allOf", json::Array{*before, *value}}});
      }
      return;
    }
    if (schema_.properties.size() < kPropertiesMax) {
      places_.emplace(name, schema_.properties.size());
      schema_.properties.emplace_back(std::move(name), value);
    }
  }

  Library& library_;
  Schema& schema_;
  std::set<const Object*> seen_;
  std::map<std::string, std::size_t> places_;
  std::size_t merged_ = 0;
};

std::string_view type_of_value(const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::object:
      return "object";
    case boost::json::kind::array:
      return "array";
    case boost::json::kind::string:
      return "string";
    case boost::json::kind::bool_:
      return "boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
      return "integer";
    case boost::json::kind::double_:
      return "number";
    case boost::json::kind::null:
      break;
  }
  return "null";
}

bool is_type(std::string_view name) {
  constexpr std::string_view known[] = {"object",  "array",  "string",
                                        "integer", "number", "boolean"};
  return std::find(std::begin(known), std::end(known), name) != std::end(known);
}

void add_type(Schema& schema, std::string_view name) {
  if (name == "null") {
    schema.nullable = true;
  } else if (is_type(name)) {
    schema.types.emplace_back(name);
  } else if (name == "int" || name == "long") {
    schema.types.emplace_back("integer");
  } else if (name == "float" || name == "double") {
    schema.types.emplace_back("number");
  } else if (name == "bool") {
    schema.types.emplace_back("boolean");
  } else if (name == "date" || name == "datetime" || name == "file" || name == "String") {
    schema.types.emplace_back("string");
  }
}

// What a schema without a type must be, by what it says of its values.
void infer_type(Schema& schema) {
  if (!schema.properties.empty()) {
    schema.types.emplace_back("object");
  } else if (schema.items != nullptr) {
    schema.types.emplace_back("array");
  } else if (const Value* values = schema.keyword("enum");
             values != nullptr && values->is_array() && !values->get_array().empty()) {
    add_type(schema, type_of_value(values->get_array().front()));
  } else if (schema.keyword("pattern") != nullptr || schema.keyword("maxLength") != nullptr) {
    schema.types.emplace_back("string");
  } else if (const Value* constant = schema.keyword("const")) {
    add_type(schema, type_of_value(*constant));
  }
  if (schema.types.empty() && schema.alternatives.empty() &&
      schema.keyword("additionalProperties") != nullptr) {
    schema.types.emplace_back("object");
  }
}

void read_types(Schema& schema) {
  const Value* type = schema.keyword("type");
  if (type != nullptr && type->is_string()) {
    add_type(schema, view(type->get_string()));
  } else if (type != nullptr && type->is_array()) {
    for (const Value& one : type->get_array()) {
      if (one.is_string()) {
        add_type(schema, view(one.get_string()));
      }
    }
  }
  if (schema.types.empty()) {
    infer_type(schema);
  }
  if (schema.types.size() == 1 || (!schema.types.empty() && schema.alternatives.empty())) {
    schema.type = schema.types.front();
  }
  schema.nullable = schema.nullable || schema.flag("nullable");
}

std::string number_text(const Value& value) { return json::print(value); }

void add_range(const Schema& schema, std::string_view least, std::string_view most,
               std::string_view what, std::string& line) {
  const Value* low = schema.keyword(least);
  const Value* high = schema.keyword(most);
  const bool has_low = low != nullptr && low->is_number();
  const bool has_high = high != nullptr && high->is_number();
  if (!has_low && !has_high) {
    return;
  }
  std::string text;
  if (has_low && has_high) {
    text = number_text(*low) == number_text(*high)
               ? number_text(*low)
               : number_text(*low) + " to " + number_text(*high);
  } else {
    text = has_low ? "at least " + number_text(*low) : "at most " + number_text(*high);
  }
  const bool is_one = text == "1" || text == "at least 1" || text == "at most 1";
  what.remove_suffix(is_one && what.ends_with('s') ? 1 : 0);
  line += (line.empty() ? "" : ", ") + text + (what.empty() ? "" : " " + std::string(what));
}

// `exclusiveMinimum` is a flag on `minimum` in OpenAPI 3.0, and a bound of its own in 3.1.
void add_bounds(const Schema& schema, std::string& line) {
  const bool open_low = schema.flag("exclusiveMinimum");
  const bool open_high = schema.flag("exclusiveMaximum");
  if (!open_low && !open_high) {
    add_range(schema, "minimum", "maximum", "", line);
    return;
  }
  const Value* low = schema.keyword("minimum");
  const Value* high = schema.keyword("maximum");
  if (low != nullptr && low->is_number()) {
    line += (line.empty() ? "" : ", ") + std::string(open_low ? "more than " : "at least ") +
            number_text(*low);
  }
  if (high != nullptr && high->is_number()) {
    line += (line.empty() ? "" : ", ") + std::string(open_high ? "less than " : "at most ") +
            number_text(*high);
  }
}

}  // namespace

const Value* Schema::keyword(std::string_view name) const {
  for (const Object* layer : layers) {
    if (const Value* value = json::find(*layer, name)) {
      return value;
    }
  }
  return nullptr;
}

const Value* Schema::example() const {
  if (const Value* one = keyword("example")) {
    return one;
  }
  const Value* many = keyword("examples");
  return many != nullptr && many->is_array() && !many->get_array().empty()
             ? &many->get_array().front()
             : nullptr;
}

std::string_view Schema::text(std::string_view name) const {
  const Value* value = keyword(name);
  return value != nullptr && value->is_string() ? view(value->get_string()) : std::string_view();
}

bool Schema::flag(std::string_view name) const {
  const Value* value = keyword(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

Schema read_schema(Library& library, const Value* schema) {
  Schema made;
  Flattening(library, made).add(schema, true);
  read_types(made);
  return made;
}

std::string constraints_of(const Schema& schema) {
  std::string line;
  add_range(schema, "minLength", "maxLength", "characters", line);
  add_bounds(schema, line);
  for (const auto& [name, words] :
       {std::pair("exclusiveMinimum", "more than "), std::pair("exclusiveMaximum", "less than "),
        std::pair("multipleOf", "a multiple of ")}) {
    const Value* bound = schema.keyword(name);
    if (bound != nullptr && bound->is_number()) {
      line += (line.empty() ? "" : ", ") + std::string(words) + number_text(*bound);
    }
  }
  add_range(schema, "minItems", "maxItems", "elements", line);
  add_range(schema, "minProperties", "maxProperties", "members", line);
  if (schema.flag("uniqueItems")) {
    line += (line.empty() ? "" : ", ") + std::string("no element twice");
  }
  if (const std::string_view pattern = schema.text("pattern"); !pattern.empty()) {
    line +=
        (line.empty() ? "" : ", ") + std::string("matches ") + std::string(pattern.substr(0, 200));
  }
  return line;
}

}  // namespace tartan::openapi
