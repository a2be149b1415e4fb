#include "workflow/tasks/http_attempt.h"

namespace tartan::workflow {
namespace {

using http::OutboundError;
using http::OutboundReply;

bool has_header(const http::HeaderList& headers, std::string_view name) {
  for (const auto& header : headers) {
    if (http::equal_ignoring_case(header.first, name)) {
      return true;
    }
  }
  return false;
}

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

class Sending : public std::enable_shared_from_this<Sending> {
 public:
  Sending(Credentials& credentials, http::Sender& sender, AttemptRequest attempt,
          std::function<void(AttemptOutcome)> done)
      : credentials_(credentials),
        sender_(sender),
        attempt_(std::move(attempt)),
        done_(std::move(done)) {}

  void start(Credentials::Token token) {
    const std::string id = text_of(attempt_.request, "credentials");
    if (id.empty()) {
      send({});
      return;
    }
    credentials_.secrets_for(id, text_of(attempt_.request, "url"), token,
                             [self = shared_from_this()](Result<Secrets> secrets) {
                               if (secrets) {
                                 self->send(*std::move(secrets));
                               } else {
                                 self->give_up(secrets.error());
                               }
                             });
  }

 private:
  // Nothing was sent.
  void give_up(const Error& error) {
    OutboundError failure;
    failure.kind = error.fault == Fault::unavailable ? OutboundError::Kind::connect_failed
                                                     : OutboundError::Kind::refused;
    failure.message = error.message;
    done_({std::move(failure), std::nullopt, {}, std::move(note_)});
  }

  void send(Secrets secrets) {
    auto made = make_outbound(attempt_.request, *attempt_.task, secrets);
    if (!made) {
      give_up(made.error());
      return;
    }
    if (!is_safe(made->method) && !attempt_.idempotency_key.empty() &&
        !has_header(made->headers, "Idempotency-Key")) {
      made->headers.emplace_back("Idempotency-Key", attempt_.idempotency_key);
    }
    if (!attempt_.traceparent.empty() && !has_header(made->headers, "traceparent")) {
      made->headers.emplace_back("traceparent", attempt_.traceparent);
    }
    if (attempt_.keep_sent) {
      sent_ = *made;
    }
    const bool can_refresh = secrets.can_refresh && !refreshed_;
    sender_.send(*std::move(made),
                 [self = shared_from_this(), masks = std::move(secrets.masks),
                  can_refresh](Result<OutboundReply, OutboundError> answer) mutable {
                   self->take(std::move(answer), std::move(masks), can_refresh);
                 });
  }

  void take(Result<OutboundReply, OutboundError> answer, Masks masks, bool can_refresh) {
    constexpr int unauthorized = 401;
    if (answer && answer->status == unauthorized && can_refresh) {
      refreshed_ = true;
      note_ = "sent again with a fresh OAuth token: the first answer was 401";
      start(Credentials::Token::fresh);
      return;
    }
    AttemptOutcome outcome;
    if (answer) {
      if (answer->resends > 0) {
        note_ += (note_.empty() ? "" : "; ") +
                 std::string(
                     "sent again on a new connection: the kept one was closed before any "
                     "answer, and the method is safe");
      }
      masks.hide(*answer);
      outcome.result = *std::move(answer);
    } else {
      masks.hide(answer.error());
      outcome.result = std::move(answer).error();
    }
    outcome.sent = std::move(sent_);
    outcome.masks = std::move(masks);
    outcome.note = std::move(note_);
    done_(std::move(outcome));
  }

  Credentials& credentials_;
  http::Sender& sender_;
  AttemptRequest attempt_;
  std::function<void(AttemptOutcome)> done_;
  std::optional<http::OutboundRequest> sent_;
  std::string note_;
  bool refreshed_ = false;
};

}  // namespace

void send_attempt(Credentials& credentials, http::Sender& sender, AttemptRequest attempt,
                  std::function<void(AttemptOutcome)> done) {
  std::make_shared<Sending>(credentials, sender, std::move(attempt), std::move(done))
      ->start(Credentials::Token::cached);
}

}  // namespace tartan::workflow
