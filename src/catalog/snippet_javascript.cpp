#include "base/ascii.h"
#include "catalog/snippet_languages.h"

namespace tartan::catalog {
namespace {

using json::Value;
using Body = RequestPlan::Body;
using Secret = PlanSecret::Kind;

const std::vector<std::string_view> kTaken = {"arguments",
                                              "await",
                                              "break",
                                              "case",
                                              "catch",
                                              "class",
                                              "const",
                                              "continue",
                                              "debugger",
                                              "default",
                                              "delete",
                                              "do",
                                              "else",
                                              "enum",
                                              "eval",
                                              "export",
                                              "extends",
                                              "false",
                                              "finally",
                                              "for",
                                              "function",
                                              "if",
                                              "implements",
                                              "import",
                                              "in",
                                              "instanceof",
                                              "interface",
                                              "let",
                                              "new",
                                              "null",
                                              "package",
                                              "private",
                                              "protected",
                                              "public",
                                              "return",
                                              "static",
                                              "super",
                                              "switch",
                                              "this",
                                              "throw",
                                              "true",
                                              "try",
                                              "typeof",
                                              "var",
                                              "void",
                                              "while",
                                              "with",
                                              "yield",
                                              "undefined",
                                              "NaN",
                                              "Infinity",
                                              "async",
                                              "of",
                                              "process",
                                              "console",
                                              "fetch",
                                              "encodeURIComponent",
                                              "String",
                                              "JSON",
                                              "Buffer",
                                              "FormData",
                                              "URLSearchParams",
                                              "AbortSignal",
                                              "response",
                                              "form",
                                              "globalThis"};

class JavascriptPrinter {
 public:
  explicit JavascriptPrinter(const RequestPlan& plan) : plan_(plan), names_(plan, kTaken) {
    expressions_.as_text = [](const std::string& name, const PlanVariable& one) {
      return one.value && !one.value->is_string() ? "String(" + name + ")" : name;
    };
    expressions_.in_path = [](const std::string& name, const PlanVariable&) {
      return "encodeURIComponent(" + name + ")";
    };
    expressions_.in_query = expressions_.in_path;
    style_ = {"null", "true", "false", "{", "[", "]", "  ",
              [](const Value& one) { return json::print(one); },
              // A plain __proto__ would set the object's prototype.
              [](std::string_view name) {
                return name == "__proto__" ? "[\"__proto__\"]:" : in_quotes(name) + ":";
              }};
  }

  std::string run() {
    std::string made = variables();
    if (plan_.body == Body::multipart) {
      made += "const form = new FormData();\n";
      for (const auto& [name, value] : plan_.fields) {
        made += "form.append(" + in_quotes(name) + ", " + text(value) + ");\n";
      }
      made += "\n";
    }
    made += "const response = await fetch(" + joined_url(plan_, names_, expressions_) + ", {\n";
    made += "  method: " + in_quotes(plan_.method) + ",\n" + headers() + body();
    made += "  signal: AbortSignal.timeout(" +
            std::to_string((plan_.connect_seconds + plan_.read_seconds) * 1000) + "),\n});\n";
    return made + "console.log(response.status, await response.text());\n";
  }

 private:
  std::string text(const Text& pieces) const { return joined(plan_, names_, pieces, expressions_); }

  std::string variables() const {
    std::string made;
    for (const PlanVariable& one : plan_.variables) {
      made += "const " + names_.of(one.inner) + " = " +
              (one.value && !one.value->is_string()
                   ? json::print(*one.value)
                   : in_quotes(std::string(initial_value(one).as_string()))) +
              ";" + (one.value ? "" : "  // fill in") + "\n";
    }
    for (const PlanSecret& secret : plan_.secrets) {
      for (const std::string& variable : secret.variables) {
        made += "const " + names_.of(variable) + " = process.env." + variable + ";\n";
      }
    }
    for (const std::string& note : plan_.notes) {
      made += "// " + note + "\n";
    }
    return made + (made.empty() ? "" : "\n");
  }

  std::string headers() const {
    std::string made;
    for (const auto& [name, value] : plan_.headers) {
      // fetch writes that of a form with its boundary.
      if (plan_.body == Body::multipart && to_lower(name) == "content-type") {
        continue;
      }
      made += "    " + in_quotes(name) + ": " + text(value) + ",\n";
    }
    for (const PlanSecret& one : plan_.secrets) {
      const std::string& first = names_.of(one.variables.front());
      if (one.kind == Secret::basic) {
        made += "    \"Authorization\": \"Basic \" + Buffer.from(" + first + " + \":\" + " +
                names_.of(one.variables.back()) + ").toString(\"base64\"),\n";
      } else if (one.kind != Secret::query) {
        made += "    " + in_quotes(one.name) + ": " +
                (one.prefix.empty() ? "" : in_quotes(one.prefix) + " + ") + first + ",\n";
      }
    }
    return made.empty() ? "" : "  headers: {\n" + made + "  },\n";
  }

  std::string body() const {
    if (plan_.body == Body::none) {
      return "";
    }
    if (plan_.method == "GET" || plan_.method == "HEAD") {
      return "  // The task sends a body, which fetch does not do with " + plan_.method + ".\n";
    }
    switch (plan_.body) {
      case Body::json:
        return "  body: JSON.stringify(" +
               literal_value(plan_, names_, expressions_, style_, plan_.body_value, 1) + "),\n";
      case Body::form:
        return form();
      case Body::multipart:
        return "  body: form,\n";
      default:
        return "  body: " + text(plan_.body_text) + ",\n";
    }
  }

  std::string form() const {
    std::string made = "  body: new URLSearchParams([\n";
    for (const auto& [name, value] : plan_.fields) {
      made += "    [" + in_quotes(name) + ", " + text(value) + "],\n";
    }
    return made + "  ]),\n";
  }

  const RequestPlan& plan_;
  SnippetNames names_;
  Expressions expressions_;
  LiteralStyle style_;
};

}  // namespace

std::string javascript_snippet(const RequestPlan& plan) { return JavascriptPrinter(plan).run(); }

}  // namespace tartan::catalog
