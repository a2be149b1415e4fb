#include "items/removal_preview.h"

#include <map>
#include <unordered_set>

#include "items/token.h"

namespace tartan::items {
namespace {

std::string count(std::size_t number, std::string_view one, std::string_view many) {
  return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

// "First Platypus Bank, Tartan Bank (2)"
std::string list_counted(const std::map<std::string, std::size_t, std::less<>>& names) {
  std::string text;
  for (const auto& [name, times] : names) {
    text.append(text.empty() ? "" : ", ").append(name);
    text += times > 1 ? " (" + std::to_string(times) + ")" : "";
  }
  return text;
}

std::string name_of_institution(const Item& item) {
  const Institution* institution = find_institution(item.institution_id);
  return std::string(institution != nullptr ? institution->name
                                            : std::string_view(item.institution_id));
}

// What ends with Items, counted.
struct Doom {
  std::map<std::string, std::size_t, std::less<>> institutions;
  std::map<std::string, std::size_t, std::less<>> products;
  std::size_t accounts = 0;
  std::size_t tokens = 0;
  std::size_t subscriptions = 0;

  void add(const std::vector<Subscription>& ending) {
    subscriptions += ending.size();
    for (const Subscription& one : ending) {
      ++products[one.product];
    }
  }
};

Doom sum_up(const std::vector<DoomedItem>& items) {
  Doom doom;
  for (const DoomedItem& doomed : items) {
    ++doom.institutions[name_of_institution(doomed.item)];
    doom.accounts += doomed.accounts.size();
    doom.tokens += doomed.access_tokens;
    doom.add(doomed.ending);
  }
  return doom;
}

void say_doom(std::vector<std::string>& said, const Doom& doom, std::size_t items) {
  if (items > 0) {
    said.push_back("The data of " + count(doom.accounts, "account is", "accounts is") +
                   " deleted, together with the " + (items == 1 ? "key" : "keys") +
                   " that sealed it.");
  }
  said.push_back(doom.tokens == 0
                     ? "No access token is in use."
                     : count(doom.tokens, "access token stops", "access tokens stop") +
                           " working at once; calls with " + (doom.tokens == 1 ? "it" : "them") +
                           " answer ITEM_NOT_FOUND.");
  said.push_back(doom.subscriptions == 0
                     ? "No subscription ends."
                     : count(doom.subscriptions, "subscription ends", "subscriptions end") +
                           " now: " + list_counted(doom.products) + ".");
  said.emplace_back("No webhook is sent.");
}

}  // namespace

RemovalPreview preview_removal(const Call& call, const User& user,
                               std::span<const std::string_view> item_ids) {
  RemovalPreview preview;
  std::unordered_set<std::string_view> seen;
  for (const std::string_view item_id : item_ids) {
    if (!seen.insert(item_id).second) {
      continue;
    }
    auto item = find_item_of(call, user, item_id);
    if (!item) {
      preview.strangers.emplace_back(item_id);
      continue;
    }
    DoomedItem doomed;
    doomed.item = *std::move(item);
    if (auto accounts = read_accounts(call, doomed.item)) {
      doomed.accounts = *std::move(accounts);
    }
    doomed.access_tokens = working_tokens(call, doomed.item).size();
    doomed.ending = running_of(call, item_id);
    preview.items.push_back(std::move(doomed));
  }
  preview.items_kept = items_of(call, user).size() - preview.items.size();
  preview.user_subscriptions = running_of(call, user.user_id);
  return preview;
}

RemovalPreview preview_user_removal(const Call& call, const User& user) {
  const std::vector<Item> items = items_of(call, user);
  std::vector<std::string_view> item_ids;
  item_ids.reserve(items.size());
  for (const Item& item : items) {
    item_ids.emplace_back(item.item_id);
  }
  return preview_removal(call, user, item_ids);
}

std::vector<std::string> describe(const RemovalPreview& preview) {
  if (!preview.strangers.empty()) {
    return {"Nothing is removed: " +
            count(preview.strangers.size(), "id is not an Item", "ids are not Items") +
            " of this User now, and a removal is all or none."};
  }
  const Doom doom = sum_up(preview.items);
  std::vector<std::string> said;
  said.push_back(count(preview.items.size(), "Item is", "Items are") +
                 " removed for good: " + list_counted(doom.institutions) + ".");
  say_doom(said, doom, preview.items.size());
  said.push_back("The User stays, with " + count(preview.items_kept, "other Item", "other Items") +
                 ".");
  if (!preview.user_subscriptions.empty()) {
    said.push_back(count(preview.user_subscriptions.size(), "subscription", "subscriptions") +
                   " of the User itself " +
                   (preview.user_subscriptions.size() == 1 ? "goes" : "go") +
                   " on until its products are terminated or it is removed.");
  }
  return said;
}

std::vector<std::string> describe_user_removal(const User& user, const RemovalPreview& preview) {
  Doom doom = sum_up(preview.items);
  doom.add(preview.user_subscriptions);
  std::vector<std::string> said;
  said.emplace_back("The User is removed for good, with its personal details.");
  said.push_back(preview.items.empty() ? "It has no Item."
                                       : count(preview.items.size(), "Item goes", "Items go") +
                                             " with it: " + list_counted(doom.institutions) + ".");
  say_doom(said, doom, preview.items.size());
  said.emplace_back(user.generation == access::Generation::legacy
                        ? "No User can be made with its client_user_id again."
                        : "A new User may be made with its client_user_id.");
  return said;
}

std::vector<std::optional<UnixMs>> working_tokens(const Call& call, const Item& item) {
  return item.state == ItemState::active ? access_tokens_of(call, item.item_id)
                                         : std::vector<std::optional<UnixMs>>{};
}

}  // namespace tartan::items
