// The attempts of Http tasks: begun, ended, repeated, lost.
#include <algorithm>
#include <cmath>

#include "workflow/core_advance.h"
#include "workflow/tasks/http_task.h"

namespace tartan::workflow {
namespace {

using http::OutboundError;

// What a failed attempt keeps of an answer's body.
constexpr std::size_t kKeptBodyBytes = 64 * 1024;

// The task's output as kept with an attempt that is no success: a large body is left out.
json::Object kept_response(json::Object output) {
  const json::Value& body = output["body"];
  if (body.is_string() ? body.get_string().size() > kKeptBodyBytes
                       : json::print(body).size() > kKeptBodyBytes) {
    output["body"] = "(left out: larger than 64 KiB)";
  }
  return output;
}

}  // namespace

void Advance::start_attempt(int place) {
  const TaskRun& one = state_.at(place);
  const int number = one.attempts + 1;
  json::Object data{{"number", number}, {"idempotencyKey", one.id}};
  if (number == 1) {
    const HttpTask& http = *task_at(place).http;
    const json::Value names = request_scope(state_, definition_, one);
    auto request = render_request(http, scope(names));
    if (!request) {
      fail_task(place, "invalidRequest", request.error().message);
      return;
    }
    if (!http.credentials.empty()) {
      (*request)["credentials"] = http.credentials;
    }
    data["request"] = *std::move(request);
  } else {
    data["because"] = one.repeat_because;
  }
  emit(TransitionType::attempt_started, place, std::move(data));
}

Result<Done> Advance::end_attempt() {
  const int place = event_.place;
  if (place < 0 || static_cast<std::size_t>(place) >= state_.tasks.size() ||
      !state_.at(place).in_flight || state_.at(place).attempts != event_.attempt->number) {
    return Error{Fault::conflict, "this attempt is not under way any more"};
  }
  if (const auto* reply = std::get_if<http::OutboundReply>(&event_.attempt->outcome)) {
    take_reply(place, *reply);
  } else {
    take_failure(place, std::get<OutboundError>(event_.attempt->outcome), "failed");
  }
  settle();
  return Done{};
}

void Advance::take_reply(int place, const http::OutboundReply& reply) {
  json::Object output = output_of(reply);
  json::Object data{
      {"number", state_.at(place).attempts}, {"outcome", "replied"}, {"status", reply.status}};
  if (event_.attempt && !event_.attempt->note.empty()) {
    data["note"] = event_.attempt->note;
  }
  if (is_success(*task_at(place).http, reply.status)) {
    emit(TransitionType::attempt_ended, place, std::move(data));
    complete(place, {{"output", std::move(output)}});
    return;
  }
  data["response"] = kept_response(std::move(output));
  const std::string_view phrase = http::reason_phrase(reply.status);
  const std::string what = "the service answered " + std::to_string(reply.status) +
                           (phrase == "Status" ? "" : " " + std::string(phrase));
  const auto& retry = task_at(place).retry;
  if (retry && is_retryable(reply.status) && state_.at(place).attempts <= retry->max_attempts) {
    repeat_later(place, std::move(data), *retry, retry_after_ms(reply.headers, event_.now), what);
    return;
  }
  emit(TransitionType::attempt_ended, place, std::move(data));
  fail_task(place, "httpStatus", what);
}

void Advance::take_failure(int place, const OutboundError& error, const char* outcome) {
  const HttpTask& http = *task_at(place).http;
  const bool harmless = is_safe(http.method) || http.idempotent;
  const int attempts = state_.at(place).attempts;
  json::Object data{{"number", attempts},
                    {"outcome", outcome},
                    {"error", json::Object{{"code", name_of(error.kind)},
                                           {"message", error.message},
                                           {"hint", error.hint},
                                           {"mayHaveArrived", error.may_have_arrived}}},
                    {"timings", to_json(error.timings)}};
  if (is_retryable(error.kind)) {
    const auto& retry = task_at(place).retry;
    if (retry && attempts <= retry->max_attempts) {
      repeat_later(place, std::move(data), *retry, std::nullopt, error.message);
      return;
    }
    if (!retry && error.may_have_arrived && harmless &&
        attempts <= context_.limits.unknown_repeats) {
      repeat_later(place, std::move(data), {}, std::nullopt,
                   error.message + "; repeating it is harmless (" +
                       (is_safe(http.method) ? "the method is safe)" : "idempotent: true)"));
      return;
    }
  }
  emit(TransitionType::attempt_ended, place, std::move(data));
  const bool unknown = error.may_have_arrived && !harmless && is_retryable(error.kind);
  fail_task(place, unknown ? "outcomeUnknown" : std::string(name_of(error.kind)),
            unknown ? error.message +
                          "; whether the service acted on it is unknown, and it is "
                          "not repeated: retry allows no more, the method is not "
                          "safe, and the task is not marked idempotent"
                    : error.message);
}

void Advance::repeat_later(int place, json::Object data, const Retry& retry,
                           std::optional<std::int64_t> asked_ms, const std::string& because) {
  const int number = state_.at(place).attempts;
  double seconds = std::min(retry.interval_seconds * std::pow(retry.backoff_rate, number - 1),
                            retry.max_interval_seconds);
  if (retry.jitter > 0) {
    std::uint32_t bits = 0;
    context_.random.fill(std::as_writable_bytes(std::span(&bits, 1)));
    seconds *= 1 - retry.jitter * (static_cast<double>(bits) / 4294967296.0);
  }
  const auto delay_ms = std::max(static_cast<std::int64_t>(seconds * 1000), asked_ms.value_or(0));
  data["retryAt"] = event_.now + delay_ms;
  data["repeatBecause"] = because;
  emit(TransitionType::attempt_ended, place, std::move(data));
  if (delay_ms == 0 && state_.status == RunStatus::running) {
    start_attempt(place);
  }
}

void Advance::lose_attempts() {
  OutboundError error;
  error.kind = OutboundError::Kind::cancelled;
  error.message = "the server stopped while the attempt was under way";
  error.may_have_arrived = true;
  for (std::size_t i = 0; i < state_.tasks.size() && !is_final(state_.status); ++i) {
    if (state_.tasks[i].in_flight) {
      take_failure(static_cast<int>(i), error, "lost");
    }
  }
  settle();
}

}  // namespace tartan::workflow
