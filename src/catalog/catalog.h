// The catalogue: API documents, their import, their search, and what is made of an operation.
#pragma once

#include <filesystem>
#include <functional>

#include "catalog/importer.h"
#include "catalog/prepare.h"
#include "catalog/search_keeper.h"

namespace tartan::catalog {

// The credentials that are saved; the part that keeps them gives it.
using SavedCredentials = std::function<std::vector<SavedCredential>()>;

struct CatalogParts {
  store::Database& database;
  const Clock& clock;
  Random& random;
  http::Sender& sender;
  std::filesystem::path index_folder;
  SavedCredentials credentials;
};

class Catalog {
 public:
  explicit Catalog(CatalogParts parts);

  // A document that is in every catalogue. Before `start`; `text` is imported when it has changed.
  void bring_along(std::string name, std::string api, std::string text);
  // Takes up what an earlier process left, on threads of its own.
  std::optional<Error> start();
  void stop();

  Importer& importer() { return importer_; }
  SearchKeeper& search() { return search_; }
  store::Database& database() { return parts_.database; }

  // Errors: not_found.
  Result<json::Object> reference(std::string_view operation_id, std::string_view since);
  Result<json::Object> schema(std::string_view operation_id, std::string_view pointer);
  Result<json::Object> prepared(std::string_view operation_id, const PrepareOptions& options);

  // {"name", "task", "credentials", "warnings", "parameters", "servers", "contentTypes",
  // "operation"}: see api/workbench.yaml. Errors: invalid.
  Result<json::Object> from_curl(std::string_view command);
  // The task's request as a command and as programs. `credentials` as in a prepared task. Errors:
  // invalid.
  Result<json::Object> code(const json::Object& task, const json::Array& credentials);

  // What a request and its answer have against the reference of the operation that a task names in
  // its metadata: {"in", "pointer", "message"}. Empty when it names none, or nothing is wrong.
  json::Array check(const json::Object& task, const json::Object& request,
                    const json::Value& response);

 private:
  using Use = std::function<Result<json::Object>(openapi::Library&, const openapi::Operation&,
                                                 const FoundOperation&)>;
  Result<json::Object> with_operation(std::string_view id, const Use& use);

  void on_document();
  void link(json::Object& made);

  struct Brought {
    std::string name;
    std::string api;
    std::string text;
  };

  CatalogParts parts_;
  SearchKeeper search_;
  Importer importer_;
  std::vector<Brought> brought_;
  UnixMs touched_at_ = 0;  // the importer's thread
};

}  // namespace tartan::catalog
