// Sandbox logins hold the documented accounts, the same for the same seed; refused logins say so.
#include "items/sandbox_account.h"

#include <gtest/gtest.h>

namespace tartan::items {
namespace {

std::vector<Account> accounts_of(std::string_view username, std::string_view password,
                                 std::uint64_t seed = 1) {
  auto made = make_sandbox_accounts(username, password, seed);
  EXPECT_TRUE(made.ok()) << (made ? "" : made.error().message);
  return made ? *std::move(made) : std::vector<Account>();
}

TEST(SandboxAccount, UserGoodHasTheDocumentedFixture) {
  const auto accounts = accounts_of("user_good", "pass_good");
  ASSERT_EQ(accounts.size(), 4U);
  EXPECT_EQ(accounts[0].name, "Plaid Checking");
  EXPECT_EQ(accounts[0].available, 100);
  EXPECT_EQ(accounts[0].current, 110);
  EXPECT_EQ(accounts[1].numbers->account, "1111222233331111");
  EXPECT_FALSE(accounts[2].available.has_value());
  EXPECT_EQ(accounts[3].type, "credit");
  EXPECT_EQ(accounts[3].limit, 2000);
  EXPECT_EQ(accounts[3].official_name, "Plaid Diamond 12.5% APR Interest Credit Card");
}

TEST(SandboxAccount, TheSameSeedGivesTheSameAccountsAndStorageKeepsThem) {
  for (const char* user : {"user_good", "user_yuppie", "user_small_business"}) {
    const std::string once = print_accounts(accounts_of(user, "pass_good", 5));
    EXPECT_EQ(once, print_accounts(accounts_of(user, "pass_good", 5)));
    EXPECT_NE(once, print_accounts(accounts_of(user, "pass_good", 6)));
    EXPECT_EQ(print_accounts(read_accounts(*json::parse(once))), once);
  }
}

TEST(SandboxAccount, CustomUsersHoldWhatTheyDescribe) {
  const auto accounts = accounts_of("user_custom", R"({"override_accounts": [
    {"type": "depository", "subtype": "savings", "starting_balance": 12.5,
     "meta": {"name": "Mine", "official_name": "My Savings", "limit": 3},
     "numbers": {"account": "9876501234567", "ach_routing": "011401533"},
     "identity": {"names": ["Planted Owner"]}}]})");
  ASSERT_EQ(accounts.size(), 1U);
  EXPECT_EQ(accounts[0].name, "Mine");
  EXPECT_EQ(accounts[0].mask, "4567");
  EXPECT_EQ(accounts[0].current, 12.5);
  EXPECT_EQ(json::print(json::Value(accounts[0].owners)).find(R"([{"names":["Planted Owner"])"),
            0U);
}

TEST(SandboxAccount, RefusesCustomUsersThatMakeNoSense) {
  for (const char* description :
       {"", "[]", "{}", R"({"override_accounts": []})", R"({"override_accounts": [5]})",
        R"({"override_accounts": [{"type": "boat", "subtype": "sail"}]})",
        R"({"override_accounts": [{"starting_balance": "much"}]})",
        R"({"override_accounts": [{"transactions": []}]})",
        R"({"override_accounts": [{"currency": "dollars"}]})",
        R"({"override_accounts": [{"meta": {"mask": "12345"}}]})",
        R"({"override_accounts": [{"meta": {"name": "a\u0000b"}}]})",
        R"({"override_accounts": [{"identity": {"names": [5]}}]})",
        R"({"override_accounts": [{"identity": {"emails": ["a@b.co"]}}]})",
        R"({"override_accounts": [{"identity": {"emails": [{"primary": true}]}}]})",
        R"({"override_accounts": [{"identity": {"addresses": [{"primary": true}]}}]})"}) {
    const auto made = make_sandbox_accounts("user_custom", description, 1);
    ASSERT_FALSE(made.ok()) << description;
    EXPECT_EQ(made.error().code, Code::invalid_field);
  }
}

TEST(SandboxAccount, KeepsTheMaskThatACustomUserNamesAndFillsInTheRest) {
  const auto accounts = accounts_of("user_custom", R"({"override_accounts": [
    {"meta": {"mask": "77"}, "numbers": {"account": "123456789"}},
    {"type": "loan", "subtype": "installment", "numbers": {},
     "identity": {"emails": [{"data": "a@b.co"}, {"data": "c@d.co"}]}}]})");
  ASSERT_EQ(accounts.size(), 2U);
  EXPECT_EQ(accounts[0].mask, "77");
  EXPECT_EQ(accounts[1].numbers->account, "111122223333" + accounts[1].mask);
  EXPECT_EQ(json::print(accounts[1].owners.front().at("emails")),
            R"([{"data":"a@b.co","primary":true,"type":"primary"},)"
            R"({"data":"c@d.co","primary":false,"type":"primary"}])");
}

TEST(SandboxAccount, NeverCutsACharacterOfAMemberNameInHalf) {
  const std::string name = std::string(59, 'a') + "\xc3\xa9";
  const auto made =
      make_sandbox_accounts("user_custom", R"({"override_accounts": [{")" + name + R"(": 1}]})", 1);
  ASSERT_FALSE(made.ok());
  // The reply is JSON only if the message is UTF-8.
  EXPECT_TRUE(json::parse(render(made.error(), "r")).ok()) << made.error().message;
}

TEST(SandboxAccount, CardsOfPersonasAddUpToTheirLimit) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const Account& account : accounts_of("user_yuppie", "any", seed)) {
      if (account.limit) {
        EXPECT_EQ(*account.available + *account.current, *account.limit);
      }
    }
  }
}

TEST(SandboxAccount, PrintsAccountBase) {
  std::string text;
  json::Writer out(text);
  write_account(out, accounts_of("user_good", "pass_good")[2]);
  json::Object printed = json::parse(text)->get_object();
  EXPECT_EQ(printed.at("account_id").as_string().size(), 37U);
  printed.erase("account_id");
  const json::Value expected = *json::parse(R"({
    "balances": {"available": null, "current": 1000, "iso_currency_code": "USD", "limit": null,
                 "unofficial_currency_code": null},
    "holder_category": "personal", "mask": "2222", "name": "Plaid CD",
    "official_name": "Plaid Bronze Standard 0.2% Interest CD", "subtype": "cd",
    "type": "depository"})");
  EXPECT_EQ(json::Value(printed), expected);
}

TEST(SandboxAccount, RefusedLoginsAnswerTheirError) {
  const auto code = [](std::string_view username, std::string_view password) {
    const auto made = make_sandbox_accounts(username, password, 1);
    return made ? std::string("accepted") : std::string(wire(made.error()).code);
  };
  EXPECT_EQ(code("user_good", "wrong"), "INVALID_CREDENTIALS");
  EXPECT_EQ(code("nobody", "pass_good"), "INVALID_CREDENTIALS");
  EXPECT_EQ(code("user_good", "error_ITEM_LOCKED"), "ITEM_LOCKED");
  EXPECT_EQ(code("user_good", "error_INSTITUTION_DOWN"), "INSTITUTION_DOWN");
  EXPECT_EQ(code("user_good", "error_ITEM_LOGIN_REQUIRED"), "ITEM_LOGIN_REQUIRED");
  EXPECT_EQ(code("user_good", "error_NOBODY_KNOWS"), "INVALID_FIELD");
  EXPECT_EQ(code("user_good", "error_INSTITUTION_REGISTRATION_REQUIRED"),
            "INSTITUTION_REGISTRATION_REQUIRED");
  EXPECT_EQ(code("user_good", "mfa_device"), "accepted");
  EXPECT_EQ(code("user_good", "{}"), "accepted");
  EXPECT_EQ(code("user_bank_income", "{}"), "accepted");
}

}  // namespace
}  // namespace tartan::items
