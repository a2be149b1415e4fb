// The sandbox login user_custom: its password is a JSON description of the accounts it holds.
#pragma once

#include <string_view>
#include <vector>

#include "items/plaid_error.h"
#include "items/sandbox_account.h"

namespace tartan::items {

// Reads {"override_accounts": [{"type", "subtype", "starting_balance", "force_available_balance",
// "currency", "meta": {"name", "official_name", "limit", "mask"}, "numbers": {"account",
// "ach_routing", "ach_wire_routing"}, "identity": {"names", "emails", "phone_numbers",
// "addresses"}}]}. What is left out gets a default; `owners` is the default identity. Account ids
// are the caller's to give. A mask is that of "meta", else the end of the account number. Errors:
// invalid_field, naming the member; members that Plaid knows and Tartan does not use yet are
// refused, so that nobody waits for data that never comes.
PlaidResult<std::vector<Account>> make_custom_accounts(std::string_view description,
                                                       const json::Array& owners);

}  // namespace tartan::items
