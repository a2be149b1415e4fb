#include <set>

#include "base/ascii.h"
#include "catalog/snippet_languages.h"

namespace tartan::catalog {
namespace {

using json::Value;
using Body = RequestPlan::Body;
using Secret = PlanSecret::Kind;

const std::vector<std::string_view> kTaken = {
    "_",         "break",       "case",      "chan",  "const",  "continue", "default",  "defer",
    "else",      "fallthrough", "for",       "func",  "go",     "goto",     "if",       "import",
    "interface", "map",         "package",   "range", "return", "select",   "struct",   "switch",
    "type",      "var",         "any",       "nil",   "true",   "false",    "panic",    "string",
    "byte",      "uint64",      "float64",   "int64", "err",    "request",  "response", "text",
    "body",      "form",        "fmt",       "io",    "http",   "url",      "os",       "strings",
    "bytes",     "json",        "multipart", "time",  "main",   "client",   "init"};

class GoPrinter {
 public:
  explicit GoPrinter(const RequestPlan& plan) : plan_(plan), names_(plan, kTaken) {
    expressions_.as_text = [this](const std::string& name, const PlanVariable& one) {
      return one.value && !one.value->is_string() ? use("fmt") + "Sprint(" + name + ")" : name;
    };
    expressions_.in_path = [this](const std::string& name, const PlanVariable& one) {
      return use("net/url") + "PathEscape(" + expressions_.as_text(name, one) + ")";
    };
    expressions_.in_query = [this](const std::string& name, const PlanVariable& one) {
      return use("net/url") + "QueryEscape(" + expressions_.as_text(name, one) + ")";
    };
    style_ = {"nil",
              "true",
              "false",
              "map[string]any{",
              "[]any{",
              "}",
              "\t",
              number,
              [](std::string_view name) { return in_quotes(name) + ":"; }};
  }

  std::string run() {
    use("fmt");
    use("io");
    use("net/http");
    use("time");
    std::string main = variables() + body() + request() + headers();
    main += "\tclient := http.Client{Timeout: " +
            std::to_string(plan_.connect_seconds + plan_.read_seconds) + " * time.Second}\n";
    main += "\tresponse, err := client.Do(request)\n" + stop() + "\tdefer response.Body.Close()\n";
    main += "\ttext, err := io.ReadAll(response.Body)\n" + stop();
    main += "\tfmt.Println(response.StatusCode, string(text))\n";
    std::string imports;
    for (const std::string& one : imports_) {
      imports += "\t\"" + one + "\"\n";
    }
    return "package main\n\nimport (\n" + imports + ")\n\nfunc main() {\n" + main + "}\n";
  }

 private:
  // "url." of "net/url", which is imported from then on.
  std::string use(const std::string& package) {
    imports_.insert(package);
    return package.substr(package.rfind('/') + 1) + ".";
  }

  static std::string stop() { return "\tif err != nil {\n\t\tpanic(err)\n\t}\n"; }

  // An untyped constant beyond an int is an error.
  static std::string number(const Value& value) {
    const std::string text = json::print(value);
    return value.is_uint64()  ? "uint64(" + text + ")"
           : value.is_int64() ? "int64(" + text + ")"
                              : "float64(" + text + ")";
  }

  std::string text(const Text& pieces) const { return joined(plan_, names_, pieces, expressions_); }

  std::string variables() {
    std::string made;
    for (const PlanVariable& one : plan_.variables) {
      const Value value = initial_value(one);
      const std::string& name = names_.of(one.inner);
      made += "\tvar " + name + (value.is_string() ? " = " : " any = ") +
              (value.is_string() ? in_quotes(std::string(value.get_string()))
                                 : literal_value(plan_, names_, expressions_, style_, value, 1)) +
              (one.value ? "" : " // fill in") + "\n";
    }
    for (const PlanSecret& secret : plan_.secrets) {
      for (const std::string& variable : secret.variables) {
        made += "\t" + names_.of(variable) + " := " + use("os") + "Getenv(" + in_quotes(variable) +
                ")\n";
      }
    }
    for (const std::string& note : plan_.notes) {
      made += "\t// " + note + "\n";
    }
    return made;
  }

  std::string body() {
    switch (plan_.body) {
      case Body::none:
        return "";
      case Body::json:
        return "\tbody, err := " + use("encoding/json") + "Marshal(" +
               literal_value(plan_, names_, expressions_, style_, plan_.body_value, 1) + ")\n" +
               stop();
      case Body::form:
        return form();
      case Body::multipart:
        return parts();
      default:
        return "\tbody := " + text(plan_.body_text) + "\n";
    }
  }

  std::string form() {
    std::string made = "\tform := " + use("net/url") + "Values{}\n";
    for (const auto& [name, value] : plan_.fields) {
      made += "\tform.Add(" + in_quotes(name) + ", " + text(value) + ")\n";
    }
    return made + "\tbody := form.Encode()\n";
  }

  std::string parts() {
    std::string made = "\tvar body " + use("bytes") + "Buffer\n\tform := " + use("mime/multipart") +
                       "NewWriter(&body)\n";
    for (const auto& [name, value] : plan_.fields) {
      made += "\tform.WriteField(" + in_quotes(name) + ", " + text(value) + ")\n";
    }
    return made + "\tform.Close()\n";
  }

  std::string reader() {
    switch (plan_.body) {
      case Body::none:
        return "nil";
      case Body::json:
        return use("bytes") + "NewReader(body)";
      case Body::multipart:
        return "&body";
      default:
        return use("strings") + "NewReader(body)";
    }
  }

  std::string request() {
    return "\trequest, err := http.NewRequest(" + in_quotes(plan_.method) + ", " +
           joined_url(plan_, names_, expressions_) + ", " + reader() + ")\n" + stop();
  }

  std::string headers() {
    std::string made;
    for (const auto& [name, value] : plan_.headers) {
      const std::string small = to_lower(name);
      if (small == "host") {
        made += "\trequest.Host = " + text(value) + "\n";
      } else if (plan_.body == Body::multipart && small == "content-type") {
        made += "\trequest.Header.Set(\"Content-Type\", form.FormDataContentType())\n";
      } else {
        made += "\trequest.Header.Set(" + in_quotes(name) + ", " + text(value) + ")\n";
      }
    }
    for (const PlanSecret& one : plan_.secrets) {
      const std::string& first = names_.of(one.variables.front());
      if (one.kind == Secret::basic) {
        made += "\trequest.SetBasicAuth(" + first + ", " + names_.of(one.variables.back()) + ")\n";
      } else if (one.kind != Secret::query) {
        made += "\trequest.Header.Set(" + in_quotes(one.name) + ", " +
                (one.prefix.empty() ? "" : in_quotes(one.prefix) + " + ") + first + ")\n";
      }
    }
    return made;
  }

  const RequestPlan& plan_;
  SnippetNames names_;
  Expressions expressions_;
  LiteralStyle style_;
  std::set<std::string> imports_;
};

}  // namespace

std::string go_snippet(const RequestPlan& plan) { return GoPrinter(plan).run(); }

}  // namespace tartan::catalog
