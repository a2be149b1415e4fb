#include "catalog/curl_command.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/ascii.h"
#include "base/utf8.h"
#include "catalog/curl_body.h"
#include "catalog/curl_inputs.h"
#include "catalog/curl_options.h"
#include "catalog/curl_secrets.h"
#include "catalog/curl_url.h"
#include "catalog/media_type.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using Place = CurlInputs::Place;

constexpr std::size_t kNameMax = 60;

bool is_header_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

Text trimmed(const Text& text) {
  Text made = text;
  if (!made.empty() && !made.front().is_placeholder) {
    std::string& first = made.front().text;
    first.erase(0, first.find_first_not_of(" \t"));
  }
  if (!made.empty() && !made.back().is_placeholder) {
    std::string& last = made.back().text;
    last.erase(last.find_last_not_of(" \t") + 1);
  }
  std::erase_if(made, [](const Piece& one) { return !one.is_placeholder && one.text.empty(); });
  return made;
}

struct Header {
  std::string name;
  Text value;
};

class TaskMaker {
 public:
  TaskMaker(ShellCommand shell, CurlOptions options)
      : shell_(std::move(shell)), options_(std::move(options)) {
    for (auto* list : {&shell_.warnings, &options_.warnings}) {
      warnings_.insert(warnings_.end(), list->begin(), list->end());
    }
  }

  Result<CurlTask> run() {
    auto url = request_url();
    if (!url) {
      return std::move(url).error();
    }
    take_headers();
    take_data();
    set_method();
    Object request = request_of(*url);
    const std::string host = host_of(std::string(request.at("url").as_string()));
    Object task{{"type", "Http"}};
    if (Object inputs = inputs_.parameters(); !inputs.empty()) {
      task["inputParameters"] = std::move(inputs);
    }
    task["httpRequest"] = std::move(request);
    add_manners(task);
    return CurlTask{name_of_task(*url), std::move(task), secrets_.describe(host),
                    std::move(warnings_)};
  }

 private:
  Result<Text> request_url() {
    std::erase_if(options_.urls, [](const Text& url) { return url.empty(); });
    if (options_.urls.empty()) {
      return Error{Fault::invalid, "the command has no URL"};
    }
    if (options_.urls.size() > 1) {
      return Error{Fault::invalid, "the command has several URLs, and a task sends one request: '" +
                                       literal_of(options_.urls[0]).substr(0, 100) + "' and '" +
                                       literal_of(options_.urls[1]).substr(0, 100) + "'"};
    }
    auto read = read_curl_url(options_.urls.front(), options_.globs, warnings_);
    if (!read) {
      return std::move(read).error();
    }
    if (read->user) {
      secrets_.add_basic(*read->user);
    }
    Text url = std::move(read->url);
    if (options_.get) {
      add_query(url, joined_data());
      options_.data.clear();
    }
    for (const Text& one : options_.query) {
      add_url_query(url, one);
    }
    return inputs_.filled(url, Place::url);
  }

  void add_url_query(Text& url, const Text& field) {
    const std::string first =
        field.empty() || field.front().is_placeholder ? "" : field.front().text;
    const std::size_t equals = first.find('=');
    if (equals != std::string::npos && inputs_.is_secret(field)) {
      secrets_.add_value("query", percent_decode(first.substr(0, equals)),
                         without_prefix(field, equals + 1));
    } else if (first.starts_with('+')) {
      add_query(url, without_prefix(field, 1));
    } else {
      add_query(url, url_encoded(field));
    }
  }

  void take_headers() {
    for (const Text& one : options_.headers) {
      take_header(one);
    }
    if (options_.user) {
      secrets_.add_basic(*options_.user);
    }
    if (options_.bearer) {
      secrets_.add_bearer(*options_.bearer);
    }
    if (options_.cookie) {
      secrets_.add_value("header", "Cookie", *options_.cookie);
    }
  }

  void take_header(const Text& text) {
    const std::string first = text.empty() || text.front().is_placeholder ? "" : text.front().text;
    const std::size_t colon = first.find(':');
    if (first.starts_with('@')) {
      warnings_.push_back("the file of headers '" + first.substr(1, 100) + "' is not read");
      return;
    }
    const bool is_empty = colon == std::string::npos && text.size() == 1 && first.ends_with(';');
    if (colon == std::string::npos && !is_empty) {
      warnings_.push_back("the header '" + first.substr(0, 60) + "' has no colon; it is left out");
      return;
    }
    const std::string name(trim(first.substr(0, is_empty ? first.size() - 1 : colon)));
    const Text value = is_empty ? Text{} : trimmed(without_prefix(text, colon + 1));
    if (!is_header_name(name)) {
      warnings_.push_back("'" + name.substr(0, 60) + "' can't be a header's name; it is left out");
      return;
    }
    if (value.empty() && !is_empty) {
      removed_.insert(to_lower(name));  // curl: a header of its own is not sent
      return;
    }
    add_header(name, value);
  }

  void add_header(const std::string& name, const Text& value) {
    constexpr std::string_view own[] = {"content-length", "connection", "keep-alive",
                                        "proxy-connection", "expect"};
    constexpr std::string_view framing[] = {"transfer-encoding", "te", "trailer", "upgrade",
                                            "http2-settings"};
    const std::string small = to_lower(name);
    if (std::find(std::begin(own), std::end(own), small) != std::end(own)) {
      return;
    }
    if (std::find(std::begin(framing), std::end(framing), small) != std::end(framing)) {
      warnings_.push_back("the header " + name + " is left out: it concerns the connection");
      return;
    }
    if (literal_of(value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      warnings_.push_back("the header " + name + " is left out: its value has a line break");
      return;
    }
    if (inputs_.is_secret(value) || (is_secret_header(name) && !inputs_.is_own_header(small))) {
      secrets_.add_value("header", name, value);
      return;
    }
    if (const auto before = header_places_.find(small); before != header_places_.end()) {
      warnings_.push_back("the header " + name + " is given more than once: its values are joined");
      add_literal(headers_[before->second].value, ", ");
      append(headers_[before->second].value, value);
      return;
    }
    header_places_[small] = headers_.size();
    headers_.push_back({name, value});
  }

  const Header* header(std::string_view name) const {
    const auto found = header_places_.find(std::string(name));
    return found != header_places_.end() ? &headers_[found->second] : nullptr;
  }

  void default_header(const std::string& name, std::string_view value) {
    const std::string small = to_lower(name);
    if (header(small) == nullptr && !removed_.contains(small)) {
      header_places_[small] = headers_.size();
      headers_.push_back({name, literal(value)});
    }
  }

  // A file's content, which is asked for as an input.
  Text file_content(std::string_view file, bool strip_lines) {
    if (file == "-" && shell_.standard_input) {
      Text text;
      for (const Piece& one : *shell_.standard_input) {
        std::string piece = one.text;
        if (strip_lines && !one.is_placeholder) {
          std::erase_if(piece, [](char c) { return c == '\r' || c == '\n'; });
        }
        one.is_placeholder ? add_placeholder(text, piece) : add_literal(text, piece);
      }
      return text;
    }
    const std::string name = "content" + (++files_ > 1 ? std::to_string(files_) : "");
    warnings_.push_back(
        (file == "-" ? "standard input" : "the file '" + std::string(file.substr(0, 100)) + "'") +
        " is not read: give its content as the input '" + name + "'");
    Text text;
    add_placeholder(text, name);
    return text;
  }

  static bool names_file(const Text& text) {
    return !text.empty() && !text.front().is_placeholder && text.front().text.starts_with('@');
  }

  // curl's --data-urlencode: "content", "=content", "name=content", "@file", "name@file".
  Text url_encoded(const Text& text) {
    const std::string first = text.empty() || text.front().is_placeholder ? "" : text.front().text;
    const std::size_t mark = first.find_first_of("=@");
    Text made;
    Text content = text;
    if (mark != std::string::npos) {
      add_literal(made, first.substr(0, mark) + (mark > 0 ? "=" : ""));
      content = first[mark] == '@' ? file_content(std::string_view(first).substr(mark + 1), false)
                                   : without_prefix(text, mark + 1);
    }
    for (const Piece& one : content) {
      one.is_placeholder ? add_placeholder(made, one.text)
                         : add_literal(made, percent_encode(one.text));
    }
    return made;
  }

  Text data_text(const CurlData& one) {
    switch (one.kind) {
      case CurlData::Kind::urlencode:
        return url_encoded(one.text);
      case CurlData::Kind::raw:
        return one.text;
      default:
        return names_file(one.text)
                   ? file_content(std::string_view(one.text.front().text).substr(1),
                                  one.kind == CurlData::Kind::data)
                   : one.text;
    }
  }

  static bool is_form_part(const CurlData& one) {
    return one.kind == CurlData::Kind::form || one.kind == CurlData::Kind::form_string;
  }

  Text joined_data() {
    Text all;
    bool is_first = true;
    for (const CurlData& one : options_.data) {
      if (is_form_part(one)) {
        continue;
      }
      if (!is_first && one.kind != CurlData::Kind::json) {
        add_literal(all, "&");
      }
      append(all, data_text(one));
      is_first = false;
    }
    return all;
  }

  bool has_data(bool (*which)(const CurlData&)) const {
    return std::any_of(options_.data.begin(), options_.data.end(), which);
  }

  void take_data() {
    const bool has_parts = has_data(is_form_part);
    const bool has_text = has_data([](const CurlData& one) { return !is_form_part(one); });
    if (has_parts) {
      take_parts();
      if (has_text) {
        warnings_.emplace_back("--form and --data exclude each other: the form is taken");
      }
    } else if (has_text) {
      const bool is_json =
          has_data([](const CurlData& one) { return one.kind == CurlData::Kind::json; });
      if (is_json) {
        default_header("Accept", "application/json");
      }
      default_header("Content-Type",
                     is_json ? "application/json" : "application/x-www-form-urlencoded");
      set_body(joined_data(), is_json);
    } else if (!options_.upload.empty()) {
      set_body(file_content(options_.upload, false), true);
    }
  }

  void set_body(const Text& raw, bool type_was_given) {
    const Header* type = header("content-type");
    const std::string content_type = type != nullptr ? literal_of(type->value) : "";
    const bool as_json = is_json_type(content_type);
    const Text text = inputs_.filled(raw, as_json ? Place::json : Place::elsewhere);
    has_body_ = true;
    if (as_json) {
      set_json(text);
    } else if (is_form_type(content_type)) {
      set_form(text, type_was_given);
    } else if (is_multipart_type(content_type) && text.empty()) {
      body_ = Object{};
    } else {
      body_ = Value(to_template(text));
      // What the task sends with a text, said: curl sends none.
      removed_.erase("content-type");
      default_header("Content-Type", "text/plain; charset=utf-8");
    }
  }

  void set_json(const Text& text) {
    if (text.empty()) {
      has_body_ = false;
      return;
    }
    if (auto value = json_of(text, inputs_.bare(), warnings_)) {
      body_ = *std::move(value);
      // A null body is none.
      has_body_ = !body_.is_null();
      return;
    }
    warnings_.emplace_back(
        "the body is not JSON, as its Content-Type says: a task sends it as a JSON text, in "
        "quotes");
    body_ = Value(to_template(text));
  }

  void set_form(const Text& text, bool type_was_given) {
    if (inputs_.form()) {
      const auto sent = form_text(*inputs_.form());
      if (sent && *sent == text) {
        body_ = *inputs_.form();
        return;
      }
    }
    if (auto fields = form_of(text)) {
      body_ = *std::move(fields);
      return;
    }
    const std::string first(trim(literal_of(text)));
    if (!type_was_given && (first.starts_with('{') || first.starts_with('['))) {
      warnings_.emplace_back(
          "the body looks like JSON, but without a Content-Type curl sends it as a form; so does "
          "the task: set Content-Type to application/json if that is meant");
    }
    body_ = Value(to_template(text));
  }

  // curl sends a form under any Content-Type that is given, which hardly a server reads.
  void use_multipart() {
    constexpr std::string_view multipart = "multipart/form-data";
    removed_.erase("content-type");
    default_header("Content-Type", multipart);
    Header& type = headers_[header_places_.at("content-type")];
    if (!is_multipart_type(literal_of(type.value))) {
      warnings_.emplace_back(
          "the Content-Type of a form is multipart/form-data: the one given is left out");
      type.value = literal(multipart);
    }
  }

  void take_parts() {
    use_multipart();
    Object fields;
    for (const CurlData& one : options_.data) {
      if (is_form_part(one)) {
        take_part(one, fields);
      }
    }
    if (inputs_.form() && same_parts(fields, *inputs_.form())) {
      fields = *inputs_.form();
    }
    has_body_ = true;
    body_ = std::move(fields);
  }

  // Whether a form sends the same parts in the same order.
  static bool same_parts(const Object& a, const Object& b) {
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](const auto& x, const auto& y) {
             const auto sent = field_text(x.value());
             const auto meant = field_text(y.value());
             return x.key() == y.key() && sent && meant && *sent == *meant;
           });
  }

  void take_part(const CurlData& one, Object& fields) {
    const std::string first =
        one.text.empty() || one.text.front().is_placeholder ? "" : one.text.front().text;
    const std::size_t equals = first.find('=');
    if (equals == std::string::npos || equals == 0) {
      warnings_.push_back("the form's part '" + first.substr(0, 60) +
                          "' has no name; it is left out");
      return;
    }
    const std::string name = first.substr(0, equals);
    Text value = without_prefix(one.text, equals + 1);
    if (one.kind == CurlData::Kind::form) {
      value = part_value(name, value);
    }
    if (fields.contains(name)) {
      warnings_.push_back("the form has several parts called '" + name.substr(0, 60) +
                          "': the last is taken");
    }
    fields[name] = to_template(inputs_.filled(value, Place::elsewhere));
  }

  // --form has a syntax within its values: files, and attributes behind a semicolon.
  Text part_value(const std::string& name, const Text& value) {
    std::string first = value.empty() || value.front().is_placeholder ? "" : value.front().text;
    if (first.starts_with('@') || first.starts_with('<')) {
      const std::size_t end = first.find(';');
      return file_content(std::string_view(first).substr(1, end - 1), false);
    }
    if (value.size() > 1 || first.find(';') == std::string::npos) {
      return value;
    }
    if (first.starts_with('"')) {
      return unquoted(first);
    }
    warnings_.push_back("the form's part '" + name.substr(0, 60) +
                        "': what stands behind its semicolon is left out");
    return literal(first.substr(0, first.find(';')));
  }

  static Text unquoted(std::string_view text) {
    std::string made;
    for (std::size_t i = 1; i < text.size() && text[i] != '"'; ++i) {
      i += text[i] == '\\' && i + 1 < text.size() ? 1 : 0;
      made += text[i];
    }
    return literal(made);
  }

  void set_method() {
    method_ = options_.method;
    if (method_.empty()) {
      method_ = options_.head                                       ? "HEAD"
                : options_.get                                      ? "GET"
                : !options_.upload.empty() && options_.data.empty() ? "PUT"
                : options_.data.empty()                             ? "GET"
                                                                    : "POST";
    }
    if (has_body_ && (method_ == "GET" || method_ == "HEAD")) {
      warnings_.push_back("it sends a body with " + method_ +
                          ", which servers and proxies on the way may drop");
    }
  }

  Object request_of(const Text& url) {
    Object request{{"method", method_}, {"url", to_url_template(url)}};
    Object headers;
    for (const Header& one : headers_) {
      headers[one.name] = to_template(inputs_.filled(one.value, Place::elsewhere));
    }
    if (!headers.empty()) {
      request["headers"] = std::move(headers);
    }
    if (has_body_) {
      request["body"] = std::move(body_);
    }
    return request;
  }

  static std::int64_t seconds(double given) {
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::ceil(given)), 1, 3600);
  }

  void add_manners(Object& task) {
    task["connectionTimeoutSeconds"] = seconds(options_.connect_seconds.value_or(5));
    task["readTimeoutSeconds"] = seconds(options_.seconds_max.value_or(30));
    constexpr std::string_view repeatable[] = {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
    const bool is_repeatable =
        std::find(std::begin(repeatable), std::end(repeatable), method_) != std::end(repeatable);
    if (options_.retries || is_repeatable) {
      task["retry"] =
          Object{{"intervalSeconds",
                  static_cast<std::int64_t>(std::min(options_.retry_delay.value_or(1), 86400.0))},
                 {"maxAttempts",
                  static_cast<std::int64_t>(std::min(options_.retries.value_or(3), 1000.0))},
                 {"backoffRate", options_.retry_delay ? 1 : 2}};
    }
    task["end"] = true;
  }

  // "POST /user/items/remove".
  std::string name_of_task(const Text& url) const {
    std::string text;
    for (const Piece& one : url) {
      text += one.is_placeholder ? "" : one.text;
    }
    const std::size_t scheme = text.find("://");
    text = scheme == std::string::npos ? text : text.substr(scheme + 3);
    text = text.substr(0, text.find_first_of("?#"));
    const std::size_t slash = text.find('/');
    std::string_view path =
        slash == std::string::npos ? text : std::string_view(text).substr(slash);
    path = path == "/" ? std::string_view(text).substr(0, slash) : path;
    std::string name = method_ + " ";
    for (const char c : path) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte > ' ' && byte < 0x7F && c != '$' && c != '{' && c != '}' && name.size() < kNameMax) {
        name += c;
      }
    }
    return std::string(trim(name));
  }

  ShellCommand shell_;
  CurlInputs inputs_{shell_};
  CurlOptions options_;
  std::vector<std::string> warnings_;
  std::vector<Header> headers_;
  std::map<std::string, std::size_t> header_places_;  // by name in lower case
  std::set<std::string> removed_;
  SecretCollector secrets_;
  std::string method_;
  bool has_body_ = false;
  Value body_;
  int files_ = 0;
};

bool is_sound(const Text& text) {
  return std::all_of(text.begin(), text.end(), [](const Piece& one) {
    return is_utf8(one.text) && one.text.find('\0') == std::string::npos;
  });
}

}  // namespace

Result<CurlTask> parse_curl(std::string_view command) {
  if (command.size() > kCurlCommandMax) {
    return Error{Fault::invalid, "a curl command may have 64 KiB"};
  }
  if (!is_utf8(command) || command.find('\0') != std::string_view::npos) {
    return Error{Fault::invalid, "the command is not UTF-8 text, or holds a NUL"};
  }
  auto shell = read_shell_command(command, "curl");
  if (!shell) {
    return std::move(shell).error();
  }
  for (const ShellWord& word : shell->words) {
    if (!is_sound(word.text)) {
      return Error{Fault::invalid, "the word at " + place_in(command, word.offset) +
                                       " has bytes that are no UTF-8 text; a task can't hold them"};
    }
  }
  // A value that is no text is asked for like one that is not known.
  std::erase_if(shell->assignments, [](const auto& one) { return !is_sound(one.second); });
  shell->words.erase(shell->words.begin());
  auto options = read_curl_options(shell->words, command);
  if (!options) {
    return std::move(options).error();
  }
  return TaskMaker(*std::move(shell), *std::move(options)).run();
}

}  // namespace tartan::catalog
