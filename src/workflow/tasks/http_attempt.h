// One attempt of an Http task on its way: credentials join the rendered request, the answer comes
// back with every secret hidden. A run and Test request send through here alike.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "workflow/credentials.h"
#include "workflow/tasks/http_task.h"

namespace tartan::workflow {

struct AttemptRequest {
  json::Object request;  // rendered; "credentials" names a saved credential
  std::shared_ptr<const HttpTask> task;
  std::string idempotency_key;  // sent with methods that are not safe, unless the author sets one
  std::string traceparent;
  // Keep what was sent, for Test request.
  bool keep_sent = false;
};

struct AttemptOutcome {
  std::variant<http::OutboundReply, http::OutboundError> result;
  // With keep_sent: the request as it went out. `masks` hides its secrets.
  std::optional<http::OutboundRequest> sent;
  Masks masks;
  std::string note;  // why it was sent a second time, if it was
};

// `done` is called once, on any thread; it must be quick.
void send_attempt(Credentials& credentials, http::Sender& sender, AttemptRequest attempt,
                  std::function<void(AttemptOutcome)> done);

}  // namespace tartan::workflow
