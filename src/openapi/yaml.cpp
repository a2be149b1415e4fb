#include "openapi/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

namespace tartan::openapi {
namespace {

using json::Value;

struct Stop {
  std::string why;
};

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) {
      return true;
    }
  }
  return false;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A decimal number of the core schema; JSON's grammar, but a plus sign, leading zeros and a bare
// point at either end are allowed.
std::optional<double> to_float(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with('+')) {
    rest.remove_prefix(1);
    text = rest;
  } else if (rest.starts_with('-')) {
    rest.remove_prefix(1);
  }
  const bool begins =
      !rest.empty() && (is_digits(rest.substr(0, 1)) ||
                        (rest.size() > 1 && rest[0] == '.' && is_digits(rest.substr(1, 1))));
  if (!begins || rest.find_first_not_of("0123456789.eE+-") != std::string_view::npos) {
    return std::nullopt;
  }
  double number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ptr != text.data() + text.size() || read.ec != std::errc{} || !std::isfinite(number)) {
    return std::nullopt;
  }
  return number;
}

// 0x1F and 0o17.
std::optional<std::uint64_t> to_based_integer(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 0;
  std::uint64_t number = 0;
  if (base == 0 || text.size() < 3) {
    return std::nullopt;
  }
  const auto read = std::from_chars(text.data() + 2, text.data() + text.size(), number, base);
  const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

Value plain_scalar(std::string_view text, const json::Storage& storage) {
  if (is_any_of(text, {"", "~", "null", "Null", "NULL"})) {
    return Value(nullptr, storage);
  }
  if (is_any_of(text, {"true", "True", "TRUE"})) {
    return Value(true, storage);
  }
  if (is_any_of(text, {"false", "False", "FALSE"})) {
    return Value(false, storage);
  }
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) {
    digits.remove_prefix(1);
  }
  if (is_digits(digits)) {
    std::int64_t number = 0;
    const std::string_view from = negative ? text : digits;
    if (std::from_chars(from.data(), from.data() + from.size(), number).ec == std::errc{}) {
      return Value(number, storage);
    }
    std::uint64_t large = 0;
    if (!negative &&
        std::from_chars(from.data(), from.data() + from.size(), large).ec == std::errc{}) {
      return Value(large, storage);
    }
  }
  if (const auto number = to_based_integer(text)) {
    return Value(*number, storage);
  }
  if (const auto number = to_float(text)) {
    return Value(*number, storage);
  }
  return Value(json::Value(boost::json::string(text, storage)));
}

// Builds the tree from the parser's events, so that no second tree of the document is ever held.
class Builder final : public YAML::EventHandler {
 public:
  Builder(json::Storage storage, const json::Limits& limits)
      : storage_(std::move(storage)),
        limits_(limits),
        values_left_(limits.values_max),
        root_(nullptr, storage_) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override {
    put(Value(nullptr, storage_), anchor);
  }
  void OnAlias(const YAML::Mark&, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      throw Stop{"an alias names what encloses it"};
    }
    count(found->second.values);
    put(Value(found->second.value, storage_), YAML::NullAnchor);
  }
  void OnScalar(const YAML::Mark&, const std::string& tag, YAML::anchor_t anchor,
                const std::string& text) override {
    const bool is_text = tag == "!" || tag.ends_with(":str") || is_name_or_version();
    put(is_text ? Value(boost::json::string(text, storage_)) : plain_scalar(text, storage_), anchor,
        text);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Value(json::Array(storage_)), anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Value(json::Object(storage_)), anchor);
  }
  void OnMapEnd() override { close(); }

  json::Lenient release() { return {std::move(root_), repeated_}; }

 private:
  struct Level {
    Value value;
    YAML::anchor_t anchor;
    std::size_t values_before;  // left when it began
    std::optional<std::string> key;
    bool merges = false;  // has members of another map, which its own may replace
  };
  struct Anchored {
    Value value;
    std::size_t values;
  };

  // Versions are written as if they were numbers, and 1.10 is not 1.1.
  bool is_name_or_version() const {
    if (levels_.empty() || levels_.back().value.is_array()) {
      return levels_.empty();
    }
    if (!levels_.back().key) {
      return true;  // a member's name
    }
    const std::string& key = *levels_.back().key;
    return (levels_.size() == 1 && (key == "openapi" || key == "swagger")) ||
           (levels_.size() == 2 && key == "version" && levels_.front().key == "info");
  }

  void count(std::size_t values) {
    if (values > values_left_) {
      throw Stop{"it has too many values"};
    }
    values_left_ -= values;
  }

  void open(Value value, YAML::anchor_t anchor) {
    if (levels_.size() >= limits_.depth_max) {
      throw Stop{"it is nested too deeply"};
    }
    if (!levels_.empty() && levels_.back().value.is_object() && !levels_.back().key) {
      throw Stop{"a member's name is no text"};
    }
    levels_.push_back({std::move(value), anchor, values_left_, std::nullopt, false});
  }

  void close() {
    Level level = std::move(levels_.back());
    levels_.pop_back();
    const std::size_t values = level.values_before - values_left_;
    if (level.anchor != YAML::NullAnchor) {
      count(values);  // kept a second time
      anchors_.insert_or_assign(level.anchor, Anchored{level.value, values});
    }
    attach(std::move(level.value));
  }

  void put(Value value, YAML::anchor_t anchor, const std::string& text = "null") {
    if (!levels_.empty() && levels_.back().value.is_object() && !levels_.back().key) {
      levels_.back().key = text;
      return;
    }
    if (anchor != YAML::NullAnchor) {
      anchors_.insert_or_assign(anchor, Anchored{value, 0});
    }
    attach(std::move(value));
  }

  void attach(Value value) {
    count(1);
    if (levels_.empty()) {
      root_ = std::move(value);
      return;
    }
    Level& level = levels_.back();
    if (json::Array* array = level.value.if_array()) {
      array->push_back(std::move(value));
      return;
    }
    const std::string key = *std::exchange(level.key, std::nullopt);
    json::Object& object = level.value.get_object();
    if (key == "<<" && merge(object, value)) {
      level.merges = true;
      return;
    }
    const auto [place, inserted] = object.emplace(key, nullptr);
    repeated_ = repeated_ || (!inserted && !level.merges);
    place->value() = std::move(value);
  }

  // The merge key of YAML 1.1, which many documents use: members that are not there yet.
  static bool merge(json::Object& object, const Value& value) {
    if (const json::Array* list = value.if_array()) {
      bool all = true;
      for (const Value& one : *list) {
        all = merge(object, one) && all;
      }
      return all;
    }
    const json::Object* other = value.if_object();
    if (other == nullptr) {
      return false;
    }
    for (const auto& member : *other) {
      object.emplace(member.key(), member.value());
    }
    return true;
  }

  json::Storage storage_;
  json::Limits limits_;
  std::size_t values_left_;
  std::vector<Level> levels_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  Value root_;
  bool repeated_ = false;
};

}  // namespace

Result<json::Lenient, json::SyntaxError> parse_yaml(std::string_view text, json::Storage storage,
                                                    const json::Limits& limits) {
  Builder builder(std::move(storage), limits);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) {
      return json::SyntaxError{0, "it is empty"};
    }
  } catch (const Stop& stop) {
    return json::SyntaxError{0, stop.why};
  } catch (const YAML::Exception& wrong) {
    return json::SyntaxError{wrong.mark.pos < 0 ? 0 : static_cast<std::size_t>(wrong.mark.pos),
                             wrong.msg + " (line " + std::to_string(wrong.mark.line + 1) +
                                 ", column " + std::to_string(wrong.mark.column + 1) + ")"};
  }
  return builder.release();
}

}  // namespace tartan::openapi
