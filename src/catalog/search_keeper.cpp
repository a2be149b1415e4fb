#include "catalog/search_keeper.h"

#include <malloc.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "catalog/document_store.h"
#include "catalog/search/index_writer.h"

namespace tartan::catalog {
namespace {

// Operations outside of the main file, or gone from it, before it is made anew: that takes some
// seconds for a hundred thousand operations, and is never worth it for a few.
constexpr std::int64_t kRecentMax = 4000;

std::int64_t number_of(std::string_view key) {
  std::int64_t number = 0;
  std::from_chars(key.data(), key.data() + key.size(), number);
  return number;
}

SearchDocument record_of(const DocumentRow& row) {
  SearchDocument made;
  made.key = std::to_string(row.number);
  made.api = row.api;
  made.title = row.title;
  made.version = row.version;
  made.description = row.description;
  made.servers = row.servers;
  made.logo = row.logo;
  made.preferred = row.preferred;
  return made;
}

SearchOperation record_of(OperationRow row) {
  SearchOperation made;
  made.id = std::move(row.id);
  made.method = std::move(row.method);
  made.path = std::move(row.path);
  made.operation_id = std::move(row.name);
  made.summary = std::move(row.summary);
  made.description = std::move(row.description);
  made.tags = std::move(row.tags);
  made.deprecated = row.deprecated;
  return made;
}

}  // namespace

SearchKeeper::SearchKeeper(store::Database& database, std::filesystem::path folder)
    : database_(database), folder_(std::move(folder)) {}

SearchKeeper::~SearchKeeper() { stop(); }

void SearchKeeper::start() {
  thread_ = std::thread([this] { work(); });
}

void SearchKeeper::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

void SearchKeeper::touch() {
  {
    const std::lock_guard lock(mutex_);
    ++told_;
  }
  changed_.notify_all();
}

std::shared_ptr<const CatalogSearch> SearchKeeper::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

bool SearchKeeper::is_up_to_date() const {
  const std::lock_guard lock(mutex_);
  return done_ == told_;
}

bool SearchKeeper::wait_up_to_date(int timeout_ms) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                           [&] { return stopping_ || done_ == told_; });
}

void SearchKeeper::work() {
  while (true) {
    std::uint64_t told = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return stopping_ || done_ != told_; });
      if (stopping_) {
        return;
      }
      told = told_;
    }
    refresh();
    {
      const std::lock_guard lock(mutex_);
      done_ = told;
    }
    changed_.notify_all();
  }
}

// What the main file lacks, what it has too much, and how much that is.
struct SearchKeeper::Plan {
  std::vector<std::int64_t> all;
  std::vector<std::int64_t> recent;
  std::vector<std::string> removed;
  bool rebuild = false;
};

void SearchKeeper::refresh() {
  std::error_code ignored;
  std::filesystem::create_directories(folder_, ignored);
  const std::filesystem::path main_file = folder_ / "main.index";
  const std::filesystem::path recent_file = folder_ / "recent.index";
  if (!main_) {
    if (auto opened = IndexFile::open(main_file.string())) {
      main_ = *std::move(opened);
    }
  }
  Plan plan;
  std::set<std::int64_t> indexed;
  for (std::uint32_t i = 0; main_ && i < main_->document_count(); ++i) {
    indexed.insert(number_of(main_->key(i)));
  }
  std::int64_t recent_operations = 0;
  const auto error = database_.read([&](store::Transaction& tx) {
    plan.all = document_numbers(tx);
    for (const std::int64_t number : plan.all) {
      if (indexed.erase(number) == 0) {
        plan.recent.push_back(number);
        const auto row = find_document(tx, number);
        recent_operations += row ? row->operations : 0;
      }
    }
  });
  if (error) {
    return;  // the next change tries again
  }
  for (const std::int64_t number : indexed) {
    plan.removed.push_back(std::to_string(number));
  }
  const auto small = [&] {
    const std::size_t known = main_ ? main_->document_count() : 0;
    return recent_operations <= kRecentMax && plan.removed.size() * 4 <= known;
  };
  plan.rebuild = !main_ || !small();
  std::shared_ptr<const IndexFile> recent;
  if (plan.rebuild) {
    if (!build(plan.all, main_file)) {
      return;
    }
    auto opened = IndexFile::open(main_file.string());
    if (!opened) {
      return;
    }
    main_ = *std::move(opened);
    plan.removed.clear();
    std::filesystem::remove(recent_file, ignored);
  } else if (!plan.recent.empty()) {
    if (!build(plan.recent, recent_file)) {
      return;
    }
    if (auto opened = IndexFile::open(recent_file.string())) {
      recent = *std::move(opened);
    }
  }
  auto search = std::make_shared<const CatalogSearch>(main_, recent, plan.removed);
  const std::lock_guard lock(mutex_);
  current_ = std::move(search);
}

Result<Done> SearchKeeper::build(const std::vector<std::int64_t>& documents,
                                 const std::filesystem::path& file) const {
  Result<Done> written = Done{};
  {
    IndexWriter writer;
    for (const std::int64_t number : documents) {
      const auto error = database_.read([&](store::Transaction& tx) {
        const auto row = find_document(tx, number);
        if (!row) {
          return;  // gone since; the next refresh knows
        }
        writer.begin_document(record_of(*row));
        for (OperationRow& one : operations_of(tx, number)) {
          writer.add(record_of(std::move(one)));
        }
      });
      if (error) {
        return *error;
      }
    }
    written = writer.write(file.string());
  }
  malloc_trim(0);
  return written;
}

}  // namespace tartan::catalog
