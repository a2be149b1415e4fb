#include "items/subscription.h"

#include "items/institution.h"

namespace tartan::items {
namespace {

using store::Cursor;
using store::Statement;

constexpr Statement kStart{
    "INSERT INTO subscriptions (client_id, owner_id, product, started_at, subscription_id, item_id,"
    " user_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"};
constexpr Statement kRunning{
    "SELECT 1 FROM subscriptions WHERE client_id = ?1 AND owner_id = ?2 AND product = ?3"
    " AND ended_at IS NULL"};
constexpr Statement kEnd{
    "UPDATE subscriptions SET ended_at = ?3, ended_cause = ?4"
    " WHERE client_id = ?1 AND owner_id = ?2 AND ended_at IS NULL"};
constexpr Statement kList{
    "SELECT subscription_id, product, item_id, user_id, started_at, ended_at, ended_cause"
    " FROM subscriptions WHERE client_id = ?1 AND (?2 IS NULL OR item_id = ?2)"
    " AND (?3 IS NULL OR user_id = ?3) ORDER BY started_at, subscription_id"};

void start(Call& call, std::string_view owner_id, std::string_view product,
           const std::optional<std::string_view>& item_id,
           const std::optional<std::string_view>& user_id) {
  const std::string id = "sub_" + random_base62(call.services.random, 16);
  call.tx.execute(
      kStart, {std::string_view(call.client.client_id), owner_id, product, call.now,
               std::string_view(id), store::text_or_null(item_id), store::text_or_null(user_id)});
}

bool is_running(const Call& call, std::string_view owner_id, std::string_view product) {
  return call.tx.query(kRunning, {std::string_view(call.client.client_id), owner_id, product})
      .next();
}

}  // namespace

std::string_view name_of(EndCause cause) {
  switch (cause) {
    case EndCause::item_removed:
      return "item_removed";
    case EndCause::user_items_removed:
      return "user_items_removed";
    case EndCause::item_terminated:
      return "item_terminated";
    case EndCause::user_products_terminated:
      return "user_products_terminated";
    case EndCause::user_removed:
      return "user_removed";
  }
  return {};
}

void start_subscriptions(Call& call, std::string_view item_id,
                         const std::optional<std::string>& user_id,
                         const std::vector<std::string_view>& products) {
  for (const std::string_view product : products) {
    const Billing billing = billing_of(product);
    if (billing == Billing::per_user_subscription && user_id) {
      if (!is_running(call, *user_id, product)) {
        start(call, *user_id, product, std::nullopt, *user_id);
      }
    } else if (billing == Billing::per_item_subscription ||
               billing == Billing::per_user_subscription) {
      start(call, item_id, product, item_id, user_id);
    }
  }
}

void end_subscriptions(Call& call, std::string_view owner_id, EndCause cause) {
  call.tx.execute(kEnd,
                  {std::string_view(call.client.client_id), owner_id, call.now, name_of(cause)});
}

std::vector<Subscription> list_subscriptions(store::Transaction& tx, std::string_view client_id,
                                             const SubscriptionFilter& filter) {
  std::vector<Subscription> all;
  Cursor row = tx.query(
      kList, {client_id, store::text_or_null(filter.item_id), store::text_or_null(filter.user_id)});
  while (row.next()) {
    Subscription one;
    one.subscription_id = row.text(0);
    one.product = row.text(1);
    one.item_id = row.text_or_nothing(2);
    one.user_id = row.text_or_nothing(3);
    one.started_at = row.integer(4);
    if (!row.is_null(5)) {
      one.ended_at = row.integer(5);
      one.ended_cause = row.text(6);
    }
    all.push_back(std::move(one));
  }
  return all;
}

void write_subscription(json::Writer& out, const Subscription& subscription) {
  const auto text_or_null = [&](const std::optional<std::string>& text) {
    out.string_or_null(text.has_value(), text.value_or(""));
  };
  out.begin_object();
  out.key("subscription_id").string(subscription.subscription_id);
  out.key("product").string(subscription.product);
  out.key("level").string(subscription.item_id ? "item" : "user");
  out.key("item_id");
  text_or_null(subscription.item_id);
  out.key("user_id");
  text_or_null(subscription.user_id);
  out.key("status").string(subscription.ended_at ? "ended" : "active");
  out.key("started_at").string(format_utc(subscription.started_at));
  out.key("ended_at")
      .string_or_null(subscription.ended_at.has_value(),
                      format_utc(subscription.ended_at.value_or(0)));
  out.key("ended_cause")
      .string_or_null(!subscription.ended_cause.empty(), subscription.ended_cause);
  out.end_object();
}

}  // namespace tartan::items
