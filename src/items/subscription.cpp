#include "items/subscription.h"

#include <algorithm>
#include <tuple>

#include "items/institution.h"
#include "items/item.h"
#include "items/user.h"

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

#define TARTAN_SUBSCRIPTION                                                              \
  "SELECT subscription_id, product, item_id, user_id, started_at, ended_at, ended_cause" \
  " FROM subscriptions WHERE client_id = ?1 AND "
constexpr Statement kOfOwner{TARTAN_SUBSCRIPTION
                             "owner_id = ?2 ORDER BY started_at, subscription_id LIMIT ?3"};
constexpr Statement kRunningOf{TARTAN_SUBSCRIPTION
                               "owner_id = ?2 AND ended_at IS NULL ORDER BY started_at,"
                               " subscription_id LIMIT ?3"};
constexpr Statement kOfPlace{TARTAN_SUBSCRIPTION
                             "owner_id >= ?2 AND owner_id < ?4 AND user_id = ?5"
                             " ORDER BY started_at, subscription_id LIMIT ?3"};
#undef TARTAN_SUBSCRIPTION

// Of a User that made and removed Items for years.
constexpr std::int64_t kListedMax = 5000;

Subscription read_row(const Cursor& row) {
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
  return one;
}

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
    all.push_back(read_row(row));
  }
  return all;
}

std::vector<Subscription> running_of(const Call& call, std::string_view owner_id) {
  std::vector<Subscription> all;
  Cursor row =
      call.tx.query(kRunningOf, {std::string_view(call.client.client_id), owner_id, kListedMax});
  while (row.next()) {
    all.push_back(read_row(row));
  }
  return all;
}

std::vector<Subscription> subscriptions_of(const Call& call, const User& user,
                                           std::span<const Item> items) {
  std::vector<Subscription> all;
  const auto take = [&](Cursor row) {
    while (row.next()) {
      all.push_back(read_row(row));
    }
  };
  const std::string_view client_id = call.client.client_id;
  const std::string place = place_of(user);
  const std::string behind = place + '~';  // after every letter and digit
  take(call.tx.query(kOfOwner, {client_id, std::string_view(user.user_id), kListedMax}));
  take(call.tx.query(kOfPlace, {client_id, std::string_view(place), kListedMax,
                                std::string_view(behind), std::string_view(user.user_id)}));
  for (const Item& item : items) {
    if (!item.item_id.starts_with(place)) {
      take(call.tx.query(kOfOwner, {client_id, std::string_view(item.item_id), kListedMax}));
    }
  }
  std::sort(all.begin(), all.end(), [](const Subscription& a, const Subscription& b) {
    return std::tie(a.started_at, a.subscription_id) < std::tie(b.started_at, b.subscription_id);
  });
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
