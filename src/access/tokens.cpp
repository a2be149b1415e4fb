#include "access/tokens.h"

namespace tartan::access {
namespace {

using store::Blob;
using store::Statement;

constexpr std::string_view kHashPurpose = "personal-token";

constexpr Statement kInsert{
    "INSERT INTO personal_tokens (hash, token_id, name, created_at, scope, expires_at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"};
constexpr Statement kAll{
    "SELECT token_id, name, created_at, revoked_at, scope, expires_at FROM personal_tokens"
    " ORDER BY created_at"};
constexpr Statement kRevoke{
    "UPDATE personal_tokens SET revoked_at = ?2 WHERE token_id = ?1 AND revoked_at IS NULL"};
constexpr Statement kValid{
    "SELECT token_id, name, created_at, revoked_at, scope, expires_at FROM personal_tokens"
    " WHERE hash = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)"};

constexpr Statement kValidById{
    "SELECT token_id, name, created_at, revoked_at, scope, expires_at FROM personal_tokens"
    " WHERE token_id = ?1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?2)"};

constexpr store::Migration kMigrations[] = {{1, R"sql(
  CREATE TABLE clients (
    client_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    legacy INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    secret_sandbox {{blob}} NOT NULL,
    secret_production {{blob}} NOT NULL
  ) {{clustered}};
  CREATE TABLE personal_tokens (
    hash {{blob}} NOT NULL PRIMARY KEY,
    token_id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
  ) {{clustered}};
)sql"},
                                            {2, R"sql(
  ALTER TABLE personal_tokens ADD COLUMN scope TEXT NOT NULL DEFAULT 'admin';
  ALTER TABLE personal_tokens ADD COLUMN expires_at BIGINT;
)sql"},
                                            {3, kAuditTable},
                                            {4, R"sql(
  CREATE TABLE sessions (
    hash {{blob}} NOT NULL PRIMARY KEY,
    token_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
  ) {{clustered}};
)sql"}};

constexpr std::pair<std::string_view, TokenScope> kScopes[] = {{"read", TokenScope::read},
                                                               {"run", TokenScope::run},
                                                               {"edit", TokenScope::edit},
                                                               {"admin", TokenScope::admin}};

std::optional<UnixMs> time_at(const store::Cursor& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional<UnixMs>(row.integer(column));
}

PersonalToken read_token(const store::Cursor& row) {
  PersonalToken token;
  token.token_id = row.text(0);
  token.name = row.text(1);
  token.created_at = row.integer(2);
  token.revoked_at = time_at(row, 3);
  // A scope that this program does not know allows the least.
  token.scope = token_scope_of(row.text(4)).value_or(TokenScope::read);
  token.expires_at = time_at(row, 5);
  return token;
}

}  // namespace

std::string_view name_of(TokenScope scope) {
  return kScopes[static_cast<std::size_t>(scope)].first;
}

std::optional<TokenScope> token_scope_of(std::string_view name) {
  for (const auto& [known, scope] : kScopes) {
    if (known == name) {
      return scope;
    }
  }
  return std::nullopt;
}

std::span<const store::Migration> migrations() { return kMigrations; }

Result<NewPersonalToken> PersonalTokens::create(const TokenChoice& choice, const Actor& by) {
  NewPersonalToken made;
  made.info = {"pat_" + random_base62(random_, 10),
               choice.name,
               choice.scope,
               clock_.now(),
               choice.expires_at,
               std::nullopt};
  made.token = "tartan-pat-" + random_base62(random_, 32);
  const crypto::Hash hash = vault_.hash(kHashPurpose, made.token);
  auto error = database_.write([&](store::Transaction& tx) {
    tx.execute(kInsert,
               {Blob{crypto::view(hash)}, std::string_view(made.info.token_id),
                std::string_view(made.info.name), made.info.created_at, name_of(made.info.scope),
                made.info.expires_at ? store::Parameter(*made.info.expires_at)
                                     : store::Parameter(nullptr)});
    record(tx, {made.info.created_at, by.id, by.request_id, "token.create", made.info.token_id});
    return store::Outcome::keep;
  });
  if (error) {
    return *std::move(error);
  }
  return made;
}

Result<std::vector<PersonalToken>> PersonalTokens::list() const {
  std::vector<PersonalToken> all;
  auto error = database_.read([&](store::Transaction& tx) {
    store::Cursor row = tx.query(kAll, {});
    while (row.next()) {
      all.push_back(read_token(row));
    }
  });
  if (error) {
    return *std::move(error);
  }
  return all;
}

Result<Done> PersonalTokens::revoke(std::string_view token_id, const Actor& by) {
  const UnixMs now = clock_.now();
  std::int64_t changed = 0;
  auto error = database_.write([&](store::Transaction& tx) {
    changed = tx.execute(kRevoke, {token_id, now});
    record(tx, {now, by.id, by.request_id, "token.revoke", token_id});
    return changed > 0 ? store::Outcome::keep : store::Outcome::undo;
  });
  if (!error && changed == 0) {
    error = Error{Fault::not_found, "there is no valid token with the id " + std::string(token_id) +
                                        " (tartan token list shows them)"};
  }
  if (error) {
    return *std::move(error);
  }
  return Done{};
}

Result<std::optional<PersonalToken>> PersonalTokens::find(std::string_view token) const {
  const crypto::Hash hash = vault_.hash(kHashPurpose, token);
  return find_where(kValid, Blob{crypto::view(hash)});
}

Result<std::optional<PersonalToken>> PersonalTokens::find_by_id(std::string_view token_id) const {
  return find_where(kValidById, token_id);
}

Result<std::optional<PersonalToken>> PersonalTokens::find_where(const store::Statement& statement,
                                                                const store::Parameter& key) const {
  std::optional<PersonalToken> found;
  auto error = database_.read([&](store::Transaction& tx) {
    store::Cursor row = tx.query(statement, {key, clock_.now()});
    if (row.next()) {
      found = read_token(row);
    }
  });
  if (error) {
    return *std::move(error);
  }
  return found;
}

}  // namespace tartan::access
