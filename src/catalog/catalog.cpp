#include "catalog/catalog.h"

#include "catalog/fields.h"
#include "catalog/request_check.h"
#include "openapi/operation.h"

namespace tartan::catalog {
namespace {

using json::Object;

constexpr std::int64_t kTouchEveryMs = 15'000;

}  // namespace

Catalog::Catalog(CatalogParts parts)
    : parts_(std::move(parts)),
      search_(parts_.database, parts_.index_folder),
      importer_(
          parts_.database, parts_.clock, parts_.random, parts_.sender,
          [this](std::int64_t, std::int64_t) { on_document(); }, [this] { search_.touch(); }) {}

// During a long import what came so far is found too, but the index is not made anew for each
// document.
void Catalog::on_document() {
  const UnixMs now = parts_.clock.now();
  if (now - touched_at_ >= kTouchEveryMs) {
    touched_at_ = now;
    search_.touch();
  }
}

void Catalog::bring_along(std::string name, std::string api, std::string text) {
  brought_.push_back({std::move(name), std::move(api), std::move(text)});
}

std::optional<Error> Catalog::start() {
  for (const Brought& one : brought_) {
    if (auto taken = importer_.import_text("built-in:" + one.name, one.api, one.text); !taken) {
      return std::move(taken).error();
    }
  }
  search_.start();
  return importer_.start();
}

void Catalog::stop() {
  importer_.stop();
  search_.stop();
}

Result<Object> Catalog::with_operation(std::string_view id, const Use& use) {
  Result<Object> made = Error{
      Fault::not_found, "the catalogue has no operation '" + std::string(id.substr(0, 200)) + "'"};
  auto error = parts_.database.read([&](store::Transaction& tx) {
    const auto found = find_operation(tx, id);
    if (!found) {
      return;
    }
    StoredParts stored(tx, found->document.number);
    openapi::Library library(stored);
    auto operation =
        openapi::read_operation(library, found->operation.path, found->operation.method);
    if (!operation) {
      made = Error{Fault::damaged, "the document of the operation can't be read"};
      return;
    }
    made = use(library, *operation, *found);
  });
  if (error) {
    return *std::move(error);
  }
  return made;
}

Result<Object> Catalog::reference(std::string_view operation_id, std::string_view since) {
  return with_operation(operation_id,
                        [&](openapi::Library& library, const openapi::Operation& operation,
                            const FoundOperation& found) -> Result<Object> {
                          Object made = reference_of(library, operation, found);
                          if (!since.empty()) {
                            made["referenceChanged"] =
                                crypto::to_hex(crypto::view(found.operation.fingerprint)) != since;
                          }
                          return made;
                        });
}

Result<Object> Catalog::schema(std::string_view operation_id, std::string_view pointer) {
  return with_operation(
      operation_id,
      [&](openapi::Library& library, const openapi::Operation&,
          const FoundOperation&) -> Result<Object> {
        const bool of_request = pointer.starts_with(kRequestMarker);
        const std::string_view place = pointer.substr(of_request ? kRequestMarker.size() : 0);
        const json::Value* value = place.empty() ? nullptr : library.at(place);
        if (value == nullptr || !value->is_object()) {
          return Error{Fault::not_found, "the document has no schema at '" +
                                             std::string(pointer.substr(0, 300)) + "'"};
        }
        return describe_schema(library, value,
                               of_request ? Direction::request : Direction::response);
      });
}

Result<Object> Catalog::prepared(std::string_view operation_id, const PrepareOptions& options) {
  const std::vector<SavedCredential> saved = parts_.credentials();
  return with_operation(operation_id,
                        [&](openapi::Library& library, const openapi::Operation& operation,
                            const FoundOperation& found) {
                          return prepare(library, operation, found, saved, options);
                        });
}

json::Array Catalog::check(const Object& task, const Object& request, const json::Value& response) {
  json::Array findings;
  const std::string id = operation_of_task(task);
  if (id.empty()) {
    return findings;
  }
  auto checked = with_operation(id,
                                [&](openapi::Library& library, const openapi::Operation& operation,
                                    const FoundOperation&) -> Result<Object> {
                                  findings = check_exchange(library, operation, request, response);
                                  return Object{};
                                });
  if (!checked) {
    findings.clear();
  }
  return findings;
}

}  // namespace tartan::catalog
