// /institutions/get, get_by_id, search. Facts, section 8.2.
#include "items/institution.h"

#include <algorithm>

#include "users_items.h"

namespace tartan::items {
namespace {

bool has_all(const std::vector<std::string_view>& have,
             const std::vector<std::string_view>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](std::string_view one) {
    return std::find(have.begin(), have.end(), one) != have.end();
  });
}

bool has_any(const std::vector<std::string_view>& have,
             const std::vector<std::string_view>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](std::string_view one) {
    return std::find(have.begin(), have.end(), one) != have.end();
  });
}

PlaidResult<Done> check_products(const std::vector<std::string_view>& products,
                                 std::string_view field) {
  for (const std::string_view product : products) {
    if (!is_known_product(product)) {
      return PlaidError{
          Code::invalid_product,
          std::string(field) + ": '" + std::string(product.substr(0, 60)) + "' is not a product"};
    }
  }
  return Done{};
}

bool is_routing_number(std::string_view text) {
  return text.size() == 9 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Malformed numbers are ignored; when none is well-formed, the request is wrong.
PlaidResult<std::vector<std::string_view>> usable_routing_numbers(
    const std::vector<std::string_view>& given) {
  std::vector<std::string_view> usable;
  std::copy_if(given.begin(), given.end(), std::back_inserter(usable), is_routing_number);
  if (!given.empty() && usable.empty()) {
    return PlaidError{Code::invalid_field,
                      "options.routing_numbers has no valid routing number (9 digits)"};
  }
  return usable;
}

}  // namespace

PlaidResult<Reply> institutions_get(Call& call, const api::InstitutionsGetRequest& request) {
  std::vector<std::string_view> products;
  std::vector<std::string_view> given_numbers;
  InstitutionView view{};
  std::optional<bool> oauth;
  if (request.options) {
    const auto& options = *request.options;
    products = options.products.value_or({});
    given_numbers = options.routing_numbers.value_or({});
    if (options.oauth) {
      oauth = *options.oauth;
    }
    view.optional_metadata = options.include_optional_metadata.value_or(false);
    view.auth_metadata = options.include_auth_metadata.value_or(false);
    view.payment_initiation_metadata = options.include_payment_initiation_metadata.value_or(false);
  }
  if (auto known = check_products(products, "options.products"); !known) {
    return std::move(known).error();
  }
  auto numbers = usable_routing_numbers(given_numbers);
  if (!numbers) {
    return std::move(numbers).error();
  }
  std::vector<const Institution*> matching;
  for (const Institution& institution : institutions()) {
    if (has_any(institution.country_codes, request.country_codes) &&
        has_all(institution.products, products) && has_all(institution.routing_numbers, *numbers) &&
        (!oauth || institution.oauth == *oauth)) {
      matching.push_back(&institution);
    }
  }
  return make_reply(call, [&](json::Writer& out) {
    out.key("institutions").begin_array();
    const auto first = static_cast<std::size_t>(request.offset);
    const auto count = static_cast<std::size_t>(request.count);
    for (std::size_t i = first; i < matching.size() && i - first < count; ++i) {
      write_institution(out, *matching[i], view);
    }
    out.end_array();
    out.key("total").integer(static_cast<std::int64_t>(matching.size()));
  });
}

PlaidResult<Reply> institutions_get_by_id(Call& call,
                                          const api::InstitutionsGetByIdRequest& request) {
  const Institution* institution = find_institution(request.institution_id);
  if (institution == nullptr || !has_any(institution->country_codes, request.country_codes)) {
    return PlaidError{Code::invalid_institution,
                      "institution_id is no institution of the sandbox in these country_codes"};
  }
  InstitutionView view{};
  if (request.options) {
    const auto& options = *request.options;
    view.optional_metadata = options.include_optional_metadata.value_or(false);
    view.status = options.include_status.value_or(false);
    view.auth_metadata = options.include_auth_metadata.value_or(false);
    view.payment_initiation_metadata = options.include_payment_initiation_metadata.value_or(false);
  }
  return make_reply(call, [&](json::Writer& out) {
    out.key("institution");
    write_institution(out, *institution, view);
  });
}

PlaidResult<Reply> institutions_search(Call& call, const api::InstitutionsSearchRequest& request) {
  const std::vector<std::string_view> products = request.products.value_or({});
  if (auto known = check_products(products, "products"); !known) {
    return std::move(known).error();
  }
  InstitutionView view{};
  std::optional<bool> oauth;
  if (request.options) {
    const auto& options = *request.options;
    if (options.oauth) {
      oauth = *options.oauth;
    }
    view.optional_metadata = options.include_optional_metadata.value_or(false);
    view.auth_metadata = options.include_auth_metadata.value_or(false);
    view.payment_initiation_metadata = options.include_payment_initiation_metadata.value_or(false);
  }
  constexpr std::size_t found_max = 10;
  return make_reply(call, [&](json::Writer& out) {
    out.key("institutions").begin_array();
    std::size_t written = 0;
    for (const Institution* institution : search_institutions(request.query)) {
      if (written < found_max && has_any(institution->country_codes, request.country_codes) &&
          has_all(institution->products, products) && (!oauth || institution->oauth == *oauth)) {
        write_institution(out, *institution, view);
        ++written;
      }
    }
    out.end_array();
  });
}

}  // namespace tartan::items
