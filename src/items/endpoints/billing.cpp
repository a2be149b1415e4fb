// /tartan/billing/get.
#include "items/subscription.h"
#include "users_items.h"

namespace tartan::items {
namespace {

std::optional<std::string_view> given(const contract::Field<std::string_view>& field) {
  return field ? std::optional<std::string_view>(*field) : std::nullopt;
}

}  // namespace

PlaidResult<Reply> billing_get(Call& call, const api::BillingGetRequest& request) {
  const auto all = list_subscriptions(call.tx, call.client.client_id,
                                      {given(request.item_id), given(request.user_id)});
  return make_reply(call, [&](json::Writer& out) {
    out.key("subscriptions").begin_array();
    for (const Subscription& one : all) {
      write_subscription(out, one);
    }
    out.end_array();
  });
}

}  // namespace tartan::items
