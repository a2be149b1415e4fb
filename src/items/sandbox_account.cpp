#include "items/sandbox_account.h"

#include <algorithm>
#include <array>

#include "base/random.h"
#include "items/custom_user.h"

namespace tartan::items {
namespace {

constexpr std::size_t kAccountIdLength = 37;
constexpr std::string_view kRouting = "011401533";
constexpr std::string_view kWireRouting = "021000021";

struct Template {
  const char* mask;
  const char* name;
  const char* official_name;
  const char* type;
  const char* subtype;
  double available;
  double current;
  double limit;
};
// Stands for an amount that the account does not have.
constexpr double kNone = -1;

// The documented accounts of user_good.
constexpr Template kGood[] = {
    {"0000", "Plaid Checking", "Plaid Gold Standard 0% Interest Checking", "depository", "checking",
     100, 110, kNone},
    {"1111", "Plaid Saving", "Plaid Silver Standard 0.1% Interest Saving", "depository", "savings",
     200, 210, kNone},
    {"2222", "Plaid CD", "Plaid Bronze Standard 0.2% Interest CD", "depository", "cd", kNone, 1000,
     kNone},
    {"3333", "Plaid Credit Card", "Plaid Diamond 12.5% APR Interest Credit Card", "credit",
     "credit card", kNone, 410, 2000}};

constexpr Template kSmallBusiness[] = {
    {"0001", "Business Checking", "Plaid Business Checking", "depository", "checking", 21400, 22150,
     kNone},
    {"0002", "Business Reserve", "Plaid Business Reserve", "depository", "savings", 48000, 48000,
     kNone},
    {"0003", "Business Card", "Plaid Business Card", "credit", "credit card", 11200, 3800, 15000}};

constexpr Template kPersonal[] = {
    {"0100", "Everyday Checking", "Plaid Everyday Checking", "depository", "checking", 1840, 1902,
     kNone},
    {"0101", "Rainy Day Savings", "Plaid Rainy Day Savings", "depository", "savings", 5200, 5200,
     kNone},
    {"0102", "Everyday Card", "Plaid Everyday Card", "credit", "credit card", 4100, 900, 5000}};

// Usernames with accounts of their own; user_good's are the fixture.
constexpr std::array<std::string_view, 18> kPersonas = {"user_transactions_dynamic",
                                                        "user_ewa_user",
                                                        "user_yuppie",
                                                        "user_credit_profile_excellent",
                                                        "user_credit_profile_good",
                                                        "user_credit_profile_poor",
                                                        "user_credit_bonus",
                                                        "user_credit_joint_account",
                                                        "user_bank_income",
                                                        "user_prism_1",
                                                        "user_prism_2",
                                                        "user_prism_3",
                                                        "user_prism_4",
                                                        "user_prism_5",
                                                        "user_prism_6",
                                                        "user_prism_7",
                                                        "user_prism_8",
                                                        "user_small_business"};

constexpr std::string_view kFirstNames[] = {"Alberta", "Bela", "Carmen", "Dorian", "Edda", "Farid"};
constexpr std::string_view kLastNames[] = {"Charleson", "Novak", "Okafor", "Reyes", "Sund", "Wu"};

template <std::size_t N>
std::string pick(SeededRandom& random, const std::string_view (&names)[N]) {
  return std::string(names[random.next() % N]);
}

json::Array make_owner(SeededRandom& random) {
  const std::string name = pick(random, kFirstNames) + " " + pick(random, kLastNames);
  std::string email = "owner" + std::to_string(random.next() % 10000) + "@example.com";
  // 555-0100 to 555-0199 are kept free for fiction: nobody's telephone rings.
  std::string phone = "+141555501" + std::to_string(10 + random.next() % 90);
  return {json::Object{
      {"names", json::Array{json::Value(name)}},
      {"emails",
       json::Array{json::Object{{"data", email}, {"primary", true}, {"type", "primary"}}}},
      {"phone_numbers",
       json::Array{json::Object{{"data", phone}, {"primary", true}, {"type", "mobile"}}}},
      {"addresses", json::Array{json::Object{{"data",
                                              {{"street", "2992 Cameron Road"},
                                               {"city", "Malakoff"},
                                               {"region", "NY"},
                                               {"postal_code", "14236"},
                                               {"country", "US"}}},
                                             {"primary", true}}}}}};
}

std::optional<double> amount(double value) {
  return value == kNone ? std::nullopt : std::optional<double>(value);
}

std::vector<Account> from_templates(std::span<const Template> templates, SeededRandom& random,
                                    double scale) {
  const json::Array owners = make_owner(random);
  std::vector<Account> accounts;
  for (const Template& shape : templates) {
    Account account;
    account.mask = shape.mask;
    account.name = shape.name;
    account.official_name = shape.official_name;
    account.type = shape.type;
    account.subtype = shape.subtype;
    account.available = shape.available == kNone ? std::nullopt : amount(shape.available * scale);
    account.current = shape.current * scale;
    account.limit = shape.limit == kNone ? std::nullopt : amount(shape.limit * scale);
    account.owners = owners;
    if (account.subtype == "checking" || account.subtype == "savings") {
      // The documented number of the fixture's second account; the mask is its end.
      account.numbers = AccountNumbers{"111122223333" + account.mask, std::string(kRouting),
                                       std::string(kWireRouting)};
    }
    accounts.push_back(std::move(account));
  }
  return accounts;
}

bool is_item_error(std::string_view code) {
  constexpr std::string_view codes[] = {"ITEM_LOCKED",
                                        "INVALID_CREDENTIALS",
                                        "INVALID_MFA",
                                        "INVALID_SEND_METHOD",
                                        "INVALID_UPDATED_USERNAME",
                                        "ITEM_NOT_SUPPORTED",
                                        "MFA_NOT_SUPPORTED",
                                        "NO_ACCOUNTS",
                                        "USER_SETUP_REQUIRED",
                                        "USER_INPUT_TIMEOUT",
                                        "PASSWORD_RESET_REQUIRED",
                                        "INSUFFICIENT_CREDENTIALS",
                                        "ACCESS_NOT_GRANTED",
                                        "INVALID_OTP",
                                        "INVALID_PHONE_NUMBER",
                                        "COUNTRY_NOT_SUPPORTED",
                                        "INSTANT_MATCH_FAILED",
                                        "NO_AUTH_ACCOUNTS",
                                        "NO_INVESTMENT_ACCOUNTS",
                                        "NO_LIABILITY_ACCOUNTS"};
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

bool is_institution_error(std::string_view code) {
  constexpr std::string_view codes[] = {"INSTITUTION_DOWN",
                                        "INSTITUTION_NOT_RESPONDING",
                                        "INSTITUTION_NOT_AVAILABLE",
                                        "INSTITUTION_NO_LONGER_SUPPORTED",
                                        "INSTITUTION_NOT_ENABLED_IN_ENVIRONMENT",
                                        "INSTITUTION_REGISTRATION_REQUIRED",
                                        "UNAUTHORIZED_INSTITUTION",
                                        "UNSUPPORTED_RESPONSE"};
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

// The error that the password error_<CODE> asks for.
PlaidError asked_error(std::string_view code) {
  const std::string message = "the sandbox was asked for this error by the password error_" +
                              std::string(code.substr(0, 60));
  if (code == "ITEM_LOGIN_REQUIRED") {
    return {Code::item_login_required, message};
  }
  if (code == "INTERNAL_SERVER_ERROR") {
    return {Code::internal_server_error, message};
  }
  if (is_item_error(code)) {
    return {Code::item_failure, message, std::string(code)};
  }
  if (is_institution_error(code)) {
    return {Code::institution_failure, message, std::string(code)};
  }
  return {Code::invalid_field,
          "options.override_password: error_<CODE> names no error that the sandbox can give"};
}

PlaidError wrong_credentials() {
  return {Code::item_failure,
          "the institution refused these credentials; the sandbox's are user_good and pass_good",
          "INVALID_CREDENTIALS"};
}

PlaidResult<std::vector<Account>> good_accounts(std::string_view password, SeededRandom& random) {
  constexpr std::string_view asks = "error_";
  if (password.starts_with(asks)) {
    return asked_error(password.substr(asks.size()));
  }
  if (password != "pass_good" && password != "microdeposits_good" && password != "{}" &&
      !password.starts_with("mfa_")) {
    return wrong_credentials();
  }
  return from_templates(kGood, random, 1);
}

PlaidResult<std::vector<Account>> login(std::string_view username, std::string_view password,
                                        SeededRandom& random) {
  if (username == "user_good") {
    return good_accounts(password, random);
  }
  if (username == "user_custom") {
    return make_custom_accounts(password, make_owner(random));
  }
  if (std::find(kPersonas.begin(), kPersonas.end(), username) == kPersonas.end()) {
    return wrong_credentials();
  }
  if (username == "user_small_business") {
    return from_templates(kSmallBusiness, random, 1);
  }
  // Each persona has amounts of its own, whole numbers from half to twice the template's.
  const double scale = 0.5 * static_cast<double>(1 + random.next() % 4);
  return from_templates(kPersonal, random, scale);
}

void write_amount(json::Writer& out, const std::optional<double>& value) {
  if (value) {
    out.number(*value);
  } else {
    out.null();
  }
}

std::optional<double> read_amount(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_number() ? std::optional(value->to_number<double>())
                                                : std::nullopt;
}

std::string read_text(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace

PlaidResult<std::vector<Account>> make_sandbox_accounts(std::string_view username,
                                                        std::string_view password,
                                                        std::uint64_t seed) {
  SeededRandom random(seed);
  auto accounts = login(username, password, random);
  if (accounts) {
    for (Account& account : *accounts) {
      account.account_id = random_base62(random, kAccountIdLength);
    }
  }
  return accounts;
}

bool is_account_id(std::string_view text) {
  return text.size() == kAccountIdLength && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

std::string print_accounts(const std::vector<Account>& accounts) {
  std::string text;
  json::Writer out(text);
  out.begin_array();
  for (const Account& account : accounts) {
    out.begin_object();
    out.key("account_id").string(account.account_id);
    out.key("mask").string(account.mask);
    out.key("name").string(account.name);
    out.key("official_name")
        .string_or_null(account.official_name.has_value(), account.official_name.value_or(""));
    out.key("type").string(account.type);
    out.key("subtype").string(account.subtype);
    out.key("available");
    write_amount(out, account.available);
    out.key("current");
    write_amount(out, account.current);
    out.key("limit");
    write_amount(out, account.limit);
    out.key("currency").string(account.iso_currency_code);
    if (account.numbers) {
      out.key("numbers").begin_object();
      out.key("account").string(account.numbers->account);
      out.key("routing").string(account.numbers->routing);
      out.key("wire_routing").string(account.numbers->wire_routing);
      out.end_object();
    }
    out.key("owners").value(account.owners);
    out.end_object();
  }
  out.end_array();
  return text;
}

std::vector<Account> read_accounts(const json::Value& stored) {
  std::vector<Account> accounts;
  for (const json::Value& element : stored.get_array()) {
    const json::Object& object = element.get_object();
    Account account;
    account.account_id = read_text(object, "account_id");
    account.mask = read_text(object, "mask");
    account.name = read_text(object, "name");
    if (const json::Value* name = json::find(object, "official_name");
        name != nullptr && name->is_string()) {
      account.official_name = std::string(name->get_string());
    }
    account.type = read_text(object, "type");
    account.subtype = read_text(object, "subtype");
    account.available = read_amount(object, "available");
    account.current = read_amount(object, "current");
    account.limit = read_amount(object, "limit");
    account.iso_currency_code = read_text(object, "currency");
    if (const json::Value* numbers = json::find(object, "numbers")) {
      const json::Object& parts = numbers->get_object();
      account.numbers = AccountNumbers{read_text(parts, "account"), read_text(parts, "routing"),
                                       read_text(parts, "wire_routing")};
    }
    if (const json::Value* owners = json::find(object, "owners")) {
      account.owners = owners->get_array();
    }
    accounts.push_back(std::move(account));
  }
  return accounts;
}

void write_account(json::Writer& out, const Account& account) {
  out.begin_object();
  out.key("account_id").string(account.account_id);
  out.key("balances").begin_object();
  out.key("available");
  write_amount(out, account.available);
  out.key("current");
  write_amount(out, account.current);
  out.key("iso_currency_code").string(account.iso_currency_code);
  out.key("limit");
  write_amount(out, account.limit);
  out.key("unofficial_currency_code").null();
  out.end_object();
  out.key("holder_category").string("personal");
  out.key("mask").string_or_null(!account.mask.empty(), account.mask);
  out.key("name").string(account.name);
  out.key("official_name")
      .string_or_null(account.official_name.has_value(), account.official_name.value_or(""));
  out.key("subtype").string(account.subtype);
  out.key("type").string(account.type);
  out.end_object();
}

}  // namespace tartan::items
