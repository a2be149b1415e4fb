#include "items/sandbox_item.h"

#include <algorithm>

#include "items/deed.h"
#include "items/item.h"

namespace tartan::items {
namespace {

bool comes_with_others(std::string_view product) {
  return product == "balance" || product == "recurring_transactions";
}

PlaidResult<Done> check_products(const std::vector<std::string_view>& products,
                                 const Institution& institution) {
  for (const std::string_view product : products) {
    if (!is_known_product(product)) {
      return PlaidError{
          Code::invalid_product,
          "initial_products: '" + std::string(product.substr(0, 60)) + "' is not a product"};
    }
    if (comes_with_others(product)) {
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

std::vector<std::string_view> products_to_choose(const Institution& institution) {
  std::vector<std::string_view> products = institution.products;
  std::erase_if(products, comes_with_others);
  return products;
}

PlaidResult<std::string> make_sandbox_item(Call& call, const SandboxItemChoice& choice) {
  const Institution* institution = find_institution(choice.institution_id);
  if (institution == nullptr) {
    return PlaidError{Code::invalid_institution,
                      "institution_id is no institution of the sandbox: /institutions/get lists "
                      "them"};
  }
  const std::vector<std::string_view> products = without_repeats(choice.products);
  if (auto known = check_products(products, *institution); !known) {
    return std::move(known).error();
  }
  auto accounts = make_sandbox_accounts(choice.username, choice.password,
                                        data_seed(institution->id, choice.username));
  if (!accounts) {
    return std::move(accounts).error();
  }
  renew_account_ids(*accounts, call.services.random);
  std::string item_id = create_item(
      call, {*institution, choice.user, choice.webhook, products, *std::move(accounts)});
  const std::string_view id = item_id;
  const std::string_view user_id =
      choice.user != nullptr ? std::string_view(choice.user->user_id) : std::string_view{};
  record_deed(call, {"item.create", user_id, std::span(&id, 1)});
  return item_id;
}

}  // namespace tartan::items
