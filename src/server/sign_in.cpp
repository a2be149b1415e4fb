#include "server/sign_in.h"

#include <algorithm>

#include "crypto/vault.h"

namespace tartan::server {
namespace {

using contract::ApiError;
using contract::ApiReply;
using contract::ApiResult;
using contract::Call;
using contract::Caller;
using contract::Scope;

std::string_view header_of(const http::Request& request, std::string_view name) {
  const std::string_view* value = request.header(name);
  return value != nullptr ? *value : std::string_view{};
}

struct Host {
  std::string_view name;  // without brackets
  std::string_view port;  // "80" when none is given
};

Host split_host(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) {
      return {text, "80"};
    }
    const std::string_view rest = text.substr(end + 1);
    return {text.substr(1, end - 1), rest.starts_with(':') ? rest.substr(1) : "80"};
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return {text, "80"};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_address(std::string_view name) {
  const bool v6 = name.find(':') != std::string_view::npos;
  return !name.empty() && std::all_of(name.begin(), name.end(), [v6](char c) {
    const bool digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    return digit || c == '.' || (v6 && (c == ':' || (lower >= 'a' && lower <= 'f')));
  });
}

bool is_localhost(std::string_view name) {
  constexpr std::string_view suffix = ".localhost";
  return http::equal_ignoring_case(name, "localhost") ||
         (name.size() > suffix.size() &&
          http::equal_ignoring_case(name.substr(name.size() - suffix.size()), suffix));
}

// Cookies know no ports: two servers of one machine must not take each other's for theirs.
std::string cookie_name(const http::Request& request) {
  std::string name = "tartan_";
  for (const char c : split_host(header_of(request, "host")).port) {
    if (c >= '0' && c <= '9') {
      name += c;
    }
  }
  return name;
}

// The cookie's value; empty when the request has none.
std::string_view cookie_of(const http::Request& request) {
  const std::string name = cookie_name(request);
  std::string_view rest = header_of(request, "cookie");
  while (!rest.empty()) {
    const auto end = rest.find(';');
    std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
      return pair.substr(equals + 1);
    }
  }
  return {};
}

bool changes_nothing(http::Method method) {
  return method == http::Method::get || method == http::Method::head;
}

Scope scope_of(access::TokenScope scope) {
  switch (scope) {
    case access::TokenScope::read:
      return Scope::read;
    case access::TokenScope::run:
      return Scope::run;
    case access::TokenScope::edit:
      return Scope::edit;
    case access::TokenScope::admin:
      return Scope::admin;
  }
  return Scope::open;
}

std::string set_cookie(const http::Request& request, std::string_view secret,
                       std::int64_t seconds) {
  return cookie_name(request) + "=" + std::string(secret) +
         "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(seconds);
}

json::Object print_session(const access::Session& session, std::string csrf_token) {
  return {{"signedIn", true},
          {"name", session.name},
          {"scope", name_of(session.scope)},
          {"csrfToken", std::move(csrf_token)},
          {"expiresAt", format_utc_ms(session.expires_at)}};
}

ApiReply reply_with(int status, const json::Object& body) {
  ApiReply reply;
  reply.status = status;
  reply.body = json::print(body);
  reply.headers.emplace_back("Cache-Control", "no-store");
  return reply;
}

}  // namespace

std::string sign_in_url(std::string_view workbench_url, std::string_view code) {
  return std::string(workbench_url) + "/sign-in#" + std::string(code);
}

Result<Done> SignIn::admit(const http::Request& request) const {
  const std::string_view host = header_of(request, "host");
  const std::string_view name = split_host(host).name;
  const bool known = is_address(name) || is_localhost(name) ||
                     std::any_of(hosts_.begin(), hosts_.end(), [&](const std::string& one) {
                       return http::equal_ignoring_case(one, name);
                     });
  if (!known) {
    return Error{Fault::forbidden,
                 "the Host header must be an IP address, localhost, or a name of the setting "
                 "workbench_hosts"};
  }
  const std::string_view origin = header_of(request, "origin");
  if (!changes_nothing(request.method) && !origin.empty()) {
    const auto scheme_end = origin.find("://");
    if (scheme_end == std::string_view::npos ||
        !http::equal_ignoring_case(origin.substr(scheme_end + 3), host)) {
      return Error{Fault::forbidden, "a page of another origin can't change anything here"};
    }
  }
  return Done{};
}

Result<Caller> SignIn::by_token(std::string_view token) const {
  if (crypto::equal(token, local_token_)) {
    return Caller{std::string(access::kLocalToken), "command line", Scope::admin};
  }
  auto found = tokens_.find(token);
  if (!found) {
    return std::move(found).error();
  }
  if (!*found) {
    return Error{Fault::no_access, "this personal access token is unknown, revoked or expired"};
  }
  return Caller{(*found)->token_id, (*found)->name, scope_of((*found)->scope)};
}

Result<Caller> SignIn::by_cookie(const http::Request& request, std::string_view secret) const {
  auto session = sessions_.find(secret);
  if (!session) {
    return std::move(session).error();
  }
  if (!*session) {
    return Error{Fault::no_access, "this session has ended: sign in again"};
  }
  if (!changes_nothing(request.method) &&
      !crypto::equal(header_of(request, "x-csrf-token"), sessions_.csrf_token(secret))) {
    return Error{Fault::forbidden,
                 "a change made with the session's cookie takes the header X-CSRF-Token: the "
                 "csrfToken of GET /api/session"};
  }
  return Caller{(*session)->token_id, (*session)->name, scope_of((*session)->scope)};
}

Result<Caller> SignIn::authenticate(const http::Request& request) const {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view header = header_of(request, "authorization");
  if (header.size() > scheme.size() &&
      http::equal_ignoring_case(header.substr(0, scheme.size()), scheme)) {
    return by_token(header.substr(scheme.size()));
  }
  if (const std::string_view secret = cookie_of(request); !secret.empty()) {
    return by_cookie(request, secret);
  }
  return Error{Fault::no_access,
               "Missing authentication token: expected the header Authorization: Bearer "
               "<personal access token>"};
}

void SignIn::bind(contract::Router& router) {
  router.bind("getSession", [this](Call& call) { return show(call); });
  router.bind("createSession", [this](Call& call) { return begin(call); });
  router.bind("endSession", [this](Call& call) { return end(call); });
  router.bind("createSignInLink", [this](Call& call) { return make_link(call); });
}

ApiResult SignIn::show(Call& call) const {
  const std::string_view secret = cookie_of(*call.request);
  auto session = secret.empty() ? Result<std::optional<access::Session>>(std::nullopt)
                                : sessions_.find(secret);
  if (!session) {
    return ApiError(std::move(session).error());
  }
  return reply_with(200, *session ? print_session(**session, sessions_.csrf_token(secret))
                                  : json::Object{{"signedIn", false}});
}

ApiResult SignIn::begin(Call& call) {
  const json::Value& token = call.object().at("token");
  auto session = sessions_.begin({token.get_string().data(), token.get_string().size()},
                                 call.request->request_id);
  if (!session) {
    return ApiError(std::move(session).error());
  }
  ApiReply reply =
      reply_with(201, print_session(session->info, sessions_.csrf_token(session->secret)));
  reply.headers.emplace_back("Set-Cookie", set_cookie(*call.request, session->secret,
                                                      access::Sessions::kSessionMs / 1000));
  return reply;
}

ApiResult SignIn::end(Call& call) {
  const std::string_view secret = cookie_of(*call.request);
  if (auto ended = sessions_.end(secret, {call.caller.id, call.request->request_id}); !ended) {
    return ApiError(std::move(ended).error());
  }
  ApiReply reply;
  reply.status = 204;
  reply.headers.emplace_back("Set-Cookie", set_cookie(*call.request, "", 0));
  return reply;
}

ApiResult SignIn::make_link(Call& call) {
  const access::Sessions::Link link = sessions_.make_link(call.caller.id);
  const std::string url = "http://" + std::string(header_of(*call.request, "host"));
  return reply_with(
      201, {{"url", sign_in_url(url, link.code)}, {"expiresAt", format_utc_ms(link.expires_at)}});
}

}  // namespace tartan::server
