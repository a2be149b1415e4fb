// The languages of snippets.h, each from the same plan.
#pragma once

#include <array>
#include <functional>
#include <map>

#include "catalog/request_plan.h"

namespace tartan::catalog {

std::string javascript_snippet(const RequestPlan& plan);
std::string python_snippet(const RequestPlan& plan);
std::string go_snippet(const RequestPlan& plan);

// What the printers of the three share: names that the language allows, texts as expressions, JSON
// as literals.
class SnippetNames {
 public:
  // `taken`: the language's words, and what the program calls its own.
  SnippetNames(const RequestPlan& plan, const std::vector<std::string_view>& taken);
  // Of a placeholder or a secret's environment variable.
  const std::string& of(const std::string& key) const { return names_.at(key); }

 private:
  std::map<std::string, std::string> names_;
};

// A double-quoted literal that JavaScript, Python and Go read alike.
std::string in_quotes(std::string_view text);

struct Expressions {
  // The value of a variable as a text, in a URL's path, in its query, and as it is.
  std::function<std::string(const std::string& name, const PlanVariable& one)> as_text;
  std::function<std::string(const std::string& name, const PlanVariable& one)> in_path;
  std::function<std::string(const std::string& name, const PlanVariable& one)> in_query;
};

// "a" + b + "c".
std::string joined(const RequestPlan& plan, const SnippetNames& names, const Text& text,
                   const Expressions& expressions);
// The same for the URL, whose values are encoded, with the secrets that belong into its query.
std::string joined_url(const RequestPlan& plan, const SnippetNames& names,
                       const Expressions& expressions);

// How a language writes JSON values.
struct LiteralStyle {
  std::string_view null;
  std::string_view yes;
  std::string_view no;
  std::string_view object_open;  // "{"
  std::string_view array_open;   // "["
  std::string_view array_close;  // "]"
  std::string_view indent;
  std::function<std::string(const json::Value& number)> number;
  std::function<std::string(std::string_view name)> key;  // with the colon
};
std::string literal_value(const RequestPlan& plan, const SnippetNames& names,
                          const Expressions& expressions, const LiteralStyle& style,
                          const json::Value& value, int depth);

// The value that a variable has at the top: the task's, or an empty text.
json::Value initial_value(const PlanVariable& one);

}  // namespace tartan::catalog
