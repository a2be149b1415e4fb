#include "catalog/reference.h"

#include <algorithm>

#include "base/ascii.h"
#include "catalog/fields.h"
#include "catalog/markdown.h"
#include "catalog/media_type.h"
#include "json/text.h"
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

// Answers nest deeper than requests and are read less.
constexpr FieldLimits kRequestLimits{4, 300};
constexpr FieldLimits kAnswerLimits{3, 150};
constexpr FieldLimits kParameterLimits{2, 40};
constexpr std::size_t kResponsesMax = 60;
constexpr std::size_t kContentTypesMax = 12;

int rank_of(std::string_view type) {
  const std::string_view bare = type.substr(0, type.find(';'));
  if (bare == "application/json") {
    return 0;
  }
  if (is_json_type(type)) {
    return 1;
  }
  constexpr std::string_view order[] = {"*/*", "application/x-www-form-urlencoded",
                                        "multipart/form-data", "text/plain", "application/xml"};
  for (std::size_t i = 0; i < std::size(order); ++i) {
    if (bare == order[i]) {
      return static_cast<int>(i) + 2;
    }
  }
  return 10;
}

std::string replace_all(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// Where the document itself was published, for servers that are relative to it.
std::string origin_url(const DocumentRow& document, openapi::Library& library) {
  if (document.source.starts_with("https://") || document.source.starts_with("http://")) {
    return document.source;
  }
  const Value* info = json::find(library.root(), "info");
  const Value* origins =
      info != nullptr && info->is_object() ? json::find(info->get_object(), "x-origin") : nullptr;
  if (origins != nullptr && origins->is_array() && !origins->get_array().empty() &&
      origins->get_array().front().is_object()) {
    const auto url = openapi::text_member(origins->get_array().front().get_object(), "url");
    // Descriptions are collected on hosts that don't serve the API.
    if (url.starts_with("http") && url.find("github") == std::string_view::npos &&
        url.find("raw.") == std::string_view::npos) {
      return std::string(url);
    }
  }
  return "";
}

std::string scheme_and_host(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return "";
  }
  return std::string(url.substr(0, url.find_first_of("/?#", scheme + 3)));
}

ResolvedServer resolve(std::string url, std::string description, const std::string& origin) {
  url = url.substr(0, url.find_first_of("#?"));
  std::erase_if(url, [](char c) { return static_cast<unsigned char>(c) <= ' '; });
  ResolvedServer made{"", std::move(description), true};
  if (url.starts_with("https://") || url.starts_with("http://") || url.starts_with('{')) {
    made.url = url;
  } else if (url.starts_with("//")) {
    made.url = "https:" + url;
  } else if (url.find("://") != std::string::npos) {
    made.url = url;
    made.is_absolute = false;  // ws:// and the like
  } else if (!url.empty() && !url.starts_with('/') && !url.starts_with('.') &&
             url.substr(0, url.find('/')).find('.') != std::string::npos) {
    made.url = "https://" + url;
  } else {
    const std::string host = scheme_and_host(origin);
    made.is_absolute = !host.empty();
    if (!url.empty() && !url.starts_with('/')) {
      url.insert(0, "/");
    }
    made.url = host + url;
  }
  while (made.url.ends_with('/')) {
    made.url.pop_back();
  }
  return made;
}

Object parameter_view(openapi::Library& library, const Parameter& parameter) {
  Object made{{"name", parameter.name}, {"in", parameter.in}, {"required", parameter.required}};
  Object schema = describe_schema(library, parameter.schema, Direction::request, kParameterLimits);
  for (auto& member : schema) {
    if (member.key() != "name") {
      made[member.key()] = std::move(member.value());
    }
  }
  if (!parameter.description.empty()) {
    made["description"] = safe_markdown(parameter.description);
  }
  if (parameter.example != nullptr) {
    made["example"] = *parameter.example;
  }
  if (parameter.deprecated) {
    made["deprecated"] = true;
  }
  return made;
}

Object header_row(std::string_view name, std::string_view value, std::string_view description) {
  return {{"name", name},     {"in", "header"},   {"type", "string"},
          {"required", true}, {"default", value}, {"description", description}};
}

Array headers_view(openapi::Library& library, const Operation& operation) {
  Array rows;
  bool has_type = false;
  bool has_accept = false;
  for (const Parameter& one : operation.parameters) {
    if (one.in != "header") {
      continue;
    }
    const std::string name = to_lower(one.name);
    has_type = has_type || name == "content-type";
    has_accept = has_accept || name == "accept";
    rows.push_back(parameter_view(library, one));
  }
  if (const MediaType* body = preferred_body(operation); body != nullptr && !has_type) {
    rows.insert(rows.begin(), header_row("Content-Type", body->content_type,
                                         "The format of the request's body."));
  }
  const std::string answer = preferred_answer(operation);
  if (!answer.empty() && !has_accept) {
    Object row = header_row("Accept", answer, "The format of the answer.");
    row["required"] = false;
    rows.push_back(std::move(row));
  }
  return rows;
}

Array content_view(openapi::Library& library, const std::vector<MediaType>& content,
                   Direction direction, const FieldLimits& limits) {
  Array list;
  // Several content types mostly share one schema, which is described once.
  for (const MediaType& type : content) {
    if (list.size() == kContentTypesMax) {
      break;
    }
    Object made{{"contentType", type.content_type}};
    const bool same = !list.empty() && type.schema != nullptr &&
                      content.front().schema != nullptr && *type.schema == *content.front().schema;
    if (same) {
      made["sameAs"] = content.front().content_type;
    } else if (type.schema != nullptr) {
      made["schema"] = describe_schema(library, type.schema, direction, limits);
    }
    if (type.example != nullptr) {
      made["example"] = *type.example;
    }
    list.push_back(std::move(made));
  }
  return list;
}

Array responses_view(openapi::Library& library, const Operation& operation) {
  Array list;
  for (const openapi::Response& one : operation.responses) {
    if (list.size() == kResponsesMax) {
      break;
    }
    const bool is_success = one.status.starts_with('2') || one.status == "default";
    const FieldLimits limits = is_success && list.size() < 4 ? kAnswerLimits : FieldLimits{1, 40};
    Array headers;
    for (const openapi::ResponseHeader& header : one.headers) {
      Object made = describe_schema(library, header.schema, Direction::response, kParameterLimits);
      made["name"] = header.name;
      if (header.example != nullptr) {
        made["example"] = *header.example;
      }
      if (!header.description.empty()) {
        made["description"] = safe_markdown(header.description);
      }
      headers.push_back(std::move(made));
    }
    list.push_back(
        Object{{"status", one.status},
               {"description", safe_markdown(one.description)},
               {"headers", std::move(headers)},
               {"content", content_view(library, one.content, Direction::response, limits)}});
  }
  return list;
}

Object scheme_view(const openapi::SecurityUse& use) {
  Object made{{"scheme", use.name}};
  if (use.scheme != nullptr) {
    for (const std::string_view name : {"type", "in", "name", "scheme", "bearerFormat"}) {
      if (const auto text = openapi::text_member(*use.scheme, name); !text.empty()) {
        made[name == "name" ? "parameter" : name == "scheme" ? "httpScheme" : name] = text;
      }
    }
    if (const auto text = openapi::text_member(*use.scheme, "description"); !text.empty()) {
      made["description"] = safe_markdown(text, 4000);
    }
  }
  Array scopes;
  for (const std::string& scope : use.scopes) {
    scopes.emplace_back(scope);
  }
  made["scopes"] = std::move(scopes);
  return made;
}

Array security_view(const Operation& operation) {
  Array list;
  for (const openapi::SecurityAlternative& alternative : operation.security) {
    Array together;
    for (const openapi::SecurityUse& use : alternative) {
      together.push_back(scheme_view(use));
    }
    list.push_back(std::move(together));
  }
  return list;
}

Array servers_view(const std::vector<ResolvedServer>& servers) {
  Array list;
  for (const ResolvedServer& one : servers) {
    list.push_back(Object{{"url", one.url},
                          {"description", safe_markdown(one.description, 1000)},
                          {"isAbsolute", one.is_absolute}});
  }
  return list;
}

// Requests that the API makes to its caller, by their names.
Array callbacks_view(openapi::Library& library, const Operation& operation) {
  Array list;
  const Value* callbacks = json::find(*operation.object, "callbacks");
  if (callbacks == nullptr || !callbacks->is_object()) {
    return list;
  }
  for (const auto& member : callbacks->get_object()) {
    const Value* callback = library.resolve(&member.value());
    if (callback == nullptr || !callback->is_object()) {
      continue;
    }
    for (const auto& expression : callback->get_object()) {
      if (!expression.value().is_object()) {
        continue;
      }
      for (const auto& method : expression.value().get_object()) {
        if (openapi::is_method(view(method.key())) && method.value().is_object()) {
          const Object& described = method.value().get_object();
          list.push_back(Object{
              {"name", member.key()},
              {"method", method.key()},
              {"url", expression.key()},
              {"summary", openapi::text_member(described, "summary")},
              {"description", safe_markdown(openapi::text_member(described, "description"))}});
        }
      }
    }
  }
  return list;
}

Array parameters_view(openapi::Library& library, const Operation& operation) {
  Array list;
  for (const std::string_view place : {"path", "query", "cookie"}) {
    for (const Parameter& one : operation.parameters) {
      if (one.in == place) {
        list.push_back(parameter_view(library, one));
      }
    }
  }
  return list;
}

Value body_view(openapi::Library& library, const Operation& operation) {
  if (!operation.body) {
    return nullptr;
  }
  return Object{{"required", operation.body->required},
                {"description", safe_markdown(operation.body->description)},
                {"content", content_view(library, operation.body->content, Direction::request,
                                         kRequestLimits)}};
}

Value docs_view(const Object& holder) {
  const Value* docs = json::find(holder, "externalDocs");
  if (docs == nullptr || !docs->is_object()) {
    return nullptr;
  }
  const auto url = openapi::text_member(docs->get_object(), "url");
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    return nullptr;
  }
  return Value(url);
}

}  // namespace

std::vector<ResolvedServer> servers_of(const Operation& operation, const DocumentRow& document,
                                       openapi::Library& library) {
  const std::string origin = origin_url(document, library);
  std::vector<ResolvedServer> all;
  for (const openapi::Server& one : operation.servers) {
    std::string url = one.url;
    for (const openapi::ServerVariable& variable : one.variables) {
      std::string value = variable.default_value;
      if (value.empty() && !variable.values.empty()) {
        value = variable.values.front();
      }
      if (!value.empty()) {
        url = replace_all(std::move(url), "{" + variable.name + "}", value);
      }
    }
    all.push_back(resolve(std::move(url), one.description, origin));
  }
  if (all.empty()) {
    all.push_back(resolve("", "", origin));
  }
  return all;
}

const MediaType* preferred_body(const Operation& operation) {
  if (!operation.body || operation.body->content.empty()) {
    return nullptr;
  }
  const auto& content = operation.body->content;
  return &*std::min_element(content.begin(), content.end(), [](const auto& a, const auto& b) {
    return rank_of(a.content_type) < rank_of(b.content_type);
  });
}

std::string preferred_answer(const Operation& operation) {
  const MediaType* best = nullptr;
  for (const openapi::Response& one : operation.responses) {
    if (!one.status.starts_with('2') && one.status != "default") {
      continue;
    }
    for (const MediaType& type : one.content) {
      if (best == nullptr || rank_of(type.content_type) < rank_of(best->content_type)) {
        best = &type;
      }
    }
  }
  return best == nullptr || best->content_type.find('*') != std::string::npos ? ""
                                                                              : best->content_type;
}

Object reference_of(openapi::Library& library, const Operation& operation,
                    const FoundOperation& found) {
  const DocumentRow& document = found.document;
  Array tags;
  for (const std::string& tag : operation.tags) {
    tags.emplace_back(tag);
  }
  Value docs = docs_view(*operation.object);
  return {{"id", found.operation.id},
          {"api", document.api},
          {"apiTitle", document.title},
          {"version", document.version},
          {"documentId", std::to_string(document.number)},
          {"method", operation.method},
          {"path", operation.path},
          {"operationId", operation.operation_id},
          {"summary", found.operation.summary},
          {"description", safe_markdown(operation.description)},
          {"deprecated", operation.deprecated},
          {"tags", std::move(tags)},
          {"servers", servers_view(servers_of(operation, document, library))},
          {"security", security_view(operation)},
          {"parameters", parameters_view(library, operation)},
          {"headers", headers_view(library, operation)},
          {"requestBody", body_view(library, operation)},
          {"responses", responses_view(library, operation)},
          {"callbacks", callbacks_view(library, operation)},
          {"links",
           {{"documentation", docs.is_null() ? docs_view(library.root()) : std::move(docs)},
            {"source", document.source}}},
          {"fingerprint", crypto::to_hex(crypto::view(found.operation.fingerprint))}};
}

}  // namespace tartan::catalog
