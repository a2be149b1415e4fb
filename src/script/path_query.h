// A path, parsed: what path_parser.cpp makes and path.cpp walks. Private to script.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "script/path.h"

namespace tartan::script {

struct Filter;

struct NameSelector {
  std::string name;
};
struct IndexSelector {
  std::int64_t index;
};
struct SliceSelector {
  std::optional<std::int64_t> start;
  std::optional<std::int64_t> end;
  std::int64_t step = 1;
};
struct WildcardSelector {};
using FilterSelector = std::unique_ptr<Filter>;
using Selector =
    std::variant<NameSelector, IndexSelector, SliceSelector, WildcardSelector, FilterSelector>;

struct Segment {
  bool descendants = false;  // "..": every value below, too
  std::vector<Selector> selectors;
};

struct Query {
  bool from_root = true;  // "$" or a plain name; else "@", the value under test
  std::vector<Segment> segments;
};

struct Literal {
  json::Value value;
};
enum class FunctionName { length, count };
struct Function {
  FunctionName name;
  Query argument;
};
using Operand = std::variant<Literal, Query, Function>;

enum class Comparison { exists, eq, ne, lt, le, gt, ge };

struct Filter {
  enum class Kind { test, negation, all_of, any_of } kind = Kind::test;
  std::vector<std::unique_ptr<Filter>> parts;
  Comparison comparison = Comparison::exists;
  std::optional<Operand> left;
  std::optional<Operand> right;
};

// Whether it can name one value at most.
bool is_singular(const std::vector<Segment>& segments);

Result<std::vector<Segment>, ExpressionError> parse_path(std::string_view text);

}  // namespace tartan::script
