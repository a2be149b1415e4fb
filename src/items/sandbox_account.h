// The accounts that a sandbox login holds: the documented fixture of user_good, the personas, and
// what a caller describes with user_custom. Facts, sections 4.4 and 8.1.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "items/plaid_error.h"
#include "json/json.h"

namespace tartan::items {

struct AccountNumbers {
  std::string account;
  std::string routing;
  std::string wire_routing;
};

// Amounts are in units of the currency, as Plaid's are.
struct Account {
  std::string account_id;
  std::string mask;
  std::string name;
  std::optional<std::string> official_name;
  std::string type;
  std::string subtype;
  std::optional<double> available;
  std::optional<double> current;
  std::optional<double> limit;
  std::string iso_currency_code = "USD";
  std::optional<AccountNumbers> numbers;
  json::Array owners;  // objects with names, emails, phone_numbers and addresses
};

// The accounts of a login. The same username, password and seed give the same accounts, account ids
// included. Errors: item_failure, item_login_required or institution_failure for a login that the
// sandbox refuses (wrong credentials, or a password error_<CODE> that asks for that error);
// invalid_field for a user_custom password that is no valid description.
PlaidResult<std::vector<Account>> make_sandbox_accounts(std::string_view username,
                                                        std::string_view password,
                                                        std::uint64_t seed);

// Whether `text` has the form of an account id: 37 letters and digits.
bool is_account_id(std::string_view text);

// All of it as JSON, for the sealed row, and back.
std::string print_accounts(const std::vector<Account>& accounts);
std::vector<Account> read_accounts(const json::Value& stored);

// The AccountBase object of a reply.
void write_account(json::Writer& out, const Account& account);

}  // namespace tartan::items
