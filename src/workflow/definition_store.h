// Definitions and their versions. Every PUT makes a version; runs keep the one they started with.
// Compiled versions are kept in memory, bounded.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "store/database.h"
#include "workflow/definition.h"

namespace tartan::workflow {

struct DefinitionInfo {
  std::string definition_id;
  std::string name;
  std::int64_t version = 0;  // the latest, or the one asked for
  bool disabled = false;
  UnixMs created_at = 0;
  UnixMs updated_at = 0;
};

struct VersionInfo {
  std::int64_t version = 0;
  UnixMs created_at = 0;
  std::string created_by;
};

// A version, ready to run.
struct CompiledDefinition {
  std::string definition_id;
  std::int64_t version = 0;
  Definition definition;
};
using CompiledPointer = std::shared_ptr<const CompiledDefinition>;

class DefinitionStore {
 public:
  DefinitionStore(store::Database& database, const Clock& clock, Random& random,
                  script::ScriptEngine& scripts)
      : database_(database), clock_(clock), random_(random), scripts_(scripts) {}

  // `document` has been checked. Answers the new id.
  Result<std::string> create(const json::Value& document, std::string_view by);
  // Answers the new version. Errors: not_found; stale when `expected` is given and does not
  // hold the latest version.
  Result<std::int64_t> put(std::string_view id, const json::Value& document, std::string_view by,
                           const std::optional<std::vector<std::int64_t>>& expected);
  // Errors of those below: not_found.
  Result<Done> set_disabled(std::string_view id, bool disabled, std::string_view by);
  Result<Done> remove(std::string_view id, std::string_view by);
  Result<DefinitionInfo> info(std::string_view id) const;
  Result<std::vector<VersionInfo>> versions(std::string_view id) const;
  struct Document {
    DefinitionInfo info;
    json::Value document;
  };
  Result<Document> get(std::string_view id, std::optional<std::int64_t> version) const;
  // Newest change first. `before`: the place of the last row of the page before.
  struct Place {
    UnixMs updated_at = 0;
    std::string definition_id;
  };
  Result<std::vector<DefinitionInfo>> list(const std::optional<Place>& before,
                                           std::string_view text, std::size_t size) const;

  // The definitions whose latest version names each credential, by the credential's id.
  struct Named {
    std::string definition_id;
    std::string name;
  };
  using NamedByCredential = std::unordered_map<std::string, std::vector<Named>>;
  Result<NamedByCredential> users_of_credentials() const;

  // Ready to run; also of deleted definitions, whose runs go on. Errors: not_found.
  Result<CompiledPointer> compiled(std::string_view id, std::int64_t version);

  // For starts: the version to run (the latest unless given) and the next number of the sequence.
  // Errors: not_found; conflict when the definition is disabled.
  struct Start {
    CompiledPointer definition;
    std::int64_t sequence_number = 0;
  };
  Result<Start> prepare_start(std::string_view id, std::optional<std::int64_t> version);

 private:
  struct Known {  // what starts need of a definition, without reading the database
    std::int64_t latest = 0;
    bool disabled = false;
    bool deleted = false;
    std::int64_t last_sequence = 0;
  };
  Result<Done> change(std::string_view id, const store::Statement& statement, std::string_view by,
                      std::string_view action);
  Result<Known*> known(const std::string& id);
  void remember(CompiledPointer compiled);

  store::Database& database_;
  const Clock& clock_;
  Random& random_;
  script::ScriptEngine& scripts_;
  std::mutex mutex_;
  std::unordered_map<std::string, Known> known_;
  std::list<CompiledPointer> recent_;  // used last in front
  std::unordered_map<std::string, std::list<CompiledPointer>::iterator> compiled_;
};

}  // namespace tartan::workflow
