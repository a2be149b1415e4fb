#include "server/workbench.h"

#include <algorithm>

#include "base/check.h"
#include "server/audit_page.h"
#include "workbench_routes.h"

namespace tartan::server {
namespace {

using contract::ApiError;
using contract::ApiResult;
using contract::Call;

constexpr std::string_view kText = "text/plain; charset=utf-8";
constexpr std::string_view kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

http::Reply text(int status, std::string body, std::string_view type = kText) {
  return {status, type, std::move(body), {}};
}

bool is_read(const http::Request& request) {
  return request.method == http::Method::get || request.method == http::Method::head;
}

}  // namespace

Workbench::Workbench(Core& core, Metrics& metrics, workflow::Api& workflows,
                     catalog::Catalog& catalog, Executor& executor, const Journals& journals,
                     std::string local_token, const Config& config)
    : core_(core),
      metrics_(metrics),
      admin_(core),
      sign_in_(core.tokens(), core.sessions(), std::move(local_token), config.workbench_hosts),
      pages_(core.random()),
      about_(core, config),
      items_pages_(core, journals, about_.addresses),
      attachment_bytes_max_(static_cast<std::uint64_t>(config.attachment_bytes_max)),
      router_(workbench_api::routes(), executor,
              [this](const http::Request& request) { return sign_in_.authenticate(request); }) {
  router_.observe([this](const contract::Answered& answered) {
    items::RequestReport report;
    report.environment = "workbench";
    report.operation = answered.operation;
    report.client_id = answered.caller;
    report.request_id = answered.request_id;
    report.error_code =
        answered.status >= 400 ? http::reason_phrase(answered.status) : std::string_view{};
    report.status = answered.status;
    report.micros = answered.micros;
    metrics_.on_request(report);
  });
  bind_administration();
  items_pages_.bind(router_);
  workflows.bind(router_);
  catalog::bind(catalog, router_);
  for (const std::string_view operation : router_.unbound()) {
    check(false,
          ("an operation of api/workbench.yaml has a handler: " + std::string(operation)).c_str());
  }
}

std::uint64_t Workbench::body_bytes_most(std::uint64_t usual) const {
  return std::max(usual, attachment_bytes_max_);
}

std::uint64_t Workbench::body_bytes_max(http::Method method, std::string_view path,
                                        std::uint64_t usual) const {
  const bool is_attachment =
      method == http::Method::post && router_.operation_at(method, path) == "uploadAttachment";
  return is_attachment ? attachment_bytes_max_ : usual;
}

void Workbench::handle(const http::Request& request, http::Responder respond) {
  if (auto probe = answer_probe(request)) {
    respond(*std::move(probe));
    return;
  }
  if (auto admitted = sign_in_.admit(request); !admitted) {
    respond(contract::render(ApiError(std::move(admitted).error()), request.request_id));
    return;
  }
  if (request.path.starts_with("/api/")) {
    router_.handle(request, std::move(respond));
    return;
  }
  auto plain = is_read(request) ? answer_plain(request) : std::nullopt;
  respond(plain ? *std::move(plain)
                : contract::render(ApiError(Fault::not_found, "there is nothing at this path"),
                                   request.request_id));
}

// Whoever watches over the process may call it by any name.
std::optional<http::Reply> Workbench::answer_probe(const http::Request& request) const {
  if (!is_read(request)) {
    return std::nullopt;
  }
  if (request.path == "/healthz") {
    return text(200, "ok\n");
  }
  if (request.path == "/readyz") {
    return ready_ ? text(200, "ready\n") : text(503, "starting or draining\n");
  }
  return std::nullopt;
}

std::optional<http::Reply> Workbench::answer_plain(const http::Request& request) {
  if (request.path == "/metrics") {
    return text(200, metrics_.print(), kMetricsText);
  }
  if (request.path == "/openapi.json") {
    return text(200, std::string(workbench_api::document()), "application/json; charset=utf-8");
  }
  return pages_.answer(request);
}

void Workbench::bind_administration() {
  sign_in_.bind(router_);
  router_.bind("getAbout", [this](Call&) { return about_.answer(); });
  const auto serve = [this](Call& call) -> ApiResult {
    auto body =
        admin_.route({call.request->method, call.request->path, call.request->query,
                      call.request->body, access::Actor{call.caller.id, call.request->request_id}});
    if (!body) {
      return ApiError(std::move(body).error());
    }
    contract::ApiReply reply;
    reply.body = *std::move(body);
    return reply;
  };
  for (const char* operation : {"listClients", "createClient", "rotateClientSecret", "listTokens",
                                "createToken", "revokeToken", "listBilling"}) {
    router_.bind(operation, serve);
  }
  router_.bind("listAudit", [this](Call& call) { return list_audit(call); });
}

ApiResult Workbench::list_audit(Call& call) {
  auto page = read_audit(core_.access(), core_.workflow(), call.query("next").value_or(""),
                         workflow::page_size(call));
  if (!page) {
    return ApiError(std::move(page).error());
  }
  json::Array content;
  for (const access::AuditEntry& entry : page->entries) {
    content.push_back(json::Object{{"at", format_utc_ms(entry.at)},
                                   {"by", entry.by},
                                   {"action", entry.action},
                                   {"subject", entry.subject}});
  }
  return workflow::page_reply(std::move(content), page->next);
}

http::Reply Workbench::refuse(http::Refusal why, std::string_view request_id) {
  // Faults of the transport, which no operation answers.
  const auto answer = [&](int status, std::string_view message) {
    http::Reply reply;
    reply.status = status;
    reply.body = json::print(json::Object{{"status", status},
                                          {"error", http::reason_phrase(status)},
                                          {"message", message},
                                          {"requestId", request_id}});
    return reply;
  };
  switch (why) {
    case http::Refusal::malformed:
    case http::Refusal::malformed_body:
      return answer(400, "this is not a well-formed HTTP/1.1 request");
    case http::Refusal::headers_too_large:
      return answer(431, "the request's headers are too large");
    case http::Refusal::body_too_large:
      return answer(413,
                    "the request's body is larger than body_bytes_max allows (an attachment: "
                    "attachment_bytes_max); GET /api/about tells both");
    case http::Refusal::too_slow:
      return answer(408, "the request did not arrive in time");
    case http::Refusal::unanswered:
      break;
  }
  return answer(500, "the server failed on this request");
}

}  // namespace tartan::server
