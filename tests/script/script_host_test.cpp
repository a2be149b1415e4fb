// Expressions run as their languages say, from the same state each time, within their limits, and
// whatever one of them does, the next is answered right. hostile.json holds what a person with bad
// intentions would write, and how each of it may end.
#include "script/script_host.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "json/json.h"

namespace tartan::script {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kJailed = false;
#else
constexpr bool kJailed = true;
#endif
// By the wall's clock, on a machine that does something else as well. The limit itself is 250 ms of
// processor time.
constexpr int kStopWithinMs = 1000;

constexpr std::string_view kOrder =
    R"({"items":[{"name":"pen","price":2},{"name":"ink","price":5.5}],"customer":{"age":30}})";
constexpr UnixMs kNow = 1'777'713'247'000;  // 2026-05-02T09:14:07Z

ScriptHost make_host(std::size_t helpers = 1, ScriptLimits limits = {}) {
  return ScriptHost(helpers, limits, TARTAN_SCRIPT_HELPER);
}

ScriptRequest request_of(Language language, std::string_view expression) {
  ScriptRequest request;
  request.language = language;
  request.expression = expression;
  request.data_json = kOrder;
  request.now = kNow;
  request.seed = 7;
  return request;
}

std::string_view name_of(ScriptError::Kind kind) {
  switch (kind) {
    case ScriptError::Kind::syntax:
      return "syntax";
    case ScriptError::Kind::runtime:
      return "runtime";
    case ScriptError::Kind::time_limit:
      return "time_limit";
    case ScriptError::Kind::memory_limit:
      return "memory_limit";
    case ScriptError::Kind::size_limit:
      return "size_limit";
    case ScriptError::Kind::unavailable:
      break;
  }
  return "unavailable";
}

// One result in a line: its JSON, "undefined", or "kind code@position message".
std::string show(const Result<ScriptResult, ScriptError>& result) {
  if (result) {
    return result->undefined ? "undefined" : result->json;
  }
  const ScriptError& error = result.error();
  std::string text(name_of(error.kind));
  text += " " + error.code + "@" + (error.position ? std::to_string(*error.position) : "");
  return text + " " + error.message;
}

class ScriptHostTest : public testing::Test {
 protected:
  std::string jsonata(std::string_view expression) {
    return show(host_.evaluate(request_of(Language::jsonata, expression)));
  }
  std::string javascript(std::string_view expression) {
    return show(host_.evaluate(request_of(Language::javascript, expression)));
  }

  // Patient, since these are not about limits and the machine may be busy.
  ScriptHost host_ = make_host(1, {.time_ms = 10'000});
};

TEST_F(ScriptHostTest, JsonataReadsTheData) {
  EXPECT_EQ(jsonata("$sum(items.price)"), "7.5");
  EXPECT_EQ(jsonata("items[price > 3].name"), R"("ink")");
  EXPECT_EQ(jsonata("items.name"), R"(["pen","ink"])");
  EXPECT_EQ(jsonata("{'who': customer.age, 'n': $count(items)}"), R"({"who":30,"n":2})");
  EXPECT_EQ(jsonata("items.nothing"), "undefined");
  EXPECT_EQ(jsonata("null"), "null");
  EXPECT_EQ(jsonata("$sum"), "undefined");
  EXPECT_EQ(jsonata("{'f': function($x) { $x }, 'a': 1}"), R"({"a":1})");
}

TEST_F(ScriptHostTest, JavascriptReadsTheData) {
  EXPECT_EQ(javascript("$.items.length === 2 && $.customer.age >= 18"), "true");
  EXPECT_EQ(javascript("$.items.map(i => i.price)"), "[2,5.5]");
  EXPECT_EQ(javascript("$.nothing"), "undefined");
  EXPECT_EQ(javascript("({ a: [1, null, 'é'] }) // with a comment"), R"({"a":[1,null,"é"]})");
  EXPECT_EQ(javascript("() => 1"), "undefined");
}

TEST_F(ScriptHostTest, BindingsAreNames) {
  ScriptRequest request =
      request_of(Language::javascript, "limit + extra.list[1] + $.items.length");
  request.bindings_json = R"({"limit":10,"extra":{"list":[1,2]},"not a name":1,"for":2})";
  EXPECT_EQ(show(host_.evaluate(request)), "14");
  request.language = Language::jsonata;
  request.expression = "$limit + $extra.list[1] + $count(items)";
  EXPECT_EQ(show(host_.evaluate(request)), "14");
}

TEST_F(ScriptHostTest, TruthFollowsJavascript) {
  const std::pair<const char*, bool> cases[] = {
      {"0", false},   {"''", false},    {"null", false},  {"undefined", false},
      {"NaN", false}, {"false", false}, {"'0'", true},    {"[]", true},
      {"({})", true}, {"-1", true},     {"() => 1", true}};
  for (const auto& [expression, truthy] : cases) {
    const auto result = host_.evaluate(request_of(Language::javascript, expression));
    ASSERT_TRUE(result.ok()) << expression;
    EXPECT_EQ(result->truthy, truthy) << expression;
  }
}

TEST_F(ScriptHostTest, ClocksStandAtTheGivenTime) {
  EXPECT_EQ(jsonata("$now()"), R"("2026-05-02T09:14:07.000Z")");
  EXPECT_EQ(jsonata("$millis()"), "1777713247000");
  EXPECT_EQ(javascript("Date.now()"), "1777713247000");
  EXPECT_EQ(javascript("new Date().getTimezoneOffset()"), "0");
}

TEST_F(ScriptHostTest, RandomNumbersFollowTheSeed) {
  ScriptRequest request = request_of(Language::jsonata, "[$random(), $random(), $random()]");
  std::set<std::string> seen;
  for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1} << 40}) {
    request.seed = seed;
    const std::string first = show(host_.evaluate(request));
    EXPECT_EQ(show(host_.evaluate(request)), first);
    seen.insert(first);
  }
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_EQ(javascript("(() => { let sum = 0; for (let i = 0; i < 1e4; i++) sum += Math.random(); "
                       "return sum > 4800 && sum < 5200; })()"),
            "true");
}

TEST_F(ScriptHostTest, Base64TakesBytesLikeNode) {
  EXPECT_EQ(jsonata("$base64encode('hello:world')"), R"("aGVsbG86d29ybGQ=")");
  EXPECT_EQ(jsonata("$base64encode('a')"), R"("YQ==")");
  EXPECT_EQ(jsonata("$base64encode('')"), R"("")");
  EXPECT_EQ(jsonata("$base64decode('aGVsbG86d29ybGQ=')"), R"("hello:world")");
  EXPECT_EQ(jsonata("$base64decode('-_-_') = $base64decode('+/+/')"), "true");
}

TEST_F(ScriptHostTest, ErrorsCarryCodeAndPosition) {
  EXPECT_EQ(jsonata("1 + 'a'"),
            "runtime T2002@3 The right side of the \"+\" operator must evaluate to a number");
  EXPECT_EQ(jsonata("items["), "syntax S0203@6 Expected \"]\" before end of expression");
  EXPECT_EQ(jsonata("'😀' & + 2"),
            "syntax S0211@7 The symbol \"+\" cannot be used as a unary operator");
  EXPECT_EQ(javascript("$.a.b.c"), "runtime @ TypeError: cannot read property 'b' of undefined");
  EXPECT_EQ(javascript("missing"), "runtime @ ReferenceError: missing is not defined");
  EXPECT_EQ(javascript("$.a +\n  + * 2"), "syntax @10 unexpected token in expression: '*'");
  EXPECT_EQ(javascript("$.a ="), "syntax @5 unexpected token in expression: ')'");
  EXPECT_EQ(javascript("''.at()()"), "runtime @ TypeError: not a function");
}

TEST_F(ScriptHostTest, CheckParsesAndDoesNotRun) {
  EXPECT_TRUE(host_.check(Language::javascript, "(() => { for (;;); })()").ok());
  EXPECT_TRUE(host_.check(Language::jsonata, "($f := function() { $f() }; $f())").ok());
  const auto broken = host_.check(Language::javascript, "a b");
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().kind, ScriptError::Kind::syntax);
  EXPECT_EQ(broken.error().position, 2U);
  const auto incomplete = host_.check(Language::jsonata, "$sum(");
  ASSERT_FALSE(incomplete.ok());
  EXPECT_EQ(incomplete.error().code, "S0203");
  EXPECT_FALSE(host_.check(Language::javascript, "1); (2").ok());
  EXPECT_FALSE(host_.check(Language::javascript, "return 1").ok());
  EXPECT_FALSE(host_.check(Language::javascript, "").ok());
  EXPECT_FALSE(host_.check(Language::jsonata, "").ok());
}

TEST_F(ScriptHostTest, CheckAnswersTheNamesThatAreReadAtTheRootForSure) {
  const auto names = [&](std::string_view expression) {
    const auto read = host_.check(Language::jsonata, expression);
    std::string text;
    for (const RootName& one : read.ok() ? *read : std::vector<RootName>{}) {
      text += (text.empty() ? "" : " ") + one.name + (one.member.empty() ? "" : "." + one.member);
    }
    return text;
  };
  EXPECT_EQ(names("A.output.x + A.output.y + A"), "A.output A");
  EXPECT_EQ(names("`A b`[c].d.e"), "A b.d");
  EXPECT_EQ(names("A.(b; c).d[e]^(f){g: h}"), "A");
  EXPECT_EQ(names("A.b.(c & $$.D.e)"), "A.b D.e");
  EXPECT_EQ(names("A@$a.b & A#$i.b"), "A A.b");
  EXPECT_EQ(names("$.A.b & $$.C & $x.d"), "A.b C");
  EXPECT_EQ(names("($$ := 1; A)"), "");
  EXPECT_EQ(names("1 + 2"), "");
  EXPECT_EQ(names("notAFunction(A)"), "A");
  EXPECT_EQ(host_.check(Language::javascript, "tasks.A")->size(), 0U);
  // Deep ones are read as far as can be, or not at all.
  const std::string deep = std::string(300, '(') + "A" + std::string(300, ')');
  EXPECT_EQ(names(deep), "A");
  std::string many;
  for (int i = 0; i < 3000; ++i) {
    many += (i == 0 ? "[N" : ",N") + std::to_string(i);
  }
  EXPECT_EQ(host_.check(Language::jsonata, many + "]")->size(), 1000U);
}

TEST_F(ScriptHostTest, InputAndOutputHaveLimits) {
  ScriptHost small = make_host(1, {.time_ms = 10'000, .input_bytes = 200, .output_bytes = 100});
  const auto too_large = small.evaluate(
      request_of(Language::javascript, "'0123456789012345678901234567890123456789'.repeat(3)"));
  EXPECT_EQ(show(too_large), "size_limit @ the result is larger than 100 bytes");
  const std::string text = "'" + std::string(200, 'x') + "'";
  EXPECT_EQ(show(small.evaluate(request_of(Language::javascript, text))),
            "size_limit @ the expression and its data are larger than 200 bytes");
  EXPECT_EQ(show(small.evaluate(request_of(Language::javascript, "1"))), "1");
}

TEST_F(ScriptHostTest, LargeDataGoesThroughWhole) {
  const std::string data = "\"" + std::string(4'000'000, 'x') + "\"";
  ScriptRequest request = request_of(Language::javascript, "$ + 'y'");
  request.data_json = data;
  const auto result = host_.evaluate(request);
  ASSERT_TRUE(result.ok()) << show(result);
  EXPECT_EQ(result->json.size(), data.size() + 1);
  EXPECT_EQ(result->json.substr(data.size() - 1), "y\"");
}

TEST_F(ScriptHostTest, ANulIsRefusedAndOtherTextIsNot) {
  EXPECT_EQ(javascript(std::string_view("1 +\0 2", 6)), "syntax @3 a NUL character is not allowed");
  EXPECT_EQ(javascript(R"('\u0000' + '\ud83d\ude00')"), R"("\u0000😀")");
  // What is thrown can hold half a character; what arrives can't.
  EXPECT_EQ(javascript(R"((() => { throw new Error('\ud800!') })())"),
            "runtime @ Error: \uFFFD\uFFFD\uFFFD!");
}

TEST_F(ScriptHostTest, NothingOfOneEvaluationIsThereForTheNext) {
  EXPECT_EQ(javascript("(() => { globalThis.left = 1; Math.max = () => 0; $.constructor.left = 2; "
                       "return [typeof left, Object.left, Math.max(1)]; })()"),
            R"(["number",2,0])");
  EXPECT_EQ(javascript("[typeof left, typeof Object.left, Math.max(1)]"),
            R"(["undefined","undefined",1])");
  EXPECT_EQ(jsonata("($x := 5; $x)"), "5");
  EXPECT_EQ(jsonata("$x"), "undefined");
}

TEST_F(ScriptHostTest, SeveralThreadsShareTheHelpers) {
  ScriptHost shared = make_host(2, {.time_ms = 10'000});
  constexpr int thread_count = 6;
  std::vector<std::thread> threads;
  threads.reserve(thread_count);
  std::atomic<int> right = 0;
  for (int t = 0; t < thread_count; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 40; ++i) {
        const std::string expression = std::to_string(t) + " * 1000 + " + std::to_string(i);
        const auto language = i % 2 == 0 ? Language::jsonata : Language::javascript;
        const auto result = shared.evaluate(request_of(language, expression));
        right += result && result->json == std::to_string(t * 1000 + i) ? 1 : 0;
        if (i % 20 == 19) {
          right -= shared.evaluate(request_of(language, "'x'.repeat(1e12) & (")) ? 1 : 0;
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(right, 240);
}

// The processes that this thread started and that were not waited for.
std::vector<pid_t> children() {
  std::ifstream in("/proc/thread-self/children");
  return {std::istream_iterator<pid_t>(in), {}};
}

std::string status_of(pid_t process, std::string_view field) {
  std::ifstream in("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(field)) {
      return line.substr(line.find_last_of(" \t") + 1);
    }
  }
  return {};
}

TEST_F(ScriptHostTest, AHelperIsJailed) {
  ASSERT_EQ(javascript("1"), "1");
  const std::vector<pid_t> helpers = children();
  ASSERT_EQ(helpers.size(), 2U) << "one at work and a spare";
  const pid_t helper = helpers.front();
  if (kJailed) {
    EXPECT_EQ(status_of(helper, "NoNewPrivs:"), "1");
    EXPECT_EQ(status_of(helper, "Seccomp:"), "2");
    std::set<std::string> open;
    const std::filesystem::path descriptors = "/proc/" + std::to_string(helper) + "/fd";
    std::error_code ignored;  // another user's processes are not shown to everyone
    for (const auto& one : std::filesystem::directory_iterator(descriptors, ignored)) {
      open.insert(one.path().filename());
    }
    EXPECT_TRUE(ignored || open == std::set<std::string>{"3"});
  }
  std::ifstream environment("/proc/" + std::to_string(helper) + "/environ");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(environment), {}), "");
}

TEST_F(ScriptHostTest, AHelperOutlivesTheSignalsThatStopTheServer) {
  ASSERT_EQ(javascript("1"), "1");
  const std::vector<pid_t> before = children();
  for (const pid_t helper : before) {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
      ASSERT_EQ(::kill(helper, signal), 0);
    }
  }
  EXPECT_EQ(javascript("2"), "2");
  EXPECT_EQ(children(), before);
}

TEST_F(ScriptHostTest, AHelperThatDiesWhileIdleIsReplaced) {
  ASSERT_EQ(javascript("1"), "1");
  for (const pid_t helper : children()) {
    ASSERT_EQ(::kill(helper, SIGKILL), 0);
    siginfo_t ended{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(helper), &ended, WEXITED | WNOWAIT), 0);
  }
  EXPECT_EQ(javascript("2"), "2");
}

TEST_F(ScriptHostTest, HelpersGoWithTheirHost) {
  {
    ScriptHost host = make_host();
    ASSERT_TRUE(host.evaluate(request_of(Language::javascript, "1")).ok());
    EXPECT_FALSE(children().empty());
  }
  EXPECT_TRUE(children().empty());
}

TEST_F(ScriptHostTest, AHostWhoseHelperCantStartSaysSo) {
  ScriptHost missing(1, {}, "/nonexistent/helper");
  const auto result = missing.evaluate(request_of(Language::javascript, "1"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ScriptError::Kind::unavailable);
  ScriptHost other(1, {}, "/bin/true");
  const auto ended = other.evaluate(request_of(Language::javascript, "1"));
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, ScriptError::Kind::unavailable);
}

// The best of ten: the machine may be busy with something else.
// The helpers that live, and the most memory that each has had, in KiB. getrusage() would also
// count this process, whose memory a child has until its exec.
std::vector<std::pair<pid_t, long>> helpers_of_this_process() {
  std::vector<std::pair<pid_t, long>> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream status(entry.path() / "status");
    std::map<std::string, std::string> fields;
    for (std::string line; std::getline(status, line);) {
      const auto colon = line.find(':');
      fields[line.substr(0, colon)] = line.substr(std::min(line.size(), colon + 2));
    }
    if (fields["PPid"] == std::to_string(::getpid()) && fields["Name"] == "script-helper") {
      found.emplace_back(std::stoi(fields["Pid"]), std::atol(fields["VmHWM"].c_str()));
    }
  }
  return found;
}

struct Timed {
  std::string shown;
  std::string kind;
  std::int64_t best_ms = 0;
};
Timed run_timed(ScriptHost& host, const ScriptRequest& request) {
  Timed timed;
  timed.best_ms = 1'000'000;
  for (int i = 0; i < 10 && timed.best_ms > kStopWithinMs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const auto result = host.evaluate(request);
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
    timed.best_ms = std::min<std::int64_t>(timed.best_ms, took.count());
    timed.shown = show(result).substr(0, 200);
    timed.kind = result ? "value" : name_of(result.error().kind);
  }
  return timed;
}

json::Array read_cases(const char* file) {
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto parsed = json::parse(text);
  EXPECT_TRUE(parsed.ok()) << file << ": " << (parsed ? "" : parsed.error().message);
  return parsed && parsed->is_array() ? parsed->get_array() : json::Array{};
}

TEST(HostileScripts, EachIsStoppedOrHarmlessAndTheNextIsRight) {
  ScriptHost host = make_host();
  const json::Array cases = read_cases(TARTAN_SCRIPT_TESTS "/hostile.json");
  ASSERT_GE(cases.size(), 60U);
  for (const json::Value& one : cases) {
    const json::Object& test = one.as_object();
    const std::string name(test.at("name").as_string());
    const std::string expression(test.at("expression").as_string());
    const Language language =
        test.at("language").as_string() == "jsonata" ? Language::jsonata : Language::javascript;
    const Timed timed = run_timed(host, request_of(language, expression));
    EXPECT_LE(timed.best_ms, kStopWithinMs) << name << ": " << timed.shown;
    bool expected = false;
    for (const json::Value& kind : test.at("expect").as_array()) {
      expected = expected || kind.as_string() == timed.kind;
    }
    EXPECT_TRUE(expected) << name << ": " << timed.kind << " " << timed.shown;
    if (const json::Value* value = json::find(test, "json"); value != nullptr) {
      EXPECT_EQ(timed.shown, std::string(value->as_string())) << name;
    }
    EXPECT_EQ(show(host.evaluate(request_of(Language::jsonata, "$sum(items.price)"))), "7.5")
        << "after " << name;
    EXPECT_EQ(show(host.evaluate(request_of(
                  Language::javascript, "[$.items[0].name, typeof left, [1, 2].map(x => x * 2)]"))),
              R"(["pen","undefined",[2,4]])")
        << "after " << name;
  }
}

TEST(HostileScripts, TheMemoryOfAHelperIsBounded) {
  if (!kJailed) {
    GTEST_SKIP() << "a sanitizer's shadow memory counts, too";
  }
  ScriptHost host = make_host(1, {.time_ms = 10'000});
  const auto result = host.evaluate(
      request_of(Language::javascript,
                 "(() => { const a = []; for (;;) a.push(new Array(1000).fill(1)); })()"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ScriptError::Kind::memory_limit);
  long most_kb = 0;
  for (const auto& [process, peak_kb] : helpers_of_this_process()) {
    most_kb = std::max(most_kb, peak_kb);
  }
  // It filled what it has; not every page of that is counted, or touched.
  EXPECT_GT(most_kb, 48 * 1024);
  // The engine's 64 MB, and its code and image.
  EXPECT_LT(most_kb, 96 * 1024);
}

// A helper that gets little of a processor: an expression of some 30 ms takes the wall's clock past
// the limit of 250.
TEST(HostileScripts, AMachineThatIsBusyFailsNoExpression) {
  ScriptHost host = make_host();
  ASSERT_EQ(show(host.evaluate(request_of(Language::javascript, "1"))), "1");
  std::atomic<bool> done = false;
  std::string shown;
  const auto start = std::chrono::steady_clock::now();
  std::thread evaluation([&] {
    shown = show(host.evaluate(request_of(
        Language::javascript, "(() => { let n = 0; while (n < 1e6) n += 1; return n; })()")));
    done = true;
  });
  while (!done) {
    for (const int signal : {SIGSTOP, SIGCONT}) {
      for (const auto& [process, peak_kb] : helpers_of_this_process()) {
        ::kill(process, signal);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(signal == SIGSTOP ? 280 : 20));
    }
  }
  evaluation.join();
  EXPECT_EQ(shown, "1000000");
  EXPECT_GT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(250));
}

}  // namespace
}  // namespace tartan::script
