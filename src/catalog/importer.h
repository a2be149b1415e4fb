// Imports: documents from a source into the catalogue, one after the other, each in a transaction
// of its own. An import survives a restart: what is in the catalogue stays, and the rest goes on.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "catalog/document_store.h"
#include "catalog/source.h"
#include "json/json.h"

namespace tartan::catalog {

enum class ImportState { waiting, running, completed, failed, cancelled };
std::string_view name_of(ImportState state);

struct ImportProgress {
  std::size_t documents = 0;  // in all; 0 until the source has been listed
  std::size_t documents_done = 0;
  std::size_t bytes = 0;
  std::size_t bytes_done = 0;
  std::size_t operations = 0;
  // What came of the documents.
  std::size_t imported = 0;
  std::size_t replaced = 0;
  std::size_t unchanged = 0;
  std::size_t failed = 0;
  std::size_t ignored = 0;   // files of a folder that are no API descriptions
  std::size_t repaired = 0;  // findings
  std::size_t skipped = 0;
  std::string document;  // the one at work
  std::int64_t elapsed_ms = 0;
  std::optional<std::int64_t> left_ms;  // estimated
};

struct ImportView {
  std::string id;
  std::string source;
  ImportState state = ImportState::waiting;
  UnixMs created_at = 0;
  std::optional<UnixMs> ended_at;
  ImportProgress progress;
  std::string error;  // of an import that failed as a whole
};

// A line of a report: what is wrong with a document, or what its replacement changed.
// {"document", "kind": "failed"|"repaired"|"skipped"|"changed", "pointer", "message", …}.
using ReportLine = json::Object;

class Importer {
 public:
  // Told after a document was committed; `replaced` is the number it had before, or 0. On the
  // importer's thread.
  using OnDocument = std::function<void(std::int64_t number, std::int64_t replaced)>;
  // Told before an import is said to have ended.
  using OnEnd = std::function<void()>;

  Importer(store::Database& database, const Clock& clock, Random& random, http::Sender& sender,
           OnDocument on_document, OnEnd on_end);
  ~Importer();

  // Starts the thread and takes up what an earlier process left.
  std::optional<Error> start();
  // Ends after the document at work; the rest goes on at the next start.
  void stop();

  // Answers once the import is on record. Errors: as `list_source`.
  Result<std::string> begin(const std::string& source);
  // The same unless this source is being imported or has been completed before.
  Result<std::string> begin_once(const std::string& source);
  // False when there is none, or it has ended.
  bool cancel(const std::string& id);

  std::optional<ImportView> find(const std::string& id) const;
  std::vector<ImportView> list() const;  // newest first
  // Lines from `offset` on; nothing when there is no such import.
  std::optional<std::vector<ReportLine>> report(const std::string& id, std::size_t offset,
                                                std::size_t size) const;

  // Imports one text at once, on the calling thread. For the documents that Tartan brings along.
  Result<Changes> import_text(const std::string& source, const std::string& api,
                              std::string_view text);

 private:
  struct Job;

  void work();
  void run(Job& job);
  void finish(Job& job, ImportState state);
  void run_file(Job& job, const SourceFile& file, const SourceListing& listing);
  void take_file(Job& job, const SourceFile& file, const SourceListing& listing,
                 const std::string& text);
  void unchanged(Job& job, const SourceFile& file, const DocumentRow& row);
  void fail(Job& job, const SourceFile& file, const SourceListing& listing, const Error& error);
  void count(Job& job, const SourceFile& file, std::size_t ImportProgress::*what);
  Result<Changes> store(PreparedDocument& document);
  std::optional<Error> save(const Job& job, const ImportView& view);
  void begin_job(const std::string& id, const std::string& source, UnixMs created_at);

  store::Database& database_;
  const Clock& clock_;
  Random& random_;
  Fetcher fetcher_;
  OnDocument on_document_;
  OnEnd on_end_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::string, std::shared_ptr<Job>> jobs_;
  std::deque<std::shared_ptr<Job>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tartan::catalog
