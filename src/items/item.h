// Items: one login at one institution. Facts, section 3.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "items/endpoints/call.h"
#include "items/institution.h"
#include "items/sandbox_account.h"
#include "items/subscription.h"
#include "items/user.h"

namespace tartan::items {

// An Item that is removed has no state: its row is gone.
enum class ItemState {
  active = 0,
  terminated = 1,  // billing and tokens ended by /item/products/terminate; still listed
};

struct Item {
  std::string item_id;
  std::optional<std::string> user_id;
  std::string institution_id;
  ItemState state = ItemState::active;
  std::optional<std::string> webhook;
  std::string error_code;  // of an error that the sandbox put on it; empty: none
  std::string products;    // comma-separated, as it was made with
  UnixMs created_at = 0;
  UnixMs login_at = 0;  // when its owner last logged in
};

struct NewItem {
  const Institution& institution;
  const User* user;  // whose; nullptr: nobody's
  std::optional<std::string_view> webhook;
  std::vector<std::string_view> products;
  std::vector<Account> accounts;
};
// Makes an Item with its data and starts its subscriptions; answers its id. It has no access token
// until a public token of it is exchanged.
std::string create_item(Call& call, const NewItem& fresh);

// The caller's Item by access token. Errors: those of item_of_access_token, and item_not_found when
// the Item is removed or terminated.
PlaidResult<Item> find_item(const Call& call, std::string_view access_token);

// The Item's accounts, unsealed.
PlaidResult<std::vector<Account>> read_accounts(const Call& call, const Item& item);

// The error the Item is in, if any: product endpoints answer it.
std::optional<PlaidError> item_error(const Call& call, const Item& item);

// Whether the Item of a public token may still get an access token: it is neither removed nor
// terminated.
bool can_exchange(const Call& call, std::string_view item_id);

void set_webhook(Call& call, Item& item, std::optional<std::string_view> webhook);
void set_login_required(Call& call, const Item& item);

// Ends billing and tokens; the Item stays listed.
void terminate_item(Call& call, const Item& item);

// Removes one Item that is known to exist, for good: its row, data and key go, its tokens lead
// nowhere, its subscriptions end.
void remove_item(Call& call, const Item& item, EndCause cause);

// Removes Items of a User, all or none, and records it. `item_ids` may repeat an id. Errors:
// item_not_found naming every id that is not an Item now associated with the User; the caller's
// transaction must then be undone.
PlaidResult<Done> remove_items(Call& call, const User& user,
                               std::span<const std::string_view> item_ids);

// What `remove_items` answers for ids that are not Items of the User now.
PlaidError not_items_of_user(std::span<const std::string_view> ids);

// Removes every Item of the User; answers their ids.
std::vector<std::string> remove_all_items(Call& call, const User& user);

// Removes the User for good with every Item of it, ends its subscriptions and records it; answers
// the ids of those Items. Errors: those of open_profile.
PlaidResult<std::vector<std::string>> remove_user(Call& call, const User& user);

// Makes Items of the caller the User's, moving them from another where need be. Errors:
// item_not_found; the caller's transaction must then be undone.
PlaidResult<Done> associate_items(Call& call, const User& user,
                                  std::span<const std::string_view> item_ids);

// The Item object of a reply. The one of /item/get has members that others lack.
enum class ItemShape { plain, with_consent };
void write_item(json::Writer& out, const Call& call, const Item& item, ItemShape shape);

// The Items of a User in the order of their making.
std::vector<Item> items_of(const Call& call, const User& user);
// One of them, if it is.
std::optional<Item> find_item_of(const Call& call, const User& user, std::string_view item_id);
// Whose the Item is; nothing when there is none, or it is nobody's.
std::optional<std::string> owner_of_item(store::Transaction& tx, std::string_view item_id);

// The ids of Items that were made for the User begin with this.
std::string place_of(const User& user);

// What the Item was made with, and the part of it that is billed.
std::vector<std::string_view> products_of(const Item& item);
std::vector<std::string_view> billed_products_of(const Item& item);

}  // namespace tartan::items
