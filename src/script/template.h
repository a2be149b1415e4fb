// Placeholders in the strings of a definition: "${path}", "${jsonata: expression}", and "$${...}"
// for a literal "${...}". Compiled once per definition version.
//
// A placeholder that is the whole string keeps its JSON type; inside text it becomes text (a string
// as it is, numbers and booleans as JSON prints them, null and a missing value as nothing, objects
// and arrays as compact JSON).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "json/pointer.h"
#include "script/engine.h"
#include "script/path.h"

namespace tartan::script {

// What placeholders see, and who evaluates what is not a plain path.
struct Scope {
  const json::Value& data;  // an object: its members are the roots of paths
  ScriptEngine& engine;
  UnixMs now = 0;
  std::uint64_t seed = 0;
};

struct Placeholder {
  std::string source;                          // as written, "${workflow.input.id}"
  std::variant<Path, std::string> expression;  // a path, or JSONata text
};

// A placeholder's value; `missing` when its path names nothing or JSONata gives nothing.
struct Resolved {
  json::Value value;
  bool missing = false;
};
Result<Resolved> resolve(const Placeholder& placeholder, const Scope& scope);

// Where the placeholder (or the escape of one) whose content begins at `at` closes: its brace. npos
// when it never does.
std::size_t placeholder_end(std::string_view text, std::size_t at);

// How `value` reads inside text.
std::string text_of(const json::Value& value);

// One string with its placeholders.
class Template {
 public:
  // The offset of an error is in `text`.
  static Result<Template, ExpressionError> compile(std::string_view text);

  // Whether the whole string is one placeholder.
  bool is_whole() const { return parts_.size() == 1 && parts_.front().placeholder.has_value(); }
  bool is_plain() const;

  struct Part {
    std::string text;  // when there is no placeholder
    std::optional<Placeholder> placeholder;
  };
  const std::vector<Part>& parts() const { return parts_; }

  // Errors: invalid, naming the placeholder and what went wrong.
  Result<json::Value> render(const Scope& scope) const;

 private:
  std::vector<Part> parts_;
};

// A JSON value whose strings (not its member names) may hold placeholders, compiled.
class TemplateTree {
 public:
  struct Wrong {
    std::string pointer;  // JSON pointer of the string within the value
    ExpressionError error;
  };
  // Collects every error instead of stopping at the first.
  static TemplateTree compile(const json::Value& value, std::vector<Wrong>& errors);

  Result<json::Value> render(const Scope& scope) const;
  // The names of an object's members; none when it is no object.
  std::vector<std::string> member_names() const;
  // Calls `each` with every placeholder and the JSON pointer of its string.
  void for_each(
      const std::function<void(std::string_view pointer, const Placeholder&)>& each) const;

 private:
  struct Member;
  struct Node {
    json::Value constant;          // when nothing below holds a placeholder
    std::optional<Template> text;  // a string with placeholders
    std::vector<Member> members;   // of an object
    std::vector<Node> elements;    // of an array
    enum class Kind { constant, text, object, array } kind = Kind::constant;
  };
  struct Member {
    std::string name;
    Node node;
  };
  static Node build(const json::Value& value, const std::string& pointer,
                    std::vector<Wrong>& errors);
  static Result<json::Value> render(const Node& node, const Scope& scope);
  static void visit(const Node& node, const std::string& pointer,
                    const std::function<void(std::string_view, const Placeholder&)>& each);

  Node root_;
};

using json::pointer_token;

}  // namespace tartan::script
