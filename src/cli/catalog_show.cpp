#include "cli/catalog_show.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/output.h"

namespace tartan::cli {
namespace {

using json::Array;
using json::Object;
using json::Value;

bool is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

std::string bold(const std::string& text) {
  return is_terminal() ? "\033[1m" + text + "\033[0m" : text;
}
std::string dim(const std::string& text) {
  return is_terminal() ? "\033[2m" + text + "\033[0m" : text;
}

std::size_t width() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 40;
  return std::min<std::size_t>(known ? size.ws_col : 100, 110);
}

std::string member(const Object& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value == nullptr || value->is_null() ? "" : text_of(*value);
}

const Array& list(const Object& object, std::string_view name) {
  static const Array none;
  const Value* value = json::find(object, name);
  return value != nullptr && value->is_array() ? value->get_array() : none;
}

std::string plain(std::string text) {
  for (const auto& [from, to] :
       {std::pair("&lt;", "<"), std::pair("&gt;", ">"), std::pair("&amp;", "&")}) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
      text.replace(at, std::string_view(from).size(), to);
    }
  }
  return text;
}

// Breaks lines at blanks, each with `indent` before it.
void print_text(const std::string& text, std::size_t indent) {
  const std::size_t room = width() > indent + 20 ? width() - indent : 20;
  const std::string margin(indent, ' ');
  std::size_t at = 0;
  while (at <= text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    while (line.size() > room) {
      std::size_t cut = line.rfind(' ', room);
      if (cut == std::string::npos || cut == 0) {
        cut = std::min(line.find(' ', room), line.size());
      }
      std::printf("%s%s\n", margin.c_str(), line.substr(0, cut).c_str());
      line.erase(0, std::min(line.size(), cut + 1));
    }
    std::printf("%s%s\n", margin.c_str(), line.c_str());
    at = end + 1;
  }
}

void print_heading(const char* text) { std::printf("\n%s\n", bold(text).c_str()); }

std::string type_of(const Object& field) {
  std::string type = member(field, "type");
  if (const std::string items = member(field, "items"); !items.empty()) {
    type += " of " + items;
  }
  if (const std::string format = member(field, "format"); !format.empty()) {
    type += " (" + format + ")";
  }
  return type;
}

std::string details_of(const Object& field) {
  std::string line;
  const auto add = [&](const std::string& text) { line += (line.empty() ? "" : "; ") + text; };
  if (const std::string constraints = member(field, "constraints"); !constraints.empty()) {
    add(constraints);
  }
  if (const Value* given = json::find(field, "default")) {
    add("default " + json::print(*given));
  }
  if (const Array& values = list(field, "enum"); !values.empty()) {
    std::string all;
    for (const Value& one : values) {
      all += (all.empty() ? "" : ", ") + text_of(one);
    }
    add("one of " + all);
  }
  for (const std::string_view flag : {"nullable", "deprecated", "readOnly", "writeOnly"}) {
    if (const Value* value = json::find(field, flag); value && value->is_bool()) {
      add(std::string(flag == "readOnly"    ? "read only"
                      : flag == "writeOnly" ? "write only"
                                            : flag));
    }
  }
  return line;
}

void print_fields(const Array& fields, std::size_t indent);

void print_inner(const Object& field, std::size_t indent) {
  print_fields(list(field, "fields"), indent);
  for (const Value& one : list(field, "alternatives")) {
    const Object& alternative = one.get_object();
    const std::string title = member(alternative, "title");
    std::printf("%*sor %s %s\n", static_cast<int>(indent), "",
                title.empty() ? "this" : title.c_str(), dim(type_of(alternative)).c_str());
    print_inner(alternative, indent + 2);
  }
  if (const std::string more = member(field, "more"); !more.empty()) {
    std::printf("%*s%s\n", static_cast<int>(indent), "", dim("… " + more).c_str());
  }
}

void print_fields(const Array& fields, std::size_t indent) {
  for (const Value& one : fields) {
    const Object& field = one.get_object();
    const Value* required = json::find(field, "required");
    const bool is_required = required != nullptr && required->is_bool() && required->get_bool();
    std::printf("%*s%s  %s%s\n", static_cast<int>(indent), "", bold(member(field, "name")).c_str(),
                dim(type_of(field)).c_str(), is_required ? "  required" : "");
    if (const std::string text = member(field, "description"); !text.empty()) {
      print_text(plain(text), indent + 4);
    }
    if (const std::string details = details_of(field); !details.empty()) {
      print_text(dim(details), indent + 4);
    }
    print_inner(field, indent + 4);
  }
}

void print_content(const Array& content, std::size_t indent) {
  for (const Value& one : content) {
    const Object& type = one.get_object();
    std::printf("%*s%s", static_cast<int>(indent), "", member(type, "contentType").c_str());
    const std::string same = member(type, "sameAs");
    std::printf("%s\n", same.empty() ? "" : dim("  as " + same).c_str());
    if (const Value* schema = json::find(type, "schema")) {
      const Object& node = schema->get_object();
      if (list(node, "fields").empty()) {
        std::printf("%*s%s\n", static_cast<int>(indent + 2), "", dim(type_of(node)).c_str());
      }
      print_inner(node, indent + 2);
    }
  }
}

void print_security(const Array& security) {
  if (security.empty()) {
    return;
  }
  print_heading("Authentication");
  for (const Value& alternative : security) {
    std::string line;
    for (const Value& one : alternative.get_array()) {
      const Object& use = one.get_object();
      std::string text = member(use, "scheme");
      const std::string in = member(use, "in");
      if (!in.empty()) {
        text += " (" + in + " " + member(use, "parameter") + ")";
      } else if (const std::string http = member(use, "httpScheme"); !http.empty()) {
        text += " (" + http + ")";
      } else if (const std::string type = member(use, "type"); !type.empty()) {
        text += " (" + type + ")";
      }
      line += (line.empty() ? "" : " and ") + text;
    }
    std::printf("  %s\n", line.empty() ? "none" : line.c_str());
  }
}

}  // namespace

void show_operation(const Value& reference) {
  const Object& page = reference.get_object();
  std::printf("%s\n", bold(member(page, "method") + " " + member(page, "path")).c_str());
  std::printf("%s\n", dim(member(page, "apiTitle") + " " + member(page, "version") + ", " +
                          member(page, "api"))
                          .c_str());
  if (const Value* deprecated = json::find(page, "deprecated");
      deprecated != nullptr && deprecated->get_bool()) {
    std::printf("deprecated\n");
  }
  if (const std::string summary = member(page, "summary"); !summary.empty()) {
    std::printf("\n");
    print_text(summary, 0);
  }
  const std::string description = plain(member(page, "description"));
  if (!description.empty() && description != member(page, "summary")) {
    std::printf("\n");
    print_text(description, 0);
  }
  print_heading("Servers");
  for (const Value& one : list(page, "servers")) {
    const std::string about = member(one.get_object(), "description");
    std::printf("  %s%s\n", member(one.get_object(), "url").c_str(),
                about.empty() ? "" : dim("  " + about).c_str());
  }
  print_security(list(page, "security"));
  if (!list(page, "parameters").empty()) {
    print_heading("Parameters");
    print_fields(list(page, "parameters"), 2);
  }
  if (!list(page, "headers").empty()) {
    print_heading("Headers");
    print_fields(list(page, "headers"), 2);
  }
  if (const Value* body = json::find(page, "requestBody"); body != nullptr && body->is_object()) {
    print_heading("Request body");
    print_content(list(body->get_object(), "content"), 2);
  }
  print_heading("Responses");
  for (const Value& one : list(page, "responses")) {
    const Object& response = one.get_object();
    std::printf("  %s  %s\n", bold(member(response, "status")).c_str(),
                plain(member(response, "description")).c_str());
    print_content(list(response, "content"), 6);
  }
  std::printf("\n%s\n", dim("id " + member(page, "id")).c_str());
}

namespace {

// `text` with the pieces that match in bold.
std::string marked(const Object& hit, const char* field) {
  const std::string text = member(hit, field);
  if (!is_terminal()) {
    return text;
  }
  std::string made;
  std::size_t at = 0;
  for (const Value& mark : list(hit.at("highlights").get_object(), field)) {
    const auto begin = static_cast<std::size_t>(mark.get_array().at(0).get_int64());
    const auto end = static_cast<std::size_t>(mark.get_array().at(1).get_int64());
    made += text.substr(at, begin - at) + bold(text.substr(begin, end - begin));
    at = end;
  }
  return made + text.substr(std::min(at, text.size()));
}

}  // namespace

void show_hits(const Value& page) {
  const Object& answer = page.get_object();
  if (list(answer, "content").empty()) {
    std::printf("nothing found\n");
    return;
  }
  if (answer.at("partial").get_bool()) {
    std::printf("Nothing answers every word; these answer most:\n");
  }
  for (const Value& one : list(answer, "content")) {
    const Object& hit = one.get_object();
    std::printf("%-7s %s  %s\n", member(hit, "method").c_str(), marked(hit, "path").c_str(),
                dim(member(hit, "api")).c_str());
    if (const std::string summary = marked(hit, "summary"); !summary.empty()) {
      std::printf("        %s\n", summary.c_str());
    }
    std::printf("        %s\n", dim(member(hit, "id")).c_str());
  }
}

}  // namespace tartan::cli
