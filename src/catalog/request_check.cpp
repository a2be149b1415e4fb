#include "catalog/request_check.h"

#include <algorithm>

#include "base/ascii.h"
#include "catalog/media_type.h"
#include "catalog/reference.h"
#include "contract/router.h"
#include "json/text.h"
#include "openapi/schema_check.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;
using openapi::MediaType;
using openapi::Operation;
using openapi::Side;

const Value* header(const Object& holder, std::string_view name) {
  const Value* headers = json::find(holder, "headers");
  if (headers == nullptr || !headers->is_object()) {
    return nullptr;
  }
  const std::string wanted = to_lower(name);
  for (const auto& member : headers->get_object()) {
    if (to_lower(view(member.key())) == wanted) {
      return &member.value();
    }
  }
  return nullptr;
}

std::string content_type_of(const Object& holder) {
  const Value* type = header(holder, "content-type");
  return type != nullptr && type->is_string() ? bare_type(view(type->get_string())) : "";
}

const MediaType* fitting(const std::vector<MediaType>& content, const std::string& type) {
  const MediaType* wild = nullptr;
  for (const MediaType& one : content) {
    const std::string bare = bare_type(one.content_type);
    if (bare == type) {
      return &one;
    }
    if (bare == "*/*" ||
        (bare.ends_with("/*") && type.starts_with(bare.substr(0, bare.size() - 1)))) {
      wild = &one;
    }
  }
  return wild;
}

bool is_json(std::string_view type) {
  return type == "application/json" || type.ends_with("+json");
}

class Check {
 public:
  Check(openapi::Library& library, const Operation& operation)
      : library_(library), operation_(operation) {}

  Array run(const Object& request, const Value& response) {
    check_parameters(request);
    check_body(request);
    if (response.is_object()) {
      check_response(response.get_object());
    }
    return std::move(findings_);
  }

 private:
  void add(std::string_view in, std::string pointer, std::string message) {
    findings_.push_back(
        Object{{"in", in}, {"pointer", std::move(pointer)}, {"message", std::move(message)}});
  }

  void check_parameters(const Object& request) {
    const std::string_view url = openapi::text_member(request, "url");
    const std::size_t mark = url.find('?');
    const std::string query =
        "&" + std::string(mark == std::string_view::npos ? "" : url.substr(mark + 1));
    for (const openapi::Parameter& one : operation_.parameters) {
      if (one.in == "query") {
        check_query(one, query);
      } else if (one.in == "header" && one.required && !is_of_connection(one.name) &&
                 header(request, one.name) == nullptr) {
        add("request", "/headers/" + json::pointer_token(one.name), "is required and missing");
      }
    }
  }

  // Those that a description can't ask for (OpenAPI), and what every request has.
  static bool is_of_connection(const std::string& name) {
    const std::string small = to_lower(name);
    return small == "accept" || small == "content-type" || small == "authorization" ||
           small == "host";
  }

  void check_query(const openapi::Parameter& one, const std::string& query) {
    const std::string place = "/query/" + json::pointer_token(one.name);
    const std::size_t at = query.find("&" + one.name + "=");
    if (at == std::string::npos) {
      if (one.required && query.find("&" + one.name + "[") == std::string::npos &&
          !spelled(query, one.name)) {
        add("request", place, "is required and missing");
      }
      return;
    }
    const openapi::Schema schema = openapi::read_schema(library_, one.schema);
    if (one.is_json || schema.type == "array" || schema.type == "object") {
      return;  // several values in one text
    }
    const std::size_t begin = at + one.name.size() + 2;
    const std::string raw = query.substr(begin, query.find('&', begin) - begin);
    const auto text = contract::percent_decode(raw, true);
    if (!text) {
      return;
    }
    for (openapi::SchemaFinding& finding :
         openapi::check_value(library_, as_value(*text, schema), one.schema, Side::request)) {
      add("request", place, std::move(finding.message));
    }
  }

  // A text as the kind of value that it stands for.
  static Value as_value(const std::string& text, const openapi::Schema& schema) {
    if (schema.type == "integer" || schema.type == "number" || schema.type == "boolean") {
      const auto parsed = json::parse(text);
      if (parsed && (parsed->is_number() || parsed->is_bool())) {
        return *parsed;
      }
    }
    return Value(text);
  }

  // Names with brackets and blanks are percent-encoded in a URL.
  static bool spelled(const std::string& query, std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
    });
    return !plain && query.find('%') != std::string::npos;
  }

  void check_body(const Object& request) {
    if (!operation_.body) {
      return;
    }
    const Value* body = json::find(request, "body");
    if (body == nullptr || body->is_null()) {
      if (operation_.body->required) {
        add("request", "/body", "is required and missing");
      }
      return;
    }
    const std::string type = content_type_of(request);
    const MediaType* media = fitting(operation_.body->content, type);
    if (media == nullptr && !operation_.body->content.empty() && !type.empty()) {
      add("request", "/headers/Content-Type",
          type +
              " is not what the operation takes: " + operation_.body->content.front().content_type);
      return;
    }
    if (media != nullptr && is_json(type)) {
      check_value(*body, media->schema, Side::request);
    }
  }

  void check_value(const Value& body, const Value* schema, Side side) {
    const std::string_view in = side == Side::request ? "request" : "response";
    for (openapi::SchemaFinding& finding : openapi::check_value(library_, body, schema, side)) {
      add(in, "/body" + finding.pointer, std::move(finding.message));
    }
  }

  const openapi::Response* described(const std::string& status) const {
    const openapi::Response* best = nullptr;
    for (const openapi::Response& one : operation_.responses) {
      if (one.status == status) {
        return &one;
      }
      const bool is_range = one.status.size() == 3 && one.status[0] == status[0] &&
                            to_lower(one.status.substr(1)) == "xx";
      if (is_range || (one.status == "default" && best == nullptr)) {
        best = &one;
      }
    }
    return best;
  }

  void check_response(const Object& response) {
    const Value* status = json::find(response, "status");
    if (status == nullptr || operation_.responses.empty()) {
      return;
    }
    const std::string code = json::print(*status);
    const openapi::Response* found = described(code);
    if (found == nullptr) {
      add("response", "/status", code + " is not an answer that the reference describes");
      return;
    }
    const Value* body = json::find(response, "body");
    const std::string type = content_type_of(response);
    if (body == nullptr || body->is_null() || !is_json(type)) {
      return;
    }
    if (const MediaType* media = fitting(found->content, type)) {
      check_value(*body, media->schema, Side::response);
    }
  }

  openapi::Library& library_;
  const Operation& operation_;
  Array findings_;
};

}  // namespace

std::string operation_of_task(const Object& task) {
  const Value* metadata = json::find(task, "metadata");
  if (metadata == nullptr || !metadata->is_object()) {
    return "";
  }
  const Value* catalog = json::find(metadata->get_object(), "catalog");
  return catalog != nullptr && catalog->is_object()
             ? std::string(openapi::text_member(catalog->get_object(), "operation"))
             : "";
}

Array check_exchange(openapi::Library& library, const Operation& operation, const Object& request,
                     const Value& response) {
  return Check(library, operation).run(request, response);
}

}  // namespace tartan::catalog
