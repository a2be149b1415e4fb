#include "items/demo.h"

#include "items/item.h"
#include "items/service.h"
#include "items/user.h"

namespace tartan::items {
namespace {

constexpr std::string_view kClientUserId = "tartan-demo";

// Runs an operation as the client would and answers one member of the reply.
PlaidResult<std::string> run(std::string_view path, const json::Object& body,
                             std::string_view member, const access::Client& client,
                             store::Database& sandbox, const Services& services) {
  auto reply = run_operation(path, json::print(body), client, access::Environment::sandbox, sandbox,
                             services);
  if (!reply) {
    return std::move(reply).error();
  }
  const auto parsed = json::parse(reply->body);
  const json::Value* value = parsed ? json::find(parsed->get_object(), member) : nullptr;
  if (value == nullptr || !value->is_string()) {
    return PlaidError{Code::internal_server_error,
                      std::string(path) + " did not answer " + std::string(member)};
  }
  return std::string(value->get_string());
}

}  // namespace

PlaidResult<Demo> make_demo(const access::Client& client, store::Database& sandbox,
                            const Services& services) {
  Demo demo;
  auto user = run("/user/create", {{"client_user_id", kClientUserId}, {"with_upgraded_user", true}},
                  "user_id", client, sandbox, services);
  if (!user) {
    return std::move(user).error();
  }
  demo.user_id = *std::move(user);
  for (const char* institution : {"ins_109508", "ins_109509", "ins_109511"}) {
    auto public_token = run("/sandbox/public_token/create",
                            {{"institution_id", institution},
                             {"initial_products", {"auth", "transactions"}},
                             {"user_id", demo.user_id}},
                            "public_token", client, sandbox, services);
    if (!public_token) {
      return std::move(public_token).error();
    }
    auto item = run("/item/public_token/exchange", {{"public_token", *public_token}}, "item_id",
                    client, sandbox, services);
    if (!item) {
      return std::move(item).error();
    }
    demo.item_ids.push_back(*std::move(item));
  }
  return demo;
}

std::optional<Demo> find_demo(const access::Client& client, store::Database& sandbox,
                              const Services& services) {
  std::optional<Demo> demo;
  const auto error = sandbox.read([&](store::Transaction& tx) {
    const json::Object no_body;
    const Call call{
        services, tx, no_body, client, access::Environment::sandbox, {}, services.clock.now()};
    const auto user = find_by_client_user_id(call, kClientUserId);
    if (!user) {
      return;
    }
    demo.emplace();
    demo->user_id = user->user_id;
    for (const Item& item : items_of(call, *user)) {
      demo->item_ids.push_back(item.item_id);
    }
  });
  return error ? std::nullopt : demo;
}

}  // namespace tartan::items
