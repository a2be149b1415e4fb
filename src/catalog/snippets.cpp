#include "catalog/snippets.h"

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "catalog/curl_print.h"
#include "catalog/snippet_languages.h"
#include "json/text.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;

std::string repeated(std::string_view text, int count) {
  std::string made;
  for (int i = 0; i < count; ++i) {
    made += text;
  }
  return made;
}

}  // namespace

SnippetNames::SnippetNames(const RequestPlan& plan, const std::vector<std::string_view>& taken) {
  std::set<std::string> used(taken.begin(), taken.end());
  const auto add = [&](const std::string& key, const std::string& wanted) {
    std::string name = wanted;
    while (!used.insert(name).second) {
      name += '_';
    }
    names_[key] = name;
  };
  for (const PlanVariable& one : plan.variables) {
    add(one.inner, one.name);
  }
  for (const PlanSecret& secret : plan.secrets) {
    for (const std::string& variable : secret.variables) {
      add(variable, to_lower(variable));
    }
  }
}

std::string in_quotes(std::string_view text) {
  std::string made;
  json::append_string(made, text);
  // Go takes no byte order mark within a text, and old readers of JavaScript no line separators.
  for (const auto& [from, to] :
       {std::pair("\xef\xbb\xbf", "\\ufeff"), std::pair("\xe2\x80\xa8", "\\u2028"),
        std::pair("\xe2\x80\xa9", "\\u2029"), std::pair("\x7f", "\\u007f")}) {
    const std::string_view mark = from;
    for (std::size_t at = made.find(mark); at != std::string::npos; at = made.find(mark, at)) {
      made.replace(at, mark.size(), to);
    }
  }
  return made;
}

std::string joined(const RequestPlan& plan, const SnippetNames& names, const Text& text,
                   const Expressions& expressions) {
  std::string made;
  for (const Piece& one : text) {
    made += made.empty() ? "" : " + ";
    made += one.is_placeholder ? expressions.as_text(names.of(one.text), plan.variable(one.text))
                               : in_quotes(one.text);
  }
  return made.empty() ? "\"\"" : made;
}

std::string joined_url(const RequestPlan& plan, const SnippetNames& names,
                       const Expressions& expressions) {
  std::string made;
  std::string before;  // the literal text so far
  for (const Piece& one : plan.url) {
    const bool is_first = made.empty();
    made += is_first ? "" : " + ";
    if (!one.is_placeholder) {
      made += in_quotes(one.text);
      before += one.text;
      continue;
    }
    const std::size_t scheme = before.find("://");
    const bool in_host = is_first || (scheme != std::string::npos &&
                                      before.find_first_of("/?#", scheme + 3) == std::string::npos);
    const auto& write = in_host                                 ? expressions.as_text
                        : before.find('?') != std::string::npos ? expressions.in_query
                                                                : expressions.in_path;
    made += write(names.of(one.text), plan.variable(one.text));
  }
  bool has_query = before.find('?') != std::string::npos;
  for (const PlanSecret& one : plan.secrets) {
    if (one.kind == PlanSecret::Kind::query) {
      made += " + " + in_quotes((has_query ? "&" : "?") + percent_encode(one.name) + "=") + " + " +
              expressions.in_query(names.of(one.variables.front()), {});
      has_query = true;
    }
  }
  return made;
}

Value initial_value(const PlanVariable& one) { return one.value ? *one.value : Value(""); }

std::string literal_value(const RequestPlan& plan, const SnippetNames& names,
                          const Expressions& expressions, const LiteralStyle& style,
                          const Value& value, int depth) {
  const std::string inside = "\n" + repeated(style.indent, depth + 1);
  const std::string outside = "\n" + repeated(style.indent, depth);
  const auto below = [&](const Value& one) {
    return literal_value(plan, names, expressions, style, one, depth + 1);
  };
  if (const Array* array = value.if_array()) {
    std::string made(style.array_open);
    for (const Value& one : *array) {
      made += inside + below(one) + ",";
    }
    return made + (array->empty() ? "" : outside) + std::string(style.array_close);
  }
  if (const Object* object = value.if_object()) {
    std::string made(style.object_open);
    for (const auto& member : *object) {
      made += inside + style.key(view(member.key())) + " " + below(member.value()) + ",";
    }
    return made + (object->empty() ? "" : outside) + "}";
  }
  if (value.is_string()) {
    const auto text = split_template(view(value.get_string()));
    if (text && text->size() == 1 && text->front().is_placeholder) {
      return names.of(text->front().text);  // keeps its type
    }
    return text ? joined(plan, names, *text, expressions) : in_quotes(view(value.get_string()));
  }
  if (value.is_null()) {
    return std::string(style.null);
  }
  return value.is_bool() ? std::string(value.get_bool() ? style.yes : style.no)
                         : style.number(value);
}

Result<Object> snippets_of(const Object& task, const Array& credentials) {
  auto plan = plan_request(task, credentials);
  if (!plan) {
    return std::move(plan).error();
  }
  auto curl = print_curl(task, credentials);
  if (!curl) {
    return std::move(curl).error();
  }
  return Object{{"curl", *curl},
                {"javascript", javascript_snippet(*plan)},
                {"python", python_snippet(*plan)},
                {"go", go_snippet(*plan)}};
}

}  // namespace tartan::catalog
