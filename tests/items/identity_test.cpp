// Identities are normalised, and what is wrong is named by its path.
#include "items/identity.h"

#include <gtest/gtest.h>

namespace tartan::items {
namespace {

json::Object object_of(const char* text) { return json::parse(text)->get_object(); }

std::string problem(const char* text) {
  const auto result = normalize_identity(object_of(text));
  if (result) {
    return "accepted";
  }
  EXPECT_EQ(result.error().code, Code::invalid_user_identity_data);
  return result.error().message;
}

TEST(Identity, StoresTheNormalForm) {
  const auto result = normalize_identity(object_of(R"({
    "name": {"given_name": " Nora ", "family_name": "Lind"},
    "date_of_birth": "1990-04-17",
    "emails": [{"data": " Nora.Lind@EXAMPLE.com", "primary": true}],
    "phone_numbers": [{"data": "(415) 555-0132", "primary": true}],
    "addresses": [{"street_1": "9 Pine St", "country": "us", "primary": true}],
    "id_numbers": [{"type": "us_ssn", "value": "123-45-6789"}]})"));
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(json::print(*result),
            R"({"name":{"given_name":"Nora","family_name":"Lind"},"date_of_birth":"1990-04-17",)"
            R"("emails":[{"data":"Nora.Lind@example.com","primary":true}],)"
            R"("phone_numbers":[{"data":"+14155550132","primary":true}],)"
            R"("addresses":[{"street_1":"9 Pine St","country":"US","primary":true}],)"
            R"("id_numbers":[{"type":"us_ssn","value":"123456789"}]})");
}

TEST(Identity, AcceptsWhatIsLeftOutOrNull) {
  EXPECT_EQ(problem("{}"), "accepted");
  EXPECT_EQ(problem(R"({"name": null, "date_of_birth": null, "id_numbers": null})"), "accepted");
}

TEST(Identity, NamesWhatIsWrong) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"name": {"given_name": "A"}})", "identity.name.family_name"},
      {R"({"name": {"given_name": " ", "family_name": "B"}})", "identity.name.given_name"},
      {R"({"date_of_birth": "17.4.1990"})", "identity.date_of_birth"},
      {R"({"date_of_birth": "1990-02-30"})", "identity.date_of_birth"},
      {R"({"emails": [{"data": "a@b.co", "primary": true}, {"data": "nobody", "primary": false}]})",
       "identity.emails[1].data"},
      {R"({"emails": [{"data": "a@b.co"}]})", "identity.emails[0].primary"},
      {R"({"phone_numbers": [{"data": "123", "primary": true}]})",
       "identity.phone_numbers[0].data"},
      {R"({"addresses": [{"street_1": "x", "primary": true}]})", "identity.addresses[0].country"},
      {R"({"addresses": [{"country": "USA", "primary": true}]})", "identity.addresses[0].country"},
      {R"({"id_numbers": [{"type": "library_card", "value": "1"}]})",
       "identity.id_numbers[0].type"},
      // Two types in one string are no type.
      {R"({"id_numbers": [{"type": "us_ssn us_ssn_last_4", "value": "1"}]})",
       "identity.id_numbers[0].type"},
      {R"({"id_numbers": [{"type": "us_ssn", "value": "12-34"}]})", "identity.id_numbers[0].value"},
      {R"({"id_numbers": [{"type": "us_ssn_last_4", "value": "123"}]})",
       "identity.id_numbers[0].value"},
      {R"({"id_numbers": [{"type": "pl_pesel", "value": " - "}]})", "identity.id_numbers[0].value"},
      {R"({"addresses": [{"country": "ZZ", "primary": true}]})", "identity.addresses[0].country"},
      {R"({"date_of_birth": "1899-12-31"})", "identity.date_of_birth"},
      {R"({"emails": [{"data": "a\nb@c.de", "primary": true}]})", "identity.emails[0].data"},
      {R"({"emails": [{"data": "a@c!.de", "primary": true}]})", "identity.emails[0].data"},
      {R"({"emails": [{"data": "@c.de", "primary": true}]})", "identity.emails[0].data"},
      {R"({"emails": [{"data": "a@b@c.de", "primary": true}]})", "identity.emails[0].data"}};
  for (const auto& [text, path] : cases) {
    EXPECT_NE(problem(text).find(path), std::string::npos) << text << ": " << problem(text);
  }
}

TEST(Identity, LetsOptionalAddressLinesBeBlank) {
  EXPECT_EQ(problem(R"({"addresses": [{"street_2": "", "country": "US", "primary": true}]})"),
            "accepted");
}

TEST(Identity, ChecksTheLegacyShapeToo) {
  const char* good = R"({"first_name": "A", "last_name": "B", "phone_numbers": ["+14155550132"],
    "emails": ["a@b.co"], "ssn_full": "123-45-6789", "ssn_last_4": "6789", "date_of_birth": null,
    "primary_address": {"city": "Reno", "region": null, "street": "9 Pine", "postal_code": null,
    "country": "US"}})";
  EXPECT_TRUE(normalize_legacy_identity(object_of(good)).ok());
  json::Object broken = object_of(good);
  broken["ssn_full"] = "123456789";
  EXPECT_FALSE(normalize_legacy_identity(broken).ok());
  // City, region, postal code and country are required, and may be null.
  json::Object nulls = object_of(good);
  nulls["primary_address"].get_object()["country"] = nullptr;
  EXPECT_TRUE(normalize_legacy_identity(nulls).ok());
  nulls["primary_address"].get_object().erase("city");
  EXPECT_FALSE(normalize_legacy_identity(nulls).ok());
  broken = object_of(good);
  broken.erase("primary_address");
  EXPECT_FALSE(normalize_legacy_identity(broken).ok());
}

TEST(Identity, ChecksThePersonOfALinkToken) {
  const auto problem_of = [](const char* text) {
    const auto result = check_link_user(object_of(text));
    return result ? std::string("accepted") : result.error().message;
  };
  EXPECT_EQ(problem_of(R"({"client_user_id": "c-1"})"), "accepted");
  EXPECT_EQ(problem_of(R"({"name": {"given_name": "A", "family_name": "B"},
    "phone_number": "+14155550132", "email_address": "a@b.co", "date_of_birth": "1990-04-17",
    "address": {"street": "9 Pine", "street2": "", "city": null, "country": "US"},
    "id_number": {"value": "123-45-6789", "type": "us_ssn"}})"),
            "accepted");
  const std::pair<const char*, const char*> cases[] = {
      {R"({"name": {"given_name": "A", "family_name": ""}})", "user.name.family_name"},
      {R"({"phone_number": "+11155550132"})", "user.phone_number"},
      {R"({"email_address": "nobody"})", "user.email_address"},
      {R"({"date_of_birth": "1990-13-01"})", "user.date_of_birth"},
      {R"({"address": {"city": "Reno"}})", "user.address.country"},
      {R"({"id_number": {"value": "1"}})", "user.id_number.type"}};
  for (const auto& [text, path] : cases) {
    EXPECT_TRUE(problem_of(text).starts_with(path)) << text << ": " << problem_of(text);
  }
}

TEST(Identity, MergesByField) {
  json::Object stored = object_of(R"({"a": [1, 2], "b": 1})");
  merge_identity(stored, object_of(R"({"a": [3], "b": null, "c": 2})"));
  EXPECT_EQ(json::print(stored), R"({"a":[3],"b":null,"c":2})");
}

}  // namespace
}  // namespace tartan::items
