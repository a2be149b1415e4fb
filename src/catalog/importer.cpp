#include "catalog/importer.h"

#include <malloc.h>

#include <algorithm>
#include <atomic>

#include "catalog/import_record.h"
#include "catalog/intake.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using store::Outcome;
using store::Statement;
using store::Transaction;

// Of one import; more are counted.
constexpr std::size_t kReportMax = 20'000;
constexpr std::size_t kNamedChanges = 50;
// Documents of this size leave much behind in the allocator.
constexpr std::size_t kTrimFrom = 1024UL * 1024;
constexpr std::int64_t kSaveEveryMs = 2000;

constexpr Statement kInsertImport{
    "INSERT INTO imports (import_id, source, state, created_at, ended_at, progress, report)"
    " VALUES (?1, ?2, ?3, ?4, NULL, '{}', '[]')"};
constexpr Statement kUpdateImport{
    "UPDATE imports SET state = ?2, ended_at = ?3, progress = ?4, report = ?5"
    " WHERE import_id = ?1"};
constexpr Statement kImports{
    "SELECT import_id, source, state, created_at, ended_at, progress FROM imports"
    " ORDER BY import_id"};
constexpr Statement kReport{"SELECT report FROM imports WHERE import_id = ?1"};
// Old reports are of no use any more.
constexpr std::size_t kImportsKept = 100;
constexpr Statement kForgetImport{"DELETE FROM imports WHERE import_id = ?1"};

Array names_of(const std::vector<std::string>& operations) {
  Array list;
  for (const std::string& one : operations) {
    if (list.size() == kNamedChanges) {
      list.emplace_back("and " + std::to_string(operations.size() - kNamedChanges) + " more");
      break;
    }
    list.emplace_back(one);
  }
  return list;
}

// Whether what a document was read from is no longer there.
bool is_gone(const std::string& source) {
  std::error_code ignored;
  return !is_url(source) && !std::filesystem::exists(source, ignored);
}

std::string fresh_key(Transaction& tx, const DocumentRow& row) {
  std::string key = row.api;
  for (int i = 1;; ++i) {
    if (!find_document_by_key(tx, key)) {
      return key;
    }
    key = row.api + "@" + row.version + (i == 1 ? "" : "#" + std::to_string(i));
  }
}

// The key that a document takes: of the one that came from the same place, or that describes the
// same version of the same API; else one of its own, so that versions stand side by side.
std::string key_for(Transaction& tx, const DocumentRow& row) {
  if (const auto same = find_document_by_source(tx, row.source)) {
    return same->key;
  }
  for (const DocumentRow& other : documents_of_api(tx, row.api)) {
    if (other.version == row.version && other.title == row.title) {
      return other.key;
    }
  }
  return fresh_key(tx, row);
}

}  // namespace

// Guarded by the importer's mutex, all but `report`, which only its thread touches while it runs.
struct Importer::Job {
  ImportView view;
  std::vector<ReportLine> report;
  std::size_t report_left_out = 0;
  std::atomic<bool> cancel = false;
  UnixMs began_at = 0;
  mutable UnixMs saved_at = 0;
  std::size_t repaired = 0;  // of the document at work
  std::size_t skipped = 0;

  // `findings` are those of one document, as it keeps them.
  void add_findings(const std::string& document, const Array& findings) {
    for (const Value& one : findings) {
      ReportLine line{{"document", document}};
      for (const auto& member : one.get_object()) {
        line[member.key()] = member.value();
      }
      ++(line.at("kind") == "repaired" ? repaired : skipped);
      add(std::move(line));
    }
  }
  void take_counts() {
    view.progress.repaired += std::exchange(repaired, 0);
    view.progress.skipped += std::exchange(skipped, 0);
  }

  void add(ReportLine line) {
    if (report.size() >= kReportMax) {
      ++report_left_out;
    } else {
      report.push_back(std::move(line));
    }
  }
};

Importer::Importer(store::Database& database, const Clock& clock, Random& random,
                   http::Sender& sender, OnDocument on_document, OnEnd on_end)
    : database_(database),
      clock_(clock),
      random_(random),
      fetcher_(sender, openapi::DocumentLimits{}.bytes),
      on_document_(std::move(on_document)),
      on_end_(std::move(on_end)) {}

Importer::~Importer() { stop(); }

std::optional<Error> Importer::start() {
  auto error = database_.read([&](Transaction& tx) {
    store::Cursor row = tx.query(kImports, {});
    while (row.next()) {
      auto job = std::make_shared<Job>();
      job->view.id = row.text(0);
      job->view.source = row.text(1);
      job->view.state = state_of(row.text(2));
      job->view.created_at = row.integer(3);
      job->view.ended_at = row.is_null(4) ? std::nullopt : std::optional<UnixMs>(row.integer(4));
      read_progress(row.text(5), job->view);
      jobs_.emplace(job->view.id, job);
    }
  });
  if (error) {
    return error;
  }
  for (const auto& [id, job] : jobs_) {
    if (!has_ended(job->view.state)) {
      job->view.state = ImportState::waiting;
      job->view.progress = {};
      waiting_.push_back(job);
    }
  }
  thread_ = std::thread([this] { work(); });
  return std::nullopt;
}

void Importer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

Result<std::string> Importer::begin(const std::string& source) {
  if (auto listing = list_source(source); !listing) {
    return std::move(listing).error();
  }
  const UnixMs now = clock_.now();
  const std::string id =
      "imp_" + ordered_base62(static_cast<std::uint64_t>(now), 8) + random_base62(random_, 8);
  auto error = database_.write([&](Transaction& tx) {
    tx.execute(kInsertImport, {std::string_view(id), std::string_view(source),
                               name_of(ImportState::waiting), now});
    return Outcome::keep;
  });
  if (error) {
    return *std::move(error);
  }
  begin_job(id, source, now);
  return id;
}

Result<std::string> Importer::begin_once(const std::string& source) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, job] : jobs_) {
      const ImportState state = job->view.state;
      if (job->view.source == source && (!has_ended(state) || state == ImportState::completed)) {
        return id;
      }
    }
  }
  return begin(source);
}

void Importer::begin_job(const std::string& id, const std::string& source, UnixMs created_at) {
  auto job = std::make_shared<Job>();
  job->view.id = id;
  job->view.source = source;
  job->view.created_at = created_at;
  std::vector<std::string> old;
  {
    const std::lock_guard lock(mutex_);
    jobs_.emplace(id, job);
    waiting_.push_back(job);
    for (auto it = jobs_.begin(); jobs_.size() > kImportsKept && it != jobs_.end();) {
      if (has_ended(it->second->view.state)) {
        old.push_back(it->first);
        it = jobs_.erase(it);
      } else {
        ++it;
      }
    }
  }
  wake_.notify_all();
  if (!old.empty()) {
    // What fails here is tried again with the next import.
    (void)database_.write([&](Transaction& tx) {
      for (const std::string& one : old) {
        tx.execute(kForgetImport, {std::string_view(one)});
      }
      return Outcome::keep;
    });
  }
}

bool Importer::cancel(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || has_ended(found->second->view.state)) {
    return false;
  }
  found->second->cancel = true;
  return true;
}

std::optional<ImportView> Importer::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) {
    return std::nullopt;
  }
  ImportView view = found->second->view;
  ImportProgress& progress = view.progress;
  if (view.state == ImportState::running) {
    progress.elapsed_ms = clock_.now() - found->second->began_at;
    if (progress.bytes_done > 0 && progress.bytes >= progress.bytes_done) {
      progress.left_ms =
          static_cast<std::int64_t>(static_cast<double>(progress.elapsed_ms) *
                                    static_cast<double>(progress.bytes - progress.bytes_done) /
                                    static_cast<double>(progress.bytes_done));
    }
  }
  return view;
}

std::vector<ImportView> Importer::list() const {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = jobs_.rbegin(); it != jobs_.rend(); ++it) {
      ids.push_back(it->first);
    }
  }
  std::vector<ImportView> all;
  for (const std::string& id : ids) {
    if (auto view = find(id)) {
      all.push_back(*std::move(view));
    }
  }
  return all;
}

std::optional<std::vector<ReportLine>> Importer::report(const std::string& id, std::size_t offset,
                                                        std::size_t size) const {
  std::optional<std::vector<ReportLine>> lines;
  const auto error = database_.read([&](Transaction& tx) {
    store::Cursor row = tx.query(kReport, {std::string_view(id)});
    if (!row.next()) {
      return;
    }
    lines.emplace();
    const auto parsed = json::parse(row.text(0), {}, {16, 2'000'000});
    if (!parsed || !parsed->is_array()) {
      return;
    }
    const Array& all = parsed->get_array();
    for (std::size_t i = offset; i < all.size() && lines->size() < size; ++i) {
      lines->push_back(all[i].get_object());
    }
  });
  return error ? std::nullopt : lines;
}

Result<Changes> Importer::store(PreparedDocument& document) {
  document.row.imported_at = clock_.now();
  Changes changes;
  auto error = database_.write([&](Transaction& tx) {
    document.row.key = key_for(tx, document.row);
    give_ids(document);
    const auto before = find_document_by_key(tx, document.row.key);
    changes = put_document(tx, document);
    // One API written twice, as JSON and as YAML say, must not take turns.
    changes.is_same = before && before->source != document.row.source && !changes.is_new &&
                      changes.added.empty() && changes.removed.empty() && changes.changed.empty() &&
                      !is_gone(before->source);
    return changes.is_same ? Outcome::undo : Outcome::keep;
  });
  if (error) {
    return *std::move(error);
  }
  if (!changes.is_same) {
    on_document_(document.row.number, changes.replaced);
  }
  return changes;
}

Result<Changes> Importer::import_text(const std::string& source, const std::string& api,
                                      std::string_view text) {
  std::optional<DocumentRow> before;
  auto error =
      database_.read([&](Transaction& tx) { before = find_document_by_source(tx, source); });
  if (error) {
    return *std::move(error);
  }
  if (before && before->source_digest == crypto::digest(text)) {
    Changes none;
    none.is_new = false;
    return none;
  }
  auto document = openapi::read_document(text, nullptr);
  if (!document) {
    return std::move(document).error();
  }
  PreparedDocument prepared = take_in(*document, {source, api, source}, text);
  return store(prepared);
}

void Importer::work() {
  while (true) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
      if (stopping_) {
        return;
      }
      job = waiting_.front();
      waiting_.pop_front();
      job->view.state = ImportState::running;
      job->began_at = clock_.now();
    }
    run(*job);
    malloc_trim(0);
  }
}

void Importer::run(Job& job) {
  (void)save(job, job.view);
  auto listing = list_source(job.view.source);
  if (!listing) {
    {
      const std::lock_guard lock(mutex_);
      job.view.error = listing.error().message;
    }
    return finish(job, ImportState::failed);
  }
  {
    const std::lock_guard lock(mutex_);
    job.view.progress.documents = listing->files.size();
    for (const SourceFile& file : listing->files) {
      job.view.progress.bytes += file.bytes;
    }
  }
  for (const SourceFile& file : listing->files) {
    ImportView view;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) {
        return;  // the record says that it runs: the next start goes on
      }
      job.view.progress.document = file.shown;
      view = job.view;
    }
    if (job.cancel) {
      return finish(job, ImportState::cancelled);
    }
    run_file(job, file, *listing);
    if (clock_.now() - job.saved_at > kSaveEveryMs) {
      (void)save(job, view);
    }
  }
  const bool failed = !listing->is_folder && job.view.progress.failed > 0;
  finish(job, failed ? ImportState::failed : ImportState::completed);
}

// Who sees that an import has ended finds its report, and search knows what it has to learn.
void Importer::finish(Job& job, ImportState state) {
  if (job.report_left_out > 0) {
    job.report.push_back(
        Object{{"document", ""},
               {"kind", "skipped"},
               {"pointer", ""},
               {"message", "and " + std::to_string(job.report_left_out) + " lines more"}});
  }
  ImportView ended;
  {
    const std::lock_guard lock(mutex_);
    ended = job.view;
  }
  ended.progress.document.clear();
  ended.progress.elapsed_ms = clock_.now() - job.began_at;
  ended.ended_at = clock_.now();
  ended.state = state;
  (void)save(job, ended);
  on_end_();
  const std::lock_guard lock(mutex_);
  job.view = std::move(ended);
  std::vector<ReportLine>().swap(job.report);
}

std::optional<Error> Importer::save(const Job& job, const ImportView& view) {
  Array lines;
  if (has_ended(view.state)) {
    for (const ReportLine& line : job.report) {
      lines.push_back(line);
    }
  }
  const std::string progress = print_progress(view);
  const std::string report = json::print(lines);
  auto error = database_.write([&](Transaction& tx) {
    tx.execute(kUpdateImport,
               {std::string_view(view.id), name_of(view.state),
                view.ended_at ? store::Parameter(*view.ended_at) : store::Parameter(nullptr),
                std::string_view(progress), std::string_view(report)});
    return Outcome::keep;
  });
  job.saved_at = clock_.now();
  return error;
}

void Importer::count(Job& job, const SourceFile& file, std::size_t ImportProgress::*what) {
  const std::lock_guard lock(mutex_);
  ++(job.view.progress.*what);
  ++job.view.progress.documents_done;
  job.view.progress.bytes_done += file.bytes;
}

void Importer::fail(Job& job, const SourceFile& file, const SourceListing& listing,
                    const Error& error) {
  job.add(
      {{"document", file.shown}, {"kind", "failed"}, {"pointer", ""}, {"message", error.message}});
  if (!listing.is_folder) {
    const std::lock_guard lock(mutex_);
    job.view.error = error.message;
  }
  count(job, file, &ImportProgress::failed);
}

// What was found in a document holds for as long as it is there.
void Importer::unchanged(Job& job, const SourceFile& file, const DocumentRow& row) {
  std::string findings = "[]";
  (void)database_.read([&](Transaction& tx) { findings = findings_of(tx, row.number); });
  if (auto parsed = json::parse(findings); parsed && parsed->is_array()) {
    job.add_findings(file.shown, parsed->get_array());
  }
  {
    const std::lock_guard lock(mutex_);
    job.view.progress.operations += static_cast<std::size_t>(row.operations);
    job.take_counts();
  }
  count(job, file, &ImportProgress::unchanged);
}

void Importer::run_file(Job& job, const SourceFile& file, const SourceListing& listing) {
  auto text = is_url(file.location) ? fetcher_.fetch(file.location)
                                    : read_file(file.location, openapi::DocumentLimits{}.bytes);
  if (!text) {
    return fail(job, file, listing, text.error());
  }
  std::optional<DocumentRow> before;
  if (auto error = database_.read(
          [&](Transaction& tx) { before = find_document_by_source(tx, file.location); })) {
    return fail(job, file, listing, *error);
  }
  if (before && before->source_digest == crypto::digest(*text)) {
    return unchanged(job, file, *before);
  }
  take_file(job, file, listing, *text);
  if (text->size() > kTrimFrom) {
    malloc_trim(0);
  }
}

void Importer::take_file(Job& job, const SourceFile& file, const SourceListing& listing,
                         const std::string& text) {
  NotingFiles files(files_beside(file, listing, job.view.source, fetcher_), text);
  auto document = openapi::read_document(text, &files);
  if (!document) {
    // A folder of one API holds pieces that documents refer to; they are no descriptions.
    if (listing.is_folder && document.error().fault == Fault::not_found) {
      return count(job, file, &ImportProgress::ignored);
    }
    return fail(job, file, listing, document.error());
  }
  PreparedDocument prepared = take_in(*document, {file.location, "", file.name}, text);
  prepared.row.source_digest = files.digest(text);
  std::optional<DocumentRow> before;
  (void)database_.read(
      [&](Transaction& tx) { before = find_document_by_source(tx, file.location); });
  if (before && before->source_digest == prepared.row.source_digest) {
    return unchanged(job, file, *before);
  }
  if (auto parsed = json::parse(prepared.findings); parsed && parsed->is_array()) {
    job.add_findings(file.shown, parsed->get_array());
  }
  job.skipped += document->findings_left_out;
  auto changes = store(prepared);
  if (!changes) {
    return fail(job, file, listing, changes.error());
  }
  if (!changes->is_new && !changes->is_same) {
    job.add({{"document", file.shown},
             {"kind", "changed"},
             {"pointer", ""},
             {"message", std::to_string(changes->added.size()) + " operations added, " +
                             std::to_string(changes->removed.size()) + " removed, " +
                             std::to_string(changes->changed.size()) + " changed"},
             {"added", names_of(changes->added)},
             {"removed", names_of(changes->removed)},
             {"changed", names_of(changes->changed)}});
  }
  {
    const std::lock_guard lock(mutex_);
    job.take_counts();
    job.view.progress.operations += prepared.operations.size();
  }
  count(job, file,
        changes->is_new    ? &ImportProgress::imported
        : changes->is_same ? &ImportProgress::unchanged
                           : &ImportProgress::replaced);
}

}  // namespace tartan::catalog
