// An import as it is kept in the store.
#pragma once

#include "catalog/importer.h"

namespace tartan::catalog {

ImportState state_of(std::string_view name);
bool has_ended(ImportState state);

// The counts and the error of an import, as JSON text.
std::string print_progress(const ImportView& view);
void read_progress(std::string_view text, ImportView& view);

// Notes what other files a document is made of, so that a change in one of them is seen.
class NotingFiles final : public openapi::Files {
 public:
  NotingFiles(std::unique_ptr<openapi::Files> files, std::string_view text);
  std::string own_name() const override { return files_->own_name(); }
  Result<std::string> load(std::string_view relative_path) override;
  // Of `text` alone when there are no others.
  crypto::Hash digest(std::string_view text);

 private:
  std::unique_ptr<openapi::Files> files_;
  crypto::Digest digest_;
  bool has_some_ = false;
};

// The files beside one of a source.
std::unique_ptr<openapi::Files> files_beside(const SourceFile& file, const SourceListing& listing,
                                             const std::string& source, Fetcher& fetcher);

}  // namespace tartan::catalog
