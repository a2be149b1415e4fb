#include "workflow/scripted_target.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "crypto/base64.h"
#include "workflow/match.h"

namespace tartan::cases {
namespace {

using http::OutboundError;

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

OutboundError::Kind kind_of(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(OutboundError::Kind::cancelled); ++i) {
    if (name_of(static_cast<OutboundError::Kind>(i)) == name) {
      return static_cast<OutboundError::Kind>(i);
    }
  }
  throw std::runtime_error("unknown fault '" + name + "'");
}

bool has_header(const http::HeaderList& headers, std::string_view name) {
  for (const auto& header : headers) {
    if (http::equal_ignoring_case(header.first, name)) {
      return true;
    }
  }
  return false;
}

void read_headers(const json::Object& said, http::HeaderList& headers) {
  const json::Value* given = json::find(said, "headers");
  if (given == nullptr) {
    return;
  }
  for (const auto& header : given->as_object()) {
    if (header.value().is_array()) {
      for (const json::Value& one : header.value().get_array()) {
        headers.emplace_back(header.key(), one.as_string());
      }
    } else {
      headers.emplace_back(header.key(), header.value().as_string());
    }
  }
}

void read_body(const json::Object& said, http::OutboundReply& reply) {
  std::string type;
  if (const json::Value* body = json::find(said, "body")) {
    reply.body = json::print(*body);
    type = "application/json";
  } else if (json::find(said, "text") != nullptr) {
    reply.body = text_of(said, "text");
    type = "text/plain; charset=utf-8";
  } else if (json::find(said, "base64") != nullptr) {
    const auto bytes = crypto::base64_decode(text_of(said, "base64"));
    if (!bytes) {
      throw std::runtime_error("target: no base64");
    }
    reply.body.assign(bytes->begin(), bytes->end());
    type = "application/octet-stream";
  }
  if (!type.empty() && !has_header(reply.headers, "content-type")) {
    reply.headers.emplace_back("Content-Type", type);
  }
}

http::OutboundReply read_reply(const json::Object& said, const http::OutboundRequest& request) {
  http::OutboundReply reply;
  const json::Value* status = json::find(said, "status");
  reply.status = status == nullptr ? 200 : static_cast<int>(status->as_int64());
  reply.url = json::find(said, "url") == nullptr ? request.url : text_of(said, "url");
  read_headers(said, reply.headers);
  read_body(said, reply);
  if (const json::Value* redirects = json::find(said, "redirects")) {
    for (const json::Value& one : redirects->as_array()) {
      reply.redirects.push_back({static_cast<int>(one.as_object().at("status").as_int64()),
                                 text_of(one.as_object(), "url")});
    }
  }
  return reply;
}

OutboundError read_fault(const json::Object& said) {
  OutboundError error;
  error.kind = kind_of(text_of(said, "fault"));
  error.message = "the target's fault: " + text_of(said, "fault");
  error.may_have_arrived =
      error.kind == OutboundError::Kind::broken || error.kind == OutboundError::Kind::read_timeout;
  if (const json::Value* arrived = json::find(said, "arrived")) {
    error.may_have_arrived = arrived->as_bool();
  }
  return error;
}

}  // namespace

ScriptedTarget::ScriptedTarget(const json::Value* answers) {
  if (answers == nullptr) {
    return;
  }
  for (const json::Value& one : answers->as_array()) {
    Scripted scripted{one.as_object(), 1};
    check_keys(scripted.said,
               {"task", "request", "status", "headers", "body", "text", "base64", "fault",
                "arrived", "after", "never", "redirects", "url", "times"},
               "target");
    if (const json::Value* times = json::find(scripted.said, "times")) {
      scripted.left =
          times->is_int64() ? times->get_int64() : std::numeric_limits<std::int64_t>::max();
    }
    answers_.push_back(std::move(scripted));
  }
}

bool ScriptedTarget::matches(const json::Object& said, const std::string& task,
                             const http::OutboundRequest& request) {
  const std::string line = text_of(said, "request");
  return (json::find(said, "task") == nullptr || text_of(said, "task") == task) &&
         (line.empty() || line == request.method + " " + request.url);
}

ScriptedTarget::Answer ScriptedTarget::answer(const std::string& task,
                                              const http::OutboundRequest& request) {
  for (Scripted& one : answers_) {
    if (one.left == 0 || !matches(one.said, task, request)) {
      continue;
    }
    --one.left;
    Answer given{http::OutboundReply{}, 0, json::find(one.said, "never") != nullptr};
    if (const json::Value* after = json::find(one.said, "after")) {
      given.after_ms = std::llround(after->to_number<double>() * 1000);
    }
    if (json::find(one.said, "fault") != nullptr) {
      given.outcome = read_fault(one.said);
    } else {
      given.outcome = read_reply(one.said, request);
    }
    return given;
  }
  throw std::runtime_error("the target has no answer for " + request.method + " " + request.url +
                           " of the task '" + task + "'");
}

std::vector<std::string> ScriptedTarget::unused() const {
  std::vector<std::string> left;
  for (const Scripted& one : answers_) {
    const json::Value* times = json::find(one.said, "times");
    const bool any_number = times != nullptr && !times->is_int64();
    if (one.left > 0 && !any_number) {
      left.push_back("the target's answer was not asked for:\n" +
                     json::print(json::Value(one.said)));
    }
  }
  return left;
}

}  // namespace tartan::cases
