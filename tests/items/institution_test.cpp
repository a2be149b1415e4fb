// The sandbox's institutions can be found by id and name, and every product is billed in one way.
#include "items/institution.h"

#include <gtest/gtest.h>

#include <set>

namespace tartan::items {
namespace {

TEST(Institution, IdsAreUniqueAndProductsKnown) {
  std::set<std::string_view> ids;
  for (const Institution& institution : institutions()) {
    EXPECT_TRUE(ids.insert(institution.id).second) << institution.id;
    EXPECT_EQ(find_institution(institution.id), &institution);
    for (const std::string_view product : institution.products) {
      EXPECT_TRUE(is_known_product(product)) << product;
    }
  }
  EXPECT_EQ(find_institution("ins_0"), nullptr);
}

TEST(Institution, SearchRanksNamesThatBeginSoThenWordsThenWhatContainsIt) {
  const auto found = search_institutions("PLAT");
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(found.front()->name.starts_with("Platypus"));
  const auto one = search_institutions("gingham first");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one.front()->id, "ins_109509");
  // Part of a word is the weakest match, and still one.
  ASSERT_FALSE(search_institutions("latypus").empty());
  EXPECT_TRUE(search_institutions("no such bank").empty());
  EXPECT_EQ(search_institutions("ins_43").front()->id, "ins_43");
}

json::Object printed(std::string_view id, const InstitutionView& view) {
  std::string text;
  json::Writer out(text);
  write_institution(out, *find_institution(id), view);
  return json::parse(text)->get_object();
}

TEST(Institution, PrintsOptionalMembersOnlyWhenAskedFor) {
  const json::Object plain = printed("ins_109508", {});
  for (const char* required :
       {"institution_id", "name", "products", "country_codes", "routing_numbers", "oauth"}) {
    EXPECT_TRUE(plain.contains(required)) << required;
  }
  EXPECT_EQ(json::print(*json::find(plain, "routing_numbers")), R"(["011401533"])");
  for (const char* optional :
       {"url", "logo", "primary_color", "status", "auth_metadata", "payment_initiation_metadata"}) {
    EXPECT_FALSE(plain.contains(optional)) << optional;
  }
  const json::Object full = printed("ins_132361", {true, true, true, true});
  for (const char* optional :
       {"url", "logo", "primary_color", "status", "auth_metadata", "payment_initiation_metadata"}) {
    EXPECT_TRUE(full.contains(optional)) << optional;
  }
  const auto& logins = full.at("status").at("item_logins").get_object();
  EXPECT_EQ(logins.at("status").as_string(), "DOWN");
  EXPECT_TRUE(full.at("payment_initiation_metadata").is_null());
}

TEST(Institution, BillsBySubscriptionWhatRunsOn) {
  EXPECT_EQ(billing_of("transactions"), Billing::per_item_subscription);
  EXPECT_EQ(billing_of("liabilities"), Billing::per_item_subscription);
  EXPECT_EQ(billing_of("cra_base_report"), Billing::per_user_subscription);
  EXPECT_EQ(billing_of("protect_linked_bank"), Billing::per_user_subscription);
  EXPECT_EQ(billing_of("auth"), Billing::one_time);
  EXPECT_EQ(billing_of("balance"), Billing::per_call);
}

}  // namespace
}  // namespace tartan::items
