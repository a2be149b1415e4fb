#include "workflow/definition_store.h"

#include <algorithm>
#include <set>

#include "access/audit.h"

namespace tartan::workflow {
namespace {

using store::Cursor;
using store::Parameter;
using store::Statement;

constexpr std::size_t kCompiledMax = 512;
constexpr std::size_t kIdLength = 22;

constexpr Statement kInsert{
    "INSERT INTO definitions (definition_id, name, latest_version, disabled, deleted, created_at,"
    " updated_at, last_sequence) VALUES (?1, ?2, 1, 0, 0, ?3, ?3, 0)"};
constexpr Statement kInsertVersion{
    "INSERT INTO definition_versions (definition_id, version, document, created_at, created_by)"
    " VALUES (?1, ?2, ?3, ?4, ?5)"};
constexpr Statement kUpdate{
    "UPDATE definitions SET name = ?2, latest_version = ?3, updated_at = ?4"
    " WHERE definition_id = ?1"};
constexpr Statement kDisable{
    "UPDATE definitions SET disabled = 1, updated_at = ?2 WHERE definition_id = ?1 AND deleted = "
    "0"};
constexpr Statement kEnable{
    "UPDATE definitions SET disabled = 0, updated_at = ?2 WHERE definition_id = ?1 AND deleted = "
    "0"};
constexpr Statement kDelete{
    "UPDATE definitions SET deleted = 1, updated_at = ?2 WHERE definition_id = ?1 AND deleted = 0"};
constexpr Statement kInfo{
    "SELECT definition_id, name, latest_version, disabled, created_at, updated_at"
    " FROM definitions WHERE definition_id = ?1 AND deleted = 0"};
constexpr Statement kKnown{
    "SELECT latest_version, disabled, deleted, last_sequence FROM definitions"
    " WHERE definition_id = ?1"};
constexpr Statement kDocument{
    "SELECT document FROM definition_versions WHERE definition_id = ?1 AND version = ?2"};
constexpr Statement kVersions{
    "SELECT version, created_at, created_by FROM definition_versions WHERE definition_id = ?1"
    " ORDER BY version DESC"};
constexpr Statement kList{
    "SELECT definition_id, name, latest_version, disabled, created_at, updated_at"
    " FROM definitions WHERE deleted = 0"
    " AND (updated_at < ?1 OR (updated_at = ?1 AND definition_id < ?2))"
    " AND (?3 IS NULL OR lower(name) LIKE ?3 ESCAPE '!')"
    " ORDER BY updated_at DESC, definition_id DESC LIMIT ?4"};
constexpr Statement kWithCredentials{
    "SELECT d.definition_id, d.name, v.document FROM definitions d JOIN definition_versions v"
    " ON v.definition_id = d.definition_id AND v.version = d.latest_version"
    " WHERE d.deleted = 0 AND v.document LIKE '%\"credentials\"%' ORDER BY d.name"};

DefinitionInfo read_info(const Cursor& row) {
  return {std::string(row.text(0)), std::string(row.text(1)), row.integer(2),
          row.integer(3) != 0,      row.integer(4),           row.integer(5)};
}

Error no_definition(std::string_view id) {
  return {Fault::not_found, "there is no workflow definition '" + std::string(id) + "'"};
}

Error no_version(std::string_view id, std::int64_t version) {
  return {Fault::not_found, "the workflow definition '" + std::string(id) + "' has no version " +
                                std::to_string(version)};
}

std::string name_of(const json::Value& document) {
  return std::string(json::find(document.get_object(), "name")->get_string());
}

json::Value parse_stored(std::string_view text) {
  auto parsed = json::parse(text, {}, {256, 1'000'000});
  return parsed ? *std::move(parsed) : json::Value(nullptr);
}

std::string key_of(std::string_view id, std::int64_t version) {
  return std::string(id) + "/" + std::to_string(version);
}

}  // namespace

Result<std::string> DefinitionStore::create(const json::Value& document, std::string_view by) {
  const std::string id = random_base62(random_, kIdLength);
  const std::string name = name_of(document);
  const std::string text = json::print(document);
  const UnixMs now = clock_.now();
  auto error = database_.write([&](store::Transaction& tx) {
    tx.execute(kInsert, {std::string_view(id), std::string_view(name), now});
    tx.execute(kInsertVersion,
               {std::string_view(id), std::int64_t{1}, std::string_view(text), now, by});
    access::record(tx, {now, by, "", "definition.create", id});
    return store::Outcome::keep;
  });
  if (error) {
    return *std::move(error);
  }
  return id;
}

Result<std::int64_t> DefinitionStore::put(
    std::string_view id, const json::Value& document, std::string_view by,
    const std::optional<std::vector<std::int64_t>>& expected) {
  const std::string name = name_of(document);
  const std::string text = json::print(document);
  const UnixMs now = clock_.now();
  Result<std::int64_t> result = no_definition(id);
  auto error = database_.write([&](store::Transaction& tx) {
    result = no_definition(id);
    std::int64_t latest = 0;
    {
      Cursor row = tx.query(kInfo, {id});
      if (!row.next()) {
        return store::Outcome::undo;
      }
      latest = row.integer(2);
    }
    if (expected && std::find(expected->begin(), expected->end(), latest) == expected->end()) {
      result = Error{Fault::stale, "the latest version is " + std::to_string(latest) +
                                       ", not the one that If-Match names: someone has changed "
                                       "the definition meanwhile"};
      return store::Outcome::undo;
    }
    tx.execute(kUpdate, {id, std::string_view(name), latest + 1, now});
    tx.execute(kInsertVersion, {id, latest + 1, std::string_view(text), now, by});
    access::record(tx, {now, by, "", "definition.put", id});
    result = latest + 1;
    return store::Outcome::keep;
  });
  if (error) {
    return *std::move(error);
  }
  if (result) {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(std::string(id));
    if (found != known_.end() && found->second.latest < *result) {
      found->second.latest = *result;
    }
  }
  return result;
}

Result<Done> DefinitionStore::change(std::string_view id, const Statement& statement,
                                     std::string_view by, std::string_view action) {
  const UnixMs now = clock_.now();
  std::int64_t changed = 0;
  auto error = database_.write([&](store::Transaction& tx) {
    changed = tx.execute(statement, {id, now});
    access::record(tx, {now, by, "", action, id});
    return changed > 0 ? store::Outcome::keep : store::Outcome::undo;
  });
  if (error) {
    return *std::move(error);
  }
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(std::string(id));
  if (found != known_.end()) {
    Known& known = found->second;
    known.disabled =
        action == "definition.disable" || (known.disabled && action != "definition.enable");
    known.deleted = known.deleted || action == "definition.delete";
  }
  if (changed == 0) {
    return no_definition(id);
  }
  return Done{};
}

Result<Done> DefinitionStore::set_disabled(std::string_view id, bool disabled,
                                           std::string_view by) {
  return disabled ? change(id, kDisable, by, "definition.disable")
                  : change(id, kEnable, by, "definition.enable");
}

Result<Done> DefinitionStore::remove(std::string_view id, std::string_view by) {
  return change(id, kDelete, by, "definition.delete");
}

Result<DefinitionInfo> DefinitionStore::info(std::string_view id) const {
  Result<DefinitionInfo> result = no_definition(id);
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kInfo, {id});
    if (row.next()) {
      result = read_info(row);
    }
  });
  if (error) {
    return *std::move(error);
  }
  return result;
}

Result<std::vector<VersionInfo>> DefinitionStore::versions(std::string_view id) const {
  if (auto known = info(id); !known) {
    return std::move(known).error();
  }
  std::vector<VersionInfo> versions;
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kVersions, {id});
    while (row.next()) {
      versions.push_back({row.integer(0), row.integer(1), std::string(row.text(2))});
    }
  });
  if (error) {
    return *std::move(error);
  }
  return versions;
}

Result<DefinitionStore::Document> DefinitionStore::get(std::string_view id,
                                                       std::optional<std::int64_t> version) const {
  auto about = info(id);
  if (!about) {
    return std::move(about).error();
  }
  about->version = version.value_or(about->version);
  Result<Document> result = no_version(id, about->version);
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kDocument, {id, about->version});
    if (row.next()) {
      result = Document{*about, parse_stored(row.text(0))};
    }
  });
  if (error) {
    return *std::move(error);
  }
  return result;
}

Result<std::vector<DefinitionInfo>> DefinitionStore::list(const std::optional<Place>& before,
                                                          std::string_view text,
                                                          std::size_t size) const {
  std::vector<DefinitionInfo> all;
  std::string pattern = "%";
  for (const char c : text) {
    pattern += c == '%' || c == '_' || c == '!' ? "!" : "";
    pattern += c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  pattern += "%";
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row =
        tx.query(kList, {before ? before->updated_at : INT64_MAX,
                         before ? std::string_view(before->definition_id) : std::string_view(""),
                         text.empty() ? Parameter(nullptr) : Parameter(std::string_view(pattern)),
                         static_cast<std::int64_t>(size)});
    while (row.next()) {
      all.push_back(read_info(row));
    }
  });
  if (error) {
    return *std::move(error);
  }
  return all;
}

Result<DefinitionStore::NamedByCredential> DefinitionStore::users_of_credentials() const {
  NamedByCredential users;
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kWithCredentials, {});
    while (row.next()) {
      std::set<std::string> named;  // several tasks may name the same one
      if (const auto document = json::parse(row.text(2))) {
        if (const auto definition = parse_definition(*document, nullptr)) {
          for (const Task& task : definition->tasks) {
            if (task.http && !task.http->credentials.empty()) {
              named.insert(task.http->credentials);
            }
          }
        }
      }
      for (const std::string& credential : named) {
        users[credential].push_back({std::string(row.text(0)), std::string(row.text(1))});
      }
    }
  });
  if (error) {
    return *std::move(error);
  }
  return users;
}

void DefinitionStore::remember(CompiledPointer compiled) {
  const std::lock_guard lock(mutex_);
  const std::string key = key_of(compiled->definition_id, compiled->version);
  if (compiled_.contains(key)) {
    return;
  }
  recent_.push_front(std::move(compiled));
  compiled_[key] = recent_.begin();
  if (recent_.size() > kCompiledMax) {
    compiled_.erase(key_of(recent_.back()->definition_id, recent_.back()->version));
    recent_.pop_back();
  }
}

Result<CompiledPointer> DefinitionStore::compiled(std::string_view id, std::int64_t version) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = compiled_.find(key_of(id, version));
    if (found != compiled_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second);
      return *found->second;
    }
  }
  Result<CompiledPointer> result = no_version(id, version);
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kDocument, {id, version});
    if (!row.next()) {
      return;
    }
    // It was checked when it was stored: scripts need no second look.
    auto parsed = parse_definition(parse_stored(row.text(0)), nullptr);
    if (!parsed) {
      result = Error{Fault::damaged, "the stored definition " + key_of(id, version) +
                                         " does not hold: " + parsed.error().front().message};
      return;
    }
    result = CompiledPointer(std::make_shared<const CompiledDefinition>(
        CompiledDefinition{std::string(id), version, *std::move(parsed)}));
  });
  if (error) {
    return *std::move(error);
  }
  if (result) {
    remember(*result);
  }
  return result;
}

// With the lock held.
Result<DefinitionStore::Known*> DefinitionStore::known(const std::string& id) {
  const auto found = known_.find(id);
  if (found != known_.end()) {
    return &found->second;
  }
  std::optional<Known> fresh;
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kKnown, {std::string_view(id)});
    if (row.next()) {
      fresh = Known{row.integer(0), row.integer(1) != 0, row.integer(2) != 0, row.integer(3)};
    }
  });
  if (error) {
    return *std::move(error);
  }
  if (!fresh) {
    return no_definition(id);
  }
  return &known_.emplace(id, *fresh).first->second;
}

Result<DefinitionStore::Start> DefinitionStore::prepare_start(std::string_view id,
                                                              std::optional<std::int64_t> version) {
  Start start;
  std::int64_t chosen = 0;
  {
    const std::lock_guard lock(mutex_);
    auto about = known(std::string(id));
    if (!about) {
      return std::move(about).error();
    }
    if ((*about)->deleted) {
      return no_definition(id);
    }
    if ((*about)->disabled) {
      return Error{Fault::conflict, "the workflow definition is disabled; enable it to start runs"};
    }
    chosen = version.value_or((*about)->latest);
    if (chosen < 1 || chosen > (*about)->latest) {
      return no_version(id, chosen);
    }
    start.sequence_number = ++(*about)->last_sequence;
  }
  auto ready = compiled(id, chosen);
  if (!ready) {
    return std::move(ready).error();
  }
  start.definition = *std::move(ready);
  return start;
}

}  // namespace tartan::workflow
