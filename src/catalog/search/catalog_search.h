// Search over the catalogue's operations: one large index file, and where there is one a small file
// of what was imported since.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/search/index_file.h"

namespace tartan::catalog {

struct SearchQuery {
  std::string_view text = {};  // empty: everything that passes the filters
  // An API ("googleapis.com/gmail"), or a provider: all its APIs.
  std::optional<std::string_view> api = {};
  std::optional<std::string_view> method = {};  // in upper case
  std::optional<std::string_view> tag = {};     // as in the document
  std::size_t size = 20;
  std::size_t offset = 0;
};

// Bytes of a text that answer the query.
struct Highlight {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct SearchHit {
  std::string id, api, api_title, version, method, path, operation_id, summary;
  struct {
    std::vector<Highlight> api_title, path, operation_id, summary;
  } highlights;
  float score = 0;  // comparable within one page of one search only
};

struct SearchPage {
  std::vector<SearchHit> hits;
  std::size_t total = 0;  // operations that answer, on all pages
  bool partial = false;   // none answers every word: these answer most
};

// Bytes of a longer text that are read.
constexpr std::size_t kQueryBytesMax = 400;
// Words of a query that count; later ones are as if they had not been typed.
constexpr std::size_t kQueryWordsMax = 12;
// Hits of one page.
constexpr std::size_t kPageSizeMax = 200;

// Immutable: any thread may search at any time. To change what is searched, make a new one: that
// takes some 10 ms, the files stay open as long as somebody uses them.
class CatalogSearch {
 public:
  // `recent` holds documents that replace those of `main` with the same key, or are new. `removed`
  // are keys of documents of `main` that are no longer there.
  // How rare a word is, is counted over both files, hidden documents included: order does not
  // depend on which file holds a document, but for a newer version or a copy in the other file.
  explicit CatalogSearch(std::shared_ptr<const IndexFile> main,
                         std::shared_ptr<const IndexFile> recent = nullptr,
                         const std::vector<std::string>& removed = {});
  ~CatalogSearch();
  CatalogSearch(const CatalogSearch&) = delete;
  CatalogSearch& operator=(const CatalogSearch&) = delete;

  // The same query on the same files gives the same hits in the same order. Any bytes are a valid
  // query.
  SearchPage search(const SearchQuery& query) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tartan::catalog
