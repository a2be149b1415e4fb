// The schema check reports unknown fields before missing ones before invalid ones, by dotted path,
// at every depth.
#include "contract/schema.h"

#include <gtest/gtest.h>

namespace tartan::contract {
namespace {

constexpr Schema kText{.types = kString, .size_min = 1, .size_max = 5};
constexpr Schema kAnyText{.types = kString};
constexpr std::string_view kChoices[] = {"red", "green"};
constexpr Schema kColour{.types = kString | kNull, .enumeration = kChoices};
constexpr Schema kUrl{.types = kString, .format = Format::uri};
constexpr Schema kCount{.types = kInteger, .minimum = 1, .maximum = 9};
constexpr Property kInnerProperties[] = {{"colour", &kColour, true}, {"url", &kUrl, false}};
constexpr Schema kInner{.types = kObject, .properties = kInnerProperties};
constexpr Schema kList{.types = kArray, .items = &kInner, .size_min = 1, .size_max = 2};
constexpr Property kPersonProperties[] = {{"email", &kText, true}};
constexpr Schema kPerson{
    .types = kObject, .openness = Openness::domain_checked, .properties = kPersonProperties};
constexpr Property kProperties[] = {{"count", &kCount, false},
                                    {"list", &kList, false},
                                    {"name", &kText, true},
                                    {"note", &kAnyText, false},
                                    {"person", &kPerson, false}};
constexpr Schema kRoot{.types = kObject, .properties = kProperties};

std::string verdict(std::string_view text) {
  const auto found = check(kRoot, *json::parse(text));
  return found ? found->message : "";
}

Defect defect(std::string_view text) { return check(kRoot, *json::parse(text))->defect; }

TEST(SchemaCheck, AcceptsWhatTheSchemaAllows) {
  EXPECT_EQ(verdict(R"({"name":"a","count":3.0,"list":[{"colour":null}],"note":""})"), "");
}

TEST(SchemaCheck, NamesUnknownFieldsAtEveryDepthFirst) {
  const char* text = R"({"nam":"a","count":0,"list":[{"colour":"red","x":1}],"person":{"y":1}})";
  EXPECT_EQ(defect(text), Defect::unknown_fields);
  const std::string message = verdict(text);
  for (const char* path : {"nam", "list[0].x", "person.y"}) {
    EXPECT_NE(message.find(path), std::string::npos) << message;
  }
}

TEST(SchemaCheck, NamesMissingFieldsBeforeInvalidOnes) {
  const char* text = R"({"count":0,"list":[{}]})";
  EXPECT_EQ(defect(text), Defect::missing_fields);
  EXPECT_NE(verdict(text).find("list[0].colour"), std::string::npos);
  EXPECT_NE(verdict(text).find("name"), std::string::npos);
}

TEST(SchemaCheck, RefusesWrongTypesLengthsChoicesAndFormats) {
  for (const char* text :
       {R"({"name":5})", R"({"name":null})", R"({"name":""})", R"({"name":" \t"})",
        R"({"name":"123456"})", R"({"name":"a","count":1.5})", R"({"name":"a","count":10})",
        R"({"name":"a","list":[]})", R"({"name":"a","list":{}})",
        R"({"name":"a","list":[{"colour":"blue"}]})",
        R"({"name":"a","list":[{"colour":"red","url":"nowhere"}]})",
        R"({"name":"a","list":[{"colour":"red"},{"colour":"red"},{"colour":"red"}]})",
        R"({"name":"a","note":"x\u0000y"})", R"([])"}) {
    EXPECT_EQ(defect(text), Defect::invalid_field) << text;
  }
}

TEST(SchemaCheck, CountsCharactersNotBytes) { EXPECT_EQ(verdict("{\"name\":\"ééééé\"}"), ""); }

TEST(SchemaCheck, LeavesPresenceAndContentToTheDomainWhereItSaysSo) {
  EXPECT_EQ(verdict(R"({"name":"a","person":{}})"), "");
  EXPECT_EQ(verdict(R"({"name":"a","person":{"email":""}})"), "");
  EXPECT_EQ(defect(R"({"name":"a","person":{"email":5}})"), Defect::invalid_field);
}

}  // namespace
}  // namespace tartan::contract
