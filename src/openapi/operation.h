// One operation of a document with all that concerns it gathered: what stands at its path, at the
// document and behind references. Values point into the library they were read from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/pointer.h"
#include "openapi/library.h"

namespace tartan::openapi {

struct Parameter {
  std::string name;
  std::string in;  // "path", "query", "header", "cookie"
  bool required = false;
  bool deprecated = false;
  std::string description;
  std::string style;  // "form", "simple", "deepObject", …: given or the default
  bool explode = false;
  const json::Value* schema = nullptr;   // may be a reference; nullptr: anything
  const json::Value* example = nullptr;  // of the parameter itself, from any place it may stand
  bool is_json = false;                  // its value travels as JSON text (`content`)
};

struct MediaType {
  std::string content_type;             // as written, perhaps with parameters
  const json::Value* schema = nullptr;  // may be a reference; nullptr: anything
  const json::Value* example = nullptr;
  const json::Value* encoding = nullptr;  // an object, or nullptr
};

struct RequestBody {
  bool required = false;
  std::string description;
  std::vector<MediaType> content;
};

struct ResponseHeader {
  std::string name;
  std::string description;
  const json::Value* schema = nullptr;
  const json::Value* example = nullptr;
};

struct Response {
  std::string status;  // "200", "4XX", "default"
  std::string description;
  std::vector<ResponseHeader> headers;
  std::vector<MediaType> content;
};

struct ServerVariable {
  std::string name;
  std::string default_value;
  std::string description;
  std::vector<std::string> values;
};

struct Server {
  std::string url;  // as written, with {variables}
  std::string description;
  std::vector<ServerVariable> variables;
};

struct SecurityUse {
  std::string name;
  const json::Object* scheme = nullptr;  // nullptr when the document does not define it
  std::vector<std::string> scopes;
};
using SecurityAlternative = std::vector<SecurityUse>;  // all of them together; empty: none

struct Operation {
  std::string method;  // "POST"
  std::string path;
  std::string operation_id;
  std::string summary;
  std::string description;
  std::vector<std::string> tags;
  bool deprecated = false;
  std::vector<Parameter> parameters;
  std::optional<RequestBody> body;
  std::vector<Response> responses;
  std::vector<Server> servers;
  std::vector<SecurityAlternative> security;
  const json::Object* object = nullptr;
};

// Errors: not_found.
Result<Operation> read_operation(Library& library, std::string_view path, std::string_view method);

// Texts and flags of an object; empty or false when absent or of another kind.
std::string_view text_member(const json::Object& object, std::string_view name);
bool flag_member(const json::Object& object, std::string_view name);

}  // namespace tartan::openapi
