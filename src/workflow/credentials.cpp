#include "workflow/credentials.h"

#include "access/audit.h"
#include "workflow/credential_fields.h"

namespace tartan::workflow {
namespace {

using store::Blob;
using store::Cursor;
using store::Statement;

constexpr Statement kInsert{
    "INSERT INTO credentials (credential_id, name, type, hosts, created_at, updated_at,"
    " wrapped_key, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)"};
constexpr Statement kUpdate{
    "UPDATE credentials SET name = ?2, type = ?3, hosts = ?4, updated_at = ?5, wrapped_key = ?6,"
    " sealed = ?7 WHERE credential_id = ?1"};
constexpr Statement kDelete{"DELETE FROM credentials WHERE credential_id = ?1"};
constexpr Statement kFind{
    "SELECT credential_id, name, type, hosts, created_at, updated_at, wrapped_key, sealed"
    " FROM credentials WHERE credential_id = ?1"};
constexpr Statement kAll{
    "SELECT credential_id, name, type, hosts, created_at, updated_at, wrapped_key, sealed"
    " FROM credentials ORDER BY created_at, credential_id"};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto space = text.find(' ');
    parts.emplace_back(text.substr(0, space));
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return parts;
}

std::string context_of(std::string_view id) { return "credential " + std::string(id); }

Error not_there(std::string_view id) {
  return {Fault::not_found, "there is no credential '" + std::string(id) + "'"};
}

}  // namespace

std::string Credentials::seal_fields(std::string_view id, const json::Object& fields,
                                     std::string& wrapped) {
  crypto::ObjectKey key = vault_.make_object_key(random_, context_of(id));
  wrapped = std::move(key.wrapped);
  return crypto::seal(key.key, random_, context_of(id), json::print(json::Value(fields)));
}

Result<std::string> Credentials::create(const json::Object& body, std::string_view by) {
  CredentialInfo info;
  json::Object fields;
  if (auto read = read_credential(body, info, fields); !read) {
    return std::move(read).error();
  }
  info.credential_id = random_base62(random_, 22);
  std::string wrapped;
  const std::string sealed = seal_fields(info.credential_id, fields, wrapped);
  const std::string hosts = join(info.hosts);
  const UnixMs now = clock_.now();
  auto error = database_.write([&](store::Transaction& tx) {
    tx.execute(kInsert,
               {std::string_view(info.credential_id), std::string_view(info.name),
                name_of(info.type), std::string_view(hosts), now, Blob{wrapped}, Blob{sealed}});
    access::record(tx, {now, by, "", "credential.create", info.credential_id});
    return store::Outcome::keep;
  });
  if (error) {
    return *std::move(error);
  }
  return info.credential_id;
}

Result<Done> Credentials::put(std::string_view id, const json::Object& body, std::string_view by) {
  CredentialInfo info;
  json::Object fields;
  if (auto read = read_credential(body, info, fields); !read) {
    return std::move(read).error();
  }
  std::string wrapped;
  const std::string sealed = seal_fields(id, fields, wrapped);
  const std::string hosts = join(info.hosts);
  const UnixMs now = clock_.now();
  return change(id, by, "credential.put", now, [&](store::Transaction& tx) {
    return tx.execute(kUpdate, {id, std::string_view(info.name), name_of(info.type),
                                std::string_view(hosts), now, Blob{wrapped}, Blob{sealed}});
  });
}

Result<Done> Credentials::remove(std::string_view id, std::string_view by) {
  return change(id, by, "credential.delete", clock_.now(),
                [&](store::Transaction& tx) { return tx.execute(kDelete, {id}); });
}

// Also forgets the token that was fetched with what the credential was.
Result<Done> Credentials::change(std::string_view id, std::string_view by, std::string_view action,
                                 UnixMs now,
                                 const std::function<std::int64_t(store::Transaction&)>& execute) {
  std::int64_t changed = 0;
  auto error = database_.write([&](store::Transaction& tx) {
    changed = execute(tx);
    access::record(tx, {now, by, "", action, id});
    return changed > 0 ? store::Outcome::keep : store::Outcome::undo;
  });
  if (error) {
    return *std::move(error);
  }
  {
    const std::lock_guard lock(mutex_);
    tokens_.erase(std::string(id));
  }
  return changed > 0 ? Result<Done>(Done{}) : not_there(id);
}

Result<Credentials::Stored> Credentials::open_row(const Cursor& row) const {
  Stored stored;
  CredentialInfo& info = stored.info;
  info.credential_id = row.text(0);
  info.name = row.text(1);
  const auto known = credential_type_of(row.text(2));
  if (!known) {
    return Error{Fault::damaged, "a stored credential has an unknown type"};
  }
  info.type = *known;
  info.hosts = split(row.text(3));
  info.created_at = row.integer(4);
  info.updated_at = row.integer(5);
  const std::string context = context_of(info.credential_id);
  auto key = vault_.unwrap(row.blob(6), context);
  if (!key) {
    return std::move(key).error();
  }
  auto plain = crypto::open_sealed(*key, context, row.blob(7));
  if (!plain) {
    return std::move(plain).error();
  }
  auto fields = json::parse(*plain);
  if (!fields || !fields->is_object()) {
    return Error{Fault::damaged, "a stored credential can't be read"};
  }
  stored.fields = fields->get_object();
  info.shown = shown_of(info.type, stored.fields);
  return stored;
}

Result<Credentials::Stored> Credentials::load(std::string_view id) const {
  Result<Stored> result = not_there(id);
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kFind, {id});
    if (row.next()) {
      result = open_row(row);
    }
  });
  if (error) {
    return *std::move(error);
  }
  return result;
}

Result<CredentialInfo> Credentials::get(std::string_view id) const {
  auto stored = load(id);
  if (!stored) {
    return std::move(stored).error();
  }
  return std::move(stored->info);
}

Result<std::vector<CredentialInfo>> Credentials::list() const {
  std::vector<CredentialInfo> all;
  std::optional<Error> damaged;
  auto error = database_.read([&](store::Transaction& tx) {
    Cursor row = tx.query(kAll, {});
    while (row.next()) {
      auto stored = open_row(row);
      if (!stored) {
        damaged = std::move(stored).error();
        return;
      }
      all.push_back(std::move(stored->info));
    }
  });
  if (error || damaged) {
    return error ? *std::move(error) : *std::move(damaged);
  }
  return all;
}

}  // namespace tartan::workflow
