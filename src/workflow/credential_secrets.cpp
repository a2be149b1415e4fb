// What a credential adds to a request: fixed secrets, or a token that is fetched, kept while it
// holds and fetched once for all who need it at the same time.
#include <algorithm>

#include "crypto/base64.h"
#include "workflow/credential_fields.h"
#include "workflow/percent.h"

namespace tartan::workflow {
namespace {

// A token that is about to expire could do so on its way.
constexpr UnixMs kTokenMarginMs = 30'000;
constexpr UnixMs kTokenDefaultMs = 300'000;

std::string_view view(const json::Value& text) {
  return {text.get_string().data(), text.get_string().size()};
}

// The authority of a URL, in lower case: "host" and "host:port".
struct Authority {
  std::string host;
  std::string host_and_port;
};
std::optional<Authority> authority_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return std::nullopt;
  }
  const bool secure = lower(url.substr(0, scheme)) == "https";
  std::string_view rest = url.substr(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("/?#\\"));
  if (rest.empty() || rest.find('@') != std::string_view::npos) {
    return std::nullopt;
  }
  Authority made;
  const auto bracket = rest.rfind(']');
  const auto colon = rest.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  made.host = lower(has_port ? rest.substr(0, colon) : rest);
  const std::string port(has_port ? rest.substr(colon + 1) : (secure ? "443" : "80"));
  made.host_and_port = made.host + ":" + port;
  return made;
}

std::string scopes_of(const json::Object& fields) {
  std::string joined;
  if (const json::Value* scopes = json::find(fields, "scopes")) {
    for (const json::Value& one : scopes->get_array()) {
      joined += (joined.empty() ? "" : " ") + std::string(view(one));
    }
  }
  return joined;
}

Secrets static_secrets(CredentialType type, const json::Object& fields) {
  Secrets secrets;
  if (type == CredentialType::basic) {
    const std::string pair =
        crypto::base64_encode(text_of(fields, "username") + ":" + text_of(fields, "password"));
    secrets.headers.emplace_back("Authorization", "Basic " + pair);
    secrets.masks.add(pair);
    secrets.masks.add(text_of(fields, "password"));
  } else if (type == CredentialType::bearer) {
    secrets.headers.emplace_back("Authorization", "Bearer " + text_of(fields, "token"));
    secrets.masks.add(text_of(fields, "token"));
  } else {
    for (const json::Value& one : json::find(fields, "values")->get_array()) {
      const json::Object& value = one.get_object();
      const std::string in = text_of(value, "in");
      http::HeaderList& place = in == "header"  ? secrets.headers
                                : in == "query" ? secrets.query
                                                : secrets.body;
      place.emplace_back(text_of(value, "name"), text_of(value, "value"));
      secrets.masks.add(text_of(value, "value"));
    }
  }
  return secrets;
}

Secrets token_secrets(const std::string& token, const json::Object& fields) {
  Secrets secrets;
  secrets.headers.emplace_back("Authorization", "Bearer " + token);
  secrets.can_refresh = true;
  secrets.masks.add(token);
  secrets.masks.add(text_of(fields, "clientSecret"));
  return secrets;
}

}  // namespace

void Credentials::secrets_for(const std::string& id, const std::string& url, Token token, Use use) {
  auto stored = load(id);
  if (!stored) {
    use(std::move(stored).error());
    return;
  }
  const auto authority = authority_of(url);
  const std::vector<std::string>& hosts = stored->info.hosts;
  const bool bound = authority && std::any_of(hosts.begin(), hosts.end(), [&](const auto& host) {
                       return host == authority->host || host == authority->host_and_port;
                     });
  if (!bound) {
    use(Error{Fault::invalid, "the credential '" + stored->info.name + "' may be sent to " +
                                  join(hosts) + " only, not to " +
                                  (authority ? authority->host_and_port : std::string("this URL")) +
                                  "; add the host to the credential if it should"});
    return;
  }
  if (stored->info.type != CredentialType::oauth2_client_credentials) {
    use(static_secrets(stored->info.type, stored->fields));
    return;
  }
  if (token == Token::cached) {
    if (const std::string kept = kept_token(stored->info); !kept.empty()) {
      use(token_secrets(kept, stored->fields));
      return;
    }
  }
  fetch_token(*stored, std::move(use));
}

// The token fetched earlier, while it holds and its credential is the same; else nothing.
std::string Credentials::kept_token(const CredentialInfo& info) {
  const std::lock_guard lock(mutex_);
  const auto found = tokens_.find(info.credential_id);
  const bool holds = found != tokens_.end() && found->second.of == info.updated_at &&
                     found->second.expires_at > clock_.now() + kTokenMarginMs;
  return holds ? found->second.token : "";
}

// One request for all who need a token at the same time.
void Credentials::fetch_token(const Stored& stored, Use use) {
  {
    const std::lock_guard lock(mutex_);
    std::vector<Use>& waiting = fetching_[stored.info.credential_id];
    waiting.push_back(std::move(use));
    if (waiting.size() > 1) {
      return;
    }
  }
  http::OutboundRequest request;
  request.method = "POST";
  request.url = text_of(stored.fields, "tokenUrl");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  const std::string pair =
      crypto::base64_encode(percent_encode(text_of(stored.fields, "clientId")) + ":" +
                            percent_encode(text_of(stored.fields, "clientSecret")));
  request.secret_headers = {{"Authorization", "Basic " + pair}};
  request.has_body = true;
  request.body = "grant_type=client_credentials";
  if (const std::string scopes = scopes_of(stored.fields); !scopes.empty()) {
    request.body += "&scope=" + percent_encode(scopes);
  }
  sender_.send(std::move(request),
               [this, stored](Result<http::OutboundReply, http::OutboundError> answer) {
                 Result<Secrets> secrets =
                     Error{Fault::unavailable,
                           "no token for the credential '" + stored.info.name + "' could be had"};
                 if (answer) {
                   secrets = take_token(stored, *answer);
                 } else {
                   secrets.error().message += ": " + answer.error().message;
                 }
                 answer_all(stored.info.credential_id, secrets);
               });
}

void Credentials::answer_all(const std::string& id, const Result<Secrets>& secrets) {
  std::vector<Use> waiting;
  {
    const std::lock_guard lock(mutex_);
    waiting = std::move(fetching_[id]);
    fetching_.erase(id);
  }
  for (const Use& use : waiting) {
    use(secrets);
  }
}

Result<Secrets> Credentials::take_token(const Stored& stored, const http::OutboundReply& reply) {
  const auto body = json::parse(reply.body);
  const json::Object* object = body ? body->if_object() : nullptr;
  const std::string token = object != nullptr ? text_of(*object, "access_token") : "";
  if (reply.status != 200 || token.empty() ||
      token.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
    return Error{Fault::unavailable, "no token for the credential '" + stored.info.name +
                                         "' could be had: its tokenUrl answered " +
                                         std::to_string(reply.status) +
                                         (token.empty() ? " without an access_token" : "")};
  }
  UnixMs lifetime = kTokenDefaultMs;
  const json::Value* expires = json::find(*object, "expires_in");
  if (expires != nullptr && expires->is_number()) {
    lifetime = static_cast<UnixMs>(std::clamp(expires->to_number<double>(), 0.0, 1e9) * 1000);
  }
  {
    const std::lock_guard lock(mutex_);
    tokens_[stored.info.credential_id] = {token, clock_.now() + lifetime, stored.info.updated_at};
  }
  return token_secrets(token, stored.fields);
}

}  // namespace tartan::workflow
