#include "contract/schema.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "base/clock.h"
#include "contract/uri.h"

namespace tartan::contract {
namespace {

// Fields named in one message; more would bury the first.
constexpr std::size_t kNamedMax = 20;

std::uint8_t type_of(const json::Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return kNull;
    case boost::json::kind::bool_:
      return kBoolean;
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
      return kInteger | kNumber;
    case boost::json::kind::double_:
      // 3.0 is an integer in JSON Schema.
      return std::trunc(value.get_double()) == value.get_double() ? kInteger | kNumber : kNumber;
    case boost::json::kind::string:
      return kString;
    case boost::json::kind::array:
      return kArray;
    case boost::json::kind::object:
      return kObject;
  }
  return 0;
}

std::string describe_types(std::uint8_t types) {
  std::string text;
  const auto add = [&](std::uint8_t bit, const char* name) {
    if ((types & bit) != 0) {
      text += (text.empty() ? "" : " or ") + std::string(name);
    }
  };
  add(kString, "a string");
  add((types & kNumber) != 0 ? 0 : kInteger, "an integer");
  add(kNumber, "a number");
  add(kBoolean, "true or false");
  add(kArray, "an array");
  add(kObject, "an object");
  add(kNull, "null");
  return text;
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;  // not a continuation byte
  }));
}

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; });
}

bool has_format(Format format, std::string_view text) {
  switch (format) {
    case Format::none:
      return true;
    case Format::uri:
      return is_http_url(text);
    case Format::date:
      return is_date(text);
    case Format::date_time:
      return parse_date_time(text).has_value();
  }
  return true;
}

const char* describe(Format format) {
  switch (format) {
    case Format::none:
      return "text";
    case Format::uri:
      return "an http or https URL";
    case Format::date:
      return "a date, YYYY-MM-DD";
    case Format::date_time:
      return "a date and time as in 2026-05-02T09:14:07Z";
  }
  return "text";
}

// A whole number without a fraction, as people write it.
std::string limit(double number) {
  const bool is_whole = std::abs(number) < 1e15 && std::trunc(number) == number;
  return json::print(is_whole ? json::Value(static_cast<std::int64_t>(number))
                              : json::Value(number));
}

class Checker {
 public:
  explicit Checker(std::string_view name) : name_(name) {}

  void check(const Schema& schema, const json::Value& value, bool by_domain) {
    const std::uint8_t type = type_of(value);
    if ((schema.types & type) == 0) {
      invalid("must be " + describe_types(schema.types));
      return;
    }
    if (const auto* text = value.if_string()) {
      check_string(schema, {text->data(), text->size()}, by_domain);
    } else if (const json::Array* array = value.if_array()) {
      check_array(schema, *array, by_domain);
    } else if (const json::Object* object = value.if_object()) {
      check_object(schema, *object, by_domain);
    } else if ((type & kNumber) != 0) {
      check_number(schema, value.to_number<double>());
    }
  }

  std::optional<Violation> result() && {
    if (!unknown_.empty()) {
      return Violation{Defect::unknown_fields,
                       "the following fields are not recognized by this endpoint: " + unknown_};
    }
    if (!missing_.empty()) {
      return Violation{Defect::missing_fields,
                       "the following required fields are missing: " + missing_};
    }
    if (!invalid_.empty()) {
      return Violation{Defect::invalid_field, std::move(invalid_)};
    }
    return std::nullopt;
  }

 private:
  void check_string(const Schema& schema, std::string_view text, bool by_domain) {
    if (text.find('\0') != std::string_view::npos) {
      invalid("must not contain a NUL character");
      return;
    }
    if (by_domain) {
      return;
    }
    const std::size_t length = character_count(text);
    if (length < schema.size_min || (schema.size_min > 0 && is_blank(text))) {
      invalid(schema.size_min == 1
                  ? "must not be blank"
                  : "must have at least " + std::to_string(schema.size_min) + " characters");
    } else if (length > schema.size_max) {
      invalid("must have at most " + std::to_string(schema.size_max) + " characters");
    } else if (!has_format(schema.format, text)) {
      invalid(std::string("must be ") + describe(schema.format));
    } else if (!schema.enumeration.empty() &&
               std::find(schema.enumeration.begin(), schema.enumeration.end(), text) ==
                   schema.enumeration.end()) {
      invalid_choice(schema);
    }
  }

  void check_number(const Schema& schema, double number) {
    if (number < schema.minimum) {
      invalid("must be at least " + limit(schema.minimum));
    } else if (number > schema.maximum) {
      invalid("must be at most " + limit(schema.maximum));
    }
  }

  void check_array(const Schema& schema, const json::Array& array, bool by_domain) {
    if (!by_domain && array.size() < schema.size_min) {
      invalid(schema.size_min == 1
                  ? "must not be empty"
                  : "must have at least " + std::to_string(schema.size_min) + " elements");
    } else if (array.size() > schema.size_max) {
      invalid("must have at most " + std::to_string(schema.size_max) + " elements");
      return;
    }
    if (schema.items == nullptr) {
      return;
    }
    for (std::size_t i = 0; i < array.size(); ++i) {
      const std::size_t parent = path_.size();
      path_ += "[" + std::to_string(i) + "]";
      check(*schema.items, array[i], by_domain);
      path_.resize(parent);
    }
  }

  void check_object(const Schema& schema, const json::Object& object, bool by_domain) {
    by_domain = by_domain || schema.openness == Openness::domain_checked;
    const std::size_t parent = path_.size();
    for (const auto& member : object) {
      const std::string_view name(member.key().data(), member.key().size());
      const Property* property = find(schema, name);
      if (property == nullptr) {
        if (schema.openness != Openness::open) {
          list(unknown_, unknown_count_, name);
        }
        continue;
      }
      enter(name);
      check(*property->schema, member.value(), by_domain);
      path_.resize(parent);
    }
    if (by_domain) {
      return;
    }
    for (const Property& property : schema.properties) {
      if (property.required && json::find(object, property.name) == nullptr) {
        list(missing_, missing_count_, property.name);
      }
    }
  }

  static const Property* find(const Schema& schema, std::string_view name) {
    const auto found = std::lower_bound(
        schema.properties.begin(), schema.properties.end(), name,
        [](const Property& property, std::string_view wanted) { return property.name < wanted; });
    return found != schema.properties.end() && found->name == name ? &*found : nullptr;
  }

  void enter(std::string_view name) {
    if (!path_.empty()) {
      path_ += '.';
    }
    path_ += name;
  }

  void list(std::string& names, std::size_t& count, std::string_view name) {
    if (count++ >= kNamedMax) {
      return;
    }
    names += (names.empty() ? "" : ", ") + path_ + (path_.empty() ? "" : ".");
    names += name;
  }

  // The first one is reported: later ones often follow from it.
  void invalid(std::string_view rule) {
    if (invalid_.empty()) {
      invalid_ = (path_.empty() ? std::string(name_) : path_) + " " + std::string(rule);
    }
  }

  void invalid_choice(const Schema& schema) {
    std::string rule = "must be one of";
    for (std::size_t i = 0; i < schema.enumeration.size(); ++i) {
      rule += (i == 0 ? " " : ", ") + std::string(schema.enumeration[i]);
    }
    invalid(rule);
  }

  std::string_view name_;
  std::string path_;
  std::string unknown_;
  std::string missing_;
  std::string invalid_;
  std::size_t unknown_count_ = 0;
  std::size_t missing_count_ = 0;
};

}  // namespace

std::optional<Violation> check(const Schema& schema, const json::Value& value,
                               std::string_view name) {
  Checker checker(name);
  checker.check(schema, value, false);
  return std::move(checker).result();
}

}  // namespace tartan::contract
