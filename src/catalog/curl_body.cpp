#include "catalog/curl_body.h"

#include <utility>

#include "base/ascii.h"
#include "json/text.h"
#include "script/template.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;

constexpr json::Limits kLimits{64, 100'000};

// Splits at a character of the literal text.
std::vector<Text> split(const Text& text, char at) {
  std::vector<Text> parts(1);
  for (const Piece& one : text) {
    if (one.is_placeholder) {
      add_placeholder(parts.back(), one.text);
      continue;
    }
    std::string_view rest = one.text;
    for (std::size_t end = rest.find(at); end != std::string_view::npos; end = rest.find(at)) {
      add_literal(parts.back(), rest.substr(0, end));
      parts.emplace_back();
      rest.remove_prefix(end + 1);
    }
    add_literal(parts.back(), rest);
  }
  return parts;
}

// Nothing when encoding it again would give something else.
std::optional<std::string> decoded(std::string_view text) {
  std::string made = percent_decode(text);
  return percent_encode(made) == text &&
                 boost::json::string_view(made).find('\0') == boost::json::string_view::npos
             ? std::optional(std::move(made))
             : std::nullopt;
}

struct Field {
  std::string name;
  std::string value;  // a template
};

std::optional<Field> field_of(const Text& part) {
  if (part.empty() || part.front().is_placeholder) {
    return std::nullopt;
  }
  const std::string& first = part.front().text;
  const std::size_t equals = first.find('=');
  if (equals == std::string::npos) {
    return std::nullopt;
  }
  const auto name = decoded(std::string_view(first).substr(0, equals));
  if (!name) {
    return std::nullopt;
  }
  Text value;
  for (const Piece& one : without_prefix(part, equals + 1)) {
    if (one.is_placeholder) {
      add_placeholder(value, one.text);
      continue;
    }
    const auto plain = decoded(one.text);
    if (!plain) {
      return std::nullopt;
    }
    add_literal(value, *plain);
  }
  return Field{*name, to_template(value)};
}

// A mark for each placeholder that can't be in the text itself.
std::optional<std::string> free_mark(const Text& text) {
  const std::string all = to_lower(literal_of(text));
  for (const auto& [mark, escaped] :
       {std::pair("\xef\xa3\xbf", "\\uf8ff"), std::pair("\xef\xa3\xbe", "\\uf8fe"),
        std::pair("\xef\xa3\xbd", "\\uf8fd")}) {
    if (all.find(mark) == std::string::npos && all.find(escaped) == std::string::npos) {
      return mark;
    }
  }
  return std::nullopt;
}

class JsonReader {
 public:
  JsonReader(const Text& text, std::string mark, std::set<std::string>& bare,
             std::vector<std::string>& warnings)
      : text_(text), mark_(std::move(mark)), bare_(bare), warnings_(warnings) {}

  std::optional<Value> run() {
    std::set<std::string> bare;
    auto parsed = json::parse(marked(bare), {}, kLimits);
    if (!parsed) {
      return std::nullopt;
    }
    bare_.insert(bare.begin(), bare.end());
    return restored(*parsed);
  }

 private:
  std::string marked(std::set<std::string>& bare) const {
    std::string made;
    bool in_string = false;
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const Piece& one = text_[i];
      if (one.is_placeholder) {
        const std::string mark = mark_ + std::to_string(i) + mark_;
        made += in_string ? mark : "\"" + mark + "\"";
        if (!in_string) {
          bare.insert(one.text);
        }
        continue;
      }
      for (std::size_t at = 0; at < one.text.size(); ++at) {
        if (one.text[at] == '"') {
          in_string = !in_string;
        } else if (one.text[at] == '\\' && in_string) {
          ++at;
        }
      }
      made += one.text;
    }
    return made;
  }

  // The pieces of a string in which marks stand for placeholders.
  Text pieces(std::string_view text) const {
    Text made;
    for (;;) {
      const std::size_t open = text.find(mark_);
      const std::size_t close =
          open == std::string_view::npos ? open : text.find(mark_, open + mark_.size());
      if (close == std::string_view::npos) {
        add_literal(made, text);
        return made;
      }
      add_literal(made, text.substr(0, open));
      std::size_t number = 0;
      for (const char c : text.substr(open + mark_.size(), close - open - mark_.size())) {
        number = number * 10 + static_cast<std::size_t>(c - '0');
      }
      if (number < text_.size()) {
        add_placeholder(made, text_[number].text);
      }
      text.remove_prefix(close + mark_.size());
    }
  }

  std::string name_of(std::string_view name) const {
    const Text made = pieces(name);
    if (!has_placeholder(made)) {
      return std::string(name);
    }
    warnings_.push_back(
        "a member of the body has a variable in its name, which a task can't fill in");
    std::string text;
    for (const Piece& one : made) {
      text += one.is_placeholder ? "$" + one.text : one.text;
    }
    return text;
  }

  Value restored(const Value& value) const {
    if (value.is_string()) {
      return Value(to_template(pieces(view(value.get_string()))));
    }
    if (const Array* array = value.if_array()) {
      Array made;
      made.reserve(array->size());
      for (const Value& one : *array) {
        made.push_back(restored(one));
      }
      return made;
    }
    if (const Object* object = value.if_object()) {
      Object made;
      made.reserve(object->size());
      for (const auto& member : *object) {
        made[name_of(view(member.key()))] = restored(member.value());
      }
      return made;
    }
    return value;
  }

  const Text& text_;
  std::string mark_;
  std::set<std::string>& bare_;
  std::vector<std::string>& warnings_;
};

void add_field(Text& to, std::string_view name, const Text& value) {
  add_literal(to, (to.empty() ? "" : "&") + percent_encode(name) + "=");
  for (const Piece& one : value) {
    one.is_placeholder ? add_placeholder(to, one.text) : add_literal(to, percent_encode(one.text));
  }
}

// A JSON string's inner part.
std::string quoted_inner(std::string_view text) {
  std::string quoted;
  json::append_string(quoted, text);
  return quoted.substr(1, quoted.size() - 2);
}

class JsonTextWriter {
 public:
  // How a scalar that is no string is printed.
  using Scalar = std::string (*)(const Value&);
  explicit JsonTextWriter(Scalar scalar) : scalar_(scalar) {}

  Result<Text> run(const Value& value) {
    write(value);
    if (error_) {
      return *std::move(error_);
    }
    return std::move(text_);
  }

 private:
  void write(const Value& value) {
    if (value.is_string()) {
      write_string(view(value.get_string()));
    } else if (const Array* array = value.if_array()) {
      const char* before = "[";
      for (const Value& one : *array) {
        add_literal(text_, std::exchange(before, ","));
        write(one);
      }
      add_literal(text_, array->empty() ? "[]" : "]");
    } else if (const Object* object = value.if_object()) {
      const char* before = "{\"";
      for (const auto& member : *object) {
        add_literal(text_, std::exchange(before, ",\"") + quoted_inner(view(member.key())) + "\":");
        write(member.value());
      }
      add_literal(text_, object->empty() ? "{}" : "}");
    } else {
      add_literal(text_, scalar_(value));
    }
  }

  void write_string(std::string_view text) {
    auto pieces = split_template(text);
    if (!pieces) {
      error_ = std::move(pieces).error();
      return;
    }
    add_literal(text_, "\"");
    for (const Piece& one : *pieces) {
      one.is_placeholder ? add_placeholder(text_, one.text)
                         : add_literal(text_, quoted_inner(one.text));
    }
    add_literal(text_, "\"");
  }

  Scalar scalar_;
  Text text_;
  std::optional<Error> error_;
};

}  // namespace

Result<Text> json_text(const Value& value) { return JsonTextWriter(json::print).run(value); }

Result<Text> field_text(const Value& value) {
  if (value.is_string()) {
    return split_template(view(value.get_string()));
  }
  if (!value.is_structured()) {
    return literal(script::text_of(value));
  }
  return JsonTextWriter([](const Value& one) {
           return one.is_null() ? std::string("null") : script::text_of(one);
         })
      .run(value);
}

std::optional<Object> form_of(const Text& text) {
  Object fields;
  std::string last;
  if (text.empty()) {
    return fields;
  }
  for (const Text& part : split(text, '&')) {
    auto field = field_of(part);
    if (!field) {
      return std::nullopt;
    }
    Value* held = fields.if_contains(field->name);
    if (held == nullptr) {
      fields[field->name] = std::move(field->value);
    } else if (last != field->name) {
      return std::nullopt;  // a task sends values of one name side by side
    } else if (Array* array = held->if_array()) {
      array->emplace_back(std::move(field->value));
    } else {
      Value first = std::move(*held);
      *held = Array{std::move(first), Value(std::move(field->value))};
    }
    last = std::move(field->name);
  }
  return fields;
}

Result<Text> form_text(const Object& fields) {
  Text made;
  for (const auto& field : fields) {
    const Array* array = field.value().if_array();
    const std::size_t count = array != nullptr ? array->size() : 1;
    for (std::size_t i = 0; i < count; ++i) {
      auto value = field_text(array != nullptr ? (*array)[i] : field.value());
      if (!value) {
        return std::move(value).error();
      }
      add_field(made, view(field.key()), *value);
    }
  }
  return made;
}

std::optional<Value> json_of(const Text& text, std::set<std::string>& bare,
                             std::vector<std::string>& warnings) {
  const auto mark = free_mark(text);
  return mark ? JsonReader(text, *mark, bare, warnings).run() : std::nullopt;
}

}  // namespace tartan::catalog
