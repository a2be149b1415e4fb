#include "server/workbench.h"

namespace tartan::server {
namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

http::Reply text(int status, std::string body, std::string_view type = kText) {
  return {status, type, std::move(body), {}};
}

http::Reply failure(int status, std::string_view code, std::string_view message) {
  http::Reply reply;
  reply.status = status;
  json::Writer out(reply.body);
  out.begin_object().key("error").begin_object();
  out.key("code").string(code).key("message").string(message);
  out.end_object().end_object();
  return reply;
}

}  // namespace

void Workbench::handle(const http::Request& request, http::Responder respond) {
  respond(answer(request));
}

http::Reply Workbench::answer(const http::Request& request) {
  const bool reading = request.method == http::Method::get || request.method == http::Method::head;
  if (reading && request.path == "/healthz") {
    return text(200, "ok\n");
  }
  if (reading && request.path == "/readyz") {
    return ready_ ? text(200, "ready\n") : text(503, "starting or draining\n");
  }
  if (reading && request.path == "/metrics") {
    return text(200, metrics_.print(), kMetricsText);
  }
  if (reading && request.path == "/") {
    return text(200,
                "Tartan is running. The Users & Items API is on the sandbox and production "
                "listeners;\n/healthz, /readyz and /metrics are here, and /api for the command "
                "line.\n");
  }
  if (!request.path.starts_with("/api/")) {
    return failure(404, "not_found", "there is nothing at this path");
  }
  if (!is_authorized(request)) {
    return failure(401, "unauthorized",
                   "expected the header Authorization: Bearer <personal access token>");
  }
  return admin_.handle({request.method, request.path, request.query, request.body});
}

bool Workbench::is_authorized(const http::Request& request) const {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view* header = request.header("authorization");
  if (header == nullptr || header->size() <= scheme.size() ||
      !http::equal_ignoring_case(header->substr(0, scheme.size()), scheme)) {
    return false;
  }
  const std::string_view token = header->substr(scheme.size());
  if (crypto::equal(token, local_token_)) {
    return true;
  }
  const auto valid = core_.tokens().is_valid(token);
  return valid && *valid;
}

http::Reply Workbench::refuse(http::Refusal why, std::string_view) {
  switch (why) {
    case http::Refusal::malformed:
    case http::Refusal::malformed_body:
      return failure(400, "malformed", "this is not a well-formed HTTP/1.1 request");
    case http::Refusal::headers_too_large:
      return failure(431, "headers_too_large", "the request's headers are too large");
    case http::Refusal::body_too_large:
      return failure(413, "body_too_large", "the request's body is too large");
    case http::Refusal::too_slow:
      return failure(408, "too_slow", "the request did not arrive in time");
    case http::Refusal::unanswered:
      break;
  }
  return failure(500, "internal", "the server failed on this request");
}

}  // namespace tartan::server
