// Billing: what each Item or User is subscribed to, since when, and when and why it ended. Rows
// stay after removal.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "items/endpoints/call.h"

namespace tartan::items {

struct Item;
struct User;

enum class EndCause {
  item_removed,
  user_items_removed,
  item_terminated,
  user_products_terminated,
  user_removed,
};
std::string_view name_of(EndCause cause);

struct Subscription {
  std::string subscription_id;
  std::string product;
  std::optional<std::string> item_id;  // none: a subscription of the User
  std::optional<std::string> user_id;
  UnixMs started_at = 0;
  std::optional<UnixMs> ended_at;
  std::string ended_cause;
};

// Starts what `products` of a new Item cost by subscription: per Item, or, for the products that
// are a User's, per User unless one is running already.
void start_subscriptions(Call& call, std::string_view item_id,
                         const std::optional<std::string>& user_id,
                         const std::vector<std::string_view>& products);

// Ends the running subscriptions of an Item or of a User (never the User's Items').
void end_subscriptions(Call& call, std::string_view owner_id, EndCause cause);

struct SubscriptionFilter {
  std::optional<std::string_view> item_id;
  std::optional<std::string_view> user_id;
};
// Of one client, newest owners last.
std::vector<Subscription> list_subscriptions(store::Transaction& tx, std::string_view client_id,
                                             const SubscriptionFilter& filter);

// What runs for an Item or a User.
std::vector<Subscription> running_of(const Call& call, std::string_view owner_id);

// All of a User and of the Items that were made for it or are its now, the oldest first; of very
// many the first thousands.
std::vector<Subscription> subscriptions_of(const Call& call, const User& user,
                                           std::span<const Item> items);

void write_subscription(json::Writer& out, const Subscription& subscription);

}  // namespace tartan::items
