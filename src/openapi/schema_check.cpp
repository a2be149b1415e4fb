#include "openapi/schema_check.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/clock.h"
#include "json/pointer.h"
#include "json/text.h"
#include "openapi/pattern.h"

namespace tartan::openapi {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;

constexpr std::size_t kShownMax = 60;
constexpr std::size_t kPatternShownMax = 100;
// Bytes that are held against a pattern for one step of the limit.
constexpr std::size_t kTextBytesOfStep = 1'000;

std::string shown(const Value& value) {
  std::string text = json::print(value);
  if (text.size() > kShownMax) {
    std::size_t end = kShownMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    text.resize(end);
    text += "…";
  }
  return text;
}

std::string_view kind_of(const Value& value) {
  if (value.is_null()) {
    return "null";
  }
  if (value.is_object()) {
    return "an object";
  }
  if (value.is_array()) {
    return "an array";
  }
  if (value.is_string()) {
    return "a string";
  }
  return value.is_bool() ? "a boolean" : "a number";
}

bool is_whole(const Value& value) {
  if (value.is_int64() || value.is_uint64()) {
    return true;
  }
  return value.is_double() && value.get_double() == std::floor(value.get_double());
}

bool has_type(const Value& value, std::string_view type) {
  return (type == "object" && value.is_object()) || (type == "array" && value.is_array()) ||
         (type == "string" && value.is_string()) || (type == "boolean" && value.is_bool()) ||
         (type == "number" && value.is_number()) ||
         (type == "integer" && value.is_number() && is_whole(value));
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

// What a schema may ask for and no check here looks at. Without findings against such a schema it
// is not known whether a value fits.
bool asks_for_more(const Schema& read) {
  static constexpr std::array<std::string_view, 13> others = {"contains",
                                                              "dependencies",
                                                              "dependentRequired",
                                                              "dependentSchemas",
                                                              "maxProperties",
                                                              "minProperties",
                                                              "oneOf",
                                                              "patternProperties",
                                                              "prefixItems",
                                                              "propertyNames",
                                                              "unevaluatedItems",
                                                              "unevaluatedProperties",
                                                              "uniqueItems"};
  const std::string_view format = read.text("format");
  return (!format.empty() && format != "date" && format != "date-time") ||
         std::any_of(others.begin(), others.end(),
                     [&](std::string_view name) { return read.keyword(name) != nullptr; });
}

// What one check and those within it share.
struct CheckState {
  std::size_t steps = 0;
  Patterns patterns;
};

class Checker {
 public:
  Checker(Library& library, Side side, const CheckLimits& limits, CheckState& state)
      : library_(library), side_(side), limits_(limits), state_(state) {}

  void check(const Value& value, const Value* schema, const std::string& pointer, int depth) {
    if (schema == nullptr || state_.steps >= limits_.steps || depth > limits_.depth ||
        findings_.size() >= limits_.findings) {
      is_sure_ = is_sure_ && schema == nullptr;
      return;
    }
    if (schema->is_bool()) {
      if (!schema->get_bool()) {
        add(pointer, "the reference allows nothing here");
      }
      return;
    }
    const Schema read = read_schema(library_, schema);
    state_.steps += 1 + read.layers.size();
    is_sure_ = is_sure_ && !asks_for_more(read);
    if (value.is_null() && (read.nullable || accepts_null(read))) {
      return;
    }
    if (!check_type(value, read, pointer) || !check_choice(value, read, pointer)) {
      return;
    }
    if (value.is_object()) {
      check_object(value.get_object(), read, pointer, depth);
    } else if (value.is_array()) {
      check_array(value.get_array(), read, pointer, depth);
    } else if (value.is_string()) {
      check_text(view(value.get_string()), read, pointer);
    } else if (value.is_number()) {
      check_number(value, read, pointer);
    }
    check_alternatives(value, read, pointer, depth);
    for (const Object* layer : read.layers) {
      check_conditions(value, *layer, pointer, depth);
    }
  }

  std::vector<SchemaFinding> take() { return std::move(findings_); }

 private:
  void add(const std::string& pointer, std::string message) {
    if (findings_.size() < limits_.findings) {
      findings_.push_back({pointer, std::move(message)});
    }
  }

  // A schema that says nothing takes null too; so does one whose alternatives do.
  bool accepts_null(const Schema& read) {
    if (read.types.empty() && read.alternatives.empty()) {
      return true;
    }
    return std::any_of(read.alternatives.begin(), read.alternatives.end(), [&](const Value* one) {
      const Schema alternative = read_schema(library_, one);
      return alternative.nullable;
    });
  }

  bool check_type(const Value& value, const Schema& read, const std::string& pointer) {
    if (read.types.empty()) {
      return true;
    }
    const bool fits = std::any_of(read.types.begin(), read.types.end(),
                                  [&](const auto& type) { return has_type(value, type); });
    if (!fits) {
      std::string wanted;
      for (const std::string& type : read.types) {
        wanted += (wanted.empty() ? "" : " or ") + type;
      }
      add(pointer, "expected " + wanted + ", not " + std::string(kind_of(value)));
    }
    return fits;
  }

  bool check_choice(const Value& value, const Schema& read, const std::string& pointer) {
    if (const Value* constant = read.keyword("const"); constant != nullptr && *constant != value) {
      add(pointer, "expected " + shown(*constant));
      return false;
    }
    const Value* values = read.keyword("enum");
    if (values == nullptr || !values->is_array() || values->get_array().empty()) {
      return true;
    }
    const Array& all = values->get_array();
    if (std::find(all.begin(), all.end(), value) != all.end()) {
      return true;
    }
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(all.size(), 8); ++i) {
      list += (list.empty() ? "" : ", ") + shown(all[i]);
    }
    add(pointer, shown(value) + " is not one of " + list + (all.size() > 8 ? ", …" : ""));
    return false;
  }

  // Whether a value fits a schema that is not its own; nothing when that can't be told.
  std::optional<bool> fits(const Value& value, const Value* schema, const std::string& pointer,
                           int depth) {
    Checker inner(library_, side_, limits_, state_);
    inner.check(value, schema, pointer, depth + 1);
    if (!inner.findings_.empty()) {
      return false;
    }
    return inner.is_sure_ ? std::optional(true) : std::nullopt;
  }

  void check_conditions(const Value& value, const Object& layer, const std::string& pointer,
                        int depth) {
    if (const Value* excluded = json::find(layer, "not")) {
      const auto is_excluded = fits(value, excluded, pointer, depth);
      if (is_excluded == true) {
        add(pointer, "is what the reference excludes");
      }
      is_sure_ = is_sure_ && is_excluded.has_value();
    }
    const Value* condition = json::find(layer, "if");
    if (condition == nullptr) {
      return;
    }
    const auto holds = fits(value, condition, pointer, depth);
    is_sure_ = is_sure_ && holds.has_value();
    if (holds) {
      check(value, json::find(layer, *holds ? "then" : "else"), pointer, depth + 1);
    }
  }

  bool is_needed(const Schema& read, const std::string& name) {
    const auto found = std::find_if(read.properties.begin(), read.properties.end(),
                                    [&](const auto& one) { return one.first == name; });
    if (found == read.properties.end()) {
      return true;
    }
    return !read_schema(library_, found->second)
                .flag(side_ == Side::request ? "readOnly" : "writeOnly");
  }

  void check_object(const Object& object, const Schema& read, const std::string& pointer,
                    int depth) {
    for (const std::string& name : read.required) {
      if (object.contains(name)) {
        continue;
      }
      if (is_needed(read, name)) {
        add(pointer + "/" + json::pointer_token(name), "is required and missing");
      } else {
        is_sure_ = false;
      }
    }
    for (const auto& [name, property] : read.properties) {
      if (const Value* member = json::find(object, name)) {
        check(*member, property, pointer + "/" + json::pointer_token(name), depth + 1);
      }
    }
    const Value* extra = read.keyword("additionalProperties");
    if (extra == nullptr) {
      return;
    }
    for (const auto& member : object) {
      const std::string name(view(member.key()));
      const bool known = std::any_of(read.properties.begin(), read.properties.end(),
                                     [&](const auto& one) { return one.first == name; });
      if (known) {
        continue;
      }
      const std::string here = pointer + "/" + json::pointer_token(name);
      if (extra->is_bool() && !extra->get_bool() && read.layers.size() == 1) {
        add(here, "is not a member that the reference knows");
      } else if (extra->is_bool()) {
        is_sure_ = is_sure_ && extra->get_bool();
      } else if (extra->is_object()) {
        check(member.value(), extra, here, depth + 1);
      }
    }
  }

  void check_array(const Array& array, const Schema& read, const std::string& pointer, int depth) {
    check_count(array.size(), read, "minItems", "maxItems", "elements", pointer);
    for (std::size_t i = 0; i < array.size(); ++i) {
      check(array[i], read.items, pointer + "/" + std::to_string(i), depth + 1);
    }
  }

  void check_count(std::size_t count, const Schema& read, std::string_view least,
                   std::string_view most, std::string_view what, const std::string& pointer) {
    const Value* low = read.keyword(least);
    const Value* high = read.keyword(most);
    if (low != nullptr && low->is_number() &&
        static_cast<double>(count) < low->to_number<double>()) {
      add(pointer, "expected at least " + json::print(*low) + " " + std::string(what));
    }
    if (high != nullptr && high->is_number() &&
        static_cast<double>(count) > high->to_number<double>()) {
      add(pointer, "expected at most " + json::print(*high) + " " + std::string(what));
    }
  }

  void check_text(std::string_view text, const Schema& read, const std::string& pointer) {
    check_count(characters(text), read, "minLength", "maxLength", "characters", pointer);
    const std::string_view format = read.text("format");
    if (format == "date" && !is_date(text)) {
      add(pointer, "expected a date, as 2026-01-15");
    } else if (format == "date-time" && !parse_date_time(text)) {
      add(pointer, "expected a date and time, as 2026-01-15T09:30:00Z");
    }
    for (const Object* layer : read.layers) {
      const Value* pattern = json::find(*layer, "pattern");
      if (pattern != nullptr && pattern->is_string()) {
        check_pattern(text, view(pattern->get_string()), pointer);
      }
    }
  }

  void check_pattern(std::string_view text, std::string_view pattern, const std::string& pointer) {
    state_.steps += text.size() / kTextBytesOfStep;
    switch (state_.patterns.match(pattern, text)) {
      case PatternFit::fits:
        return;
      case PatternFit::fails:
        add(pointer, "does not match " + std::string(pattern.substr(0, kPatternShownMax)));
        return;
      case PatternFit::unknown:
        is_sure_ = false;
        return;
    }
  }

  void check_number(const Value& value, const Schema& read, const std::string& pointer) {
    const double number = value.to_number<double>();
    const auto bound = [&](std::string_view name) -> std::optional<double> {
      const Value* given = read.keyword(name);
      return given != nullptr && given->is_number() ? std::optional(given->to_number<double>())
                                                    : std::nullopt;
    };
    const bool open_low = read.flag("exclusiveMinimum");
    const bool open_high = read.flag("exclusiveMaximum");
    const auto low = bound("minimum");
    const auto above = bound("exclusiveMinimum");
    if ((low && (open_low ? number <= *low : number < *low)) || (above && number <= *above)) {
      add(pointer, "is too small: " + constraints_of(read));
    }
    const auto high = bound("maximum");
    const auto below = bound("exclusiveMaximum");
    if ((high && (open_high ? number >= *high : number > *high)) || (below && number >= *below)) {
      add(pointer, "is too large: " + constraints_of(read));
    }
    if (const auto step = bound("multipleOf"); step && *step > 0) {
      const double times = number / *step;
      if (std::abs(times - std::round(times)) > 1e-9 * std::max(1.0, std::abs(times))) {
        add(pointer, "is not a multiple of " + json::print(*read.keyword("multipleOf")));
      }
    }
  }

  // One alternative has to fit. When none does, the one with the least against it is told.
  void check_alternatives(const Value& value, const Schema& read, const std::string& pointer,
                          int depth) {
    if (read.alternatives.empty()) {
      return;
    }
    std::vector<SchemaFinding> best;
    bool has_best = false;
    for (const Value* one : read.alternatives) {
      Checker inner(library_, side_, limits_, state_);
      inner.check(value, one, pointer, depth + 1);
      if (inner.findings_.empty()) {
        is_sure_ = is_sure_ && inner.is_sure_;
        return;
      }
      if (!has_best || inner.findings_.size() < best.size()) {
        best = std::move(inner.findings_);
        has_best = true;
      }
    }
    for (SchemaFinding& finding : best) {
      add(finding.pointer, "none of the alternatives fits: " + finding.message);
    }
  }

  Library& library_;
  Side side_;
  CheckLimits limits_;
  CheckState& state_;
  std::vector<SchemaFinding> findings_;
  bool is_sure_ = true;  // without findings the value fits for certain
};

}  // namespace

std::vector<SchemaFinding> check_value(Library& library, const Value& value, const Value* schema,
                                       Side side, const CheckLimits& limits) {
  CheckState state;
  Checker checker(library, side, limits, state);
  checker.check(value, schema, "", 0);
  return checker.take();
}

}  // namespace tartan::openapi
