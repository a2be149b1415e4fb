// How Users, Items and what belongs to them read in the workbench API (api/workbench.yaml). Never a
// token, an account number or a personal detail.
#pragma once

#include "items/deed.h"
#include "items/item.h"
#include "items/journal.h"
#include "items/removal_preview.h"

namespace tartan::server {

json::Object view_user_row(const items::Call& call, const items::User& user);
// With Items, tokens and subscriptions.
json::Object view_user(const items::Call& call, const items::User& user);
// The members that an Item and one about to be removed share.
json::Object view_item(const items::Call& call, const items::Item& item);
json::Array view_accounts(const std::vector<items::Account>& accounts);
json::Array view_subscriptions(const std::vector<items::Subscription>& subscriptions);
json::Object view_institution(const items::Institution& institution);
// `user_token` stands in the call of a User of the older API.
json::Object view_preview(const items::Call& call, const items::User& user,
                          const items::RemovalPreview& preview,
                          const std::vector<std::string_view>& item_ids,
                          const std::string& base_url);
// Of `items::preview_user_removal`.
json::Object view_user_preview(const items::Call& call, const items::User& user,
                               const items::RemovalPreview& preview, const std::string& base_url);
// "2 Items were removed from a User"
std::string say_removal(const items::Removal& removal);

json::Object view_journal_row(const items::JournalEntry& entry);
json::Object view_journal_entry(const items::JournalEntry& entry);

}  // namespace tartan::server
