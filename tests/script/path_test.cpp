// Paths name what RFC 9535 says (without the leading "$."), and a wrong one says where it is wrong.
#include "script/path.h"

#include <gtest/gtest.h>

namespace tartan::script {
namespace {

constexpr std::string_view kDocument = R"({
  "workflow": {"input": {"id": "u-1", "tags": ["a", "b", "c", "d", "e"]}},
  "Step A": {"output": {"n": 1, "it's": true, "a.b": "dotted", "\"q\"": "quoted"}},
  "swf:sequenceNumber": 7,
  "größe": 3,
  "items": [
    {"name": "pen", "price": 2, "tags": ["x"], "stock": null},
    {"name": "ink", "price": 15.5, "tags": []},
    {"name": "pad", "price": 15, "old": false, "tags": ["x", "y"]}
  ],
  "limit": 15.0,
  "pair": [1, {"k": 1.0}],
  "same": [1.0, {"k": 1}],
  "deep": {"price": 1, "in": {"price": 2, "list": [{"price": 3}]}}
})";

// What the path names, as one JSON array; or "offset: message".
std::string find(std::string_view text) {
  const auto document = json::parse(kDocument);
  auto path = Path::compile(text);
  if (!path) {
    return std::to_string(path.error().offset) + ": " + path.error().message;
  }
  if (path->is_singular()) {
    const json::Value* found = path->find(*document);
    const auto all = path->find_all(*document);
    EXPECT_EQ(all.size(), found != nullptr ? 1U : 0U) << text;
    return found != nullptr ? json::print(*found) : "nothing";
  }
  json::Array all;
  for (const json::Value* one : path->find_all(*document)) {
    all.push_back(*one);
  }
  return json::print(all);
}

using Cases = std::vector<std::pair<const char*, const char*>>;

void expect(const Cases& cases) {
  for (const auto& [path, found] : cases) {
    EXPECT_EQ(find(path), found) << path;
  }
}

TEST(Path, NamesMembers) {
  expect({{"workflow.input.id", R"("u-1")"},
          {"$.workflow.input.id", R"("u-1")"},
          {"['Step A'].output.n", "1"},
          {"[\"Step A\"]['output'].n", "1"},
          {"['Step A'].output['it\\'s']", "true"},
          {"['Step A'].output[\"it's\"]", "true"},
          {"['Step A'].output['a.b']", R"("dotted")"},
          {"['Step A'].output['\"q\"']", R"("quoted")"},
          {"['Step\\u0020A'].output.n", "1"},
          {"swf:sequenceNumber", "7"},
          {"größe", "3"},
          {" workflow .input ", R"({"id":"u-1","tags":["a","b","c","d","e"]})"},
          {"workflow.nothing.id", "nothing"},
          {"workflow.input.id.length", "nothing"},
          {"items.name", "nothing"}});
}

TEST(Path, NamesElements) {
  expect({{"items[0].name", R"("pen")"},
          {"items[-1].name", R"("pad")"},
          {"items[-3].name", R"("pen")"},
          {"items[3]", "nothing"},
          {"items[-4]", "nothing"},
          {"workflow[0]", "nothing"},
          {"items[0, 2].name", R"(["pen","pad"])"},
          {"items[0]['name','price']", R"(["pen",2])"},
          {"items[1, 1].name", R"(["ink","ink"])"}});
}

TEST(Path, NamesSlices) {
  const std::string_view tags = "workflow.input.tags";
  const Cases cases = {{"[1:3]", R"(["b","c"])"},
                       {"[3:]", R"(["d","e"])"},
                       {"[:2]", R"(["a","b"])"},
                       {"[:]", R"(["a","b","c","d","e"])"},
                       {"[::]", R"(["a","b","c","d","e"])"},
                       {"[::2]", R"(["a","c","e"])"},
                       {"[1:5:2]", R"(["b","d"])"},
                       {"[-2:]", R"(["d","e"])"},
                       {"[:-3]", R"(["a","b"])"},
                       {"[::-1]", R"(["e","d","c","b","a"])"},
                       {"[::-2]", R"(["e","c","a"])"},
                       {"[5:1:-2]", R"(["e","c"])"},
                       {"[3:0:-1]", R"(["d","c","b"])"},
                       {"[-2:-4:-1]", R"(["d","c"])"},
                       {"[0:3:-1]", "[]"},
                       {"[1:3:0]", "[]"},
                       {"[10:]", "[]"},
                       {"[-10:2]", R"(["a","b"])"},
                       {"[1:9007199254740991:9007199254740991]", R"(["b"])"},
                       {"[ 1 : 3 : 1 ]", R"(["b","c"])"}};
  for (const auto& [slice, found] : cases) {
    EXPECT_EQ(find(std::string(tags) + slice), found) << slice;
  }
  EXPECT_EQ(find("limit[0:1]"), "[]");
}

TEST(Path, NamesEveryChildAndEveryDescendant) {
  expect({{"items[*].name", R"(["pen","ink","pad"])"},
          {"items.*.price", "[2,15.5,15]"},
          {"['Step A'].output.*", R"([1,true,"dotted","quoted"])"},
          {"deep..price", "[1,2,3]"},
          {"deep..[0].price", "[3]"},
          {"deep..['price','list']", R"([1,2,[{"price":3}],3])"},
          {"deep.in..*", R"([2,[{"price":3}],{"price":3},3])"},
          {"*.input.id", R"(["u-1"])"},
          {"$..id", R"(["u-1"])"}});
}

TEST(Path, Filters) {
  expect({{"items[?@.price > 10].name", R"(["ink","pad"])"},
          {"items[?@.price >= $.limit].name", R"(["ink","pad"])"},
          {"items[?@.price == $.limit].name", R"(["pad"])"},
          {"items[?(@.price < 15 || @.price > 15) && @.name != 'ink'].name", R"(["pen"])"},
          {"items[?@.old].name", R"(["pad"])"},
          {"items[?!@.old].name", R"(["pen","ink"])"},
          {"items[?@.stock == null].name", R"(["pen"])"},
          {"items[?@.stock].name", R"(["pen"])"},
          {"items[?@.old == false].name", R"(["pad"])"},
          {"items[?@.missing == @.absent].name", R"(["pen","ink","pad"])"},
          {"items[?@.missing < 1].name", "[]"},
          {"items[?@.name < \"pb\"].name", R"(["ink","pad"])"},
          {"items[?@.name > 1].name", "[]"},
          {"items[?length(@.name) == 3 && count(@.tags[*]) == 2].name", R"(["pad"])"},
          {"items[?@.tags[0] == 'x'].name", R"(["pen","pad"])"},
          {"items[?@.tags[?@ == 'y']].name", R"(["pad"])"},
          {"items[?count($.items[*]) == 3].name", R"(["pen","ink","pad"])"},
          {"$[?@ == $.pair]", R"([[1,{"k":1.0}],[1.0,{"k":1}]])"},
          {"workflow.input.tags[?@ >= 'd']", R"(["d","e"])"},
          {"workflow.input.tags[?@ == 'a', 0]", R"(["a","a"])"},
          {"items[? @.price == 2e0 ].name", R"(["pen"])"}});
}

TEST(Path, SaysWhereItIsWrong) {
  expect({{"", "0: a path is expected"},
          {".a", "0: a name or '[' is expected"},
          {"a.", "2: a name is expected"},
          {"a..", "3: a name is expected"},
          {"a b", "2: this character is not expected here"},
          {"a[", "2: a quoted name, an index, a slice, '*' or '?' is expected"},
          {"a[0", "3: ']' is expected"},
          {"a['x", "2: this quoted name has no end"},
          {"a['\\x']", "2: this quoted name is not valid text"},
          {"a['\\", "2: this quoted name has no end"},
          {"a[01]", "2: an integer does not begin with a zero"},
          {"a[-0]", "2: an integer does not begin with a zero"},
          {"a[-]", "2: an integer between -2^53 and 2^53 is expected"},
          {"a[9007199254740992]", "2: an integer between -2^53 and 2^53 is expected"},
          {"a[99999999999999999999]", "2: an integer between -2^53 and 2^53 is expected"},
          {"a[?@.x ==]", "9: a path (@ or $), a literal, length() or count() is expected"},
          {"a[?1]", "4: a comparison is expected"},
          {"a[?@.* == 1]", "3: only a path that names one value can be compared"},
          {"a[?length(@.*) == 1]", "14: length() takes a path that names one value"},
          {"a[?match(@.x, 'y')]",
           "3: match() and search() are not supported: JSONata has regular expressions"},
          {"a[?(@.x]", "7: ')' is expected"}});
  const std::string deep = "a[?" + std::string(40, '(') + "@.x" + std::string(40, ')') + "]";
  EXPECT_NE(find(deep).find("nested too deeply"), std::string::npos);
  const std::string negations = "a[?" + std::string(40, '!') + "@.x]";
  EXPECT_NE(find(negations).find("nested too deeply"), std::string::npos);
}

TEST(Path, KnowsItsFirstNames) {
  const auto path = Path::compile("['Step A'].output.n");
  ASSERT_TRUE(path.ok());
  EXPECT_EQ(path->root(), "Step A");
  EXPECT_EQ(path->second(), "output");
  const auto wild = Path::compile("*.a");
  ASSERT_TRUE(wild.ok());
  EXPECT_EQ(wild->root(), "");
  EXPECT_EQ(wild->second(), "a");
}

TEST(Path, StopsAtItsLimits) {
  json::Array numbers;
  for (int i = 0; i < 20'000; ++i) {
    numbers.push_back(json::Value(i));
  }
  const json::Value document = json::Object{{"n", numbers}};
  const auto all = Path::compile("n[*]");
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->find_all(document).size(), Path::kMatchesMax);
  // Every number looks at all numbers: without its limit on visits this would take minutes.
  const auto square = Path::compile("n[?count($.n[?@ > count($..*)]) > 0]");
  ASSERT_TRUE(square.ok());
  EXPECT_TRUE(square->find_all(document).empty());
}

}  // namespace
}  // namespace tartan::script
