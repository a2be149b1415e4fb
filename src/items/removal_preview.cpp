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

std::vector<std::string> describe(const RemovalPreview& preview) {
  if (!preview.strangers.empty()) {
    return {"Nothing is removed: " +
            count(preview.strangers.size(), "id is not an Item", "ids are not Items") +
            " of this User now, and a removal is all or none."};
  }
  std::map<std::string, std::size_t, std::less<>> institutions;
  std::map<std::string, std::size_t, std::less<>> products;
  std::size_t accounts = 0;
  std::size_t tokens = 0;
  std::size_t subscriptions = 0;
  for (const DoomedItem& doomed : preview.items) {
    ++institutions[name_of_institution(doomed.item)];
    accounts += doomed.accounts.size();
    tokens += doomed.access_tokens;
    subscriptions += doomed.ending.size();
    for (const Subscription& one : doomed.ending) {
      ++products[one.product];
    }
  }
  std::vector<std::string> said;
  said.push_back(count(preview.items.size(), "Item is", "Items are") +
                 " removed for good: " + list_counted(institutions) + ".");
  said.push_back("The data of " + count(accounts, "account is", "accounts is") +
                 " deleted, together with the " + (preview.items.size() == 1 ? "key" : "keys") +
                 " that sealed it.");
  said.push_back(tokens == 0 ? "No access token is in use."
                             : count(tokens, "access token stops", "access tokens stop") +
                                   " working at once; calls with " + (tokens == 1 ? "it" : "them") +
                                   " answer ITEM_NOT_FOUND.");
  said.push_back(subscriptions == 0
                     ? "No subscription ends."
                     : count(subscriptions, "subscription ends", "subscriptions end") +
                           " now: " + list_counted(products) + ".");
  said.emplace_back("No webhook is sent.");
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

std::vector<std::optional<UnixMs>> working_tokens(const Call& call, const Item& item) {
  return item.state == ItemState::active ? access_tokens_of(call, item.item_id)
                                         : std::vector<std::optional<UnixMs>>{};
}

}  // namespace tartan::items
