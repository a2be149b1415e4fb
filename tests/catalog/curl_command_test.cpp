// A pasted curl command becomes the request that curl would send: options and their short forms,
// quoting of bash and of cmd, bodies of every kind, variables, secrets, and clear refusals.
#include "catalog/curl_command.h"

#include <gtest/gtest.h>

namespace tartan::catalog {
namespace {

using json::Object;
using json::Value;

CurlTask parsed(std::string_view command) {
  auto made = parse_curl(command);
  EXPECT_TRUE(made.ok()) << command << "\n" << (made ? "" : made.error().message);
  return made ? *std::move(made) : CurlTask{"", {{"httpRequest", Object{}}}, {}, {}};
}

Value request(std::string_view command) { return parsed(command).task.at("httpRequest"); }

std::string refusal(std::string_view command) {
  const auto made = parse_curl(command);
  return made ? "accepted" : made.error().message;
}

struct Case {
  const char* name;
  const char* command;
  const char* request;
};

class CurlCommand : public testing::TestWithParam<Case> {};

TEST_P(CurlCommand, BecomesTheRequest) {
  EXPECT_EQ(json::print(request(GetParam().command)), GetParam().request);
}

INSTANTIATE_TEST_SUITE_P(
    Curl, CurlCommand,
    testing::Values(
        Case{"Plain", "curl https://a.example/x",
             R"({"method":"GET","url":"https://a.example/x"})"},
        Case{"PromptAndPath", "$ /usr/bin/curl -sSL 'https://a.example/x' | jq .",
             R"({"method":"GET","url":"https://a.example/x"})"},
        Case{"NoSchemeOnThisMachine", "curl localhost:8081/x",
             R"({"method":"GET","url":"http://localhost:8081/x"})"},
        Case{"NoSchemeOnThisMachineByAddress", "curl 127.0.0.1:8081",
             R"({"method":"GET","url":"http://127.0.0.1:8081"})"},
        Case{"NoSchemeButAName", "curl localhost.example/x",
             R"({"method":"GET","url":"https://localhost.example/x"})"},
        Case{"JoinedShortOptions", "curl -sSLXDELETE -Hx-a:1 https://a.example",
             R"({"method":"DELETE","url":"https://a.example","headers":{"x-a":"1"}})"},
        Case{"EqualsSign", "curl --request=PUT --url=https://a.example/x",
             R"({"method":"PUT","url":"https://a.example/x"})"},
        Case{"Head", "curl -I https://a.example", R"({"method":"HEAD","url":"https://a.example"})"},
        Case{
            "JsonBody",
            "curl https://a.example -H 'content-type: application/json' -d '{\"a\": [1, \"x\"]}'",
            R"({"method":"POST","url":"https://a.example","headers":{"content-type":"application/json"},"body":{"a":[1,"x"]}})"},
        Case{
            "JsonOption", R"(curl https://a.example --json '{"a":1}')",
            R"({"method":"POST","url":"https://a.example","headers":{"Accept":"application/json","Content-Type":"application/json"},"body":{"a":1}})"},
        Case{
            "FormBody", "curl https://a.example -d a=1 -d 'b=x%20y' -d b=z",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"application/x-www-form-urlencoded"},"body":{"a":"1","b":["x y","z"]}})"},
        Case{
            "InexactFormStaysText", "curl https://a.example -d 'a=1+2&b'",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"application/x-www-form-urlencoded"},"body":"a=1+2&b"})"},
        Case{
            "JsonWithoutTypeIsAForm", R"(curl https://a.example -d '{"a":1}')",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"application/x-www-form-urlencoded"},"body":"{\"a\":1}"})"},
        Case{
            "UrlEncode", "curl https://a.example --data-urlencode 'q=a b&c'",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"application/x-www-form-urlencoded"},"body":{"q":"a b&c"}})"},
        Case{"GetWithData", "curl -G https://a.example/s?x=1 --data-urlencode 'q=a b' -d n=2",
             R"({"method":"GET","url":"https://a.example/s?x=1&q=a%20b&n=2"})"},
        Case{
            "Multipart", "curl https://a.example -F a=1 -F 'b=\"x;y\"' --form-string 'c=@d'",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"multipart/form-data"},"body":{"a":"1","b":"x;y","c":"@d"}})"},
        Case{
            "RawText",
            "curl https://a.example -H 'Content-Type: text/xml' --data-binary '<a>\n</a>'",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"text/xml"},"body":"<a>\n</a>"})"},
        Case{
            "AnsiQuotes",
            R"(curl https://a.example -H 'Content-Type: text/plain' --data-raw $'it\'s\n\u0021\ud83d\ude00\x41\101')",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"text/plain"},"body":"it's\n!😀AA"})"},
        Case{"DoubleQuotes", R"(curl "https://a.example/\$x\"\\\`" -H "X-A: \n")",
             R"({"method":"GET","url":"https://a.example/$x\"\\`","headers":{"X-A":"\\n"}})"},
        Case{"LinesAndComments",
             "# a comment\ncurl \\\n  -X POST \\\r\n  https://a.example/x # why\n",
             R"({"method":"POST","url":"https://a.example/x"})"},
        Case{"LostBackslashes", "curl https://a.example\n  -X PATCH\n  -H 'X-A: 1'",
             R"({"method":"PATCH","url":"https://a.example","headers":{"X-A":"1"}})"},
        Case{"AmpersandWithoutQuotes", "curl https://a.example/x?a=1&b=2",
             R"({"method":"GET","url":"https://a.example/x?a=1&b=2"})"},
        Case{"LiteralPlaceholder", "curl 'https://a.example/${x}' -H 'X-A: ${y}'",
             R"({"method":"GET","url":"https://a.example/$${x}","headers":{"X-A":"$${y}"}})"},
        Case{"Variables", R"(curl "$BASE/users/${ID}?q=$Q" -H "X-A: v$Q")",
             R"({"method":"GET","url":"${BASE}/users/${ID}?q=${Q}","headers":{"X-A":"v${Q}"}})"},
        Case{
            "DollarBeforeAVariable",
            R"(curl https://a.example -H 'Content-Type: text/plain' -d "costs \$$N")",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"text/plain"},"body":"costs ${jsonata: '$'}${N}"})"},
        Case{
            "VariablesInJson",
            R"(curl https://a.example -H 'Content-Type: application/json' -d '{"id": "'"$ID"'", "n": '$N', "t": "a'$ID'b"}')",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"application/json"},"body":{"id":"${ID}","n":"${N}","t":"a${ID}b"}})"},
        Case{
            "HereDocument",
            "curl https://a.example -H 'Content-Type: application/json' -d @- <<EOF\n{\"a\": "
            "\"$A\"}\nEOF\n",
            R"({"method":"POST","url":"https://a.example","headers":{"Content-Type":"application/json"},"body":{"a":"${A}"}})"},
        Case{
            "File", "curl https://a.example/up -T ./photo.png -H 'Content-Type: image/png'",
            R"({"method":"PUT","url":"https://a.example/up","headers":{"Content-Type":"image/png"},"body":"${content}"})"},
        Case{
            "FileWithoutType", "curl https://a.example/up -T ./notes.txt",
            R"({"method":"PUT","url":"https://a.example/up","headers":{"Content-Type":"text/plain; charset=utf-8"},"body":"${content}"})"},
        Case{
            "TypeTakenBack", "curl https://a.example/up -H 'Content-Type:' -d 'a b'",
            R"({"method":"POST","url":"https://a.example/up","headers":{"Content-Type":"text/plain; charset=utf-8"},"body":"a b"})"},
        Case{"DocumentedParameter", "curl https://a.example/users/{user_id}/x",
             R"({"method":"GET","url":"https://a.example/users/${user_id}/x"})"},
        Case{
            "CopiedForCmd",
            "curl \"https://a.example/x?a=1^&b=2\" ^\r\n  -H \"X-A: b\" ^\r\n  --data-raw "
            "\"{\\\"a\\\":1}\" -H \"content-type: application/json\"",
            R"({"method":"POST","url":"https://a.example/x?a=1^&b=2","headers":{"X-A":"b","content-type":"application/json"},"body":{"a":1}})"},
        Case{
            "CopiedForCmdWithCarets",
            "curl ^\"https://a.example/x?a=1^&b=2^\" ^\n  -H ^\"content-type: application/json^\" "
            "^\n  --data-raw ^\"^{^\\^\"a^\\^\": ^\\^\"1^%^25^\\^\"^}^\"",
            R"({"method":"POST","url":"https://a.example/x?a=1&b=2","headers":{"content-type":"application/json"},"body":{"a":"1%25"}})"},
        Case{
            "AgentAndReferer", "curl -A 'me/1' -e https://b.example https://a.example",
            R"({"method":"GET","url":"https://a.example","headers":{"User-Agent":"me/1","Referer":"https://b.example"}})"},
        Case{"HeadersTakenBack",
             "curl https://a.example -H 'Accept:' -H 'X-Empty;' -H 'Content-Length: 5'",
             R"({"method":"GET","url":"https://a.example","headers":{"X-Empty":""}})"},
        Case{"NoScheme", "curl a.example/x", R"({"method":"GET","url":"https://a.example/x"})"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CurlCommandInputs, AreTheVariables) {
  const CurlTask made = parsed(R"(curl "https://a.example/${ID}" -H "X-A: $UID_")");
  EXPECT_EQ(json::print(made.task.at("inputParameters")),
            R"({"ID":"${workflow.input.ID}","UID":"${workflow.input.UID}"})");
}

TEST(CurlCommandInputs, TakeAssignedValues) {
  const CurlTask made =
      parsed("ID='a%20b'\nexport N=5\ncurl \"https://a.example/$ID\" -H \"X-N: $N\"");
  EXPECT_EQ(json::print(made.task.at("inputParameters")), R"({"ID":"a b","N":"5"})");
}

struct SecretCase {
  const char* name;
  const char* command;
  const char* credential;
};

class CurlSecrets : public testing::TestWithParam<SecretCase> {};

TEST_P(CurlSecrets, BecomeACredential) {
  const CurlTask made = parsed(GetParam().command);
  ASSERT_EQ(made.credentials.size(), 1U);
  EXPECT_EQ(json::print(made.credentials.front().at("credential")), GetParam().credential);
  const std::string task = json::print(made.task);
  EXPECT_EQ(task.find("s3cret"), std::string::npos) << task;
  EXPECT_FALSE(made.task.contains("inputParameters")) << task;
}

INSTANTIATE_TEST_SUITE_P(
    Curl, CurlSecrets,
    testing::Values(
        SecretCase{
            "Bearer", "curl https://a.example -H 'Authorization: Bearer s3cret'",
            R"({"token":"s3cret","name":"a.example bearer","type":"Bearer","hosts":["a.example"]})"},
        SecretCase{
            "BearerVariable", "curl https://a.example -H \"Authorization: Bearer $TOKEN\"",
            R"({"token":"","name":"a.example bearer","type":"Bearer","hosts":["a.example"]})"},
        SecretCase{
            "User", "curl -u me:s3cret:x https://a.example:8443/",
            R"({"username":"me","password":"s3cret:x","name":"a.example:8443 basic","type":"Basic","hosts":["a.example:8443"]})"},
        SecretCase{
            "UserInTheAddress", "curl https://me:s3cret%40@a.example/",
            R"({"username":"me","password":"s3cret@","name":"a.example basic","type":"Basic","hosts":["a.example"]})"},
        SecretCase{
            "BasicHeader", "curl https://a.example -H 'authorization: Basic bWU6czNjcmV0'",
            R"({"username":"me","password":"s3cret","name":"a.example basic","type":"Basic","hosts":["a.example"]})"},
        SecretCase{
            "Keys",
            "curl https://a.example -H 'PLAID-CLIENT-ID: s3cret1' -H 'PLAID-SECRET: s3cret2'",
            R"({"values":[{"in":"header","name":"PLAID-CLIENT-ID","value":"s3cret1"},{"in":"header","name":"PLAID-SECRET","value":"s3cret2"}],"name":"a.example apiKey","type":"ApiKey","hosts":["a.example"]})"},
        SecretCase{
            "Cookie", "curl https://a.example -b 'sid=s3cret'",
            R"({"values":[{"in":"header","name":"Cookie","value":"sid=s3cret"}],"name":"a.example cookie","type":"ApiKey","hosts":["a.example"]})"},
        SecretCase{
            "Several", "curl https://a.example -H 'X-Api-Key: s3cret' -u a:s3cret",
            R"({"values":[{"in":"header","name":"X-Api-Key","value":"s3cret"},{"in":"header","name":"Authorization","value":"Basic YTpzM2NyZXQ="}],"name":"a.example apiKey","type":"ApiKey","hosts":["a.example"]})"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(CurlCommandWarnings, NameWhatIsLeftOut) {
  const auto warned = [](std::string_view command, std::string_view of) {
    for (const std::string& one : parsed(command).warnings) {
      if (one.find(of) != std::string::npos) {
        return true;
      }
    }
    return false;
  };
  EXPECT_TRUE(warned("curl -k https://a.example", "--insecure at line 1, column 6"));
  EXPECT_TRUE(warned("curl --frobnicate https://a.example", "'--frobnicate'"));
  EXPECT_TRUE(warned("curl a.example", "https://"));
  EXPECT_TRUE(warned("curl https://a.example -d @body.json", "'body.json'"));
  EXPECT_TRUE(warned("curl https://a.example -F f=@x.png", "'x.png'"));
  EXPECT_TRUE(warned("curl https://a.example -F a=1 -H 'Content-Type: text/plain'", "of a form"));
  EXPECT_TRUE(warned("curl https://a.example -b jar.txt", "'jar.txt'"));
  EXPECT_TRUE(warned("curl https://a.example; rm -r x", "only the first command"));
  EXPECT_TRUE(warned("curl https://a.example -H \"X-A: $(date)\"", "is not run"));
  EXPECT_TRUE(warned(R"(curl https://a.example -d '{"a":1}')", "looks like JSON"));
  EXPECT_TRUE(warned("curl https://a.example -H 'X-A: 1' -H 'x-a: 2'", "more than once"));
  EXPECT_TRUE(parsed("curl -sSLv --compressed -o x https://a.example").warnings.empty());
}

TEST(CurlCommandManners, KeepTimesAndRetries) {
  const Object task =
      parsed("curl -m 2.5 --connect-timeout 9 --retry 7 --retry-delay 4 -X POST https://a.example")
          .task;
  EXPECT_EQ(task.at("readTimeoutSeconds"), 3);
  EXPECT_EQ(task.at("connectionTimeoutSeconds"), 9);
  EXPECT_EQ(json::print(task.at("retry")),
            R"({"intervalSeconds":4,"maxAttempts":7,"backoffRate":1})");
}

TEST(CurlCommandRefusals, SayWhatAndWhere) {
  EXPECT_EQ(refusal(""), "there is no command: paste one that begins with curl");
  EXPECT_EQ(refusal("wget https://a.example"),
            "this is no curl command: it begins with 'wget' at line 1, column 1");
  EXPECT_EQ(refusal("curl 'https://a.example\n -X POST"),
            "a single quote is not closed: it opens at line 1, column 6");
  EXPECT_EQ(refusal("curl https://a.example \\\n  -H \"X: y"),
            "a double quote is not closed: it opens at line 2, column 6");
  EXPECT_EQ(refusal("curl -X POST"), "the command has no URL");
  EXPECT_NE(refusal("curl https://a.example https://b.example").find("several URLs"),
            std::string::npos);
  EXPECT_EQ(refusal("curl https://a.example -H"),
            "the option -H at line 1, column 24 has no value");
  EXPECT_NE(refusal("curl -X FOO https://a.example").find("the method 'FOO'"), std::string::npos);
  EXPECT_NE(refusal("curl ftp://a.example").find("'ftp://'"), std::string::npos);
  EXPECT_NE(refusal("curl https://a.example -d $'\\xff'").find("no UTF-8"), std::string::npos);
  EXPECT_NE(refusal(std::string(70'000, 'a')).find("64 KiB"), std::string::npos);
  EXPECT_NE(refusal("curl \"${a b}").find("not closed"), std::string::npos);
}

}  // namespace
}  // namespace tartan::catalog
