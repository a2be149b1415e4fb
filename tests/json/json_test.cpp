// The parser refuses what could be read in two ways, and the writer prints what the parser reads.
#include "json/json.h"

#include <gtest/gtest.h>

namespace tartan::json {
namespace {

std::string refusal(std::string_view text, const Limits& limits = {}) {
  const auto parsed = parse(text, {}, limits);
  return parsed ? "accepted" : parsed.error().message;
}

TEST(JsonParser, ReadsAnOrdinaryDocument) {
  const auto parsed = parse(R"({"a": [1, 2.5, true, null, "\u00e9\ud83d\ude00"], "b": {}})");
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(print(*parsed), "{\"a\":[1,2.5,true,null,\"é😀\"],\"b\":{}}");
}

TEST(JsonParser, RefusesARepeatedMemberName) {
  EXPECT_NE(refusal(R"({"a":1,"a":2})"), "accepted");
  EXPECT_NE(refusal(R"([{"x":{"b":1,"c":2,"\u0062":3}}])"), "accepted");
  EXPECT_EQ(refusal(R"([{"a":1},{"a":2}])"), "accepted");
}

TEST(JsonParser, RefusesNumbersThatAreNotFinite) {
  EXPECT_NE(refusal("1e999999"), "accepted");
  EXPECT_NE(refusal("[-1e400]"), "accepted");
  EXPECT_NE(refusal("NaN"), "accepted");
  EXPECT_NE(refusal("Infinity"), "accepted");
}

// A number that is stored and read again and again stays what it is.
TEST(JsonParser, ReadsTheNearestNumber) {
  const std::vector<std::pair<const char*, double>> cases = {
      {"0.30000000000000004", 0.30000000000000004},
      {"[1234567890123456789012345600004]", 1234567890123456789012345600004.0},
      {"-9.0070123456789015e-5 ", -9.0070123456789015e-5},
      {"1.7976931348623157e308", 1.7976931348623157e308},
      {"5e-324", 5e-324},
      {"1e-400", 0.0}};
  for (const auto& [text, number] : cases) {
    const auto parsed = parse(text);
    ASSERT_TRUE(parsed.ok()) << text;
    const Value& value = parsed->is_array() ? parsed->get_array().front() : *parsed;
    EXPECT_EQ(value.as_double(), number) << text;
    EXPECT_EQ(print(*parse(print(*parsed))), print(*parsed)) << text;
  }
  EXPECT_NE(refusal("1.7976931348623159e308"), "accepted");
}

TEST(JsonParser, RefusesTextThatIsNoUnicode) {
  EXPECT_NE(refusal("\"\xff\""), "accepted");
  EXPECT_NE(refusal("\"\xc0\xaf\""), "accepted");
  EXPECT_NE(refusal("\"\xed\xa0\x80\""), "accepted");
  EXPECT_NE(refusal(R"("\ud800")"), "accepted");
  EXPECT_NE(refusal(R"("\udc00x")"), "accepted");
  EXPECT_NE(refusal(R"("\ud800\u0041")"), "accepted");
}

TEST(JsonParser, RefusesWhatIsNotJson) {
  for (const char* text : {"", " ", "{", "[1,]", "{'a':1}", "{\"a\":1,}", "1 2", "nul", "// x\n1",
                           "\"\t\"", "01", "+1", ".5", "\xef\xbb\xbf{}"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
}

TEST(JsonParser, RefusesDepthAndSizeBeyondItsLimits) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_EQ(refusal(nested(32)), "accepted");
  EXPECT_NE(refusal(nested(33)), "accepted");
  EXPECT_NE(refusal(nested(100'000)), "accepted");
  Limits few;
  few.values_max = 3;
  EXPECT_EQ(refusal("[1,2]", few), "accepted");
  EXPECT_NE(refusal("[1,2,3]", few), "accepted");
}

TEST(JsonWriter, PrintsNestedValuesWithTheirCommas) {
  std::string text;
  Writer out(text);
  out.begin_object().key("a").begin_array().integer(-1).number(0.5).boolean(true).null();
  out.begin_object().end_object().end_array().key("b").string("x\"\\\n\x01").end_object();
  EXPECT_EQ(text, "{\"a\":[-1,0.5,true,null,{}],\"b\":\"x\\\"\\\\\\n\\u0001\"}");
  EXPECT_TRUE(parse(text).ok());
}

}  // namespace
}  // namespace tartan::json
