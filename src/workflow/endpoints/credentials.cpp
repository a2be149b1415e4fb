#include "workflow/credentials.h"

#include "workflow/api.h"

namespace tartan::workflow {
namespace {

using contract::ApiError;
using contract::ApiResult;
using contract::Call;

json::Object view(const CredentialInfo& info, const DefinitionStore::NamedByCredential& users) {
  json::Array hosts(info.hosts.begin(), info.hosts.end());
  json::Array used_by;
  if (const auto found = users.find(info.credential_id); found != users.end()) {
    for (const auto& [id, name] : found->second) {
      used_by.push_back(json::Object{{"id", id}, {"name", name}});
    }
  }
  json::Object object{{"id", info.credential_id},
                      {"name", info.name},
                      {"type", name_of(info.type)},
                      {"hosts", std::move(hosts)},
                      {"createdOn", format_utc_ms(info.created_at)},
                      {"modifiedOn", format_utc_ms(info.updated_at)},
                      {"usedBy", std::move(used_by)}};
  for (const auto& member : info.shown) {
    object[member.key()] = member.value();
  }
  return object;
}

ApiResult list(Engine& engine) {
  auto all = engine.credentials().list();
  if (!all) {
    return ApiError(std::move(all).error());
  }
  const auto users = engine.definitions().users_of_credentials();
  if (!users) {
    return ApiError(users.error());
  }
  json::Array array;
  for (const CredentialInfo& one : *all) {
    array.push_back(view(one, *users));
  }
  return json_reply(std::move(array));
}

ApiResult get(Engine& engine, Call& call) {
  auto info = engine.credentials().get(call.path("credentialId"));
  if (!info) {
    return ApiError(std::move(info).error());
  }
  const auto users = engine.definitions().users_of_credentials();
  if (!users) {
    return ApiError(users.error());
  }
  return json_reply(view(*info, *users));
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
  router.bind("listCredentials", [this](Call&) { return list(engine); });
  router.bind("getCredential", [this](Call& call) { return get(engine, call); });
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
