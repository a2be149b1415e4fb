// The request of an Http task, taken apart for printing it as a command or program: what is
// literal, which values vary, and which secrets prove who asks.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/template_text.h"
#include "json/json.h"

namespace tartan::catalog {

struct PlanVariable {
  std::string inner;                 // the placeholder it stands for
  std::string name;                  // an identifier
  std::optional<json::Value> value;  // when the task's own input has one that is no placeholder
};

struct PlanSecret {
  enum class Kind { bearer, basic, header, query };
  Kind kind = Kind::bearer;
  std::string name;                    // of the header or query parameter
  std::string prefix;                  // of the value
  std::vector<std::string> variables;  // names for the environment: one, or user and password
};

struct RequestPlan {
  enum class Body { none, json, form, multipart, text };

  std::string method = "GET";
  Text url;
  std::vector<std::pair<std::string, Text>> headers;
  Body body = Body::none;
  json::Value body_value;                            // as in the task
  Text body_text;                                    // json and text: what is sent
  std::vector<std::pair<std::string, Text>> fields;  // form and multipart
  std::vector<PlanVariable> variables;               // in the order of their first use
  std::vector<PlanSecret> secrets;
  std::vector<std::string> notes;  // what the printed request can't do
  std::int64_t connect_seconds = 5;
  std::int64_t read_seconds = 30;

  const PlanVariable& variable(std::string_view inner) const;
};

// `credentials`: what it needs to prove who asks, as in PreparedTask; may be empty. Errors:
// invalid, when the task is none or a placeholder can't be read.
Result<RequestPlan> plan_request(const json::Object& task, const json::Array& credentials);

}  // namespace tartan::catalog
