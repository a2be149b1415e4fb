// Writes an index file section by section, beside its place, and puts it there when it is complete.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "catalog/search/index_format.h"

namespace tartan::catalog {

class SectionFile {
 public:
  SectionFile(std::string path, std::uint32_t operation_count);
  // Removes what was written unless it was finished.
  ~SectionFile();
  SectionFile(const SectionFile&) = delete;
  SectionFile& operator=(const SectionFile&) = delete;

  // Each section once. A failure is reported by `finish`.
  void add(format::Section section, std::string_view bytes);
  Result<Done> finish();

 private:
  void write_at(std::uint64_t at, std::string_view bytes);
  void fail(const char* what);
  Result<Done> sync_folder();

  std::string path_;
  std::string temporary_;
  int file_ = -1;
  std::uint64_t end_ = 0;
  format::Header header_;
  Error error_;
  bool failed_ = false;
};

}  // namespace tartan::catalog
