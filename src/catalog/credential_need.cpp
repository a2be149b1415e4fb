#include "catalog/credential_need.h"

#include <algorithm>

#include "base/ascii.h"
#include "catalog/markdown.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using openapi::SecurityAlternative;
using openapi::SecurityUse;
using openapi::text_member;

const Object* object_member(const Object& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value != nullptr ? value->if_object() : nullptr;
}

Array texts(const std::vector<std::string>& list) {
  Array made;
  for (const std::string& one : list) {
    made.emplace_back(one);
  }
  return made;
}

// One scheme as a credential. `type` is empty when Tartan has no kind for it.
struct Need {
  std::string type;
  Object parts;  // of a credential to be saved, its secrets empty
  std::string note;
};

Need of_api_key(const Object& scheme) {
  const std::string name(text_member(scheme, "name"));
  const std::string in(text_member(scheme, "in"));
  if (text_member(scheme, "x-amazon-apigateway-authtype") == "awsSigv4") {
    return {
        "", {}, "requests are signed (AWS Signature Version 4), which credentials here do not do"};
  }
  if (name.empty()) {
    return {"", {}, "the document does not say the API key's name"};
  }
  if (in == "cookie") {
    return {
        "ApiKey",
        {{"values", Array{Object{{"in", "header"}, {"name", "Cookie"}, {"value", name + "="}}}}},
        "the value is the cookie, written " + name + "=VALUE"};
  }
  return {"ApiKey",
          {{"values",
            Array{Object{{"in", in.empty() ? "header" : in}, {"name", name}, {"value", ""}}}}},
          ""};
}

// A token's address may be relative to the API's.
std::string absolute_url(std::string_view url, const std::string& base) {
  if (url.find("://") != std::string_view::npos || base.empty() || url.empty()) {
    return std::string(url);
  }
  const std::size_t host_end = base.find('/', base.find("://") + 3);
  return (url.starts_with('/') ? base.substr(0, host_end) : base + "/") + std::string(url);
}

Need of_oauth(const SecurityUse& use, const std::string& base) {
  const Object* flows = object_member(*use.scheme, "flows");
  const Object* machine = flows != nullptr ? object_member(*flows, "clientCredentials") : nullptr;
  if (machine != nullptr) {
    return {"OAuth2ClientCredentials",
            {{"tokenUrl", absolute_url(text_member(*machine, "tokenUrl"), base)},
             {"clientId", ""},
             {"clientSecret", ""},
             {"scopes", texts(use.scopes)}},
            ""};
  }
  std::string url;
  for (const std::string_view name : {"authorizationCode", "implicit", "password"}) {
    const Object* flow = flows != nullptr ? object_member(*flows, name) : nullptr;
    if (flow != nullptr && url.empty()) {
      url = text_member(*flow, name == "password" ? "tokenUrl" : "authorizationUrl");
    }
  }
  return {
      "Bearer",
      {{"token", ""}},
      "an access token of a person's, got through OAuth 2.0" + (url.empty() ? "" : " at " + url)};
}

Need need_of(const SecurityUse& use, const std::string& base) {
  if (use.scheme == nullptr) {
    return {"Bearer",
            {{"token", ""}},
            "the document does not say what '" + use.name + "' is; a bearer token is a guess"};
  }
  const std::string type = to_lower(text_member(*use.scheme, "type"));
  if (type == "apikey") {
    return of_api_key(*use.scheme);
  }
  if (type == "http" || type == "basic") {
    const std::string scheme =
        type == "basic" ? type : to_lower(text_member(*use.scheme, "scheme"));
    if (scheme == "basic") {
      return {"Basic", {{"username", ""}, {"password", ""}}, ""};
    }
    if (scheme == "bearer" || scheme.empty()) {
      return {"Bearer", {{"token", ""}}, ""};
    }
    return {"", {}, "HTTP authentication '" + scheme + "' is not one that credentials here do"};
  }
  if (type == "oauth2") {
    return of_oauth(use, base);
  }
  if (type == "openidconnect") {
    return {"Bearer",
            {{"token", ""}},
            "an access token from OpenID Connect at " +
                std::string(text_member(*use.scheme, "openIdConnectUrl"))};
  }
  return {"", {}, "'" + use.name + "' (" + type + ") is not a kind that credentials here do"};
}

// API keys that are sent together are one credential with several values.
std::vector<Need> merge_keys(std::vector<Need> needs) {
  std::vector<Need> merged;
  for (Need& one : needs) {
    if (one.type == "ApiKey" && !merged.empty() && merged.back().type == "ApiKey") {
      for (Value& value : one.parts.at("values").get_array()) {
        merged.back().parts.at("values").get_array().push_back(std::move(value));
      }
    } else {
      merged.push_back(std::move(one));
    }
  }
  return merged;
}

// Whether an API key is sent under the names that are asked for: another key is another secret.
bool has_keys(const SavedCredential& saved, const Object& wanted) {
  const Value* values = json::find(wanted, "values");
  if (values == nullptr) {
    return true;
  }
  const Array& keys = values->get_array();
  return saved.keys.size() == keys.size() &&
         std::all_of(keys.begin(), keys.end(), [&](const Value& one) {
           const std::string in(text_member(one.get_object(), "in"));
           const std::string name = to_lower(text_member(one.get_object(), "name"));
           return std::any_of(saved.keys.begin(), saved.keys.end(), [&](const auto& key) {
             return key.first == in && to_lower(key.second) == name;
           });
         });
}

bool fits(const SavedCredential& saved, const Object& wanted, const std::string& host) {
  const std::string bare = host.substr(0, host.rfind(':'));
  return saved.type == text_member(wanted, "type") && has_keys(saved, wanted) &&
         std::any_of(saved.hosts.begin(), saved.hosts.end(), [&](const std::string& one) {
           return to_lower(one) == to_lower(host) || to_lower(one) == to_lower(bare);
         });
}

// How well Tartan can do it: an alternative with one kind that it knows is the best.
int rank_of(const std::vector<Need>& needs) {
  if (needs.empty()) {
    return 3;
  }
  const bool known =
      std::all_of(needs.begin(), needs.end(), [](const Need& one) { return !one.type.empty(); });
  return known ? (needs.size() == 1 ? (needs.front().note.empty() ? 0 : 1) : 2) : 4;
}

Object describe(const Need& need, const std::string& scheme, const std::string& host,
                const std::vector<SavedCredential>& saved, std::vector<std::string>& fitting) {
  Object credential = need.parts;
  credential["name"] = host.empty() ? scheme : host + " " + scheme;
  credential["type"] = need.type;
  credential["hosts"] = host.empty() ? Array{} : Array{Value(host)};
  Array matching = matching_credentials(saved, credential, host);
  for (const Value& one : matching) {
    fitting.emplace_back(one.at("id").as_string());
  }
  return {{"scheme", scheme},
          {"type", need.type.empty() ? Value(nullptr) : Value(need.type)},
          {"note", need.note},
          {"credential", need.type.empty() ? Value(nullptr) : Value(std::move(credential))},
          {"matching", std::move(matching)}};
}

}  // namespace

Array matching_credentials(const std::vector<SavedCredential>& saved, const Object& wanted,
                           const std::string& host) {
  Array matching;
  for (const SavedCredential& one : saved) {
    if (fits(one, wanted, host)) {
      matching.push_back(Object{{"id", one.id}, {"name", one.name}});
    }
  }
  return matching;
}

CredentialNeed credential_need(const openapi::Operation& operation, const std::string& base,
                               const std::vector<SavedCredential>& saved) {
  const std::string host = host_of(base);
  CredentialNeed made;
  std::vector<Need> best;
  std::string scheme;
  int best_rank = 5;
  for (const SecurityAlternative& alternative : operation.security) {
    std::vector<Need> needs;
    std::string names;
    for (const SecurityUse& use : alternative) {
      needs.push_back(need_of(use, base));
      names += (names.empty() ? "" : " + ") + use.name;
    }
    needs = merge_keys(std::move(needs));
    if (rank_of(needs) < best_rank) {
      best_rank = rank_of(needs);
      best = std::move(needs);
      scheme = names;
    }
  }
  std::vector<std::string> fitting;
  for (const Need& one : best) {
    made.described.push_back(describe(one, scheme, host, saved, fitting));
    if (one.type.empty()) {
      made.warnings.push_back("authentication: " + one.note);
    }
  }
  if (best.size() > 1) {
    made.warnings.push_back(
        "the operation wants several kinds of credentials at once; a task sends one, put the "
        "others "
        "into its headers");
  }
  if (fitting.size() == 1) {
    made.chosen = fitting.front();
  }
  return made;
}

}  // namespace tartan::catalog
