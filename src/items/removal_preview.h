// What removing Items of a User, or the User, would do, without doing it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "items/item.h"

namespace tartan::items {

struct DoomedItem {
  Item item;
  std::vector<Account> accounts;  // none when they can't be read
  std::size_t access_tokens = 0;  // that stop working
  std::vector<Subscription> ending;
};

struct RemovalPreview {
  std::vector<DoomedItem> items;       // in the order given, each once
  std::vector<std::string> strangers;  // ids that are not Items of the User: nothing would be done
  std::size_t items_kept = 0;
  // On the User's own level: they go on, unless the User itself is removed.
  std::vector<Subscription> user_subscriptions;
};

RemovalPreview preview_removal(const Call& call, const User& user,
                               std::span<const std::string_view> item_ids);

// Of the User itself: every Item goes.
RemovalPreview preview_user_removal(const Call& call, const User& user);

// The effect in sentences.
std::vector<std::string> describe(const RemovalPreview& preview);
std::vector<std::string> describe_user_removal(const User& user, const RemovalPreview& preview);

// The access tokens of an Item that can be called.
std::vector<std::optional<UnixMs>> working_tokens(const Call& call, const Item& item);

}  // namespace tartan::items
