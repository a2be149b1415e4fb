#include "base/ascii.h"
#include "catalog/snippet_languages.h"

namespace tartan::catalog {
namespace {

using json::Value;
using Body = RequestPlan::Body;
using Secret = PlanSecret::Kind;

const std::vector<std::string_view> kTaken = {
    "False", "None",     "True",     "and",    "as",   "assert", "async",  "await",    "break",
    "class", "continue", "def",      "del",    "elif", "else",   "except", "finally",  "for",
    "from",  "global",   "if",       "import", "in",   "is",     "lambda", "nonlocal", "not",
    "or",    "pass",     "raise",    "return", "try",  "while",  "with",   "yield",    "os",
    "quote", "requests", "response", "str",    "print"};

bool is_ascii(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return false;
    }
  }
  return true;
}

class PythonPrinter {
 public:
  explicit PythonPrinter(const RequestPlan& plan) : plan_(plan), names_(plan, kTaken) {
    expressions_.as_text = [](const std::string& name, const PlanVariable& one) {
      return one.value && !one.value->is_string() ? "str(" + name + ")" : name;
    };
    expressions_.in_path = [this](const std::string& name, const PlanVariable& one) {
      return "quote(" + expressions_.as_text(name, one) + ", safe=\"\")";
    };
    expressions_.in_query = expressions_.in_path;
    style_ = {"None",
              "True",
              "False",
              "{",
              "[",
              "]",
              "    ",
              [](const Value& one) { return json::print(one); },
              [](std::string_view name) { return in_quotes(name) + ":"; }};
  }

  std::string run() {
    std::string call = "response = requests.request(\n    " + in_quotes(plan_.method) + ",\n    " +
                       joined_url(plan_, names_, expressions_) + ",\n" + headers() + credential() +
                       body();
    call += "    timeout=(" + std::to_string(plan_.connect_seconds) + ", " +
            std::to_string(plan_.read_seconds) + "),\n)\n";
    std::string imports = plan_.secrets.empty() ? "" : "import os\n";
    imports += call.find("quote(") != std::string::npos ? "from urllib.parse import quote\n" : "";
    return imports + (imports.empty() ? "" : "\n") + "import requests\n\n" + variables() + call +
           "print(response.status_code, response.text)\n";
  }

 private:
  std::string text(const Text& pieces) const { return joined(plan_, names_, pieces, expressions_); }

  // requests takes texts in headers as Latin-1.
  std::string bytes(const Text& pieces) const {
    return !has_placeholder(pieces) && is_ascii(literal_of(pieces))
               ? text(pieces)
               : "(" + text(pieces) + ").encode(\"utf-8\")";
  }

  std::string variables() const {
    std::string made;
    for (const PlanVariable& one : plan_.variables) {
      made +=
          names_.of(one.inner) + " = " + first_value(one) + (one.value ? "" : "  # fill in") + "\n";
    }
    for (const PlanSecret& secret : plan_.secrets) {
      for (const std::string& variable : secret.variables) {
        made += names_.of(variable) + " = os.environ[" + in_quotes(variable) + "]\n";
      }
    }
    for (const std::string& note : plan_.notes) {
      made += "# " + note + "\n";
    }
    return made + (made.empty() ? "" : "\n");
  }

  std::string first_value(const PlanVariable& one) const {
    const Value value = initial_value(one);
    if (value.is_string()) {
      return in_quotes(std::string(value.get_string()));
    }
    return value.is_bool() ? (value.get_bool() ? "True" : "False")
                           : (value.is_null() ? "None" : json::print(value));
  }

  std::string headers() const {
    std::string made;
    for (const auto& [name, value] : plan_.headers) {
      // requests writes that of a form with its boundary.
      if (plan_.body == Body::multipart && to_lower(name) == "content-type") {
        continue;
      }
      made += "        " + in_quotes(name) + ": " + bytes(value) + ",\n";
    }
    for (const PlanSecret& one : plan_.secrets) {
      if (one.kind != Secret::query && one.kind != Secret::basic) {
        made += "        " + in_quotes(one.name) + ": " +
                (one.prefix.empty() ? "" : in_quotes(one.prefix) + " + ") +
                names_.of(one.variables.front()) + ",\n";
      }
    }
    return made.empty() ? "" : "    headers={\n" + made + "    },\n";
  }

  std::string credential() const {
    for (const PlanSecret& one : plan_.secrets) {
      if (one.kind == Secret::basic) {
        return "    auth=(" + names_.of(one.variables.front()) + ", " +
               names_.of(one.variables.back()) + "),\n";
      }
    }
    return "";
  }

  std::string body() const {
    switch (plan_.body) {
      case Body::none:
        return "";
      case Body::json:
        return "    json=" +
               literal_value(plan_, names_, expressions_, style_, plan_.body_value, 1) + ",\n";
      case Body::form:
        return fields("data", "");
      case Body::multipart:
        return fields("files", "None, ");
      default:
        return "    data=(" + text(plan_.body_text) + ").encode(\"utf-8\"),\n";
    }
  }

  std::string fields(const std::string& argument, const std::string& before) const {
    std::string made = "    " + argument + "=[\n";
    for (const auto& [name, value] : plan_.fields) {
      made += "        (" + in_quotes(name) + ", " +
              (before.empty() ? text(value) : "(" + before + text(value) + ")") + "),\n";
    }
    return made + "    ],\n";
  }

  const RequestPlan& plan_;
  SnippetNames names_;
  Expressions expressions_;
  LiteralStyle style_;
};

}  // namespace

std::string python_snippet(const RequestPlan& plan) { return PythonPrinter(plan).run(); }

}  // namespace tartan::catalog
