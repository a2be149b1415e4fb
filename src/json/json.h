// The one JSON library of Tartan: Boost.JSON's values behind a strict, bounded parser, and a writer
// that prints replies without building a tree first.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tartan::json {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;
using Storage = boost::json::storage_ptr;

struct Limits {
  std::size_t depth_max = 32;        // nesting of objects and arrays
  std::size_t values_max = 100'000;  // values in one document: bounds the memory of a tree
};

struct SyntaxError {
  std::size_t offset = 0;  // bytes from the start of the text
  std::string message;     // what is wrong, in words
};

// Parses one JSON text (RFC 8259, UTF-8). Beyond the grammar it refuses what could be read in two
// ways: a member name that occurs twice in an object, a number that is not finite as a double, a
// lone surrogate, invalid UTF-8, nesting and size beyond `limits`, anything after the value.
// The tree's memory comes from `storage`.
Result<Value, SyntaxError> parse(std::string_view text, Storage storage = {},
                                 const Limits& limits = {});

// The same for documents that others wrote and that are wanted all the same: of members with one
// name the last counts. `repeated` tells whether there were any.
struct Lenient {
  Value value;
  bool repeated = false;
};
Result<Lenient, SyntaxError> parse_lenient(std::string_view text, Storage storage,
                                           const Limits& limits);

// Compact JSON text.
std::string print(const Value& value);
void append(std::string& out, const Value& value);

// The member `name`, or nullptr.
const Value* find(const Object& object, std::string_view name);

// Appends `text` as a JSON string, quotes included. `text` must be UTF-8.
void append_string(std::string& out, std::string_view text);

// Prints one JSON text piece by piece, minding commas. The caller minds the nesting.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  Writer& begin_object() { return open('{'); }
  Writer& end_object() { return close('}'); }
  Writer& begin_array() { return open('['); }
  Writer& end_array() { return close(']'); }
  Writer& key(std::string_view name);

  Writer& string(std::string_view text);
  Writer& integer(std::int64_t number);
  Writer& number(double number);
  Writer& boolean(bool truth) { return raw(truth ? "true" : "false"); }
  Writer& null() { return raw("null"); }
  // A string, or null when it is not `present`.
  Writer& string_or_null(bool present, std::string_view text) {
    return present ? string(text) : null();
  }
  Writer& value(const Value& tree);
  // Text that is JSON already.
  Writer& raw(std::string_view json_text);

 private:
  Writer& open(char bracket);
  Writer& close(char bracket);
  void separate();

  std::string& out_;
  bool comma_ = false;  // a value stands before: the next one in this list needs a comma
};

}  // namespace tartan::json
