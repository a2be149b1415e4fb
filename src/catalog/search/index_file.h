// An index file, mapped into memory and read in place. Immutable: any thread may read it at any
// time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "catalog/search/index_format.h"

namespace tartan::catalog {

class IndexFile {
 public:
  // Reads every byte once: sums are compared, and every number that leads somewhere is within its
  // bounds, so that nothing that is read later can lead outside.
  // Errors: not_found, damaged (also a file of another version; build it anew), internal.
  static Result<std::shared_ptr<const IndexFile>> open(const std::string& path);
  ~IndexFile();
  IndexFile(const IndexFile&) = delete;
  IndexFile& operator=(const IndexFile&) = delete;

  std::uint32_t operation_count() const { return operation_count_; }
  std::uint32_t document_count() const { return static_cast<std::uint32_t>(documents_.size()); }
  std::uint32_t term_count() const { return static_cast<std::uint32_t>(term_letters_.size()); }
  std::size_t file_size() const { return size_; }

  // One byte for each operation.
  std::span<const std::uint8_t> methods() const { return methods_; }
  std::span<const std::uint8_t> own_words() const { return own_words_; }
  std::span<const std::uint8_t> priors() const { return priors_; }
  std::span<const std::uint8_t> flags() const { return flags_; }

  // In the order of their keys; so are their operations.
  std::span<const format::Document> documents() const { return documents_; }
  std::string_view text(format::TextRange range) const;
  std::string_view key(std::uint32_t document) const { return text(documents_[document].key); }
  std::uint32_t document_of(std::uint32_t operation) const;

  struct Shown {
    std::string_view id, path, operation_id, summary;
  };
  Shown shown(std::uint32_t operation) const;

  std::string_view term(std::uint32_t number) const;
  std::optional<std::uint32_t> find_term(std::string_view word) const;
  // First and one behind the last of the terms that begin with `prefix`.
  std::pair<std::uint32_t, std::uint32_t> terms_with(std::string_view prefix) const;
  std::uint32_t letters(std::uint32_t term) const { return term_letters_[term]; }
  std::span<const std::uint32_t> postings(std::uint32_t term) const;
  std::span<const std::uint32_t> document_postings(std::uint32_t term) const;

  // Operations whose path may have the shape of `path` (a few others are possible).
  std::span<const std::uint64_t> operations_at(std::string_view path) const;
  std::span<const std::uint32_t> operations_tagged(std::string_view tag) const;

 private:
  IndexFile() = default;
  std::uint32_t first_term(std::string_view word) const;
  Result<Done> map(const std::string& path);
  Result<Done> check_header() const;
  Result<Done> read_sections();
  bool bounds_hold() const;
  bool texts_hold() const;
  std::string_view section(format::Section section) const;

  const char* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::uint32_t operation_count_ = 0;
  std::span<const format::Document> documents_;
  std::string_view document_text_, operation_text_, term_text_, tag_text_;
  std::span<const std::uint8_t> methods_, own_words_, priors_, flags_;
  std::span<const std::uint32_t> text_starts_, term_starts_, term_letters_, posting_starts_,
      postings_, document_starts_, document_postings_, tag_starts_, tag_posting_starts_,
      tag_postings_;
  std::span<const std::uint64_t> paths_;
};

}  // namespace tartan::catalog
