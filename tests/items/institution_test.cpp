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

TEST(Institution, SearchMatchesStartsOfWordsAndPutsNamesThatBeginSoFirst) {
  const auto found = search_institutions("PLAT");
  ASSERT_FALSE(found.empty());
  EXPECT_TRUE(found.front()->name.starts_with("Platypus"));
  const auto one = search_institutions("gingham first");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one.front()->id, "ins_109509");
  EXPECT_TRUE(search_institutions("latypus").empty());
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
