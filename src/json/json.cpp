#include "json/json.h"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cmath>

namespace tartan::json {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// Builds the tree, and stops at what the plain parser would let pass.
class Builder {
 public:
  // NOLINTBEGIN(readability-identifier-naming): basic_parser looks for these names.
  static constexpr std::size_t max_object_size = boost::json::object::max_size();
  static constexpr std::size_t max_array_size = boost::json::array::max_size();
  static constexpr std::size_t max_key_size = boost::json::string::max_size();
  static constexpr std::size_t max_string_size = boost::json::string::max_size();
  // NOLINTEND(readability-identifier-naming)

  Builder(Storage storage, std::size_t values_max)
      : stack_(Storage(), buffer_, sizeof buffer_), values_left_(values_max) {
    stack_.reset(std::move(storage));
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code& ec) { return count(ec); }
  bool on_object_end(std::size_t members, error_code&) {
    members_seen_ += members;
    stack_.push_object(members);
    return true;
  }
  bool on_array_begin(error_code& ec) { return count(ec); }
  bool on_array_end(std::size_t elements, error_code&) {
    stack_.push_array(elements);
    return true;
  }
  bool on_key_part(string_view part, std::size_t, error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code&) {
    stack_.push_key(part);
    return true;
  }
  bool on_string_part(string_view part, std::size_t, error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(string_view part, std::size_t, error_code& ec) {
    stack_.push_string(part);
    return count(ec);
  }
  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t number, string_view, error_code& ec) {
    stack_.push_int64(number);
    return count(ec);
  }
  bool on_uint64(std::uint64_t number, string_view, error_code& ec) {
    stack_.push_uint64(number);
    return count(ec);
  }
  // Boost's own number is off by a bit for one text of 17 digits in five, so that a number would
  // change each time that it is stored and read.
  bool on_double(double number, string_view text, error_code& ec) {
    double nearest = number;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), nearest);
    if (read.ec == std::errc::result_out_of_range) {
      nearest = std::abs(number) > 1 ? HUGE_VAL : std::copysign(0.0, number);
    }
    if (!std::isfinite(nearest)) {
      return refuse("a number is too large", ec);
    }
    stack_.push_double(nearest);
    return count(ec);
  }
  bool on_bool(bool truth, error_code& ec) {
    stack_.push_bool(truth);
    return count(ec);
  }
  bool on_null(error_code& ec) {
    stack_.push_null();
    return count(ec);
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  Value release() { return stack_.release(); }
  const char* problem() const { return problem_; }
  // Members of all objects as written, repeated names counted each time.
  std::size_t members_seen() const { return members_seen_; }

 private:
  bool count(error_code& ec) {
    if (values_left_ == 0) {
      return refuse("it has too many values", ec);
    }
    --values_left_;
    return true;
  }
  bool refuse(const char* why, error_code& ec) {
    problem_ = why;
    ec = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }

  unsigned char buffer_[2048];
  boost::json::value_stack stack_;
  std::size_t values_left_;
  std::size_t members_seen_ = 0;
  const char* problem_ = nullptr;
};

std::size_t count_members(const Value& value) {
  std::size_t members = 0;
  if (const Object* object = value.if_object()) {
    members = object->size();
    for (const auto& member : *object) {
      members += count_members(member.value());
    }
  } else if (const Array* array = value.if_array()) {
    for (const Value& element : *array) {
      members += count_members(element);
    }
  }
  return members;
}

std::string describe(const error_code& ec) {
  using boost::json::error;
  switch (static_cast<error>(ec.value())) {
    case error::incomplete:
      return "it ends too early";
    case error::extra_data:
      return "something stands after the end of the value";
    case error::too_deep:
      return "it is nested too deeply";
    case error::illegal_leading_surrogate:
    case error::illegal_trailing_surrogate:
    case error::expected_hex_digit:
    case error::expected_utf16_escape:
      return "a \\u escape is not a valid character (a lone surrogate, or not four hex digits)";
    case error::exponent_overflow:
      return "a number is too large";
    default:
      return "unexpected character";
  }
}

// Whether the bytes at `text` are one well-formed UTF-8 sequence; Boost.JSON reports a bad one as a
// plain syntax error, and a caller is better served by the reason.
bool is_high_byte(std::string_view text, std::size_t offset) {
  return offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0x80U) != 0;
}

}  // namespace

Result<Lenient, SyntaxError> parse_lenient(std::string_view text, Storage storage,
                                           const Limits& limits) {
  boost::json::parse_options options;
  options.max_depth = limits.depth_max;
  boost::json::basic_parser<Builder> parser(options, std::move(storage), limits.values_max);
  error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) {
    ec = boost::json::make_error_code(boost::json::error::extra_data);
  }
  if (ec) {
    const char* problem = parser.handler().problem();
    std::string why = problem != nullptr ? problem : describe(ec);
    if (problem == nullptr && is_high_byte(text, used)) {
      why = "a byte sequence is not valid UTF-8";
    }
    return SyntaxError{used, std::move(why)};
  }
  Lenient read{parser.handler().release()};
  // The tree keeps the last of members with the same name: fewer members than were written means
  // that a name was repeated.
  read.repeated = count_members(read.value) != parser.handler().members_seen();
  return read;
}

Result<Value, SyntaxError> parse(std::string_view text, Storage storage, const Limits& limits) {
  auto read = parse_lenient(text, std::move(storage), limits);
  if (!read) {
    return std::move(read).error();
  }
  if (read->repeated) {
    return SyntaxError{0, "a member name occurs twice in one object"};
  }
  return std::move(read->value);
}

namespace {

// A number reads as people write it, and comes back as the same kind: 2.0 stays no integer.
void append_number(std::string& out, double number) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  const std::string_view written(text, static_cast<std::size_t>(end - text));
  out.append(written);
  if (written.find_first_of(".en") == std::string_view::npos) {
    out.append(".0");
  }
}

template <typename Integer>
void append_integer(std::string& out, Integer number) {
  char text[24];
  out.append(text,
             static_cast<std::size_t>(std::to_chars(text, text + sizeof text, number).ptr - text));
}

void append_value(std::string& out, const Value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out.append("null");
      return;
    case boost::json::kind::bool_:
      out.append(value.get_bool() ? "true" : "false");
      return;
    case boost::json::kind::int64:
      return append_integer(out, value.get_int64());
    case boost::json::kind::uint64:
      return append_integer(out, value.get_uint64());
    case boost::json::kind::double_:
      return append_number(out, value.get_double());
    case boost::json::kind::string:
      return append_string(out, {value.get_string().data(), value.get_string().size()});
    case boost::json::kind::array: {
      char before = '[';
      for (const Value& one : value.get_array()) {
        out.push_back(std::exchange(before, ','));
        append_value(out, one);
      }
      out.append(before == '[' ? "[]" : "]");
      return;
    }
    case boost::json::kind::object: {
      char before = '{';
      for (const auto& member : value.get_object()) {
        out.push_back(std::exchange(before, ','));
        append_string(out, {member.key().data(), member.key().size()});
        out.push_back(':');
        append_value(out, member.value());
      }
      out.append(before == '{' ? "{}" : "}");
      return;
    }
  }
}

}  // namespace

void append(std::string& out, const Value& value) { append_value(out, value); }

std::string print(const Value& value) {
  std::string text;
  append_value(text, value);
  return text;
}

const Value* find(const Object& object, std::string_view name) {
  return object.if_contains(string_view(name.data(), name.size()));
}

namespace {

// Whether a byte stands in a JSON string as it is.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0; c < plain.size(); ++c) {
    plain[c] = c >= 0x20 && c != '"' && c != '\\';
  }
  return plain;
}();

}  // namespace

void append_string(std::string& out, std::string_view text) {
  constexpr std::string_view hex = "0123456789abcdef";
  out.push_back('"');
  std::size_t plain = 0;  // start of the run that needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kPlain[c]) {
      continue;
    }
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        out.append("\\u00");
        out.push_back(hex[c >> 4U]);
        out.push_back(hex[c & 15U]);
    }
  }
  out.append(text, plain);
  out.push_back('"');
}

void Writer::separate() {
  if (comma_) {
    out_.push_back(',');
  }
}

Writer& Writer::open(char bracket) {
  separate();
  out_.push_back(bracket);
  comma_ = false;
  return *this;
}

Writer& Writer::close(char bracket) {
  out_.push_back(bracket);
  comma_ = true;
  return *this;
}

Writer& Writer::key(std::string_view name) {
  separate();
  append_string(out_, name);
  out_.push_back(':');
  comma_ = false;
  return *this;
}

Writer& Writer::string(std::string_view text) {
  separate();
  append_string(out_, text);
  comma_ = true;
  return *this;
}

Writer& Writer::integer(std::int64_t number) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return raw({text, static_cast<std::size_t>(end - text)});
}

Writer& Writer::number(double number) {
  if (!std::isfinite(number)) {
    return null();
  }
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return raw({text, static_cast<std::size_t>(end - text)});
}

Writer& Writer::value(const Value& tree) { return raw(print(tree)); }

Writer& Writer::raw(std::string_view json_text) {
  separate();
  out_.append(json_text);
  comma_ = true;
  return *this;
}

}  // namespace tartan::json
