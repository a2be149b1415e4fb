#include "catalog/prepare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "base/ascii.h"
#include "catalog/credential_need.h"
#include "catalog/prepare_text.h"
#include "json/text.h"
#include "openapi/example.h"
#include "openapi/path_template.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;
using openapi::MediaType;
using openapi::Operation;
using openapi::Parameter;

constexpr std::size_t kSampleMax = 2000;
// Values of one list that are spelled out.
constexpr std::size_t kListedMax = 10;
// Beyond it a sample body helps nobody.
constexpr std::size_t kBodyMax = 64UL * 1024;

class Preparation {
 public:
  Preparation(openapi::Library& library, const Operation& operation, const FoundOperation& found,
              const std::vector<SavedCredential>& saved, const PrepareOptions& options)
      : library_(library),
        operation_(operation),
        found_(found),
        saved_(saved),
        options_(options),
        servers_(catalog::servers_of(operation, found.document, library)) {}

  Result<Object> run() {
    const MediaType* body = chosen_body();
    if (body == nullptr && !options_.content_type.empty()) {
      return Error{Fault::invalid,
                   "contentType: the operation does not take '" + options_.content_type + "'"};
    }
    std::string url = base();
    add_path(url);
    add_query(url);
    add_optional_query(url);
    add_headers(body);
    Object request{{"method", operation_.method}, {"url", std::move(url)}};
    Value made_body = body != nullptr ? body_of(*body) : Value(nullptr);
    if (!headers_.empty()) {
      request["headers"] = std::move(headers_);
    }
    if (!made_body.is_null()) {
      request["body"] = std::move(made_body);
    }
    const CredentialNeed need = credential_need(operation_, base_, saved_);
    warnings_.insert(warnings_.end(), need.warnings.begin(), need.warnings.end());
    warn();
    Object task = task_with(std::move(request), need);
    return Object{{"name", suggested_name(found_.operation.summary,
                                          operation_.operation_id.empty()
                                              ? operation_.method + " " + operation_.path
                                              : operation_.operation_id)},
                  {"task", std::move(task)},
                  {"credentials", need.described},
                  {"warnings", texts(warnings_)},
                  {"parameters", std::move(parameters_)},
                  {"servers", server_urls()},
                  {"contentTypes", content_types()}};
  }

 private:
  static Array texts(const std::vector<std::string>& list) {
    Array made;
    for (const std::string& one : list) {
      made.emplace_back(one);
    }
    return made;
  }

  const MediaType* chosen_body() const {
    if (options_.content_type.empty()) {
      return preferred_body(operation_);
    }
    if (operation_.body) {
      for (const MediaType& one : operation_.body->content) {
        if (one.content_type == options_.content_type) {
          return &one;
        }
      }
    }
    return nullptr;
  }

  // A name that a placeholder and a shell variable can have, unlike those in use.
  std::string placeholder_name(std::string_view wanted) {
    const std::string name = shell_name(wanted);
    std::string unique = name;
    for (int i = 2; !names_.insert(unique).second; ++i) {
      unique = name + std::to_string(i);
    }
    return unique;
  }

  static std::string shell_name(std::string_view wanted) {
    std::string name;
    for (const char c : wanted) {
      const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
      name.push_back(plain ? c : '_');
    }
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
      name.insert(0, "_");
    }
    return name;
  }

  // The samples of a parameter, one for each of its values; one without a value when there is none.
  std::vector<std::optional<std::string>> samples_of(const Parameter& parameter) {
    const Value* given = given_sample(parameter);
    const bool is_list = given != nullptr && given->is_array() && !parameter.is_json &&
                         !given->get_array().empty() && given->get_array().size() <= kListedMax;
    if (!is_list) {
      return {sample_of(parameter)};
    }
    std::vector<std::optional<std::string>> samples;
    for (const Value& one : given->get_array()) {
      samples.emplace_back(text_of(one));
    }
    return samples;
  }

  // Its values as placeholders, with `between` them.
  std::string placeholders(const Parameter& parameter, std::string_view between) {
    std::string text;
    for (const auto& sample : samples_of(parameter)) {
      text += (text.empty() ? "" : std::string(between)) + placeholder(parameter.name, sample);
    }
    return text;
  }

  // "${name}", with an input parameter that gives it a value: the document's sample, or what the
  // workflow is given.
  std::string placeholder(std::string_view wanted, const std::optional<std::string>& sample) {
    const std::string name = placeholder_name(wanted);
    inputs_[name] =
        sample ? Value(escape_template(*sample)) : Value("${workflow.input." + name + "}");
    return "${" + name + "}";
  }

  const Value* given_sample(const Parameter& parameter) {
    const Value* given = parameter.example;
    const openapi::Schema schema = openapi::read_schema(library_, parameter.schema);
    for (const Value* one :
         {schema.keyword("const"), schema.example(), schema.keyword("default")}) {
      given = given != nullptr ? given : one;
    }
    if (given == nullptr) {
      const Value* values = schema.keyword("enum");
      if (values != nullptr && values->is_array() && !values->get_array().empty()) {
        given = &values->get_array().front();
      }
    }
    if (given == nullptr && schema.items != nullptr) {
      const Value* values = openapi::read_schema(library_, schema.items).keyword("enum");
      if (values != nullptr && values->is_array() && !values->get_array().empty()) {
        given = &values->get_array().front();
      }
    }
    return given;
  }

  std::optional<std::string> sample_of(const Parameter& parameter) {
    const Value* given = given_sample(parameter);
    if (given == nullptr || given->is_null()) {
      return std::nullopt;
    }
    std::string text = parameter.is_json ? json::print(*given) : text_of(*given);
    const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
      return static_cast<unsigned char>(c) < ' ' || c == '\x7F';
    });
    if (text.empty() || text.size() > kSampleMax || has_control) {
      return std::nullopt;
    }
    return text;
  }

  const Parameter* declared(std::string_view name, std::string_view in) const {
    for (const Parameter& one : operation_.parameters) {
      if (one.name == name && one.in == in) {
        return &one;
      }
    }
    return nullptr;
  }

  std::string base() {
    ResolvedServer server = servers_.front();
    const auto best = std::find_if(servers_.begin(), servers_.end(), [](const auto& one) {
      return one.is_absolute && one.url.starts_with("https://");
    });
    if (best != servers_.end() && !servers_.front().url.starts_with("http://127.0.0.1")) {
      server = *best;
    }
    if (!options_.server.empty()) {
      server = {options_.server, "", true};
      while (server.url.ends_with('/')) {
        server.url.pop_back();
      }
    }
    std::string made;
    const bool absolute =
        server.is_absolute && (server.url.starts_with("https://") ||
                               server.url.starts_with("http://") || server.url.starts_with('{'));
    if (!absolute) {
      warnings_.emplace_back(
          "the document does not say where the API is: give its address as baseUrl, for example "
          "https://api.example.com");
      made = placeholder("baseUrl", std::nullopt);
      const std::size_t scheme = server.url.find("://");
      if (scheme != std::string::npos) {
        const std::size_t slash = server.url.find('/', scheme + 3);
        server.url = slash == std::string::npos ? "" : server.url.substr(slash);
      }
    } else {
      base_ = server.url;
    }
    add_template(made, server.url, "");
    return made;
  }

  // Literal text and {parameters}.
  void add_template(std::string& url, std::string_view text, std::string_view in) {
    for (const openapi::PathPart& part : openapi::split_path(text)) {
      if (!part.is_parameter) {
        url += url_literal(part.text);
        continue;
      }
      // "$" right before a placeholder would make it plain text.
      if (url.ends_with('$')) {
        url.pop_back();
        url += "%24";
      }
      std::string& known = placed_[std::string(in) + "/" + part.text];
      if (known.empty()) {
        const Parameter* parameter = in.empty() ? nullptr : declared(part.text, in);
        known =
            parameter != nullptr ? path_value(*parameter) : placeholder(part.text, std::nullopt);
      }
      url += known;
    }
  }

  // In the style that the document names (RFC 6570): /;point=1,2 and /.1.2 beside /1,2.
  std::string path_value(const Parameter& parameter) {
    if (parameter.style == "matrix") {
      return ";" + url_literal(parameter.name) + "=" + placeholders(parameter, ",");
    }
    if (parameter.style == "label") {
      return "." + placeholders(parameter, parameter.explode ? "." : ",");
    }
    return placeholders(parameter, ",");
  }

  // The part of a path after "#" tells operations of one address apart and is never sent; the
  // parameters that it stands for are declared, or are added here.
  void add_path(std::string& url) {
    const std::string_view path = operation_.path;
    const std::size_t hash = path.find('#');
    add_template(url, path.substr(0, hash), "path");
    std::string_view rest =
        hash == std::string_view::npos ? std::string_view() : path.substr(hash + 1);
    while (!rest.empty()) {
      const std::string_view pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
      const std::size_t equals = pair.find('=');
      if (equals == std::string_view::npos) {
        continue;
      }
      const std::string_view name = pair.substr(0, equals);
      const std::string_view value = pair.substr(equals + 1);
      if (declared(name, "query") != nullptr || declared(name, "header") != nullptr) {
        continue;
      }
      if (name.starts_with("X-")) {
        headers_[name] = escape_template(value);
      } else {
        url += separator(url) + query_name(name) + "=" + url_literal(value);
      }
    }
  }

  static std::string separator(const std::string& url) {
    return url.find('?') == std::string::npos ? "?" : (url.ends_with('?') ? "" : "&");
  }

  void add_query(std::string& url) {
    for (const Parameter& one : operation_.parameters) {
      if (one.in != "query") {
        continue;
      }
      const std::string name = query_name(one.name);
      if (!one.required) {
        continue;
      }
      // Paths may hold their query already.
      if (url.find("?" + name + "=") != std::string::npos ||
          url.find("&" + name + "=") != std::string::npos) {
        continue;
      }
      const openapi::Schema schema = openapi::read_schema(library_, one.schema);
      const Value* values = schema.keyword("enum");
      const bool fixed = values != nullptr && values->is_array() && values->get_array().size() == 1;
      if (fixed) {
        url += separator(url) + name + "=" + url_literal(text_of(values->get_array().front()));
      } else {
        add_query_values(url, one, schema);
      }
    }
  }

  void add_query_values(std::string& url, const Parameter& one, const openapi::Schema& schema) {
    const std::string name = query_name(one.name);
    if (one.style == "deepObject" && !schema.properties.empty()) {
      std::size_t count = 0;
      for (const auto& [key, property] : schema.properties) {
        const bool wanted = schema.required.empty() || schema.required.contains(key);
        if (!wanted || ++count > kListedMax) {
          continue;
        }
        Parameter inner = one;
        inner.name = one.name + "_" + key;
        inner.schema = property;
        inner.example = one.example != nullptr ? json::step(*one.example, key) : nullptr;
        url += separator(url) + name + "[" + query_name(key) +
               "]=" + placeholder(inner.name, sample_of(inner));
      }
      return;
    }
    const bool repeats = one.style == "form" && one.explode;
    if (repeats) {
      for (const auto& sample : samples_of(one)) {
        url += separator(url) + name + "=" + placeholder(one.name, sample);
      }
      return;
    }
    const std::string_view between = one.style == "spaceDelimited"  ? "%20"
                                     : one.style == "pipeDelimited" ? "%7C"
                                                                    : ",";
    url += separator(url) + name + "=" + placeholders(one, between);
  }

  // After the required ones: what to append depends on whether there is a query by then.
  void add_optional_query(const std::string& url) {
    for (const Parameter& one : operation_.parameters) {
      if (one.in == "query" && !one.required) {
        optional_parameter(
            one, separator(url) + query_name(one.name) + "=${" + shell_name(one.name) + "}");
      }
    }
  }

  void optional_parameter(const Parameter& one, const std::string& addition) {
    Object made{{"name", one.name}, {"in", one.in}, {"add", addition}};
    if (const auto sample = sample_of(one)) {
      made["sample"] = *sample;
    }
    parameters_.push_back(std::move(made));
  }

  void add_headers(const MediaType* body) {
    const std::string answer = preferred_answer(operation_);
    if (!answer.empty() && is_sendable(answer)) {
      headers_["Accept"] = answer;
    }
    if (body != nullptr) {
      const std::string& type = body->content_type;
      const bool any = type.find('*') != std::string::npos || !is_sendable(type);
      headers_["Content-Type"] = any ? "application/json" : type;
    }
    for (const Parameter& one : operation_.parameters) {
      if (one.in == "header") {
        add_header(one);
      } else if (one.in == "cookie" && one.required) {
        std::string cookies;
        if (const Value* before = headers_.if_contains("Cookie")) {
          cookies = std::string(view(before->get_string())) + "; ";
        }
        headers_["Cookie"] =
            cookies + escape_template(one.name) + "=" + placeholder(one.name, sample_of(one));
      }
    }
  }

  static bool is_sendable(std::string_view value) {
    return value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos &&
           value.find("${") == std::string_view::npos;
  }

  void add_header(const Parameter& one) {
    const std::string name = to_lower(one.name);
    // They come from the credential, the body and the connection.
    constexpr std::string_view others[] = {"authorization",
                                           "content-type",
                                           "content-length",
                                           "host",
                                           "connection",
                                           "transfer-encoding",
                                           "te",
                                           "trailer",
                                           "upgrade",
                                           "accept",
                                           "expect"};
    if (std::find(std::begin(others), std::end(others), name) != std::end(others)) {
      if (name == "authorization" && one.required && operation_.security.empty()) {
        warnings_.emplace_back("it wants an Authorization header: choose a credential");
      }
      return;
    }
    if (!is_header_name(one.name)) {
      warnings_.push_back("the header '" + one.name + "' can't be sent: that is no header's name");
      return;
    }
    if (!one.required) {
      optional_parameter(one, one.name);
      return;
    }
    if (headers_.contains(one.name)) {
      return;
    }
    const auto sample = sample_of(one);
    const openapi::Schema schema = openapi::read_schema(library_, one.schema);
    const Value* values = schema.keyword("enum");
    const bool fixed = schema.keyword("default") != nullptr ||
                       (values != nullptr && values->is_array() && values->get_array().size() == 1);
    headers_[one.name] = fixed && sample && is_sendable(*sample) ? escape_template(*sample)
                                                                 : placeholder(one.name, sample);
  }

  Value body_of(const MediaType& type) {
    if ((operation_.method == "GET" || operation_.method == "HEAD") && !operation_.body->required) {
      headers_.erase("Content-Type");
      return nullptr;
    }
    const std::string bare = to_lower(type.content_type.substr(0, type.content_type.find(';')));
    const openapi::Schema schema = openapi::read_schema(library_, type.schema);
    if (schema.text("format") == "binary" || bare == "application/octet-stream" ||
        bare.starts_with("image/") || bare.starts_with("audio/") || bare.starts_with("video/")) {
      return Value(placeholder("content", std::nullopt));
    }
    Value sample = openapi::example_body(library_, type);
    if (json::print(sample).size() > kBodyMax) {
      warnings_.emplace_back("the sample body is too large to be of help and is left empty");
      sample = Object{};
    }
    // A type that can't be sent was left for JSON.
    if (is_sent_as_json(type.content_type) || !is_sendable(type.content_type)) {
      return escape_tree(sample);
    }
    if (is_sent_as_form(bare)) {
      return sample.is_object() ? escape_tree(sample) : Value(Object{});
    }
    if (bare.ends_with("xml") && !sample.is_string()) {
      std::string name(schema.references.empty() ? "root"
                                                 : schema.references.front().substr(
                                                       schema.references.front().rfind('/') + 1));
      return Value(escape_template(xml_of(name, sample)));
    }
    return Value(escape_template(sample.is_string() ? std::string(view(sample.get_string()))
                                                    : json::print(sample)));
  }

  void warn() {
    if (operation_.deprecated) {
      warnings_.emplace_back("the operation is deprecated");
    }
    if ((operation_.method == "GET" || operation_.method == "HEAD") && operation_.body &&
        operation_.body->required) {
      warnings_.push_back("it sends a body with " + operation_.method +
                          ", which servers and proxies on the way may drop");
    }
    if (operation_.body && operation_.body->content.empty() && operation_.body->required) {
      warnings_.emplace_back("the document says that there is a body, but not of what type");
    }
  }

  Object task_with(Object request, const CredentialNeed& need) {
    Object task{{"type", "Http"}};
    if (!found_.operation.summary.empty()) {
      task["description"] = found_.operation.summary;
    }
    if (!inputs_.empty()) {
      task["inputParameters"] = std::move(inputs_);
    }
    task["httpRequest"] = std::move(request);
    if (need.chosen) {
      task["credentials"] = *need.chosen;
    }
    task["connectionTimeoutSeconds"] = 5;
    task["readTimeoutSeconds"] = 30;
    constexpr std::string_view repeatable[] = {"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"};
    if (std::find(std::begin(repeatable), std::end(repeatable), operation_.method) !=
        std::end(repeatable)) {
      task["retry"] = Object{{"intervalSeconds", 1}, {"maxAttempts", 3}, {"backoffRate", 2}};
    }
    task["end"] = true;
    task["metadata"] =
        Object{{"catalog",
                {{"operation", found_.operation.id},
                 {"api", found_.document.api},
                 {"method", operation_.method},
                 {"path", operation_.path},
                 {"fingerprint", crypto::to_hex(crypto::view(found_.operation.fingerprint))}}}};
    return task;
  }

  Array server_urls() const {
    Array list;
    for (const ResolvedServer& one : servers_) {
      list.push_back(Object{{"url", one.url}, {"description", one.description}});
    }
    return list;
  }

  Array content_types() const {
    Array list;
    if (operation_.body) {
      for (const MediaType& one : operation_.body->content) {
        list.emplace_back(one.content_type);
      }
    }
    return list;
  }

  openapi::Library& library_;
  const Operation& operation_;
  const FoundOperation& found_;
  const std::vector<SavedCredential>& saved_;
  const PrepareOptions& options_;
  std::vector<ResolvedServer> servers_;
  std::string base_;
  std::map<std::string, std::string> placed_;  // path parameters that have their placeholder
  Object inputs_;
  Object headers_;
  Array parameters_;
  std::set<std::string> names_{"workflow", "variables"};
  std::vector<std::string> warnings_;
};

}  // namespace

Result<Object> prepare(openapi::Library& library, const Operation& operation,
                       const FoundOperation& found, const std::vector<SavedCredential>& saved,
                       const PrepareOptions& options) {
  return Preparation(library, operation, found, saved, options).run();
}

}  // namespace tartan::catalog
