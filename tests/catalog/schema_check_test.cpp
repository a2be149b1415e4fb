// What a schema asks of a value, and what is said of one that does not fit: each case is a schema,
// a value and the findings.
#include "openapi/schema_check.h"

#include <gtest/gtest.h>

#include "catalog/document_parts.h"
#include "openapi/pattern.h"

namespace tartan::openapi {
namespace {

std::string findings(const std::string& schema, const std::string& value) {
  auto document = read_document(R"({"openapi":"3.1.0","info":{"title":"T","version":"1"},"paths":{},
      "components":{"schemas":{"Tested":)" +
                                    schema + R"(,"Cat":{"type":"object","required":["purr"]}}}})",
                                nullptr);
  EXPECT_TRUE(document.ok());
  testing::DocumentParts parts(*document);
  Library library(parts);
  const auto parsed = json::parse(value);
  EXPECT_TRUE(parsed.ok());
  std::string all;
  for (const SchemaFinding& one :
       check_value(library, *parsed, library.at("/components/schemas/Tested"), Side::request)) {
    all += one.pointer + ": " + one.message + '\n';
  }
  return all;
}

TEST(SchemaCheck, HoldsTextsAgainstPatterns) {
  const std::string zip = R"({"type":"string","pattern":"^\\d{5}$"})";
  EXPECT_EQ(findings(zip, R"("12345")"), "");
  EXPECT_EQ(findings(zip, R"("1234")"), ": does not match ^\\d{5}$\n");
  EXPECT_EQ(findings(R"({"type":"string","pattern":"b"})", R"("abc")"), "") << "anywhere";
  EXPECT_EQ(findings(R"({"pattern":"^\\u00e9+$"})", R"("éé")"), "") << "as ECMAScript writes them";
  EXPECT_EQ(findings(R"({"allOf":[{"pattern":"^a"},{"pattern":"z$"}]})", R"("ab")"),
            ": does not match z$\n");
  EXPECT_EQ(findings(R"({"pattern":"^(?=a)b$"})", R"("x")"), "") << "looking ahead is not judged";
  EXPECT_EQ(findings(R"({"pattern":"/^a$/i"})", R"("x")"), "") << "nor what JavaScript puts around";
  EXPECT_EQ(findings(R"({"pattern":"(["})", R"("x")"), "");
}

TEST(SchemaCheck, TakesLinearTimeForHostilePatterns) {
  Patterns patterns;
  const std::string text = std::string(60'000, 'a') + '!';
  EXPECT_EQ(patterns.match("^(a+)+$", text), PatternFit::fails);
  EXPECT_EQ(patterns.match("^(a|a)*$", text), PatternFit::fails);
  EXPECT_EQ(patterns.match("((a{100}){100}){100}", text), PatternFit::unknown);
}

TEST(SchemaCheck, FindsWhatASchemaExcludes) {
  EXPECT_EQ(findings(R"({"not":{"type":"string"}})", "1"), "");
  EXPECT_EQ(findings(R"({"not":{"type":"string"}})", R"("a")"),
            ": is what the reference excludes\n");
  EXPECT_EQ(findings(R"({"type":"object","properties":{"kind":{"not":{"enum":["root"]}}}})",
                     R"({"kind":"root"})"),
            "/kind: is what the reference excludes\n");
  EXPECT_EQ(findings(R"({"not":{"$ref":"#/components/schemas/Cat"}})", R"({"purr":1})"),
            ": is what the reference excludes\n");
  EXPECT_EQ(findings(R"({"not":{"format":"ipv4"}})", R"("a")"), "")
      << "what is not judged excludes nothing";
  EXPECT_EQ(findings(R"({"not":{"pattern":"^(?!a)."}})", R"("b")"), "");
}

TEST(SchemaCheck, FollowsConditions) {
  const std::string schema = R"({"type":"object",
      "if":{"required":["kind"],"properties":{"kind":{"const":"card"}}},
      "then":{"required":["number"]},
      "else":{"required":["iban"]}})";
  EXPECT_EQ(findings(schema, R"({"kind":"card","number":"1"})"), "");
  EXPECT_EQ(findings(schema, R"({"kind":"card"})"), "/number: is required and missing\n");
  EXPECT_EQ(findings(schema, R"({"kind":"bank"})"), "/iban: is required and missing\n");
  EXPECT_EQ(findings(R"({"if":{"uniqueItems":true},"then":{"maxItems":1}})", "[1,2]"), "")
      << "nothing is said where the condition can't be told";
}

TEST(SchemaCheck, EndsOnSchemasThatContainThemselves) {
  EXPECT_EQ(findings(R"({"not":{"$ref":"#/components/schemas/Tested"}})", "1"), "");
  EXPECT_EQ(findings(R"({"if":{"$ref":"#/components/schemas/Tested"},
                         "then":{"$ref":"#/components/schemas/Tested"}})",
                     "1"),
            "");
}

}  // namespace
}  // namespace tartan::openapi
