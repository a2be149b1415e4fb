// Institutions of the sandbox, products, and how each product is billed. Facts, sections 3.1, 4.4
// and 8.2.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace tartan::items {

struct Institution {
  enum class Health { healthy, degraded, down };

  std::string_view id;
  std::string_view name;
  std::vector<std::string_view> products;
  std::vector<std::string_view> country_codes;
  std::vector<std::string_view> routing_numbers;
  bool oauth = false;
  std::string_view url;
  std::string_view primary_color;
  Health health = Health::healthy;
};

// In the order in which /institutions/get lists them.
std::span<const Institution> institutions();
const Institution* find_institution(std::string_view id);
// The best matches first, whatever the case: names that begin with `query`; names or ids in which
// every word of it begins a word; names that contain it. All of them: the caller filters by country
// and product before it cuts the list at ten.
std::vector<const Institution*> search_institutions(std::string_view query);

// Which optional members of the Institution object a request asks for.
struct InstitutionView {
  bool optional_metadata = false;
  bool status = false;
  bool auth_metadata = false;
  bool payment_initiation_metadata = false;
};
void write_institution(json::Writer& out, const Institution& institution,
                       const InstitutionView& view);

bool is_known_product(std::string_view product);

// How Plaid bills a product. Subscriptions run until they are ended; the others cost once per Item
// or per call and leave nothing to end.
enum class Billing {
  per_item_subscription,
  per_user_subscription,  // cra_* and protect_*, when started with a User
  one_time,
  per_call,
};
Billing billing_of(std::string_view product);

}  // namespace tartan::items
