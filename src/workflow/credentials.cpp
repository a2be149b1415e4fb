#include "workflow/credentials.h"

#include <algorithm>

#include "access/audit.h"
#include "crypto/base64.h"
#include "workflow/percent.h"

namespace tartan::workflow {
namespace {

using store::Blob;
using store::Cursor;
using store::Statement;

constexpr std::size_t kHostsMax = 100;
constexpr std::size_t kValuesMax = 20;
constexpr std::size_t kTextMax = 16 * 1024;
// A token that is about to expire could do so on its way.
constexpr UnixMs kTokenMarginMs = 30'000;
constexpr UnixMs kTokenDefaultMs = 300'000;

constexpr std::pair<std::string_view, CredentialType> kTypes[] = {
    {"Basic", CredentialType::basic},
    {"Bearer", CredentialType::bearer},
    {"ApiKey", CredentialType::api_key},
    {"OAuth2ClientCredentials", CredentialType::oauth2_client_credentials}};

// The fields of each type; a leading '*' marks a secret.
struct TypeFields {
  CredentialType type;
  std::vector<std::string_view> required;
  std::vector<std::string_view> optional;
};

const TypeFields& fields_of(CredentialType type) {
  static const std::vector<TypeFields> all = {
      {CredentialType::basic, {"username", "*password"}, {}},
      {CredentialType::bearer, {"*token"}, {}},
      {CredentialType::api_key, {"*values"}, {}},
      {CredentialType::oauth2_client_credentials,
       {"tokenUrl", "clientId", "*clientSecret"},
       {"scopes"}}};
  return *std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.type == type; });
}

std::string_view plain_name(std::string_view field) {
  return field.starts_with('*') ? field.substr(1) : field;
}

constexpr Statement kInsert{
    "INSERT INTO credentials (credential_id, name, type, hosts, created_at, updated_at,"
    " wrapped_key, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)"};
constexpr Statement kUpdate{
    "UPDATE credentials SET name = ?2, type = ?3, hosts = ?4, updated_at = ?5, wrapped_key = ?6,"
    " sealed = ?7 WHERE credential_id = ?1"};
constexpr Statement kDelete{"DELETE FROM credentials WHERE credential_id = ?1"};
constexpr Statement kFind{
    "SELECT credential_id, name, type, hosts, created_at, updated_at, wrapped_key, sealed"
    " FROM credentials WHERE credential_id = ?1"};
constexpr Statement kAll{
    "SELECT credential_id, name, type, hosts, created_at, updated_at, wrapped_key, sealed"
    " FROM credentials ORDER BY created_at, credential_id"};

std::string_view view(const json::Value& text) {
  return {text.get_string().data(), text.get_string().size()};
}

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? std::string(view(*value)) : "";
}

Error invalid(std::string_view field, std::string_view expected) {
  return {Fault::invalid, std::string(field) + " must be " + std::string(expected)};
}

bool is_plain_text(const json::Value& value) {
  return value.is_string() && !value.get_string().empty() &&
         value.get_string().size() <= kTextMax &&
         view(value).find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return made;
}

// "host" or "host:port", as a URL would write it.
bool is_host(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";
  return !text.empty() && text.size() <= 260 &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

Result<std::vector<std::string>> read_hosts(const json::Object& body) {
  const json::Value* hosts = json::find(body, "hosts");
  if (hosts == nullptr || !hosts->is_array() || hosts->get_array().empty() ||
      hosts->get_array().size() > kHostsMax) {
    return invalid("hosts", R"(an array of 1 to 100 host names, such as ["api.example.com"])");
  }
  std::vector<std::string> read;
  for (const json::Value& one : hosts->get_array()) {
    const std::string host = one.is_string() ? lower(view(one)) : "";
    if (!is_host(host)) {
      return invalid("hosts",
                     "names of hosts, each with a port where needed, without a scheme or "
                     "path: \"api.example.com\" or \"127.0.0.1:8081\"");
    }
    read.push_back(host);
  }
  return read;
}

Result<Done> check_values(const json::Value& values) {
  if (!values.is_array() || values.get_array().empty() || values.get_array().size() > kValuesMax) {
    return invalid("values", R"(an array of 1 to 20 of {"in", "name", "value"})");
  }
  for (const json::Value& one : values.get_array()) {
    const json::Object* object = one.if_object();
    if (object == nullptr || object->size() != 3) {
      return invalid("values", R"(objects with exactly "in", "name" and "value")");
    }
    const std::string in = text_of(*object, "in");
    if (in != "header" && in != "query" && in != "body") {
      return invalid("values[].in", R"("header", "query" or "body")");
    }
    for (const char* name : {"name", "value"}) {
      const json::Value* value = json::find(*object, name);
      if (value == nullptr || !is_plain_text(*value)) {
        return invalid(std::string("values[].") + name, "a text without line breaks");
      }
    }
    const std::string name = text_of(*object, "name");
    if (in == "header" && name.find_first_of(" \t:;,()<>@\"/[]?={}\\") != std::string::npos) {
      return invalid("values[].name", "the name of a header");
    }
  }
  return Done{};
}

Result<Done> check_field(std::string_view name, const json::Value& value) {
  if (name == "values") {
    return check_values(value);
  }
  if (name == "scopes") {
    const bool texts = value.is_array() && std::all_of(value.get_array().begin(),
                                                       value.get_array().end(), is_plain_text);
    return texts ? Result<Done>(Done{}) : invalid("scopes", "an array of texts");
  }
  if (!is_plain_text(value)) {
    return invalid(name, "a text without line breaks");
  }
  if (name == "tokenUrl" && !view(value).starts_with("https://") &&
      !view(value).starts_with("http://")) {
    return invalid(name, "a URL that begins with https:// or http://");
  }
  if (name == "username" && view(value).find(':') != std::string_view::npos) {
    return invalid(name, "without a colon");
  }
  return Done{};
}

// What a body says, checked. `info` gets what may be shown, `fields` everything of the type.
Result<Done> read_body(const json::Object& body, CredentialInfo& info, json::Object& fields) {
  info.name = text_of(body, "name");
  if (info.name.empty() || info.name.size() > 200) {
    return invalid("name", "a text of 1 to 200 bytes");
  }
  const std::string type = text_of(body, "type");
  const auto* known = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const auto& one) { return one.first == type; });
  if (known == std::end(kTypes)) {
    return invalid("type", "Basic, Bearer, ApiKey or OAuth2ClientCredentials");
  }
  info.type = known->second;
  auto hosts = read_hosts(body);
  if (!hosts) {
    return std::move(hosts).error();
  }
  info.hosts = *std::move(hosts);
  const TypeFields& expected = fields_of(info.type);
  for (const auto& member : body) {
    const std::string_view name(member.key().data(), member.key().size());
    const auto is_it = [&](std::string_view field) { return plain_name(field) == name; };
    const bool belongs = name == "name" || name == "type" || name == "hosts" ||
                         std::any_of(expected.required.begin(), expected.required.end(), is_it) ||
                         std::any_of(expected.optional.begin(), expected.optional.end(), is_it);
    if (!belongs) {
      return Error{Fault::invalid, "a credential of the type " + type + " has no field '" +
                                       std::string(name) + "'"};
    }
  }
  for (const std::string_view field : expected.required) {
    const json::Value* value = json::find(body, plain_name(field));
    if (value == nullptr) {
      return Error{Fault::invalid, "a credential of the type " + type + " needs the field '" +
                                       std::string(plain_name(field)) + "'"};
    }
  }
  for (const auto* group : {&expected.required, &expected.optional}) {
    for (const std::string_view field : *group) {
      const std::string_view name = plain_name(field);
      const json::Value* value = json::find(body, name);
      if (value == nullptr || (value->is_null() && group == &expected.optional)) {
        continue;
      }
      if (auto checked = check_field(name, *value); !checked) {
        return checked;
      }
      fields[name] = *value;
    }
  }
  return Done{};
}

std::string join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    joined += (joined.empty() ? "" : " ") + text;
  }
  return joined;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto space = text.find(' ');
    parts.emplace_back(text.substr(0, space));
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return parts;
}

// What may be shown: all that is no secret, and the places and names of an API key's values.
json::Object shown_of(CredentialType type, const json::Object& fields) {
  json::Object shown;
  const TypeFields& expected = fields_of(type);
  for (const auto* group : {&expected.required, &expected.optional}) {
    for (const std::string_view field : *group) {
      const json::Value* value = json::find(fields, plain_name(field));
      if (value != nullptr && !field.starts_with('*')) {
        shown[field] = *value;
      }
    }
  }
  if (const json::Value* values = json::find(fields, "values")) {
    json::Array places;
    for (const json::Value& one : values->get_array()) {
      places.push_back(json::Object{{"in", one.at("in")}, {"name", one.at("name")}});
    }
    shown["values"] = std::move(places);
  }
  return shown;
}

std::string context_of(std::string_view id) { return "credential " + std::string(id); }

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

Error not_there(std::string_view id) {
  return {Fault::not_found, "there is no credential '" + std::string(id) + "'"};
}

}  // namespace

std::string_view name_of(CredentialType type) {
  return std::find_if(std::begin(kTypes), std::end(kTypes),
                      [&](const auto& one) { return one.second == type; })
      ->first;
}

std::string Credentials::seal_fields(std::string_view id, const json::Object& fields,
                                     std::string& wrapped) {
  crypto::ObjectKey key = vault_.make_object_key(random_, context_of(id));
  wrapped = std::move(key.wrapped);
  return crypto::seal(key.key, random_, context_of(id), json::print(json::Value(fields)));
}

Result<std::string> Credentials::create(const json::Object& body, std::string_view by) {
  CredentialInfo info;
  json::Object fields;
  if (auto read = read_body(body, info, fields); !read) {
    return std::move(read).error();
  }
  info.credential_id = random_base62(random_, 22);
  std::string wrapped;
  const std::string sealed = seal_fields(info.credential_id, fields, wrapped);
  const std::string hosts = join(info.hosts);
  const UnixMs now = clock_.now();
  auto error = database_.write([&](store::Transaction& tx) {
    tx.execute(kInsert,
               {std::string_view(info.credential_id), std::string_view(info.name),
                name_of(info.type), std::string_view(hosts), now, Blob{wrapped}, Blob{sealed}});
    access::record(tx, {now, by, "", "credential.create", info.credential_id});
    return store::Outcome::keep;
  });
  if (error) {
    return *std::move(error);
  }
  return info.credential_id;
}

Result<Done> Credentials::put(std::string_view id, const json::Object& body, std::string_view by) {
  CredentialInfo info;
  json::Object fields;
  if (auto read = read_body(body, info, fields); !read) {
    return std::move(read).error();
  }
  std::string wrapped;
  const std::string sealed = seal_fields(id, fields, wrapped);
  const std::string hosts = join(info.hosts);
  const UnixMs now = clock_.now();
  std::int64_t changed = 0;
  auto error = database_.write([&](store::Transaction& tx) {
    changed = tx.execute(kUpdate, {id, std::string_view(info.name), name_of(info.type),
                                   std::string_view(hosts), now, Blob{wrapped}, Blob{sealed}});
    access::record(tx, {now, by, "", "credential.put", id});
    return changed > 0 ? store::Outcome::keep : store::Outcome::undo;
  });
  if (error) {
    return *std::move(error);
  }
  {
    const std::lock_guard lock(mutex_);
    tokens_.erase(std::string(id));
  }
  return changed > 0 ? Result<Done>(Done{}) : not_there(id);
}

Result<Done> Credentials::remove(std::string_view id, std::string_view by) {
  const UnixMs now = clock_.now();
  std::int64_t changed = 0;
  auto error = database_.write([&](store::Transaction& tx) {
    changed = tx.execute(kDelete, {id});
    access::record(tx, {now, by, "", "credential.delete", id});
    return changed > 0 ? store::Outcome::keep : store::Outcome::undo;
  });
  if (error) {
    return *std::move(error);
  }
  {
    const std::lock_guard lock(mutex_);
    tokens_.erase(std::string(id));
  }
  return changed > 0 ? Result<Done>(Done{}) : not_there(id);
}

Result<Credentials::Stored> Credentials::open_row(const Cursor& row) const {
  Stored stored;
  CredentialInfo& info = stored.info;
  info.credential_id = row.text(0);
  info.name = row.text(1);
  const std::string_view type = row.text(2);
  const auto* known = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const auto& one) { return one.first == type; });
  if (known == std::end(kTypes)) {
    return Error{Fault::damaged, "a stored credential has an unknown type"};
  }
  info.type = known->second;
  info.hosts = split(row.text(3));
  info.created_at = row.integer(4);
  info.updated_at = row.integer(5);
  const std::string context = context_of(info.credential_id);
  auto key = vault_.unwrap(row.blob(6), context);
  if (!key) {
    return std::move(key).error();
  }
  auto plain = crypto::open_sealed(*key, context, row.blob(7));
  if (!plain) {
    return std::move(plain).error();
  }
  auto fields = json::parse(*plain);
  if (!fields || !fields->is_object()) {
    return Error{Fault::damaged, "a stored credential can't be read"};
  }
  stored.fields = fields->get_object();
  info.shown = shown_of(info.type, stored.fields);
  return stored;
}

Result<Credentials::Stored> Credentials::load(std::string_view id) const {
  Result<Stored> result = not_there(id);
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kFind, {id});
    if (row.next()) {
      result = open_row(row);
    }
  });
  if (error) {
    return *std::move(error);
  }
  return result;
}

Result<CredentialInfo> Credentials::get(std::string_view id) const {
  auto stored = load(id);
  if (!stored) {
    return std::move(stored).error();
  }
  return std::move(stored->info);
}

Result<std::vector<CredentialInfo>> Credentials::list() const {
  std::vector<CredentialInfo> all;
  std::optional<Error> damaged;
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kAll, {});
    while (row.next()) {
      auto stored = open_row(row);
      if (!stored) {
        damaged = std::move(stored).error();
        return;
      }
      all.push_back(std::move(stored->info));
    }
  });
  if (error || damaged) {
    return error ? *std::move(error) : *std::move(damaged);
  }
  return all;
}

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
