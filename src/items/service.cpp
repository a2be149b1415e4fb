#include "items/service.h"

#include <algorithm>
#include <boost/json/monotonic_resource.hpp>
#include <chrono>
#include <optional>

#include "contract/schema.h"
#include "users_items.h"

namespace tartan::items {
namespace {

using api::Operation;

constexpr std::string_view kPlaidVersion = "2020-09-14";

const Operation* find_operation(std::string_view path) {
  const auto all = api::operations();
  const auto found =
      std::lower_bound(all.begin(), all.end(), path,
                       [](const Operation& one, std::string_view p) { return one.path < p; });
  return found != all.end() && found->path == path ? &*found : nullptr;
}

bool is_official(std::string_view path) {
  const auto all = api::official_paths();
  return std::binary_search(all.begin(), all.end(), path);
}

PlaidError violation(const contract::Violation& found) {
  switch (found.defect) {
    case contract::Defect::unknown_fields:
      return {Code::unknown_fields, found.message};
    case contract::Defect::missing_fields:
      return {Code::missing_fields, found.message};
    case contract::Defect::invalid_field:
      break;
  }
  return {Code::invalid_field, found.message};
}

PlaidError store_failure(const Error& error) {
  if (error.fault == Fault::unavailable) {
    return {Code::planned_maintenance, "the server is busy or shutting down; try again"};
  }
  if (error.fault == Fault::full) {
    return {Code::internal_server_error,
            "the server's disk is full: nothing was changed, earlier data is whole"};
  }
  return {Code::internal_server_error,
          "the server could not read or write its data: nothing was changed"};
}

PlaidError defect() {
  return {Code::internal_server_error, "the server failed on this request: nothing was changed"};
}

// "application/json", with or without parameters.
bool is_json_type(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) {
    type.remove_suffix(1);
  }
  return http::equal_ignoring_case(type, "application/json");
}

bool has_charset_other_than_utf8(std::string_view content_type) {
  const auto at = content_type.find("charset=");
  if (at == std::string_view::npos) {
    return false;
  }
  std::string_view charset = content_type.substr(at + 8);
  charset = charset.substr(0, charset.find(';'));
  if (charset.size() >= 2 && charset.front() == '"' && charset.back() == '"') {
    charset = charset.substr(1, charset.size() - 2);
  }
  return !http::equal_ignoring_case(charset, "utf-8") &&
         !http::equal_ignoring_case(charset, "utf8");
}

}  // namespace

struct Service::Exchange {
  explicit Exchange(const http::Request& its_request, http::Responder its_respond)
      : request(its_request),
        respond(std::move(its_respond)),
        memory(buffer, sizeof buffer),
        start(std::chrono::steady_clock::now()) {}

  const http::Request& request;
  http::Responder respond;
  // The parsed body's memory: most fit the buffer.
  unsigned char buffer[4096];
  boost::json::monotonic_resource memory;
  json::Value body;
  const Operation* operation = nullptr;
  std::shared_ptr<const access::Client> client;
  std::chrono::steady_clock::time_point start;
  std::string detail;
};

Service::Service(access::Environment environment, const access::Clients& clients,
                 store::Database& database, const Services& services, RequestObserver& observer,
                 Journal* journal)
    : environment_(environment),
      clients_(clients),
      database_(database),
      services_(services),
      observer_(observer),
      journal_(journal) {}

Service::~Service() = default;

void Service::handle(const http::Request& request, http::Responder respond) {
  auto exchange = std::make_unique<Exchange>(request, std::move(respond));
  if (request.method == http::Method::get || request.method == http::Method::head) {
    if (request.path == "/openapi.json") {
      answer_document(*exchange);
      return;
    }
    if (request.path == "/tartan/coverage") {
      answer_coverage(*exchange);
      return;
    }
  }
  try {
    if (auto prepared = prepare(*exchange); !prepared) {
      finish(*exchange, std::move(prepared).error());
      return;
    }
    run(std::move(exchange));
  } catch (const std::exception&) {
    // A library threw where it was not expected to. The responder, dropped, answers 500.
  }
}

// The order of checks is part of the API: path, headers, syntax, keys, unknown fields, missing
// fields, invalid fields; meaning comes last, in the endpoint.
PlaidResult<Done> Service::prepare(Exchange& exchange) const {
  if (auto routed = route(exchange); !routed) {
    return routed;
  }
  if (auto parsed = parse(exchange); !parsed) {
    return parsed;
  }
  if (auto known = authenticate(exchange); !known) {
    return known;
  }
  if (auto found = contract::check(*exchange.operation->request, exchange.body)) {
    return violation(*found);
  }
  return Done{};
}

PlaidResult<Done> Service::route(Exchange& exchange) const {
  const http::Request& request = exchange.request;
  exchange.operation = find_operation(request.path);
  if (environment_ != access::Environment::sandbox && request.path.starts_with("/sandbox/") &&
      (exchange.operation != nullptr || is_official(request.path))) {
    return PlaidError{Code::sandbox_only,
                      std::string(request.path) + " is available in the sandbox only"};
  }
  if (exchange.operation == nullptr) {
    if (is_official(request.path)) {
      return PlaidError{Code::unauthorized_route_access,
                        std::string(request.path) +
                            " is part of Plaid's API but not served by this version of Tartan; GET "
                            "/tartan/coverage lists what is"};
    }
    return PlaidError{Code::not_found, "there is no endpoint at this path"};
  }
  if (request.method != http::Method::post) {
    return PlaidError{Code::not_found, "this endpoint takes POST requests only"};
  }
  return Done{};
}

PlaidResult<Done> Service::parse(Exchange& exchange) const {
  const std::string_view* type = exchange.request.header("content-type");
  if (type == nullptr) {
    return PlaidError{Code::invalid_headers,
                      "the header Content-Type is missing; expected application/json"};
  }
  if (!is_json_type(*type) || has_charset_other_than_utf8(*type)) {
    return PlaidError{Code::invalid_body, "the Content-Type must be application/json in UTF-8"};
  }
  auto parsed = json::parse(exchange.request.body, json::Storage(&exchange.memory));
  if (!parsed) {
    return PlaidError{Code::invalid_body, "the body is not valid JSON: " + parsed.error().message +
                                              " (at byte " + std::to_string(parsed.error().offset) +
                                              ")"};
  }
  if (!parsed->is_object()) {
    return PlaidError{Code::invalid_body, "the body must be a JSON object"};
  }
  exchange.body = *std::move(parsed);
  return Done{};
}

PlaidResult<Done> Service::authenticate(Exchange& exchange) const {
  const json::Object& body = exchange.body.get_object();
  std::string missing;
  std::string_view values[2];
  constexpr std::string_view names[2] = {"client_id", "secret"};
  constexpr std::string_view headers[2] = {"plaid-client-id", "plaid-secret"};
  for (int i = 0; i < 2; ++i) {
    const json::Value* member = json::find(body, names[i]);
    if (const std::string_view* header = exchange.request.header(headers[i])) {
      values[i] = *header;
    } else if (member != nullptr && member->is_string()) {
      values[i] = {member->get_string().data(), member->get_string().size()};
    } else if (member != nullptr) {
      return PlaidError{Code::invalid_field, std::string(names[i]) + " must be a string"};
    } else {
      missing += (missing.empty() ? "" : ", ") + std::string(names[i]);
    }
  }
  if (!missing.empty()) {
    return PlaidError{Code::missing_fields,
                      "the following required fields are missing: " + missing};
  }
  if (values[0].size() != access::kClientIdLength) {
    return PlaidError{Code::invalid_field, "client_id must be a string of 24 characters"};
  }
  exchange.client = clients_.authenticate(values[0], values[1], environment_);
  if (!exchange.client) {
    return PlaidError{
        Code::invalid_api_keys,
        "invalid client_id or secret provided: they must belong together and to the " +
            std::string(name_of(environment_)) + " environment"};
  }
  return Done{};
}

void Service::run(std::unique_ptr<Exchange> exchange) {
  if (exchange->operation->mode == Operation::Mode::read) {
    run_read(std::move(exchange));
  } else {
    run_write(std::move(exchange));
  }
}

PlaidResult<Reply> Service::invoke(Exchange& exchange, store::Transaction& tx) const {
  Call call{services_,
            tx,
            exchange.body.get_object(),
            *exchange.client,
            environment_,
            exchange.request.request_id,
            services_.clock.now()};
  try {
    return exchange.operation->invoke(call, exchange.body);
  } catch (const std::exception&) {
    return defect();
  }
}

void Service::run_read(std::unique_ptr<Exchange> exchange) {
  PlaidResult<Reply> result = defect();
  auto error = database_.read([&](store::Transaction& tx) { result = invoke(*exchange, tx); });
  if (error) {
    exchange->detail = error->message;
    result = store_failure(*error);
  }
  finish(*exchange, std::move(result));
}

void Service::run_write(std::unique_ptr<Exchange> exchange) {
  struct Pending {
    std::unique_ptr<Exchange> exchange;
    PlaidResult<Reply> result = defect();
  };
  auto pending = std::make_shared<Pending>();
  pending->exchange = std::move(exchange);
  database_.write_async(
      [this, pending](store::Transaction& tx) {
        pending->result = invoke(*pending->exchange, tx);
        return pending->result ? store::Outcome::keep : store::Outcome::undo;
      },
      [this, pending](const std::optional<Error>& error) {
        if (error) {
          pending->exchange->detail = error->message;
          pending->result = store_failure(*error);
        }
        finish(*pending->exchange, std::move(pending->result));
      });
}

void Service::finish(Exchange& exchange, PlaidResult<Reply> result) const {
  http::Reply reply;
  std::string_view error_code;
  if (result) {
    reply.status = result->kind == Reply::Kind::created ? 201 : 200;
    reply.body = std::move(result->body);
  } else {
    const Wire named = wire(result.error());
    reply.status = named.status;
    error_code = named.code;
    reply.body = render(result.error(), exchange.request.request_id);
  }
  reply.headers.emplace_back("Plaid-Version", kPlaidVersion);
  send(exchange, std::move(reply), error_code);
}

void Service::send(Exchange& exchange, http::Reply reply, std::string_view error_code) const {
  const auto spent = std::chrono::steady_clock::now() - exchange.start;
  const auto micros = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(spent).count());
  const Operation* operation = exchange.operation;
  const std::string_view id = operation != nullptr ? operation->id : std::string_view{};
  const std::string_view client_id =
      exchange.client ? std::string_view(exchange.client->client_id) : std::string_view{};
  observer_.on_request(
      {name_of(environment_), id, operation != nullptr ? operation->path : std::string_view{},
       client_id, exchange.request.request_id, error_code, exchange.detail, reply.status, micros});
  if (journal_ != nullptr) {
    journal_->record({&exchange.request, reply, id, client_id, error_code,
                      exchange.request.request_id, services_.clock.now(), micros});
  }
  exchange.respond(std::move(reply));
}

http::Reply Service::refuse(http::Refusal why, std::string_view request_id) {
  PlaidError error = defect();
  switch (why) {
    case http::Refusal::malformed:
      error = {Code::invalid_headers, "this is not a well-formed HTTP/1.1 request"};
      break;
    case http::Refusal::malformed_body:
      error = {Code::invalid_body, "the body's chunks are not well-formed"};
      break;
    case http::Refusal::headers_too_large:
      error = {Code::headers_too_large, "the request's headers are too large"};
      break;
    case http::Refusal::body_too_large:
      error = {Code::body_too_large, "the request's body is too large"};
      break;
    case http::Refusal::too_slow:
      error = {Code::request_timeout, "the request did not arrive in time"};
      break;
    case http::Refusal::unanswered:
      break;
  }
  const Wire named = wire(error);
  observer_.on_request(
      {name_of(environment_), {}, {}, {}, request_id, named.code, {}, named.status, 0});
  http::Reply reply{named.status, "application/json; charset=utf-8", render(error, request_id), {}};
  reply.headers.emplace_back("Plaid-Version", kPlaidVersion);
  if (journal_ != nullptr) {
    journal_->record({nullptr, reply, {}, {}, named.code, request_id, services_.clock.now(), 0});
  }
  return reply;
}

void Service::answer_document(Exchange& exchange) {
  exchange.respond({200, "application/json; charset=utf-8", std::string(api::document()), {}});
}

void Service::answer_coverage(Exchange& exchange) {
  http::Reply reply;
  json::Writer out(reply.body);
  std::int64_t served = 0;
  out.begin_object().key("paths").begin_array();
  for (const std::string_view path : api::official_paths()) {
    const bool is_served = find_operation(path) != nullptr;
    served += is_served ? 1 : 0;
    out.begin_object().key("path").string(path).key("served").boolean(is_served).end_object();
  }
  out.end_array();
  out.key("served").integer(served);
  out.key("total").integer(static_cast<std::int64_t>(api::official_paths().size()));
  out.key("request_id").string(exchange.request.request_id);
  out.end_object();
  exchange.respond(std::move(reply));
}

PlaidResult<Reply> run_operation(std::string_view path, std::string_view body,
                                 const access::Client& client, access::Environment environment,
                                 store::Database& database, const Services& services,
                                 const Origin& origin) {
  const Operation* operation = find_operation(path);
  if (operation == nullptr) {
    return PlaidError{Code::not_found, "there is no operation at " + std::string(path)};
  }
  auto parsed = json::parse(body);
  if (!parsed || !parsed->is_object()) {
    return PlaidError{Code::invalid_body, "the body must be a JSON object"};
  }
  if (auto found = contract::check(*operation->request, *parsed)) {
    return violation(*found);
  }
  PlaidResult<Reply> result = defect();
  const auto call = [&](store::Transaction& tx) {
    Call made{services,
              tx,
              parsed->get_object(),
              client,
              environment,
              origin.request_id,
              services.clock.now(),
              origin.by};
    result = operation->invoke(made, *parsed);
    return result ? store::Outcome::keep : store::Outcome::undo;
  };
  const auto error = operation->mode == Operation::Mode::read
                         ? database.read([&](store::Transaction& tx) { call(tx); })
                         : database.write(call);
  if (error) {
    return store_failure(*error);
  }
  return result;
}

}  // namespace tartan::items
