#include "catalog/curl_print.h"

#include <algorithm>
#include <set>

#include "catalog/curl_body.h"
#include "catalog/curl_secrets.h"
#include "catalog/request_plan.h"
#include "catalog/shell_names.h"
#include "script/template.h"

namespace tartan::catalog {
namespace {

using json::Object;
using json::Value;
using Body = RequestPlan::Body;

constexpr std::int64_t kConnectSeconds = 5;
constexpr std::int64_t kReadSeconds = 30;

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\n') || byte == 0x7F;
}

// $'...', for what a terminal would act on.
std::string ansi_quoted(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string made = "$'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '\'') {
      made += {'\\', c};
    } else if (c == '\n') {
      made += "\\n";
    } else if (is_control(c)) {
      made += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
    } else {
      made += c;
    }
  }
  return made + "'";
}

std::string braced(std::string_view variable) { return "${" + std::string(variable) + "}"; }

class CurlPrinter {
 public:
  explicit CurlPrinter(const RequestPlan& plan) : plan_(plan) {}

  std::string run() {
    find_uses();
    std::string made = head();
    made += "curl";
    bool is_first = true;
    for (const std::string& one : arguments()) {
      made += (is_first ? " " : " \\\n  ") + one;
      is_first = false;
    }
    return made + "\n";
  }

 private:
  static void note_uses(const Text& text, std::set<std::string>& to) {
    for (const Piece& one : text) {
      if (one.is_placeholder) {
        to.insert(one.text);
      }
    }
  }

  void find_uses() {
    // A base address is filled in as it is.
    note_uses(Text(plan_.url.begin(), plan_.url.begin() + 1), elsewhere_);
    note_uses(Text(plan_.url.begin() + 1, plan_.url.end()), in_url_);
    for (const auto& header : plan_.headers) {
      note_uses(header.second, elsewhere_);
    }
    for (const auto& field : plan_.fields) {
      note_uses(field.second, elsewhere_);
    }
    note_uses(plan_.body_text, plan_.body == Body::json ? in_json_ : elsewhere_);
    if (plan_.body == Body::json) {
      find_bare();
    }
  }

  // Whether JSON text ends with a quote, and not one that is part of a string.
  static bool opens_string(const Piece& before) {
    if (before.is_placeholder || !before.text.ends_with('"')) {
      return false;
    }
    const std::string_view rest = std::string_view(before.text).substr(0, before.text.size() - 1);
    const std::size_t last = rest.find_last_not_of('\\');
    return (rest.size() - 1 - last) % 2 == 0;  // npos + 1 is 0
  }

  // Numbers and the like that are whole values of a JSON body stand there without quotes.
  void find_bare() {
    Text text;
    const Text& all = plan_.body_text;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const bool quoted = all[i].is_placeholder && i > 0 && i + 1 < all.size() &&
                          opens_string(all[i - 1]) && !all[i + 1].is_placeholder &&
                          all[i + 1].text.starts_with('"');
      const auto& value = all[i].is_placeholder ? plan_.variable(all[i].text).value : no_value_;
      if (quoted && value && !value->is_string()) {
        text.back().text.pop_back();
        add_placeholder(text, all[i].text);
        without_quote_ = true;
        continue;
      }
      if (all[i].is_placeholder) {
        add_placeholder(text, all[i].text);
      } else {
        text.push_back({all[i].text.substr(std::exchange(without_quote_, false) ? 1 : 0), false});
      }
    }
    body_ = std::move(text);
  }

  // How a variable's value is written: URLs and JSON are filled in by the shell, which encodes
  // nothing.
  enum class Form { plain, url, json };

  std::string written(const PlanVariable& one, Form form) const {
    const std::string text = script::text_of(*one.value);
    if (form == Form::url) {
      return percent_encode(text);
    }
    if (form == Form::plain || !one.value->is_string()) {
      return text;
    }
    std::string quoted;
    json::append_string(quoted, text);
    return quoted.substr(1, quoted.size() - 2);
  }

  // The form of the variable that has the placeholder's own name.
  Form main_form(const std::string& inner) const {
    const bool in_url = in_url_.contains(inner);
    const bool in_json = in_json_.contains(inner);
    return in_url == in_json || elsewhere_.contains(inner) ? Form::plain
           : in_url                                        ? Form::url
                                                           : Form::json;
  }

  // Whether a form needs a variable besides that.
  bool is_apart(const PlanVariable& one, Form form) const {
    return one.value && (form == Form::url ? in_url_ : in_json_).contains(one.inner) &&
           written(one, form) != written(one, main_form(one.inner));
  }

  std::string apart_name(const PlanVariable& one, Form form) const {
    std::string name = shell_name(one.name) + (form == Form::url ? "_in_url" : "_in_json");
    while (std::any_of(plan_.variables.begin(), plan_.variables.end(),
                       [&](const PlanVariable& other) { return shell_name(other.name) == name; })) {
      name += '_';
    }
    return name;
  }

  std::string shell(std::string_view inner, Form form = Form::plain) const {
    const PlanVariable& one = plan_.variable(inner);
    return form != Form::plain && is_apart(one, form) ? apart_name(one, form)
                                                      : shell_name(one.name);
  }

  std::string head() const {
    std::string made;
    std::string open;
    for (const PlanVariable& one : plan_.variables) {
      if (!is_identifier(one.inner)) {
        made += "# " + shell(one.inner) + std::string(kStandsForComment) +
                one_line("${" + one.inner + "}") + "\n";
      }
      for (const Form form : {Form::url, Form::json}) {
        if (is_apart(one, form)) {
          made += "# " + apart_name(one, form) + std::string(kStandsForComment) +
                  one_line("${" + one.inner + "}") + "\n";
        }
      }
      if (!one.value) {
        open += (open.empty() ? "" : ", ") + shell(one.inner);
      }
    }
    made += open.empty() ? "" : "# Set first: " + open + "\n";
    std::string secrets;
    for (const PlanSecret& one : plan_.secrets) {
      for (const std::string& name : one.variables) {
        secrets += (secrets.empty() ? "" : ", ") + shell_name(name);
      }
    }
    made += secrets.empty() ? "" : "# " + std::string(kSecretsComment) + secrets + "\n";
    std::string own;
    for (const auto& header : plan_.headers) {
      own += is_secret_header(header.first) ? (own.empty() ? "" : ", ") + header.first : "";
    }
    made += own.empty() ? "" : "# " + std::string(kOwnHeadersComment) + own + "\n";
    for (const std::string& note : plan_.notes) {
      made += "# " + one_line(note) + "\n";
    }
    made += form_comment();
    for (const PlanVariable& one : plan_.variables) {
      if (one.value) {
        made += shell(one.inner) + "=" + quote_for_bash(written(one, main_form(one.inner))) + "\n";
        for (const Form form : {Form::url, Form::json}) {
          if (is_apart(one, form)) {
            made += apart_name(one, form) + "=" + quote_for_bash(written(one, form)) + "\n";
          }
        }
      }
    }
    return made;
  }

  // A form is text on its way; where reading that gives other values than the task has, they are
  // said besides.
  std::string form_comment() const {
    if (plan_.body != Body::form && plan_.body != Body::multipart) {
      return "";
    }
    bool is_plain = true;
    if (plan_.body == Body::form) {
      const auto text = form_text(plan_.body_value.get_object());
      const auto read = text ? form_of(*text) : std::nullopt;
      is_plain = read && Value(*read) == plan_.body_value;
    } else {
      for (const auto& one : plan_.body_value.get_object()) {
        is_plain = is_plain && one.value().is_string();
      }
    }
    return is_plain ? "" : "# " + std::string(kFormComment) + json::print(plan_.body_value) + "\n";
  }

  static std::string one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return is_control(c) || c == '\n'; }, ' ');
    return text;
  }

  // One word: in double quotes where that is easy to read, else piece by piece.
  std::string word(const Text& text, Form form = Form::plain) const {
    const bool easy = std::all_of(text.begin(), text.end(), [](const Piece& one) {
      return one.is_placeholder || (one.text.find_first_of("\"\\$`!\n") == std::string::npos &&
                                    std::none_of(one.text.begin(), one.text.end(), is_control));
    });
    if (!has_placeholder(text)) {
      return quote_for_bash(literal_of(text));
    }
    std::string made = easy ? "\"" : "";
    for (std::size_t i = 0; i < text.size(); ++i) {
      const std::string& piece = text[i].text;
      if (text[i].is_placeholder) {
        const std::string name = shell(piece, form == Form::url && i == 0 ? Form::plain : form);
        made += easy ? braced(name) : "\"" + braced(name) + "\"";
      } else {
        made += easy ? piece : quote_for_bash(piece);
      }
    }
    return made + (easy ? "\"" : "");
  }

  std::vector<std::string> arguments() const {
    std::vector<std::string> all;
    const bool has_body = plan_.body != Body::none;
    if (plan_.method == "HEAD" && !has_body) {
      all.emplace_back("--head");
    } else if (plan_.method != "GET" || has_body) {
      all.push_back("-X " + plan_.method);
    }
    const std::string url = literal_of(plan_.url);
    if (url.find_first_of("[]{}") != std::string::npos) {
      all.emplace_back("--globoff");
    }
    if (url.find("/.") != std::string::npos) {
      all.emplace_back("--path-as-is");
    }
    all.push_back(word(plan_.url, Form::url));
    add_headers(all);
    add_body(all);
    if (plan_.connect_seconds != kConnectSeconds) {
      all.push_back("--connect-timeout " + std::to_string(plan_.connect_seconds));
    }
    if (plan_.read_seconds != kReadSeconds) {
      all.push_back("--max-time " + std::to_string(plan_.read_seconds));
    }
    return all;
  }

  void add_headers(std::vector<std::string>& all) const {
    for (const auto& [name, value] : plan_.headers) {
      Text header = literal(name + (value.empty() ? ";" : ": "));
      append(header, value);
      all.push_back("-H " + word(header));
    }
    for (const PlanSecret& one : plan_.secrets) {
      const std::string variable = braced(shell_name(one.variables.front()));
      switch (one.kind) {
        case PlanSecret::Kind::basic:
          all.push_back("-u \"" + variable + ":" + braced(shell_name(one.variables.back())) + "\"");
          break;
        case PlanSecret::Kind::query:
          all.push_back("--url-query " + quote_for_bash(percent_encode(one.name) + "=") + "\"" +
                        variable + "\"");
          break;
        default:
          all.push_back("-H " + quote_for_bash(one.name + ": " + one.prefix) + "\"" + variable +
                        "\"");
      }
    }
  }

  static Text encoded(const Text& text) {
    Text made;
    for (const Piece& one : text) {
      one.is_placeholder ? add_placeholder(made, one.text)
                         : add_literal(made, percent_encode(one.text));
    }
    return made;
  }

  void add_body(std::vector<std::string>& all) const {
    switch (plan_.body) {
      case Body::none:
        return;
      case Body::json:
        all.push_back("--data-raw " + word(body_, Form::json));
        return;
      case Body::text:
        all.push_back("--data-raw " + word(plan_.body_text));
        return;
      case Body::form:
      case Body::multipart:
        break;
    }
    const bool is_form = plan_.body == Body::form;
    for (const auto& [name, value] : plan_.fields) {
      Text field = literal((is_form ? percent_encode(name) : name) + "=");
      if (is_form && name.empty()) {
        // --data-urlencode takes what has no name for a text without an equals sign.
        append(field, encoded(value));
        all.push_back("--data-raw " + word(field));
        continue;
      }
      append(field, value);
      all.push_back((is_form ? "--data-urlencode " : "--form-string ") + word(field));
    }
    if (plan_.fields.empty()) {
      all.emplace_back("--data-raw ''");
    }
  }

  const RequestPlan& plan_;
  const std::optional<Value> no_value_;
  std::set<std::string> in_url_;
  std::set<std::string> in_json_;
  std::set<std::string> elsewhere_;
  bool without_quote_ = false;
  Text body_;
};

}  // namespace

std::string quote_for_bash(std::string_view text) {
  if (std::any_of(text.begin(), text.end(), is_control)) {
    return ansi_quoted(text);
  }
  std::string made = "'";
  for (const char c : text) {
    made += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return made + "'";
}

Result<std::string> print_curl(const Object& task, const json::Array& credentials) {
  auto plan = plan_request(task, credentials);
  if (!plan) {
    return std::move(plan).error();
  }
  return CurlPrinter(*plan).run();
}

}  // namespace tartan::catalog
