// /sandbox/public_token/create, /sandbox/item/reset_login.
#include <algorithm>

#include "access/audit.h"
#include "items/item.h"
#include "items/token.h"
#include "items/user.h"
#include "users_items.h"

namespace tartan::items {
namespace {

constexpr std::string_view kDefaultUsername = "user_good";
constexpr std::string_view kDefaultPassword = "pass_good";

PlaidResult<Done> check_products(const std::vector<std::string_view>& products,
                                 const Institution& institution) {
  for (const std::string_view product : products) {
    if (!is_known_product(product)) {
      return PlaidError{
          Code::invalid_product,
          "initial_products: '" + std::string(product.substr(0, 60)) + "' is not a product"};
    }
    if (product == "balance" || product == "recurring_transactions") {
      return PlaidError{Code::invalid_product, "initial_products: " + std::string(product) +
                                                   " can't be given: it comes with other products"};
    }
    const auto& offered = institution.products;
    if (std::find(offered.begin(), offered.end(), product) == offered.end()) {
      return PlaidError{
          Code::products_not_supported,
          std::string(institution.name) + " does not support " + std::string(product)};
    }
  }
  return Done{};
}

// The same calls make the same data: what an institution tells about a login depends on these
// alone.
std::uint64_t data_seed(std::string_view institution_id, std::string_view username) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const std::string_view part : {institution_id, username}) {
    for (const char c : part) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
  }
  return hash;
}

// Account ids belong to one link: they differ even where the data is the same.
void renew_account_ids(std::vector<Account>& accounts, Random& random) {
  constexpr std::size_t length = 37;
  for (Account& account : accounts) {
    account.account_id = random_base62(random, length);
  }
}

std::vector<std::string_view> without_repeats(const std::vector<std::string_view>& names) {
  std::vector<std::string_view> once;
  for (const std::string_view name : names) {
    if (std::find(once.begin(), once.end(), name) == once.end()) {
      once.push_back(name);
    }
  }
  return once;
}

}  // namespace

PlaidResult<Reply> sandbox_public_token_create(
    Call& call, const api::SandboxPublicTokenCreateRequest& request) {
  const Institution* institution = find_institution(request.institution_id);
  if (institution == nullptr) {
    return PlaidError{Code::invalid_institution,
                      "institution_id is no institution of the sandbox: /institutions/get lists "
                      "them"};
  }
  const std::vector<std::string_view> products = without_repeats(request.initial_products);
  if (auto known = check_products(products, *institution); !known) {
    return std::move(known).error();
  }
  std::optional<User> user;
  if (request.user_id || request.user_token) {
    auto found = find_user(call, request.user_id, request.user_token);
    if (!found) {
      return std::move(found).error();
    }
    user = *std::move(found);
  }
  std::string_view username = kDefaultUsername;
  std::string_view password = kDefaultPassword;
  std::optional<std::string_view> webhook;
  if (request.options) {
    username = request.options->override_username.value_or(kDefaultUsername);
    password = request.options->override_password.value_or(kDefaultPassword);
    if (request.options->webhook) {
      webhook = *request.options->webhook;
    }
  }
  auto accounts = make_sandbox_accounts(username, password, data_seed(institution->id, username));
  if (!accounts) {
    return std::move(accounts).error();
  }
  renew_account_ids(*accounts, call.services.random);
  const std::string item_id = create_item(
      call, {*institution, user ? &*user : nullptr, webhook, products, *std::move(accounts)});
  const PublicToken made = issue_public_token(call, item_id);
  const std::string_view id = item_id;
  access::record(call.tx,
                 {call.now, call.client.client_id, call.request_id, "item.create",
                  user ? std::string_view(user->user_id) : std::string_view{}, std::span(&id, 1)});
  return make_reply(call, [&](json::Writer& out) { out.key("public_token").string(made.token); });
}

PlaidResult<Reply> sandbox_item_reset_login(Call& call,
                                            const api::SandboxItemResetLoginRequest& request) {
  auto item = find_item(call, request.access_token);
  if (!item) {
    return std::move(item).error();
  }
  set_login_required(call, *item);
  return make_reply(call, [](json::Writer& out) { out.key("reset_login").boolean(true); });
}

}  // namespace tartan::items
