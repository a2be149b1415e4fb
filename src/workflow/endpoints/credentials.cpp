#include "workflow/credentials.h"

#include "workflow/api.h"

namespace tartan::workflow {
namespace {

using contract::ApiError;
using contract::ApiResult;
using contract::Call;

json::Object view(const CredentialInfo& info) {
  json::Array hosts(info.hosts.begin(), info.hosts.end());
  json::Object object{{"id", info.credential_id},
                      {"name", info.name},
                      {"type", name_of(info.type)},
                      {"hosts", std::move(hosts)},
                      {"createdOn", format_utc_ms(info.created_at)},
                      {"modifiedOn", format_utc_ms(info.updated_at)}};
  for (const auto& member : info.shown) {
    object[member.key()] = member.value();
  }
  return object;
}

ApiResult list(Credentials& credentials) {
  auto all = credentials.list();
  if (!all) {
    return ApiError(std::move(all).error());
  }
  json::Array array;
  for (const CredentialInfo& one : *all) {
    array.push_back(view(one));
  }
  return json_reply(std::move(array));
}

}  // namespace

void Api::bind_credentials(contract::Router& router) {
  Credentials& credentials = engine.credentials();
  router.bind("createCredential", [&credentials](Call& call) -> ApiResult {
    auto id = credentials.create(call.object(), call.caller.id);
    if (!id) {
      return ApiError(std::move(id).error());
    }
    return json_reply(json::Value(*id));
  });
  router.bind("listCredentials", [&credentials](Call&) { return list(credentials); });
  router.bind("getCredential", [&credentials](Call& call) -> ApiResult {
    auto info = credentials.get(call.path("credentialId"));
    if (!info) {
      return ApiError(std::move(info).error());
    }
    return json_reply(view(*info));
  });
  router.bind("putCredential", [&credentials](Call& call) -> ApiResult {
    auto done = credentials.put(call.path("credentialId"), call.object(), call.caller.id);
    if (!done) {
      return ApiError(std::move(done).error());
    }
    return no_content();
  });
  router.bind("deleteCredential", [&credentials](Call& call) -> ApiResult {
    auto done = credentials.remove(call.path("credentialId"), call.caller.id);
    if (!done) {
      return ApiError(std::move(done).error());
    }
    return no_content();
  });
}

}  // namespace tartan::workflow
