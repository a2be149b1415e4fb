// Makes an index file from records. Everything is kept in memory until `write`: about 90 MB for
// 125,000 operations.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "catalog/search/records.h"

namespace tartan::catalog {

class IndexWriter {
 public:
  IndexWriter();
  ~IndexWriter();
  IndexWriter(IndexWriter&&) noexcept;
  IndexWriter& operator=(IndexWriter&&) noexcept;

  // The operations added from here on belong to `document`.
  void begin_document(SearchDocument document);
  // A document must have begun. The order of the operations is the order in which they are listed.
  void add(const SearchOperation& operation);

  std::size_t operation_count() const;

  // Writes the file beside `path` and renames it: readers of an older file there keep theirs. Once.
  // Errors: invalid (a key twice), too_large (more operations than an index holds), full, internal.
  Result<Done> write(const std::string& path);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tartan::catalog
