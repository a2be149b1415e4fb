// Every input of the fuzzer's corpus, which holds what once crashed, goes through the parser it
// belongs to, and in good time.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "fuzz/targets.h"

namespace tartan::fuzz {
namespace {

class Corpus : public testing::TestWithParam<Target> {};

std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST_P(Corpus, IsParsedOrRefused) {
  const std::filesystem::path folder = std::filesystem::path(TARTAN_FUZZ_CORPUS) / GetParam().name;
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path().filename().string());
    const std::string bytes = contents(entry.path());
    const auto start = std::chrono::steady_clock::now();
    GetParam().run(bytes);
    // Far above what any takes, also under a sanitizer, and far below what a hang takes.
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
    ++count;
  }
  EXPECT_GT(count, 0U);
}

INSTANTIATE_TEST_SUITE_P(Fuzz, Corpus, testing::ValuesIn(kTargets),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace tartan::fuzz
