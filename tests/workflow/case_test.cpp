// Every file below tests/cases/workflow and tests/cases/workflow-definitions is a test of its own,
// named after its place: the workflow engine's rules as data. tests/cases/README.md describes both
// formats.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "script/script_host.h"
#include "workflow/case_runner.h"
#include "workflow/definition_case.h"
#include "workflow/yaml.h"

namespace tartan::cases {
namespace {

using RunCase = std::vector<std::string> (*)(const json::Value&, script::ScriptEngine&);

// One script host for all: starting its helper takes longer than most cases. Its time limit is
// wider than the server's, so that a busy machine fails no case.
script::ScriptEngine& scripts() {
  constexpr int time_ms = 2'000;
  static script::ScriptHost host(1, {.time_ms = time_ms}, TARTAN_SCRIPT_HELPER);
  return host;
}

class CaseTest : public testing::Test {
 public:
  CaseTest(std::string file, RunCase run) : file_(std::move(file)), run_(run) {}

  void TestBody() override {
    auto read = read_yaml(file_);
    ASSERT_TRUE(read) << read.error().message;
    for (const std::string& failure : run_(*read, scripts())) {
      ADD_FAILURE_AT(file_.c_str(), 1) << failure;
    }
  }

 private:
  std::string file_;
  RunCase run_;
};

std::string test_name(const std::filesystem::path& file) {
  std::string name = file.parent_path().filename().string() + "_" + file.stem().string();
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

bool register_folder([[maybe_unused]] const char* suite, const char* folder,
                     [[maybe_unused]] RunCase run) {
  const std::filesystem::path root = std::filesystem::path(TARTAN_CASES) / folder;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".yaml") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
#ifndef __clang_analyzer__  // which takes what gtest keeps for a leak, inside of gtest's header
    testing::RegisterTest(suite, test_name(file).c_str(), nullptr, nullptr, file.c_str(), 1,
                          [file, run]() -> CaseTest* { return new CaseTest(file.string(), run); });
#endif
  }
  return !files.empty();
}

// Before main, as gtest registers its own.
const bool kWorkflowCases = register_folder("WorkflowCase", "workflow", run_workflow_case);
const bool kDefinitionCases =
    register_folder("DefinitionCase", "workflow-definitions", run_definition_case);

// Every definition that the guide shows is a valid one.
TEST(Cases, TheGuideShowsValidDefinitions) {
  std::ifstream file(TARTAN_GUIDE);
  const std::string guide{std::istreambuf_iterator<char>(file), {}};
  constexpr std::string_view fence = "```json\n";
  int found = 0;
  for (auto at = guide.find(fence); at != std::string::npos; at = guide.find(fence, at)) {
    at += fence.size();
    const auto parsed = json::parse(guide.substr(at, guide.find("```", at) - at));
    ASSERT_TRUE(parsed) << parsed.error().message;
    const json::Value about =
        json::Object{{"name", "guide"}, {"definition", *parsed}, {"problems", json::Array{}}};
    for (const std::string& failure : run_definition_case(about, scripts())) {
      ADD_FAILURE() << failure;
    }
    ++found;
  }
  EXPECT_GT(found, 0);
}

TEST(Cases, AreFound) {
  EXPECT_TRUE(kWorkflowCases);
  EXPECT_TRUE(kDefinitionCases);
}

}  // namespace
}  // namespace tartan::cases
