// The target of a case: answers attempts as the case's `target` list says, in order, and keeps what
// it was sent.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "http/client/client.h"
#include "json/json.h"

namespace tartan::cases {

class ScriptedTarget {
 public:
  explicit ScriptedTarget(const json::Value* answers);

  using Outcome = std::variant<http::OutboundReply, http::OutboundError>;
  struct Answer {
    Outcome outcome;
    std::int64_t after_ms = 0;
    bool never = false;
  };

  // Throws std::runtime_error when the case has no answer for it.
  Answer answer(const std::string& task, const http::OutboundRequest& request);
  // Which answers nothing has asked for.
  std::vector<std::string> unused() const;

 private:
  struct Scripted {
    json::Object said;
    std::int64_t left = 1;
  };
  static bool matches(const json::Object& said, const std::string& task,
                      const http::OutboundRequest& request);

  std::vector<Scripted> answers_;
};

}  // namespace tartan::cases
