// What an expression costs on a document of 2 KB: a plain path, which never leaves the process, and
// the round trip to a helper for JavaScript and JSONata, image and all.
//
// Usage: script_bench [ROUNDS]
// Prints one line per expression: p50, p99 in microseconds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "script/path.h"
#include "script/script_host.h"

namespace {

using tartan::script::Language;
using Clock = std::chrono::steady_clock;

// Thirty entries, 2 KB.
std::string document() {
  std::string text = R"({"workflow":{"input":{"id":"order-1","customer":{"age":30}}},"items":[)";
  for (int i = 0; i < 30; ++i) {
    text += i > 0 ? "," : "";
    text += R"({"id":"item-)" + std::to_string(i) + R"(","name":"thing number )" +
            std::to_string(i) + R"(","code":"c-)" + std::to_string(1000 + i) + R"(","price":)" +
            std::to_string(i * 3) + ".5}";
  }
  return text + "]}";
}

void print(std::string_view what, std::vector<double>& microseconds) {
  std::sort(microseconds.begin(), microseconds.end());
  std::printf("%-52.*s p50 %9.3f us   p99 %9.3f us\n", static_cast<int>(what.size()), what.data(),
              microseconds[microseconds.size() / 2], microseconds[microseconds.size() * 99 / 100]);
}

template <typename Body>
double measure(int repeats, Body&& body) {
  const auto start = Clock::now();
  for (int i = 0; i < repeats; ++i) {
    body();
  }
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count() / repeats;
}

void measure_path(const tartan::json::Value& data, std::string_view text, int rounds) {
  // One lookup is shorter than reading the clock twice.
  constexpr int repeats = 100;
  const auto path = tartan::script::Path::compile(text);
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(rounds));
  std::size_t found = 0;
  for (int i = 0; i < rounds; ++i) {
    all.push_back(measure(repeats, [&] { found += path->find(data) != nullptr ? 1 : 0; }));
  }
  if (found == 0) {
    std::fprintf(stderr, "script_bench: the path finds nothing\n");
    std::exit(1);
  }
  print(text, all);
}

void measure_script(tartan::script::ScriptHost& host, Language language,
                    std::string_view expression, std::string_view data, int rounds) {
  tartan::script::ScriptRequest request;
  request.language = language;
  request.expression = expression;
  request.data_json = data;
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(rounds));
  for (int i = 0; i < rounds; ++i) {
    all.push_back(measure(1, [&] {
      if (const auto result = host.evaluate(request); !result) {
        std::fprintf(stderr, "script_bench: %s\n", result.error().message.c_str());
        std::exit(1);
      }
    }));
  }
  print(expression, all);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "script-helper") {
    return tartan::script::run_script_helper();
  }
  const int rounds = argc > 1 ? std::max(100, std::atoi(argv[1])) : 5000;
  const std::string text = document();
  const auto data = tartan::json::parse(text);
  std::printf("a document of %zu bytes, %d rounds\n", text.size(), rounds);
  measure_path(*data, "workflow.input.customer.age", rounds);
  measure_path(*data, "items[17].name", rounds);
  tartan::script::ScriptHost host(1, {.time_ms = 5000});
  measure_script(host, Language::javascript, "true", "{}", rounds);
  measure_script(host, Language::javascript, "$.items.length > 3 && $.items[0].price < 10", text,
                 rounds);
  measure_script(host, Language::jsonata, "true", "{}", rounds);
  measure_script(host, Language::jsonata, "$sum(items.price)", text, rounds);
  return 0;
}
