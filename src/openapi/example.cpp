#include "openapi/example.h"

#include <algorithm>
#include <cmath>

#include "json/text.h"

namespace tartan::openapi {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;

constexpr int kDepthMax = 8;
constexpr std::size_t kValuesMax = 2000;
constexpr std::size_t kOptionalMax = 12;
constexpr std::size_t kTextMax = 1000;
constexpr std::size_t kElementsMax = 10;

double number_at(const Schema& schema, std::string_view name, double otherwise) {
  const Value* value = schema.keyword(name);
  return value != nullptr && value->is_number() ? value->to_number<double>() : otherwise;
}

std::string_view text_of_format(std::string_view format) {
  constexpr std::pair<std::string_view, std::string_view> known[] = {
      {"date", "2026-01-15"},
      {"date-time", "2026-01-15T09:30:00Z"},
      {"time", "09:30:00Z"},
      {"duration", "PT1H"},
      {"email", "user@example.com"},
      {"idn-email", "user@example.com"},
      {"uuid", "3fa85f64-5717-4562-b3fc-2c963f66afa6"},
      {"guid", "3fa85f64-5717-4562-b3fc-2c963f66afa6"},
      {"uri", "https://example.com/"},
      {"url", "https://example.com/"},
      {"uri-reference", "/path"},
      {"hostname", "example.com"},
      {"ipv4", "192.0.2.1"},
      {"ipv6", "2001:db8::1"},
      {"byte", "aGVsbG8="},
      {"json-pointer", "/member"},
  };
  for (const auto& [name, text] : known) {
    if (name == format) {
      return text;
    }
  }
  return "";
}

std::string sample_text(const Schema& schema) {
  std::string text(text_of_format(schema.text("format")));
  if (text.empty()) {
    text = "string";
  }
  const double least = number_at(schema, "minLength", 0);
  const double most = number_at(schema, "maxLength", 1e9);
  if (least > static_cast<double>(text.size()) && least <= static_cast<double>(kTextMax)) {
    text.resize(static_cast<std::size_t>(least), 'x');
  }
  if (most >= 0 && most < static_cast<double>(text.size())) {
    text.resize(static_cast<std::size_t>(most));
  }
  return text;
}

// The least number that fits, or 1 (0 for what must be less).
double sample_number(const Schema& schema, double step) {
  double low = number_at(schema, "minimum", -HUGE_VAL);
  double high = number_at(schema, "maximum", HUGE_VAL);
  const Value* above = schema.keyword("exclusiveMinimum");
  const Value* below = schema.keyword("exclusiveMaximum");
  if (above != nullptr) {
    // A number of its own in OpenAPI 3.1, a flag on `minimum` before.
    low = above->is_number() ? above->to_number<double>() + step
                             : (schema.flag("exclusiveMinimum") ? low + step : low);
  }
  if (below != nullptr) {
    high = below->is_number() ? below->to_number<double>() - step
                              : (schema.flag("exclusiveMaximum") ? high - step : high);
  }
  double number = 1;
  if (number < low || number > high) {
    number = std::isfinite(low) ? low : high;
  }
  if (low > high && std::isfinite(low) && std::isfinite(high)) {
    // Steps of an open bound have crossed: what lies between the bounds themselves fits.
    number =
        (number_at(schema, "minimum", low - step) + number_at(schema, "maximum", high + step)) / 2;
  }
  const double multiple = number_at(schema, "multipleOf", 0);
  if (multiple > 0) {
    number = std::ceil(number / multiple) * multiple;
  }
  return std::isfinite(number) ? number : 1;
}

Value sample_integer(const Schema& schema) {
  const Value* least = schema.keyword("minimum");
  if (least != nullptr && (least->is_uint64() || (least->is_int64() && least->get_int64() > 1)) &&
      !schema.flag("exclusiveMinimum") && schema.keyword("multipleOf") == nullptr) {
    return *least;
  }
  const double number = std::ceil(sample_number(schema, 1));
  return std::abs(number) < 9e15 ? Value(static_cast<std::int64_t>(number)) : Value(number);
}

bool is_of_type(const Value& value, const Schema& schema) {
  if (schema.types.empty()) {
    return true;
  }
  return std::any_of(schema.types.begin(), schema.types.end(), [&](const std::string& type) {
    return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
           (type == "string" && value.is_string()) || (type == "boolean" && value.is_bool()) ||
           (type == "number" && value.is_number()) ||
           (type == "integer" && (value.is_int64() || value.is_uint64()));
  });
}

// Examples are often written as text: "5" for a number.
std::optional<Value> as_type(const Value& value, const Schema& schema) {
  if (is_of_type(value, schema)) {
    return value;
  }
  if (value.is_string() &&
      (schema.type == "integer" || schema.type == "number" || schema.type == "boolean" ||
       schema.type == "array" || schema.type == "object")) {
    const auto read = json::parse(view(value.get_string()), {}, {32, 10'000});
    if (read && is_of_type(*read, schema)) {
      return *read;
    }
  }
  if (schema.type == "string" && (value.is_number() || value.is_bool())) {
    return Value(json::print(value));
  }
  return std::nullopt;
}

class Samples {
 public:
  explicit Samples(Library& library) : library_(library) {}

  Value make(const Value* schema, int depth) { return make(read_schema(library_, schema), depth); }

  Value make(const Schema& schema, int depth) {
    if (values_ == kValuesMax || depth > kDepthMax) {
      return nullptr;
    }
    ++values_;
    if (auto given = given_value(schema)) {
      return *std::move(given);
    }
    if (schema.type == "object") {
      return object(schema, depth);
    }
    if (schema.type == "array") {
      return array(schema, depth);
    }
    if (!schema.alternatives.empty()) {
      return alternative(schema, depth);
    }
    if (schema.type == "integer") {
      return sample_integer(schema);
    }
    if (schema.type == "number") {
      return sample_number(schema, 0.5);
    }
    if (schema.type == "boolean") {
      return true;
    }
    if (schema.type == "string") {
      return Value(sample_text(schema));
    }
    return schema.nullable ? Value(nullptr) : Value(Object{});
  }

  // Adds the required members that `given` lacks, and puts the required ones first.
  Value complete(const Value& given, const Schema& schema, int depth) {
    if (!given.is_object() || schema.properties.empty()) {
      return given;
    }
    Object made;
    const Object& written = given.get_object();
    for (const auto& [name, property] : schema.properties) {
      if (!schema.required.contains(name)) {
        continue;
      }
      if (const Value* own = json::find(written, name)) {
        made[name] = *own;
      } else if (!is_read_only(property)) {
        made[name] = make(property, depth + 1);
      }
    }
    for (const auto& member : written) {
      if (!made.contains(member.key()) && !is_read_only_name(schema, view(member.key()))) {
        made[member.key()] = member.value();
      }
    }
    return made;
  }

 private:
  static std::optional<Value> given_value(const Schema& schema) {
    for (const Value* value :
         {schema.keyword("const"), schema.example(), schema.keyword("default")}) {
      if (value != nullptr && !value->is_null()) {
        // An object's own example may hold what is read-only; its members know better.
        if (value->is_object() && !schema.properties.empty()) {
          continue;
        }
        if (auto fitting = as_type(*value, schema)) {
          return fitting;
        }
      }
    }

    const Value* values = schema.keyword("enum");
    if (values != nullptr && values->is_array()) {
      for (const Value& one : values->get_array()) {
        if (!one.is_null()) {
          return one;
        }
      }
    }
    return std::nullopt;
  }

  bool is_read_only(const Value* property) {
    return read_schema(library_, property).flag("readOnly");
  }
  bool is_read_only_name(const Schema& schema, std::string_view name) {
    const auto found = std::find_if(schema.properties.begin(), schema.properties.end(),
                                    [&](const auto& one) { return one.first == name; });
    return found != schema.properties.end() && is_read_only(found->second);
  }

  // The references around a value: a member that leads back to one of them is left out.
  bool is_recursive(const Schema& schema) const {
    const auto is_around = [&](const std::string& reference) {
      return std::find(around_.begin(), around_.end(), reference) != around_.end();
    };
    return std::any_of(schema.references.begin(), schema.references.end(), is_around) ||
           (schema.references.empty() &&
            std::any_of(schema.inner_references.begin(), schema.inner_references.end(), is_around));
  }

  Value object(const Schema& schema, int depth) {
    const std::size_t before = around_.size();
    around_.insert(around_.end(), schema.references.begin(), schema.references.end());
    Object made;
    for (const auto& [name, property] : schema.properties) {
      const Schema member = read_schema(library_, property);
      if (schema.required.contains(name) && !member.flag("readOnly") && !is_recursive(member)) {
        made[name] = member_value(schema, name, member, depth);
      }
    }
    add_unknown_required(schema, made);
    if (made.empty()) {
      add_optional(schema, depth, made);
    }
    around_.resize(before);
    if (made.empty() && !schema.alternatives.empty()) {
      return alternative(schema, depth);
    }
    return made;
  }

  // The member that tells which alternative a value is holds that one's name.
  Value member_value(const Schema& schema, const std::string& name, const Schema& member,
                     int depth) {
    const Value* discriminator = schema.keyword("discriminator");
    const bool tells = discriminator != nullptr && discriminator->is_object() &&
                       text_member(discriminator->get_object(), "propertyName") == name;
    if (!tells || member.keyword("enum") != nullptr || member.keyword("const") != nullptr) {
      return make(member, depth + 1);
    }
    const std::string own = schema.references.empty() ? "" : schema.references.back();
    const Value* mapping = json::find(discriminator->get_object(), "mapping");
    if (mapping != nullptr && mapping->is_object()) {
      for (const auto& entry : mapping->get_object()) {
        if (entry.value().is_string() && !own.empty() &&
            view(entry.value().get_string()).ends_with(own.substr(own.rfind('/')))) {
          return Value(entry.key());
        }
      }
    }
    return own.empty() ? make(member, depth + 1) : Value(own.substr(own.rfind('/') + 1));
  }

  // Some documents require what they don't describe.
  static void add_unknown_required(const Schema& schema, Object& made) {
    for (const std::string& name : schema.required) {
      const bool described = std::any_of(schema.properties.begin(), schema.properties.end(),
                                         [&](const auto& one) { return one.first == name; });
      if (!described && made.size() < kOptionalMax * 4) {
        made[name] = "string";
      }
    }
  }

  void add_optional(const Schema& schema, int depth, Object& made) {
    const Value* own = schema.example();
    for (const auto& [name, property] : schema.properties) {
      if (made.size() == kOptionalMax) {
        return;
      }
      const Value* given =
          own != nullptr && own->is_object() ? json::find(own->get_object(), name) : nullptr;
      const Schema member = read_schema(library_, property);
      if (member.flag("readOnly") || is_recursive(member) || member.flag("deprecated")) {
        continue;
      }
      if (given != nullptr) {
        made[name] = *given;
      } else if (depth == 0 &&
                 (member.example() != nullptr || member.keyword("default") != nullptr)) {
        made[name] = make(member, depth + 1);
      }
    }
  }

  Value array(const Schema& schema, int depth) {
    Array made;
    const Schema element = read_schema(library_, schema.items);
    if (is_recursive(element)) {
      return made;
    }
    const double least =
        std::clamp(number_at(schema, "minItems", 1), 1.0, static_cast<double>(kElementsMax));
    const Value one = make(element, depth + 1);
    if (!one.is_null()) {
      made.resize(static_cast<std::size_t>(least), one);
    }
    return made;
  }

  Value alternative(const Schema& schema, int depth) {
    for (const Value* one : schema.alternatives) {
      const Schema chosen = read_schema(library_, one);
      const bool is_null_only = chosen.types.empty() && chosen.nullable;
      if (is_null_only || is_recursive(chosen)) {
        continue;
      }
      return make(chosen, depth + 1);
    }
    return Object{};
  }

  Library& library_;
  std::vector<std::string> around_;
  std::size_t values_ = 0;
};

}  // namespace

Value example_of(Library& library, const Value* schema) { return Samples(library).make(schema, 0); }

Value example_body(Library& library, const MediaType& type) {
  Samples samples(library);
  const Schema schema = read_schema(library, type.schema);
  const Value* given = type.example != nullptr ? type.example : schema.example();
  if (given != nullptr && !given->is_null()) {
    if (auto fitting = as_type(*given, schema)) {
      return samples.complete(*fitting, schema, 0);
    }
  }
  return samples.make(schema, 0);
}

}  // namespace tartan::openapi
