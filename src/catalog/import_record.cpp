#include "catalog/import_record.h"

namespace tartan::catalog {
namespace {

using json::Object;
using json::Value;

constexpr std::pair<std::string_view, ImportState> kStates[] = {
    {"waiting", ImportState::waiting},
    {"running", ImportState::running},
    {"completed", ImportState::completed},
    {"failed", ImportState::failed},
    {"cancelled", ImportState::cancelled}};

// The counts of a progress, by their names in the store and the API.
using Count = std::pair<std::string_view, std::size_t ImportProgress::*>;
constexpr Count kCounts[] = {
    {"documents", &ImportProgress::documents},   {"documentsDone", &ImportProgress::documents_done},
    {"bytes", &ImportProgress::bytes},           {"bytesDone", &ImportProgress::bytes_done},
    {"operations", &ImportProgress::operations}, {"imported", &ImportProgress::imported},
    {"replaced", &ImportProgress::replaced},     {"unchanged", &ImportProgress::unchanged},
    {"failed", &ImportProgress::failed},         {"ignored", &ImportProgress::ignored},
    {"repaired", &ImportProgress::repaired},     {"skipped", &ImportProgress::skipped}};

}  // namespace

std::string_view name_of(ImportState state) {
  for (const auto& [text, one] : kStates) {
    if (one == state) {
      return text;
    }
  }
  return "failed";
}

ImportState state_of(std::string_view name) {
  for (const auto& [text, state] : kStates) {
    if (text == name) {
      return state;
    }
  }
  return ImportState::failed;
}

bool has_ended(ImportState state) {
  return state != ImportState::waiting && state != ImportState::running;
}

std::string print_progress(const ImportView& view) {
  Object out;
  for (const auto& [name, count] : kCounts) {
    out[name] = view.progress.*count;
  }
  out["elapsedMs"] = view.progress.elapsed_ms;
  out["error"] = view.error;
  return json::print(out);
}

void read_progress(std::string_view text, ImportView& view) {
  const auto parsed = json::parse(text);
  if (!parsed || !parsed->is_object()) {
    return;
  }
  const Object& object = parsed->get_object();
  for (const auto& [name, count] : kCounts) {
    const Value* value = json::find(object, name);
    if (value != nullptr && value->is_int64()) {
      view.progress.*count = static_cast<std::size_t>(value->get_int64());
    }
  }
  if (const Value* elapsed = json::find(object, "elapsedMs"); elapsed && elapsed->is_int64()) {
    view.progress.elapsed_ms = elapsed->get_int64();
  }
  if (const Value* error = json::find(object, "error"); error && error->is_string()) {
    view.error = std::string(error->get_string().data(), error->get_string().size());
  }
}

NotingFiles::NotingFiles(std::unique_ptr<openapi::Files> files, std::string_view text)
    : files_(std::move(files)) {
  digest_.add(text);
}

Result<std::string> NotingFiles::load(std::string_view relative_path) {
  auto text = files_->load(relative_path);
  if (text) {
    has_some_ = true;
    digest_.add(std::to_string(text->size()) + ":");
    digest_.add(*text);
  }
  return text;
}

crypto::Hash NotingFiles::digest(std::string_view text) {
  return has_some_ ? digest_.take() : crypto::digest(text);
}

std::unique_ptr<openapi::Files> files_beside(const SourceFile& file, const SourceListing& listing,
                                             const std::string& source, Fetcher& fetcher) {
  if (is_url(file.location)) {
    return std::make_unique<UrlFiles>(fetcher, file.location);
  }
  const std::filesystem::path path(file.location);
  return std::make_unique<FolderFiles>(
      listing.is_folder ? std::filesystem::path(source) : path.parent_path(), path,
      openapi::DocumentLimits{}.bytes);
}

}  // namespace tartan::catalog
