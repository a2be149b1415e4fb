#include "workflow/api.h"
#include "workflow/event_hub.h"

namespace tartan::workflow {
namespace {

using contract::ApiError;
using contract::Call;

constexpr std::string_view kEventStream = "text/event-stream";

// Where a reader that lost its connection goes on.
Result<std::int64_t, ApiError> next_number(const Call& call) {
  const std::string last = call.header("last-event-id");
  if (last.empty()) {
    return std::int64_t{0};
  }
  if (last.size() > 15 || last.find_first_not_of("0123456789") != std::string::npos) {
    return ApiError(Fault::invalid, "Last-Event-ID must be the id of an event of this stream");
  }
  return std::stoll(last) + 1;
}

// HEAD asks what a GET would answer, not for the stream.
bool answer_head(Call& call) {
  if (call.request->method != http::Method::head) {
    return false;
  }
  contract::ApiReply reply;
  reply.content_type = kEventStream;
  call.answer(std::move(reply));
  return true;
}

void follow(const Api& api, Call call) {
  const std::string run_id = call.path("workflowId");
  auto from = next_number(call);
  if (!from) {
    call.answer(std::move(from).error());
    return;
  }
  bool exists = false;
  const auto error = api.engine.parts().database.read(
      [&](store::Transaction& tx) { exists = find_run(tx, run_id).has_value(); });
  if (error || !exists) {
    call.answer(error ? ApiError(*error)
                      : ApiError(Fault::not_found, "there is no workflow '" + run_id + "'"));
    return;
  }
  if (answer_head(call)) {
    return;
  }
  api.events.follow(call.take_responder().stream(kEventStream), run_id, *from);
}

}  // namespace

void Api::bind_events(contract::Router& router) {
  router.bind_async("streamWorkflow", [this](Call call) {
    auto held = std::make_shared<Call>(std::move(call));
    engine.parts().executor.run([this, held] { follow(*this, std::move(*held)); });
  });
  router.bind_async("streamAllWorkflows", [this](Call call) {
    if (answer_head(call)) {
      return;
    }
    events.follow_all(call.take_responder().stream(kEventStream));
  });
}

}  // namespace tartan::workflow
