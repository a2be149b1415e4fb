// A task printed as a curl command is the same task again when it is read, whatever its texts hold;
// bash reads the printed commands as the reader here does; and snippets are made of every task.
#include "catalog/curl_print.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <memory>

#include "catalog/curl_command.h"
#include "catalog/shell_words.h"
#include "catalog/snippets.h"
#include "support/temporary_directory.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;

const std::vector<std::string> kFragments = {
    "'", "\"", "\n", "é",  "😀",  "$",    "\\",    "!",    "${",   "}",
    "`", "a",  " ",  "\t", "%",  "&",    "=",     "@",    "#",    "{",
    "x", ";",  "$x", "$'", "\r", "\x01", "$(",    "\\n",  "^\"",  "|",
    "<", "*",  "~",  ":",  ",",  "0",    "$${x}", "${x}", "\x7f", "\xef\xa3\xbf"};
const std::vector<std::string> kUrlFragments = {"a", "/", "?", "&", "=", "%20", "[x]", "$",
                                                "'", "!", "(", "~", ",", "{b}", "*",   "."};
const std::vector<std::string> kHeaderFragments = {"'", "\"", "é",  "$", "\\", "!", "${", "}", "`",
                                                   "a", " ",  "\t", "%", ";",  "{", "$'", "#", "&"};
const std::vector<std::string> kNames = {"id",        "PATH", "UID_",       "x1",
                                         "user_name", "_",    "workflow_id"};

template <typename T>
T pick(const std::vector<T>& from) {
  return *rc::gen::elementOf(from);
}
int below(int end) { return *rc::gen::inRange(0, end); }

Text random_text(const std::vector<std::string>& fragments, bool placeholders) {
  Text made;
  for (int i = below(8); i > 0; --i) {
    if (placeholders && below(6) == 0) {
      add_placeholder(made, pick(kNames));
    } else {
      add_literal(made, pick(fragments));
    }
  }
  return made;
}

Value random_json(int depth) {
  switch (below(depth > 0 ? 8 : 6)) {
    case 0:
      return nullptr;
    case 1:
      return below(2) == 0;
    case 2:
      return below(1000) - 500;
    case 3:
      return below(1000) / 8.0;
    case 4:
    case 5:
      return Value(to_template(random_text(kFragments, true)));
    case 6: {
      Array array;
      for (int i = below(4); i > 0; --i) {
        array.push_back(random_json(depth - 1));
      }
      return array;
    }
    default: {
      Object object;
      for (int i = below(4); i > 0; --i) {
        object[literal_of(random_text(kFragments, false))] = random_json(depth - 1);
      }
      return object;
    }
  }
}

Object random_parts() {
  Object fields;
  for (int i = below(4); i > 0; --i) {
    std::string name = "n" + literal_of(random_text({"a", "é", " ", "[", "]", "$"}, false));
    fields[name] = random_json(1);
  }
  return fields;
}

void add_body(Object& request, Object& headers) {
  switch (below(6)) {
    case 0:
      headers["Content-Type"] = pick<std::string>({"application/json", "application/problem+json"});
      request["body"] = random_json(3);
      if (request["body"].is_null()) {
        request.erase("body");
      }
      return;
    case 1: {
      headers["content-type"] = "application/x-www-form-urlencoded";
      Object fields = random_parts();
      fields[literal_of(random_text(kFragments, false))] = random_json(2);
      request["body"] = std::move(fields);
      return;
    }
    case 2:
      headers["Content-Type"] = "multipart/form-data";
      request["body"] = random_parts();
      return;
    case 3:
      headers["Content-Type"] = pick<std::string>({"text/plain", "application/xml; charset=utf-8"});
      request["body"] = to_template(random_text(kFragments, true));
      return;
    default:
      return;
  }
}

Object random_task() {
  Text url = below(6) == 0 ? Text{{"baseUrl", true}} : Text{};
  add_literal(url, url.empty() ? "https://a.example/" : "/");
  append(url, random_text(kUrlFragments, true));
  Object request{
      {"method", pick<std::string>({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})},
      {"url", to_url_template(url)}};
  Object headers;
  for (int i = below(3); i > 0; --i) {
    Text value = literal("v");
    append(value, random_text(kHeaderFragments, true));
    add_literal(value, "v");
    headers[pick<std::string>({"Accept", "X-A", "x-b", "X-Api-Key", "Cookie", "Authorization"})] =
        to_template(value);
  }
  add_body(request, headers);
  if (!headers.empty()) {
    request["headers"] = std::move(headers);
  }
  Object inputs;
  for (const std::string& name : kNames) {
    const int kind = below(3);
    inputs[name] = kind == 0   ? Value("${workflow.input." + name + "}")
                   : kind == 1 ? Value(below(100))
                               : Value(escape_template(literal_of(random_text(kFragments, false))));
  }
  return {{"type", "Http"},
          {"inputParameters", std::move(inputs)},
          {"httpRequest", std::move(request)}};
}

std::string printed(const Object& task, const Array& credentials = {}) {
  auto made = print_curl(task, credentials);
  EXPECT_TRUE(made.ok()) << json::print(task) << (made ? "" : made.error().message);
  return made ? *std::move(made) : "";
}

TEST(CurlPrint, IsReadBackAsTheSameRequest) {
  EXPECT_TRUE(rc::check("task, curl, task", [] {
    const Object task = random_task();
    const std::string command = printed(task);
    const auto again = parse_curl(command);
    RC_ASSERT(again.ok());
    const Value before = task.at("httpRequest");
    const Value after = again->task.at("httpRequest");
    if (!(before == after)) {
      RC_FAIL(command + "\n" + json::print(before) + "\n" + json::print(after));
    }
    const std::string second = printed(again->task, again->credentials);
    const auto third = parse_curl(second);
    RC_ASSERT(third.ok());
    if (!(Value(third->task) == Value(again->task))) {
      RC_FAIL(second + "\n" + json::print(again->task) + "\n" + json::print(third->task));
    }
    RC_ASSERT(printed(third->task, third->credentials) == second);
    RC_ASSERT(snippets_of(task, {}).ok());
  }));
}

TEST(CurlPrint, KeepsTheNamesOfInputs) {
  EXPECT_TRUE(rc::check("inputs", [] {
    const Object task = random_task();
    const auto again = parse_curl(printed(task));
    RC_ASSERT(again.ok());
    const Value* inputs = json::find(again->task, "inputParameters");
    const std::string request = json::print(task.at("httpRequest"));
    for (const std::string& name : kNames) {
      const bool is_used = inputs != nullptr && inputs->get_object().contains(name);
      RC_ASSERT(!is_used || request.find("${" + name + "}") != std::string::npos);
    }
  }));
}

TEST(CurlPrint, KeepsWhatAPlaceholderStandsFor) {
  const Object request{
      {"method", "POST"},
      {"url", "https://a.example/${user.id}"},
      {"headers", {{"X-Run", "${swf:workflowId}"}, {"Content-Type", "text/plain"}}},
      {"body", "${jsonata: $sum(items.price)}"}};
  const std::string command = printed({{"type", "Http"}, {"httpRequest", request}});
  const auto again = parse_curl(command);
  ASSERT_TRUE(again.ok()) << command;
  EXPECT_EQ(again->task.at("httpRequest"), Value(request)) << command;
}

TEST(CurlPrint, NamesSecretsAfterTheirSchemes) {
  const Array credentials{Object{
      {"scheme", "clientId + secret"},
      {"type", "ApiKey"},
      {"credential",
       {{"values", Array{Object{{"in", "header"}, {"name", "PLAID-CLIENT-ID"}, {"value", ""}},
                         Object{{"in", "query"}, {"name", "api.key"}, {"value", "s3cret"}}}}}}}};
  const Object task{{"type", "Http"},
                    {"httpRequest", {{"method", "GET"}, {"url", "https://a.example/"}}}};
  const std::string command = printed(task, credentials);
  EXPECT_EQ(command,
            "# Secrets: PLAID_CLIENT_ID, API_KEY\n"
            "curl 'https://a.example/' \\\n"
            "  -H 'PLAID-CLIENT-ID: '\"${PLAID_CLIENT_ID}\" \\\n"
            "  --url-query 'api.key='\"${API_KEY}\"\n");
  const auto again = parse_curl(command);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->task.at("httpRequest"), task.at("httpRequest"));
  EXPECT_EQ(again->credentials.front().at("type"), "ApiKey");
  EXPECT_FALSE(again->task.contains("inputParameters"));
}

// The arguments of each command as bash gives them to a program.
std::vector<std::vector<std::string>> run_in_bash(const std::string& script) {
  const test::TemporaryDirectory folder;
  const std::string file = (folder.path() / "commands.sh").string();
  std::ofstream(file, std::ios::binary) << script;
  const auto close = [](FILE* stream) { pclose(stream); };
  const std::unique_ptr<FILE, decltype(close)> pipe(
      popen(("LC_ALL=C.UTF-8 bash '" + file + "'").c_str(), "r"), close);
  std::string out;
  std::vector<char> buffer(65536);
  while (const std::size_t count = fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    out.append(buffer.data(), count);
  }
  std::vector<std::vector<std::string>> all;
  std::size_t at = 0;
  const auto next = [&] {
    const std::size_t end = std::min(out.find('\0', at), out.size());
    std::string one = out.substr(at, end - at);
    at = end + 1;
    return one;
  };
  while (at < out.size()) {
    std::vector<std::string> arguments(std::stoul(next()));
    for (std::string& one : arguments) {
      one = next();
    }
    all.push_back(std::move(arguments));
  }
  return all;
}

std::string filled(const Text& text, const std::map<std::string, std::string>& values) {
  std::string made;
  for (const Piece& one : text) {
    made += one.is_placeholder ? values.at(one.text) : one.text;
  }
  return made;
}

TEST(CurlPrint, IsReadByBashAsItIsHere) {
  std::string script = "curl() { printf '%s\\0' \"$#\" \"$@\"; }\n";
  std::vector<std::vector<std::string>> expected;
  std::vector<std::string> commands;
  EXPECT_TRUE(rc::check("collect", [&] {
    const Object task = random_task();
    const std::string command = printed(task);
    auto read = read_shell_command(command, "curl");
    RC_ASSERT(read.ok());
    std::map<std::string, std::string> values{{"baseUrl", "<b $x>"}, {"baseUrl_", "<b>"}};
    for (const std::string& name : kNames) {
      values[name] = values[name + "_"] = "<" + name + ">";
    }
    std::string before;
    for (const char* name :
         {"id", "PATH_", "UID__", "UID_", "x1", "user_name", "__", "workflow_id", "baseUrl"}) {
      before += std::string(name) + "=" + quote_for_bash(values[name]) + "\n";
    }
    for (const auto& [name, value] : read->assignments) {
      values[name] = literal_of(value);
    }
    std::vector<std::string> arguments;
    for (std::size_t i = 1; i < read->words.size(); ++i) {
      arguments.push_back(filled(read->words[i].text, values));
    }
    script += "(\n" + before + command + ")\n";
    commands.push_back(command);
    expected.push_back(std::move(arguments));
  }));
  const auto found = run_in_bash(script);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i], expected[i]) << commands[i];
  }
}

TEST(QuoteForBash, KeepsEveryText) {
  std::string script = "curl() { printf '%s\\0' \"$#\" \"$@\"; }\ncurl";
  std::vector<std::string> texts;
  EXPECT_TRUE(rc::check("collect", [&] {
    texts.push_back(literal_of(random_text(kFragments, false)));
    script += " " + quote_for_bash(texts.back());
  }));
  const auto found = run_in_bash(script + "\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front(), texts);
}

}  // namespace
}  // namespace tartan::catalog
