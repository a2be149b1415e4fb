// Placeholders in strings become values or text, and a wrong one says where it is wrong.
#include "script/template.h"

#include <gtest/gtest.h>

namespace tartan::script {
namespace {

// Answers with what it was asked.
class EchoEngine final : public ScriptEngine {
 public:
  Result<ScriptResult, ScriptError> evaluate(const ScriptRequest& request) override {
    const std::string expression(request.expression);
    if (expression == "nothing") {
      return ScriptResult{"null", true, false};
    }
    if (expression == "fails") {
      return ScriptError{ScriptError::Kind::runtime, "no such thing", "T2001", 3};
    }
    if (expression == "away") {
      return ScriptError{ScriptError::Kind::unavailable, "not here", "", std::nullopt};
    }
    if (expression == "broken") {
      return ScriptResult{"{", false, true};
    }
    return ScriptResult{json::print(json::Object{{"ran", expression}, {"at", request.now}}), false,
                        true};
  }
  Result<std::vector<RootName>, ScriptError> check(Language, std::string_view) override {
    return std::vector<RootName>{};
  }
};

class TemplateTest : public testing::Test {
 protected:
  // The rendered value as JSON; or "offset: message", or "! message".
  std::string render(std::string_view text) {
    auto compiled = Template::compile(text);
    if (!compiled) {
      return std::to_string(compiled.error().offset) + ": " + compiled.error().message;
    }
    auto value = compiled->render(scope_);
    return value ? json::print(*value) : "! " + value.error().message;
  }

  EchoEngine engine_;
  json::Value data_ = *json::parse(
      R"({"a":{"n":2.5,"i":7,"t":"text","b":true,"o":{"x":[1,0.5,"é"]},"nil":null},"l":[1,2]})");
  Scope scope_{data_, engine_, 42, 0};
};

TEST_F(TemplateTest, AWholePlaceholderKeepsItsType) {
  EXPECT_EQ(render("${a.i}"), "7");
  EXPECT_EQ(render("${a.b}"), "true");
  EXPECT_EQ(render("${ a.o.x[0] }"), "1");
  EXPECT_EQ(render("${a.nil}"), "null");
  EXPECT_EQ(render("${a.missing}"), "null");
  EXPECT_EQ(render("${l[*]}"), "[1,2]");
  EXPECT_EQ(render("${l[?@ > 5]}"), "[]");
  EXPECT_EQ(render("${a['t']}"), R"("text")");
}

TEST_F(TemplateTest, WithinTextItBecomesText) {
  EXPECT_EQ(render("<${a.t}>"), R"("<text>")");
  EXPECT_EQ(render("n=${a.n}, i=${a.i}, b=${a.b}"), R"("n=2.5, i=7, b=true")");
  EXPECT_EQ(render("[${a.nil}${a.missing}]"), R"("[]")");
  EXPECT_EQ(render("${a.i}${a.i}"), R"("77")");
  EXPECT_EQ(render(" ${a.i}"), R"(" 7")");
  EXPECT_EQ(render("o=${a.o}"), R"("o={\"x\":[1,0.5,\"é\"]}")");
  EXPECT_EQ(render(""), R"("")");
  EXPECT_EQ(render("plain $ { } $x"), R"("plain $ { } $x")");
}

TEST_F(TemplateTest, ADoubledDollarIsText) {
  EXPECT_EQ(render("$${a.t}"), R"("${a.t}")");
  EXPECT_EQ(render("x $${a.t} ${a.t}"), R"("x ${a.t} text")");
  EXPECT_EQ(render("${a.t}$${a.t}"), R"("text${a.t}")");
  EXPECT_EQ(render("$${a {b} c}"), R"("${a {b} c}")");
  EXPECT_EQ(render("$${it's ${a.t}"), R"("${it's text")");
  EXPECT_EQ(render("$${"), R"("${")");
}

TEST_F(TemplateTest, JsonataGoesToTheEngine) {
  EXPECT_EQ(render("${jsonata: $sum(l)}"), R"j({"ran":"$sum(l)","at":42})j");
  EXPECT_EQ(render("${jsonata:{'a': {'b': 1}}}"), R"({"ran":"{'a': {'b': 1}}","at":42})");
  EXPECT_EQ(render("${jsonata:'}' & \"{\" & `}`}"), R"({"ran":"'}' & \"{\" & `}`","at":42})");
  EXPECT_EQ(render("${jsonata:'it\\'s }'}"), R"({"ran":"'it\\'s }'","at":42})");
  EXPECT_EQ(render("<${jsonata:nothing}>"), R"("<>")");
  EXPECT_EQ(render("${jsonata:nothing}"), "null");
}

TEST_F(TemplateTest, SaysWhereItIsWrong) {
  EXPECT_EQ(render("ab ${a.t"), "3: this placeholder has no closing '}'");
  EXPECT_EQ(render("ab ${}"), "5: a path is expected");
  EXPECT_EQ(render("ab ${ a..}"), "9: a name is expected");
  EXPECT_EQ(render("${a.t} ${a b}"), "11: this character is not expected here");
  EXPECT_EQ(render("${jsonata: }"), "2: a JSONata expression is expected behind 'jsonata:'");
  EXPECT_EQ(render("${jsonata:'a}"), "0: this placeholder has no closing '}'");
}

// Each of these took a look at all of the text behind it, for minutes.
TEST_F(TemplateTest, ManyEscapesThatNeverCloseAreRefused) {
  std::string text;
  for (int i = 0; i < 300'000; ++i) {
    text += "$${";
  }
  EXPECT_EQ(render(text), "300: there are more than 100 '$${' without a closing '}'");
  EXPECT_EQ(render(text.substr(0, 300)).size(), 202U);
}

TEST_F(TemplateTest, AFailedExpressionNamesItsPlaceholder) {
  EXPECT_EQ(render("x ${jsonata:fails}"),
            "! the placeholder ${jsonata:fails} failed: no such thing");
  EXPECT_EQ(render("${jsonata:broken}").rfind("! the placeholder ${jsonata:broken} gave", 0), 0U);
  auto away = Template::compile("${jsonata:away}");
  ASSERT_TRUE(away.ok());
  const auto value = away->render(scope_);
  ASSERT_FALSE(value.ok());
  EXPECT_EQ(value.error().fault, Fault::unavailable);
}

TEST_F(TemplateTest, TreesRenderEveryString) {
  std::vector<TemplateTree::Wrong> errors;
  const auto value = json::parse(
      R"({"id":"${a.i}","list":["${a.t}",1,{"x":"<${a.b}>"}],"${a.t}":"name stays","k":[true]})");
  const TemplateTree tree = TemplateTree::compile(*value, errors);
  ASSERT_TRUE(errors.empty());
  const auto rendered = tree.render(scope_);
  ASSERT_TRUE(rendered.ok());
  EXPECT_EQ(json::print(*rendered),
            R"({"id":7,"list":["text",1,{"x":"<true>"}],"${a.t}":"name stays","k":[true]})");
  std::string seen;
  tree.for_each([&](std::string_view pointer, const Placeholder& placeholder) {
    seen.append(pointer).append("=").append(placeholder.source).append(" ");
  });
  EXPECT_EQ(seen, "/id=${a.i} /list/0=${a.t} /list/2/x=${a.b} ");
  EXPECT_EQ(tree.member_names(), (std::vector<std::string>{"id", "list", "${a.t}", "k"}));
}

TEST_F(TemplateTest, TreesCollectEveryError) {
  std::vector<TemplateTree::Wrong> errors;
  TemplateTree::compile(*json::parse(R"({"a/b":"${","c":["ok","${}"]})"), errors);
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].pointer, "/a~1b");
  EXPECT_EQ(errors[1].pointer, "/c/1");
}

TEST_F(TemplateTest, ATreeWithoutPlaceholdersIsConstant) {
  std::vector<TemplateTree::Wrong> errors;
  for (const char* text : {R"({"a":[1,"x",{"b":null}]})", R"("$${a}")", "[]", "{}", "3"}) {
    const auto value = json::parse(text);
    const auto rendered = TemplateTree::compile(*value, errors).render(scope_);
    ASSERT_TRUE(rendered.ok()) << text;
    EXPECT_EQ(json::print(*rendered), std::string_view(text) == R"("$${a}")" ? R"("${a}")" : text);
  }
}

}  // namespace
}  // namespace tartan::script
