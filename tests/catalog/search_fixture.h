// A small catalogue for tests: indexes are made from records written in the test itself.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "catalog/search/catalog_search.h"
#include "catalog/search/index_writer.h"
#include "support/temporary_directory.h"

namespace tartan::catalog {

struct TestDocument {
  SearchDocument document;
  std::vector<SearchOperation> operations;
};

inline SearchDocument api(std::string name, std::string title, std::string version = "1.0") {
  SearchDocument document;
  document.key = name;
  document.api = std::move(name);
  document.title = std::move(title);
  document.version = std::move(version);
  return document;
}

// "GET /pets/{id}" and what else there is to say.
inline SearchOperation operation(const std::string& call, std::string operation_id = {},
                                 std::string summary = {}) {
  SearchOperation operation;
  operation.id = call;
  operation.method = call.substr(0, call.find(' '));
  operation.path = call.substr(call.find(' ') + 1);
  operation.operation_id = std::move(operation_id);
  operation.summary = std::move(summary);
  return operation;
}

class SearchTest : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }

  std::shared_ptr<const IndexFile> index(const std::vector<TestDocument>& documents,
                                         const std::string& name = "index") const {
    IndexWriter writer;
    for (const TestDocument& one : documents) {
      writer.begin_document(one.document);
      for (const SearchOperation& each : one.operations) {
        writer.add(each);
      }
    }
    const Result<Done> written = writer.write(path(name));
    EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message);
    auto opened = IndexFile::open(path(name));
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
    return opened.ok() ? *opened : nullptr;
  }

 private:
  test::TemporaryDirectory directory_;
};

// "api METHOD path" of each hit, in their order.
inline std::vector<std::string> names(const SearchPage& page) {
  std::vector<std::string> names;
  for (const SearchHit& hit : page.hits) {
    names.push_back(hit.api + ' ' + hit.method + ' ' + hit.path);
  }
  return names;
}

inline std::string first(const CatalogSearch& search, std::string_view text) {
  const SearchPage page = search.search({.text = text});
  return page.hits.empty() ? "nothing" : names(page).front();
}

// The marked pieces of a text.
inline std::vector<std::string> marked(const std::string& text,
                                       const std::vector<Highlight>& highlights) {
  std::vector<std::string> pieces;
  for (const Highlight& highlight : highlights) {
    pieces.push_back(text.substr(highlight.begin, highlight.end - highlight.begin));
  }
  return pieces;
}

}  // namespace tartan::catalog
