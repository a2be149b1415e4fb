// Items of the sandbox, made without a person who logs in. Facts, section 4.4.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "items/endpoints/call.h"
#include "items/institution.h"
#include "items/user.h"

namespace tartan::items {

struct SandboxItemChoice {
  std::string_view institution_id;
  std::vector<std::string_view> products;  // may repeat one
  const User* user = nullptr;              // whose; nullptr: nobody's
  std::optional<std::string_view> webhook;
  std::string_view username = "user_good";
  std::string_view password = "pass_good";
};

// What an Item of the institution can be made with.
std::vector<std::string_view> products_to_choose(const Institution& institution);

// Makes the Item, records it, answers its id. Errors: invalid_institution, invalid_product,
// products_not_supported, and those of make_sandbox_accounts.
PlaidResult<std::string> make_sandbox_item(Call& call, const SandboxItemChoice& choice);

}  // namespace tartan::items
