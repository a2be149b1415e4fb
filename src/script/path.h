// Paths into a JSON document: RFC 9535 JSONPath without the leading "$.", compiled once and walked
// natively. "workflow.input.items[0].id", "['Step A'].output", "a.items[?@.price > 10].name".
//
// Covered: member names (plain, or quoted in brackets), indexes, slices, wildcards, several
// selectors in one bracket, descendants (".."), filters with comparisons, existence tests, "&&",
// "||", "!", parentheses, length() and count(). Plain names may hold letters, digits, "_", "-" and
// ":" beyond ASCII's first 128 characters, so that "swf:sequenceNumber" needs no brackets. The
// functions match() and search() are refused with a message: JSONata has regular expressions.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/json.h"

namespace tartan::script {

// What is wrong with an expression, and where.
struct ExpressionError {
  std::size_t offset = 0;  // bytes from the start of the expression
  std::string message;
};

class Path {
 public:
  static Result<Path, ExpressionError> compile(std::string_view text);

  Path(Path&&) noexcept;
  Path& operator=(Path&&) noexcept;
  ~Path();

  // Whether it can name one value at most: it has neither wildcard, slice, filter nor descendants.
  bool is_singular() const;

  // A singular path's value within `document`, or nullptr. Only for singular paths.
  const json::Value* find(const json::Value& document) const;

  // Every value that the path names, in the document's order; at most `kMatchesMax`, and no further
  // ones once `kVisitsMax` values were looked at.
  std::vector<const json::Value*> find_all(const json::Value& document) const;

  // The member that the path begins with: "workflow" of "workflow.input"; empty when it begins with
  // anything but a name.
  std::string_view root() const;
  // The member behind the root, if it is a plain or quoted name: "output" of "A.output.x".
  std::string_view second() const;

  static constexpr std::size_t kMatchesMax = 10'000;
  // Filters within descendants take the square of the document's size, and deeper ones its cube;
  // this many take some tens of
  // milliseconds at most.
  static constexpr std::size_t kVisitsMax = 2'000'000;

  struct Program;

 private:
  explicit Path(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace tartan::script
