#include <charconv>

#include "script/path_query.h"

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

Result<std::vector<Segment>, ExpressionError> parse_path(std::string_view text) {
  try {
    return Parser(text).parse_path();
  } catch (const Wrong& wrong) {
    return ExpressionError{wrong.offset, wrong.message};
  }
}

}  // namespace tartan::script
