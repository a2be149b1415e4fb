#include "script/path.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <variant>

namespace tartan::script {
namespace {

// Nesting of filters and parentheses in one path.
constexpr int kNestingMax = 16;

// Indexes and steps, RFC 9535 section 2.1: what a double holds exactly.
constexpr std::int64_t kIntegerMax = (std::int64_t{1} << 53) - 1;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

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

using Matches = std::vector<const json::Value*>;

bool is_singular(const std::vector<Segment>& segments) {
  for (const Segment& segment : segments) {
    if (segment.descendants || segment.selectors.size() != 1) {
      return false;
    }
    const Selector& only = segment.selectors.front();
    if (!std::holds_alternative<NameSelector>(only) &&
        !std::holds_alternative<IndexSelector>(only)) {
      return false;
    }
  }
  return true;
}

// Finds values. `root` is what "$" means inside filters.
class Walk {
 public:
  explicit Walk(const json::Value& root) : root_(root) {}

  static const json::Value* member(const json::Value& of, std::string_view name) {
    return of.is_object() ? json::find(of.get_object(), name) : nullptr;
  }

  static const json::Value* element(const json::Value& of, std::int64_t index) {
    if (!of.is_array()) {
      return nullptr;
    }
    const json::Array& array = of.get_array();
    const auto size = static_cast<std::int64_t>(array.size());
    const std::int64_t at = index < 0 ? size + index : index;
    return at >= 0 && at < size ? &array[static_cast<std::size_t>(at)] : nullptr;
  }

  static const json::Value* find_one(const std::vector<Segment>& segments,
                                     const json::Value& from) {
    const json::Value* at = &from;
    for (const Segment& segment : segments) {
      const Selector& only = segment.selectors.front();
      const auto* name = std::get_if<NameSelector>(&only);
      at = name != nullptr ? member(*at, name->name)
                           : element(*at, std::get<IndexSelector>(only).index);
      if (at == nullptr) {
        return nullptr;
      }
    }
    return at;
  }

  Matches find(const Query& query, const json::Value& current) {
    Matches now{query.from_root ? &root_ : &current};
    ++visits_;
    for (const Segment& segment : query.segments) {
      Matches next;
      for (const json::Value* value : now) {
        if (segment.descendants) {
          select_below(segment, *value, next, 0);
        } else {
          select(segment, *value, next);
        }
      }
      now = std::move(next);
    }
    return now;
  }

 private:
  void add(Matches& to, const json::Value* value) const {
    if (value != nullptr && to.size() < Path::kMatchesMax) {
      to.push_back(value);
    }
  }

  void select_below(const Segment& segment, const json::Value& value, Matches& to, int depth) {
    constexpr int depth_max = 200;
    select(segment, value, to);
    if (depth >= depth_max || to.size() >= Path::kMatchesMax || is_spent()) {
      return;
    }
    each_child(value,
               [&](const json::Value& child) { select_below(segment, child, to, depth + 1); });
  }

  bool is_spent() const { return visits_ >= Path::kVisitsMax; }

  template <typename Each>
  void each_child(const json::Value& value, Each&& each) {
    const auto visit = [&](const json::Value& child) {
      ++visits_;
      each(child);
    };
    if (value.is_object()) {
      for (auto one = value.get_object().begin(); one != value.get_object().end() && !is_spent();
           ++one) {
        visit(one->value());
      }
    } else if (value.is_array()) {
      for (auto one = value.get_array().begin(); one != value.get_array().end() && !is_spent();
           ++one) {
        visit(*one);
      }
    }
  }

  void select(const Segment& segment, const json::Value& value, Matches& to) {
    for (const Selector& selector : segment.selectors) {
      if (const auto* name = std::get_if<NameSelector>(&selector)) {
        add(to, member(value, name->name));
      } else if (const auto* index = std::get_if<IndexSelector>(&selector)) {
        add(to, element(value, index->index));
      } else if (const auto* slice = std::get_if<SliceSelector>(&selector)) {
        select_slice(*slice, value, to);
      } else if (const auto* filter = std::get_if<FilterSelector>(&selector)) {
        each_child(value, [&](const json::Value& child) {
          if (holds(**filter, child)) {
            add(to, &child);
          }
        });
      } else {
        each_child(value, [&](const json::Value& child) { add(to, &child); });
      }
    }
  }

  // RFC 9535, section 2.3.4.2.2.
  void select_slice(const SliceSelector& slice, const json::Value& value, Matches& to) const {
    if (!value.is_array() || slice.step == 0) {
      return;
    }
    const json::Array& array = value.get_array();
    const auto size = static_cast<std::int64_t>(array.size());
    const auto normal = [&](std::int64_t i) { return i >= 0 ? i : size + i; };
    const bool up = slice.step > 0;
    const std::int64_t start = normal(slice.start.value_or(up ? 0 : size - 1));
    const std::int64_t end = slice.end ? normal(*slice.end) : (up ? size : -1);
    const auto at = [&](std::int64_t i) { add(to, &array[static_cast<std::size_t>(i)]); };
    if (up) {
      for (std::int64_t i = std::clamp<std::int64_t>(start, 0, size);
           i < std::clamp<std::int64_t>(end, 0, size); i += slice.step) {
        at(i);
      }
    } else {
      for (std::int64_t i = std::clamp<std::int64_t>(start, -1, size - 1);
           i > std::clamp<std::int64_t>(end, -1, size - 1); i += slice.step) {
        at(i);
      }
    }
  }

  bool holds(const Filter& filter, const json::Value& current) {
    switch (filter.kind) {
      case Filter::Kind::negation:
        return !holds(*filter.parts.front(), current);
      case Filter::Kind::all_of:
        for (const auto& part : filter.parts) {
          if (!holds(*part, current)) {
            return false;
          }
        }
        return true;
      case Filter::Kind::any_of:
        for (const auto& part : filter.parts) {
          if (holds(*part, current)) {
            return true;
          }
        }
        return false;
      case Filter::Kind::test:
        break;
    }
    if (filter.comparison == Comparison::exists) {
      const auto* query = std::get_if<Query>(&*filter.left);
      return query != nullptr && !find(*query, current).empty();
    }
    const Found left = value_of(*filter.left, current);
    const Found right = value_of(*filter.right, current);
    return compare(filter.comparison, left.get(), right.get());
  }

  // The value of an operand: one of the document or the path, or one that was computed. Nothing
  // stands for an absent one.
  struct Found {
    const json::Value* there = nullptr;
    std::optional<json::Value> made;

    const json::Value* get() const { return made ? &*made : there; }
  };

  Found value_of(const Operand& operand, const json::Value& current) {
    if (const auto* literal = std::get_if<Literal>(&operand)) {
      return {&literal->value, std::nullopt};
    }
    if (const auto* query = std::get_if<Query>(&operand)) {
      const Matches found = find(*query, current);
      return {found.size() == 1 ? found.front() : nullptr, std::nullopt};
    }
    const Function& function = std::get<Function>(operand);
    const Matches found = find(function.argument, current);
    if (function.name == FunctionName::count) {
      return {nullptr, json::Value(static_cast<std::int64_t>(found.size()))};
    }
    return {nullptr, found.size() == 1 ? length(*found.front()) : std::nullopt};
  }

  static std::optional<json::Value> length(const json::Value& of) {
    if (of.is_string()) {
      std::int64_t characters = 0;
      for (const char c : of.get_string()) {
        characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
      }
      return json::Value(characters);
    }
    if (of.is_array()) {
      return json::Value(static_cast<std::int64_t>(of.get_array().size()));
    }
    if (of.is_object()) {
      return json::Value(static_cast<std::int64_t>(of.get_object().size()));
    }
    return std::nullopt;
  }

  static bool less(const json::Value& a, const json::Value& b) {
    if (a.is_number() && b.is_number()) {
      return a.to_number<double>() < b.to_number<double>();
    }
    return a.is_string() && b.is_string() && a.get_string() < b.get_string();
  }

  // Numbers are equal by value, wherever they stand: 1 and 1.0 are.
  static bool equal(const json::Value& a, const json::Value& b) {
    if (a.is_number() && b.is_number()) {
      return a.to_number<double>() == b.to_number<double>();
    }
    if (a.is_array() && b.is_array()) {
      const json::Array& left = a.get_array();
      const json::Array& right = b.get_array();
      return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                        [](const auto& one, const auto& other) { return equal(one, other); });
    }
    if (a.is_object() && b.is_object()) {
      const json::Object& left = a.get_object();
      const json::Object& right = b.get_object();
      return left.size() == right.size() &&
             std::all_of(left.begin(), left.end(), [&](const auto& one) {
               const json::Value* other = json::find(right, one.key());
               return other != nullptr && equal(one.value(), *other);
             });
    }
    return a == b;
  }

  static bool compare(Comparison how, const json::Value* a, const json::Value* b) {
    const bool both = a != nullptr && b != nullptr;
    const auto same = [&] { return both ? equal(*a, *b) : a == b; };
    switch (how) {
      case Comparison::eq:
        return same();
      case Comparison::ne:
        return !same();
      case Comparison::lt:
        return both && less(*a, *b);
      case Comparison::gt:
        return both && less(*b, *a);
      case Comparison::le:
        return (both && less(*a, *b)) || same();
      case Comparison::ge:
        return (both && less(*b, *a)) || same();
      case Comparison::exists:
        break;
    }
    return false;
  }

  std::size_t visits_ = 0;
  const json::Value& root_;
};

struct Wrong {
  std::size_t offset;
  std::string message;
};

// Recursive descent; a syntax error is thrown as Wrong and caught in compile().
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<Segment> parse_path() {
    std::vector<Segment> segments;
    skip_space();
    if (peek() == '$') {
      ++at_;
    } else if (is_name_character(peek())) {
      segments.push_back(plain_name());
    } else if (peek() == '*') {
      ++at_;
      segments.push_back(one(WildcardSelector{}));
    } else if (peek() != '[') {
      fail(at_ == text_.size() ? "a path is expected" : "a name or '[' is expected");
    }
    parse_segments(segments);
    skip_space();
    if (at_ != text_.size()) {
      fail("this character is not expected here");
    }
    return segments;
  }

 private:
  [[noreturn]] void fail(std::string message) const { throw Wrong{at_, std::move(message)}; }

  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') {
      ++at_;
    }
  }
  bool take(std::string_view token) {
    if (text_.substr(at_).starts_with(token)) {
      at_ += token.size();
      return true;
    }
    return false;
  }
  void expect(char c) {
    if (peek() != c) {
      fail(std::string("'") + c + "' is expected");
    }
    ++at_;
  }

  static Segment one(Selector selector) {
    Segment segment;
    segment.selectors.push_back(std::move(selector));
    return segment;
  }

  Segment plain_name() {
    const std::size_t start = at_;
    while (is_name_character(peek())) {
      ++at_;
    }
    if (start == at_) {
      fail("a name is expected");
    }
    return one(NameSelector{std::string(text_.substr(start, at_ - start))});
  }

  void parse_segments(std::vector<Segment>& to) {
    for (;;) {
      const std::size_t before = at_;
      skip_space();
      if (take("..")) {
        Segment segment = peek() == '[' ? bracket() : dotted();
        segment.descendants = true;
        to.push_back(std::move(segment));
      } else if (peek() == '.') {
        ++at_;
        to.push_back(dotted());
      } else if (peek() == '[') {
        to.push_back(bracket());
      } else {
        at_ = before;
        return;
      }
    }
  }

  Segment dotted() {
    if (peek() == '*') {
      ++at_;
      return one(WildcardSelector{});
    }
    return plain_name();
  }

  Segment bracket() {
    expect('[');
    Segment segment;
    for (;;) {
      skip_space();
      segment.selectors.push_back(selector());
      skip_space();
      if (peek() != ',') {
        break;
      }
      ++at_;
    }
    expect(']');
    return segment;
  }

  Selector selector() {
    const char c = peek();
    if (c == '\'' || c == '"') {
      return NameSelector{quoted()};
    }
    if (c == '*') {
      ++at_;
      return WildcardSelector{};
    }
    if (c == '?') {
      ++at_;
      return any_of(0);
    }
    if (c == ':' || c == '-' || (c >= '0' && c <= '9')) {
      return index_or_slice();
    }
    fail("a quoted name, an index, a slice, '*' or '?' is expected");
  }

  std::int64_t integer() {
    std::int64_t number = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), number);
    const std::string_view digits(begin, static_cast<std::size_t>(end - begin));
    if (error != std::errc() || end == begin || number > kIntegerMax || number < -kIntegerMax) {
      fail("an integer between -2^53 and 2^53 is expected");
    }
    if ((digits.size() > 1 && digits[0] == '0') || digits.starts_with("-0")) {
      fail("an integer does not begin with a zero");
    }
    at_ += static_cast<std::size_t>(end - begin);
    return number;
  }

  std::optional<std::int64_t> optional_integer() {
    skip_space();
    if (peek() == '-' || (peek() >= '0' && peek() <= '9')) {
      return integer();
    }
    return std::nullopt;
  }

  Selector index_or_slice() {
    const auto first = optional_integer();
    skip_space();
    if (peek() != ':') {
      return IndexSelector{*first};
    }
    ++at_;
    SliceSelector slice;
    slice.start = first;
    slice.end = optional_integer();
    skip_space();
    if (peek() == ':') {
      ++at_;
      slice.step = optional_integer().value_or(1);
    }
    return slice;
  }

  // A quoted text with JSON's escapes, and \' besides.
  std::string quoted() {
    const char quote = peek();
    const std::size_t start = at_++;
    std::string as_json = "\"";
    while (peek() != quote) {
      if (at_ >= text_.size()) {
        at_ = start;
        fail("this quoted name has no end");
      }
      if (peek() == '\\' && peek(1) == '\'') {
        as_json += '\'';
        at_ += 2;
      } else if (peek() == '\\') {
        as_json += peek();
        as_json += peek(1);
        at_ += 2;
      } else {
        as_json += peek() == '"' ? "\\\"" : std::string(1, peek());
        ++at_;
      }
    }
    ++at_;
    auto parsed = json::parse(as_json + "\"");
    if (!parsed || !parsed->is_string()) {
      at_ = start;
      fail("this quoted name is not valid text");
    }
    return std::string(parsed->get_string());
  }

  FilterSelector any_of(int depth) { return list_of(depth, "||", Filter::Kind::any_of); }

  FilterSelector part_of(int depth, Filter::Kind kind) {
    if (kind == Filter::Kind::any_of) {
      return list_of(depth, "&&", Filter::Kind::all_of);
    }
    return basic(depth);
  }

  FilterSelector list_of(int depth, std::string_view sign, Filter::Kind kind) {
    if (depth > kNestingMax) {
      fail("the filter is nested too deeply");
    }
    FilterSelector first = part_of(depth, kind);
    skip_space();
    if (!text_.substr(at_).starts_with(sign)) {
      return first;
    }
    auto filter = std::make_unique<Filter>();
    filter->kind = kind;
    filter->parts.push_back(std::move(first));
    while (skip_space(), take(sign)) {
      filter->parts.push_back(part_of(depth, kind));
    }
    return filter;
  }

  FilterSelector basic(int depth) {
    skip_space();
    if (peek() == '!') {
      ++at_;
      auto filter = std::make_unique<Filter>();
      filter->kind = Filter::Kind::negation;
      if (depth > kNestingMax) {
        fail("the filter is nested too deeply");
      }
      filter->parts.push_back(basic(depth + 1));
      return filter;
    }
    if (peek() == '(') {
      ++at_;
      FilterSelector inner = any_of(depth + 1);
      skip_space();
      expect(')');
      return inner;
    }
    return test(depth);
  }

  FilterSelector test(int depth) {
    auto filter = std::make_unique<Filter>();
    const std::size_t start = at_;
    filter->left = operand(depth);
    skip_space();
    constexpr std::pair<std::string_view, Comparison> signs[] = {
        {"==", Comparison::eq}, {"!=", Comparison::ne}, {"<=", Comparison::le},
        {">=", Comparison::ge}, {"<", Comparison::lt},  {">", Comparison::gt}};
    for (const auto& [sign, comparison] : signs) {
      if (take(sign)) {
        filter->comparison = comparison;
        skip_space();
        filter->right = operand(depth);
        check_comparable(*filter->left, start);
        check_comparable(*filter->right, start);
        return filter;
      }
    }
    if (!std::holds_alternative<Query>(*filter->left)) {
      fail("a comparison is expected");
    }
    return filter;
  }

  void check_comparable(const Operand& operand, std::size_t start) {
    const auto* query = std::get_if<Query>(&operand);
    if (query != nullptr && !is_singular(query->segments)) {
      at_ = start;
      fail("only a path that names one value can be compared");
    }
  }

  Operand operand(int depth) {
    const char c = peek();
    if (c == '@' || c == '$') {
      return query(depth);
    }
    if (c == '\'' || c == '"') {
      return Literal{json::Value(quoted())};
    }
    for (const auto& [word, value] : {std::pair<std::string_view, json::Value>{"true", true},
                                      {"false", false},
                                      {"null", nullptr}}) {
      if (take(word)) {
        return Literal{value};
      }
    }
    if (take("length(")) {
      return function(FunctionName::length, depth);
    }
    if (take("count(")) {
      return function(FunctionName::count, depth);
    }
    if (c == '-' || (c >= '0' && c <= '9')) {
      return Literal{number()};
    }
    if (text_.substr(at_).starts_with("match(") || text_.substr(at_).starts_with("search(")) {
      fail("match() and search() are not supported: JSONata has regular expressions");
    }
    fail("a path (@ or $), a literal, length() or count() is expected");
  }

  Function function(FunctionName name, int depth) {
    skip_space();
    Function made{name, query(depth)};
    skip_space();
    expect(')');
    if (name == FunctionName::length && !is_singular(made.argument.segments)) {
      fail("length() takes a path that names one value");
    }
    return made;
  }

  json::Value number() {
    const std::size_t start = at_;
    while (std::string_view("+-.0123456789eE").find(peek()) != std::string_view::npos &&
           peek() != '\0') {
      ++at_;
    }
    auto parsed = json::parse(text_.substr(start, at_ - start));
    if (!parsed) {
      at_ = start;
      fail("this is no number");
    }
    return *std::move(parsed);
  }

  Query query(int depth) {
    if (peek() != '@' && peek() != '$') {
      fail("a path that begins with @ or $ is expected");
    }
    if (depth > kNestingMax || ++nesting_ > kNestingMax) {
      fail("the filter is nested too deeply");
    }
    Query made;
    made.from_root = peek() == '$';
    ++at_;
    parse_segments(made.segments);
    --nesting_;
    return made;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int nesting_ = 0;
};

}  // namespace

struct Path::Program {
  Query query;
  bool singular = false;
};

Path::Path(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Path::Path(Path&&) noexcept = default;
Path& Path::operator=(Path&&) noexcept = default;
Path::~Path() = default;

Result<Path, ExpressionError> Path::compile(std::string_view text) {
  try {
    auto program = std::make_unique<Program>();
    program->query.segments = Parser(text).parse_path();
    program->singular = script::is_singular(program->query.segments);
    return Path(std::move(program));
  } catch (const Wrong& wrong) {
    return ExpressionError{wrong.offset, wrong.message};
  }
}

bool Path::is_singular() const { return program_->singular; }

const json::Value* Path::find(const json::Value& document) const {
  return Walk::find_one(program_->query.segments, document);
}

std::vector<const json::Value*> Path::find_all(const json::Value& document) const {
  return Walk(document).find(program_->query, document);
}

namespace {
std::string_view name_at(const std::vector<Segment>& segments, std::size_t index) {
  if (index >= segments.size() || segments[index].descendants ||
      segments[index].selectors.size() != 1) {
    return {};
  }
  const auto* name = std::get_if<NameSelector>(&segments[index].selectors.front());
  return name != nullptr ? std::string_view(name->name) : std::string_view{};
}
}  // namespace

std::string_view Path::root() const { return name_at(program_->query.segments, 0); }

std::string_view Path::second() const { return name_at(program_->query.segments, 1); }

}  // namespace tartan::script
