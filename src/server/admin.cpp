#include "server/admin.h"

#include <algorithm>

#include "contract/router.h"
#include "items/subscription.h"

namespace tartan::server {
namespace {

// The members of a small JSON body, by name; anything unknown or of another type is an error.
class Body {
 public:
  static Result<Body> parse(std::string_view text, std::initializer_list<std::string_view> known) {
    auto parsed = json::parse(text.empty() ? "{}" : text);
    if (!parsed) {
      return Error{Fault::invalid, "the body is not valid JSON: " + parsed.error().message};
    }
    if (!parsed->is_object()) {
      return Error{Fault::invalid, "the body must be a JSON object"};
    }
    for (const auto& member : parsed->get_object()) {
      const std::string_view name(member.key().data(), member.key().size());
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        return Error{Fault::invalid, "unknown field '" + std::string(name) + "'"};
      }
      if (!member.value().is_string() && !member.value().is_bool() && name != "scopes") {
        return Error{Fault::invalid, std::string(name) + " must be a string or a boolean"};
      }
    }
    return Body(*std::move(parsed));
  }
  std::string text(std::string_view name) const {
    const json::Value* value = json::find(value_.get_object(), name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }
  const json::Value* member(std::string_view name) const {
    return json::find(value_.get_object(), name);
  }
  bool truth(std::string_view name) const {
    const json::Value* value = json::find(value_.get_object(), name);
    return value != nullptr && value->is_bool() && value->get_bool();
  }

 private:
  explicit Body(json::Value value) : value_(std::move(value)) {}
  json::Value value_;
};

Result<access::Environment> parse_environment(std::string_view text) {
  if (text == "sandbox") {
    return access::Environment::sandbox;
  }
  if (text == "production") {
    return access::Environment::production;
  }
  return Error{Fault::invalid, "environment must be sandbox or production"};
}

// The widest of the scopes named, since each includes the ones before it.
Result<access::TokenScope> read_scopes(const json::Value* scopes) {
  if (scopes == nullptr) {
    return access::TokenScope::admin;
  }
  std::optional<access::TokenScope> widest;
  if (scopes->is_array()) {
    for (const json::Value& one : scopes->get_array()) {
      const auto scope =
          one.is_string()
              ? access::token_scope_of({one.get_string().data(), one.get_string().size()})
              : std::nullopt;
      if (!scope) {
        return Error{Fault::invalid, "scopes must hold read, run, edit or admin"};
      }
      widest = widest ? std::max(*widest, *scope) : *scope;
    }
  }
  if (!widest) {
    return Error{Fault::invalid, "scopes must be an array of read, run, edit or admin"};
  }
  return *widest;
}

void write_client(json::Writer& out, const access::Client& client) {
  out.key("client_id").string(client.client_id);
  out.key("name").string(client.name);
  out.key("legacy").boolean(client.generation == access::Generation::legacy);
  out.key("created_at").string(format_utc(client.created_at));
}

void write_token(json::Writer& out, const access::PersonalToken& token) {
  out.key("token_id").string(token.token_id);
  out.key("name").string(token.name);
  out.key("created_at").string(format_utc(token.created_at));
  out.key("scopes").begin_array();
  for (int scope = 0; scope <= static_cast<int>(token.scope); ++scope) {
    out.string(name_of(static_cast<access::TokenScope>(scope)));
  }
  out.end_array();
  out.key("expires_at")
      .string_or_null(token.expires_at.has_value(), format_utc(token.expires_at.value_or(0)));
  out.key("revoked_at")
      .string_or_null(token.revoked_at.has_value(), format_utc(token.revoked_at.value_or(0)));
}

// "a/b" behind `prefix` as {"a", "b"}; empty parts when there is no such path.
std::pair<std::string_view, std::string_view> split_path(std::string_view path,
                                                         std::string_view prefix) {
  if (!path.starts_with(prefix)) {
    return {};
  }
  path.remove_prefix(prefix.size());
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? std::pair{path, std::string_view{}}
                                         : std::pair{path.substr(0, slash), path.substr(slash + 1)};
}

std::string query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const auto end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return std::string(pair.substr(name.size() + 1));
    }
    query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
  }
  return {};
}

}  // namespace

http::Reply Admin::handle(const AdminRequest& request) {
  auto body = route(request);
  if (!body) {
    return contract::render(contract::ApiError(std::move(body).error()), "");
  }
  http::Reply reply;
  reply.body = *std::move(body);
  return reply;
}

Result<std::string> Admin::route(const AdminRequest& request) {
  const bool get = request.method == http::Method::get;
  const bool post = request.method == http::Method::post;
  if (request.path == "/api/clients" && get) {
    return list_clients();
  }
  if (request.path == "/api/clients" && post) {
    return create_client(request);
  }
  if (const auto [id, verb] = split_path(request.path, "/api/clients/");
      verb == "rotate-secret" && post) {
    return rotate_secret(id, request);
  }
  if (request.path == "/api/tokens" && get) {
    return list_tokens();
  }
  if (request.path == "/api/tokens" && post) {
    return create_token(request);
  }
  if (const auto [id, verb] = split_path(request.path, "/api/tokens/"); verb == "revoke" && post) {
    return revoke_token(id, request);
  }
  if (request.path == "/api/billing" && get) {
    return list_billing(request.query);
  }
  return Error{Fault::not_found, "there is no such endpoint"};
}

Result<std::string> Admin::create_client(const AdminRequest& request) {
  auto fields = Body::parse(request.body,
                            {"name", "legacy", "client_id", "secret_sandbox", "secret_production"});
  if (!fields) {
    return std::move(fields).error();
  }
  access::ClientChoice choice;
  choice.name = fields->text("name");
  choice.generation =
      fields->truth("legacy") ? access::Generation::legacy : access::Generation::current;
  choice.client_id = fields->text("client_id");
  choice.secrets = {fields->text("secret_sandbox"), fields->text("secret_production")};
  auto made = core_.clients().create(choice, request.by);
  if (!made) {
    return std::move(made).error();
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_client(out, made->client);
  out.key("secrets").begin_object();
  out.key("sandbox").string(made->secrets.sandbox);
  out.key("production").string(made->secrets.production);
  out.end_object().end_object();
  return text;
}

std::string Admin::list_clients() {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("clients").begin_array();
  for (const access::Client& client : core_.clients().list()) {
    out.begin_object();
    write_client(out, client);
    out.end_object();
  }
  out.end_array().end_object();
  return text;
}

Result<std::string> Admin::rotate_secret(std::string_view client_id, const AdminRequest& request) {
  auto fields = Body::parse(request.body, {"environment"});
  if (!fields) {
    return std::move(fields).error();
  }
  auto environment = parse_environment(fields->text("environment"));
  if (!environment) {
    return std::move(environment).error();
  }
  auto secret = core_.clients().rotate_secret(client_id, *environment, request.by);
  if (!secret) {
    return std::move(secret).error();
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("client_id").string(client_id);
  out.key("environment").string(name_of(*environment));
  out.key("secret").string(*secret);
  out.end_object();
  return text;
}

Result<std::string> Admin::create_token(const AdminRequest& request) {
  auto fields = Body::parse(request.body, {"name", "scopes", "expires_at"});
  if (!fields) {
    return std::move(fields).error();
  }
  access::TokenChoice choice;
  choice.name = fields->text("name");
  auto scope = read_scopes(fields->member("scopes"));
  if (!scope) {
    return std::move(scope).error();
  }
  choice.scope = *scope;
  if (const std::string text = fields->text("expires_at"); !text.empty()) {
    choice.expires_at = parse_date_time(text);
    if (!choice.expires_at) {
      return Error{Fault::invalid,
                   "expires_at must be a date and time, such as "
                   "2027-03-01T09:00:00Z"};
    }
    if (*choice.expires_at <= core_.clock().now()) {
      return Error{Fault::invalid, "expires_at is in the past"};
    }
  }
  auto made = core_.tokens().create(choice, request.by);
  if (!made) {
    return std::move(made).error();
  }
  std::string text;
  json::Writer out(text);
  out.begin_object();
  write_token(out, made->info);
  out.key("token").string(made->token);
  out.end_object();
  return text;
}

Result<std::string> Admin::list_tokens() {
  auto tokens = core_.tokens().list();
  if (!tokens) {
    return std::move(tokens).error();
  }
  std::string text;
  json::Writer out(text);
  out.begin_object().key("tokens").begin_array();
  for (const access::PersonalToken& token : *tokens) {
    out.begin_object();
    write_token(out, token);
    out.end_object();
  }
  out.end_array().end_object();
  return text;
}

Result<std::string> Admin::revoke_token(std::string_view token_id, const AdminRequest& request) {
  if (auto revoked = core_.tokens().revoke(token_id, request.by); !revoked) {
    return std::move(revoked).error();
  }
  std::string text;
  json::Writer out(text);
  out.begin_object().key("token_id").string(token_id).key("revoked").boolean(true).end_object();
  return text;
}

Result<std::string> Admin::list_billing(std::string_view query) {
  const std::string chosen = query_value(query, "environment");
  auto environment = parse_environment(chosen.empty() ? "sandbox" : chosen);
  if (!environment) {
    return std::move(environment).error();
  }
  const std::string only = query_value(query, "client_id");
  std::string text;
  json::Writer out(text);
  out.begin_object().key("subscriptions").begin_array();
  auto error = core_.items(*environment).read([&](store::Transaction& tx) {
    for (const access::Client& client : core_.clients().list()) {
      if (!only.empty() && client.client_id != only) {
        continue;
      }
      for (const items::Subscription& one : items::list_subscriptions(tx, client.client_id, {})) {
        items::write_subscription(out, one);
      }
    }
  });
  if (error) {
    return *std::move(error);
  }
  out.end_array().end_object();
  return text;
}

}  // namespace tartan::server
