// Keeps the search index in step with the stored documents. The index is derived: files in a folder
// of the data directory that are made anew whenever they are missing, damaged or far behind.
//
// One large file holds most documents; those that came since stand in a small one, so that what one
// import brought is found at once.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "catalog/search/catalog_search.h"
#include "store/database.h"

namespace tartan::catalog {

class SearchKeeper {
 public:
  SearchKeeper(store::Database& database, std::filesystem::path folder);
  ~SearchKeeper();

  // Opens what is there and brings it up to date, on a thread of its own.
  void start();
  void stop();

  // Documents have changed: brings the index up to date soon.
  void touch();

  // What is searched now; nullptr until the first index is open.
  std::shared_ptr<const CatalogSearch> current() const;
  // Whether every change that was told is in it.
  bool is_up_to_date() const;
  // Waits for that; false after `timeout_ms`.
  bool wait_up_to_date(int timeout_ms) const;

 private:
  struct Plan;

  void work();
  void refresh();
  Result<Done> build(const std::vector<std::int64_t>& documents,
                     const std::filesystem::path& file) const;

  store::Database& database_;
  std::filesystem::path folder_;
  std::shared_ptr<const IndexFile> main_;  // the thread's
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::shared_ptr<const CatalogSearch> current_;
  std::uint64_t told_ = 1;
  std::uint64_t done_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tartan::catalog
