#include "script/template.h"

#include <array>
#include <charconv>
#include <cmath>

namespace tartan::script {
namespace {

constexpr std::string_view kJsonata = "jsonata:";

std::string_view trim(std::string_view text) {
  while (!text.empty() &&
         std::string_view(" \t\r\n").find(text.front()) != std::string_view::npos) {
    text.remove_prefix(1);
  }
  while (!text.empty() && std::string_view(" \t\r\n").find(text.back()) != std::string_view::npos) {
    text.remove_suffix(1);
  }
  return text;
}

// Whether a slash behind `before` begins a regular expression: where JSONata expects a value.
bool expects_value(char before) {
  return std::string_view("(,[{=~&|?:;+-*/<>!^%").find(before) != std::string_view::npos;
}

// The last character of the regular expression that begins at `at`, by JSONata's own rule: the
// first slash that is neither escaped nor inside of brackets.
std::size_t regex_end(std::string_view text, std::size_t at) {
  int depth = 0;
  for (++at; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') {
      ++at;
    } else if (c == '/' && depth == 0) {
      return at;
    } else if (std::string_view("([{").find(c) != std::string_view::npos) {
      ++depth;
    } else if (std::string_view(")]}").find(c) != std::string_view::npos) {
      --depth;
    }
  }
  return at;
}

// The last character of a comment or regular expression that begins at `at`; `at` when neither
// does.
std::size_t skip_slash(std::string_view text, std::size_t at, char before) {
  if (text.substr(at).starts_with("/*")) {
    const auto end = text.find("*/", at + 2);
    return end == std::string_view::npos ? text.size() : end + 1;
  }
  return expects_value(before) ? regex_end(text, at) : at;
}

Result<Placeholder, ExpressionError> compile_placeholder(std::string_view inner,
                                                         std::string_view source) {
  const std::string_view trimmed = trim(inner);
  if (trimmed.starts_with(kJsonata)) {
    const std::string_view expression = trim(trimmed.substr(kJsonata.size()));
    if (expression.empty()) {
      return ExpressionError{0, "a JSONata expression is expected behind 'jsonata:'"};
    }
    return Placeholder{std::string(source), std::string(expression)};
  }
  auto path = Path::compile(trimmed);
  if (!path) {
    ExpressionError error = std::move(path).error();
    error.offset += static_cast<std::size_t>(trimmed.data() - inner.data());
    return error;
  }
  return Placeholder{std::string(source), *std::move(path)};
}

Result<Resolved> resolve_script(const std::string& expression, const Placeholder& placeholder,
                                const Scope& scope) {
  ScriptRequest request;
  request.language = Language::jsonata;
  request.expression = expression;
  const std::string data = json::print(scope.data);
  request.data_json = data;
  request.now = scope.now;
  request.seed = scope.seed;
  auto result = scope.engine.evaluate(request);
  if (!result) {
    return Error{
        result.error().kind == ScriptError::Kind::unavailable ? Fault::unavailable : Fault::invalid,
        "the placeholder " + placeholder.source + " failed: " + result.error().message};
  }
  if (result->undefined) {
    return Resolved{nullptr, true};
  }
  auto parsed = json::parse(result->json);
  if (!parsed) {
    return Error{Fault::invalid, "the placeholder " + placeholder.source +
                                     " gave what JSON can't hold: " + parsed.error().message};
  }
  return Resolved{*std::move(parsed), false};
}

}  // namespace

// Minds quotes and inner braces (JSONata's objects) and, in JSONata, comments and regular
// expressions.
std::size_t placeholder_end(std::string_view text, std::size_t at) {
  const bool is_jsonata = trim(text.substr(at)).starts_with(kJsonata);
  int depth = 1;
  char quote = '\0';
  char before = '\0';  // the last character that is no blank
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != '\0') {
      if (c == '\\') {
        ++at;
      } else if (c == quote) {
        quote = '\0';
      }
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == '/' && is_jsonata) {
      at = skip_slash(text, at, before);
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return at;
    }
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') {
      before = c;
    }
  }
  return std::string_view::npos;
}

Result<Resolved> resolve(const Placeholder& placeholder, const Scope& scope) {
  if (const auto* script = std::get_if<std::string>(&placeholder.expression)) {
    return resolve_script(*script, placeholder, scope);
  }
  const Path& path = std::get<Path>(placeholder.expression);
  if (path.is_singular()) {
    const json::Value* found = path.find(scope.data);
    return found != nullptr ? Resolved{*found, false} : Resolved{nullptr, true};
  }
  json::Array all;
  for (const json::Value* one : path.find_all(scope.data)) {
    all.push_back(*one);
  }
  return Resolved{std::move(all), false};
}

namespace {

// As people (and JavaScript) write numbers: 2.5 and 100000, where the shortest JSON is 1e+05.
void print_number(json::Writer& out, double number) {
  constexpr double too_large = 1e21;
  constexpr double too_small = 1e-6;
  const double size = std::abs(number);
  if (size >= too_large || (size < too_small && size > 0)) {
    out.number(number);
    return;
  }
  std::array<char, 64> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                 size == 0 ? 0 : number, std::chars_format::fixed);
  out.raw({digits.data(), static_cast<std::size_t>(end.ptr - digits.data())});
}

void print_plain(json::Writer& out, const json::Value& value) {
  if (value.is_double()) {
    print_number(out, value.get_double());
  } else if (value.is_array()) {
    out.begin_array();
    for (const json::Value& element : value.get_array()) {
      print_plain(out, element);
    }
    out.end_array();
  } else if (value.is_object()) {
    out.begin_object();
    for (const auto& member : value.get_object()) {
      out.key(member.key());
      print_plain(out, member.value());
    }
    out.end_object();
  } else {
    out.value(value);
  }
}

}  // namespace

std::string text_of(const json::Value& value) {
  if (value.is_null()) {
    return "";
  }
  if (value.is_string()) {
    return std::string(value.get_string());
  }
  std::string text;
  json::Writer out(text);
  print_plain(out, value);
  return text;
}

Result<Template, ExpressionError> Template::compile(std::string_view text) {
  // Each takes a look at all of the text behind it, and nobody writes so many.
  constexpr int unclosed_escapes_max = 100;
  int unclosed_escapes = 0;
  Template made;
  std::string plain;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find("${", at);
    if (open == std::string_view::npos) {
      plain.append(text.substr(at));
      break;
    }
    const std::size_t close = placeholder_end(text, open + 2);
    if (open > at && text[open - 1] == '$') {
      // "$${...}": the text "${...}"; one that never closes is only its first two characters, so
      // that placeholders behind it stay what they are.
      if (close == std::string_view::npos && ++unclosed_escapes > unclosed_escapes_max) {
        return ExpressionError{open - 1, "there are more than 100 '$${' without a closing '}'"};
      }
      const std::size_t end = close == std::string_view::npos ? open + 2 : close + 1;
      plain.append(text.substr(at, open - 1 - at)).append(text.substr(open, end - open));
      at = end;
      continue;
    }
    if (close == std::string_view::npos) {
      return ExpressionError{open, "this placeholder has no closing '}'"};
    }
    plain.append(text.substr(at, open - at));
    auto placeholder = compile_placeholder(text.substr(open + 2, close - open - 2),
                                           text.substr(open, close + 1 - open));
    if (!placeholder) {
      ExpressionError error = std::move(placeholder).error();
      error.offset += open + 2;
      return error;
    }
    if (!plain.empty()) {
      made.parts_.push_back({std::exchange(plain, {}), std::nullopt});
    }
    made.parts_.push_back({{}, *std::move(placeholder)});
    at = close + 1;
  }
  if (!plain.empty() || made.parts_.empty()) {
    made.parts_.push_back({std::move(plain), std::nullopt});
  }
  return made;
}

bool Template::is_plain() const {
  return parts_.size() == 1 && !parts_.front().placeholder.has_value();
}

Result<json::Value> Template::render(const Scope& scope) const {
  if (is_whole()) {
    auto resolved = resolve(*parts_.front().placeholder, scope);
    if (!resolved) {
      return std::move(resolved).error();
    }
    return std::move(resolved->value);
  }
  std::string text;
  for (const Part& part : parts_) {
    if (!part.placeholder) {
      text += part.text;
      continue;
    }
    auto resolved = resolve(*part.placeholder, scope);
    if (!resolved) {
      return std::move(resolved).error();
    }
    text += text_of(resolved->value);
  }
  return json::Value(text);
}

TemplateTree TemplateTree::compile(const json::Value& value, std::vector<Wrong>& errors) {
  TemplateTree tree;
  tree.root_ = build(value, "", errors);
  return tree;
}

TemplateTree::Node TemplateTree::build(const json::Value& value, const std::string& pointer,
                                       std::vector<Wrong>& errors) {
  Node node;
  if (value.is_string()) {
    auto compiled = Template::compile({value.get_string().data(), value.get_string().size()});
    if (!compiled) {
      errors.push_back({pointer, std::move(compiled).error()});
    } else if (compiled->is_plain()) {
      node.constant = json::Value(compiled->parts().front().text);
    } else {
      node.kind = Node::Kind::text;
      node.text = *std::move(compiled);
    }
    return node;
  }
  bool varies = false;
  if (value.is_object()) {
    for (const auto& member : value.get_object()) {
      const std::string_view name(member.key().data(), member.key().size());
      node.members.push_back(
          {std::string(name), build(member.value(), pointer + "/" + pointer_token(name), errors)});
      varies = varies || node.members.back().node.kind != Node::Kind::constant ||
               member.value().is_structured() || member.value().is_string();
    }
    node.kind = varies ? Node::Kind::object : Node::Kind::constant;
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.get_array().size(); ++i) {
      const json::Value& element = value.get_array()[i];
      node.elements.push_back(build(element, pointer + "/" + std::to_string(i), errors));
      varies = varies || node.elements.back().kind != Node::Kind::constant ||
               element.is_structured() || element.is_string();
    }
    node.kind = varies ? Node::Kind::array : Node::Kind::constant;
  }
  if (!varies) {
    node.members.clear();
    node.elements.clear();
    node.constant = value;
  }
  return node;
}

Result<json::Value> TemplateTree::render(const Scope& scope) const { return render(root_, scope); }

Result<json::Value> TemplateTree::render(const Node& node, const Scope& scope) {
  switch (node.kind) {
    case Node::Kind::constant:
      return node.constant;
    case Node::Kind::text:
      return node.text->render(scope);
    case Node::Kind::object: {
      json::Object object;
      for (const auto& [name, child] : node.members) {
        auto value = render(child, scope);
        if (!value) {
          return std::move(value).error();
        }
        object.emplace(name, *std::move(value));
      }
      return json::Value(std::move(object));
    }
    case Node::Kind::array:
      break;
  }
  json::Array array;
  for (const Node& child : node.elements) {
    auto value = render(child, scope);
    if (!value) {
      return std::move(value).error();
    }
    array.push_back(*std::move(value));
  }
  return json::Value(std::move(array));
}

std::vector<std::string> TemplateTree::member_names() const {
  std::vector<std::string> names;
  for (const auto& [name, child] : root_.members) {
    names.push_back(name);
  }
  if (root_.constant.is_object()) {
    for (const auto& member : root_.constant.get_object()) {
      names.emplace_back(member.key());
    }
  }
  return names;
}

void TemplateTree::for_each(
    const std::function<void(std::string_view, const Placeholder&)>& each) const {
  visit(root_, "", each);
}

void TemplateTree::visit(const Node& node, const std::string& pointer,
                         const std::function<void(std::string_view, const Placeholder&)>& each) {
  if (node.text) {
    for (const Template::Part& part : node.text->parts()) {
      if (part.placeholder) {
        each(pointer, *part.placeholder);
      }
    }
  }
  for (const auto& [name, child] : node.members) {
    visit(child, pointer + "/" + pointer_token(name), each);
  }
  for (std::size_t i = 0; i < node.elements.size(); ++i) {
    visit(node.elements[i], pointer + "/" + std::to_string(i), each);
  }
}

}  // namespace tartan::script
