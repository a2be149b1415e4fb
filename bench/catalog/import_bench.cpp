// What an import of a folder costs, beside a plain parse of the same bytes by the same JSON
// library.
//
//   import_bench FOLDER DIR     writes DIR/catalog.db and prints figures
//
// CPU seconds count all threads of the process. Both read the files from the page cache.

#include <sys/resource.h>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <mutex>

#include "catalog/importer.h"
#include "catalog/schema.h"
#include "store/sqlite/sqlite_database.h"

namespace {

using namespace tartan;

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double rss_peak_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

double plain_parse(const std::string& folder) {
  const auto listing = catalog::list_source(folder);
  if (!listing) {
    std::fprintf(stderr, "%s\n", listing.error().message.c_str());
    std::exit(1);
  }
  const double before = cpu_seconds();
  for (const catalog::SourceFile& file : listing->files) {
    const auto text = catalog::read_file(file.location, SIZE_MAX);
    boost::json::parse_options options;
    options.max_depth = 500;
    boost::system::error_code ec;
    (void)boost::json::parse(*text, ec, {}, options);
  }
  return cpu_seconds() - before;
}

class NoSender final : public http::Sender {
 public:
  void send(http::OutboundRequest, Done done) override { done(http::OutboundError{}); }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: import_bench FOLDER DIR\n");
    return 2;
  }
  plain_parse(argv[1]);  // warms the page cache
  const double parse = plain_parse(argv[1]);
  std::filesystem::create_directories(argv[2]);
  const std::filesystem::path file = std::filesystem::path(argv[2]) / "catalog.db";
  auto database = store::open_sqlite(file, catalog::migrations());
  if (!database) {
    std::fprintf(stderr, "%s\n", database.error().message.c_str());
    return 1;
  }
  SystemClock clock;
  SystemRandom random;
  NoSender sender;
  std::mutex mutex;
  std::condition_variable wake;
  bool idle = false;
  catalog::Importer importer(
      **database, clock, random, sender, [](std::int64_t, std::int64_t) {},
      [&] {
        const std::lock_guard lock(mutex);
        idle = true;
        wake.notify_all();
      });
  const double before = cpu_seconds();
  const auto began = std::chrono::steady_clock::now();
  if (importer.start()) {
    return 1;
  }
  const auto id = importer.begin(argv[1]);
  if (!id) {
    std::fprintf(stderr, "%s\n", id.error().message.c_str());
    return 1;
  }
  std::unique_lock lock(mutex);
  wake.wait(lock, [&] { return idle; });
  (*database)->purge_now();
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const double import = cpu_seconds() - before;
  const auto view = importer.find(*id);
  std::printf("plain parse    %.2f CPU s\n", parse);
  std::printf("import         %.2f CPU s, %.1f times; %.1f s\n", import, import / parse, wall);
  std::printf("resident peak  %.0f MB\n", rss_peak_mb());
  std::printf("on disk        %.1f MB\n",
              static_cast<double>(std::filesystem::file_size(file)) / 1e6);
  std::printf("documents      %zu imported, %zu failed, %zu ignored\n", view->progress.imported,
              view->progress.failed, view->progress.ignored);
  std::printf("operations     %zu; findings: %zu repaired, %zu skipped\n",
              view->progress.operations, view->progress.repaired, view->progress.skipped);
  importer.stop();
  (*database)->stop();
  return 0;
}
