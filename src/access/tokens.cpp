#include "access/tokens.h"

namespace tartan::access {
namespace {

using store::Blob;
using store::Statement;

constexpr std::string_view kHashPurpose = "personal-token";

constexpr Statement kInsert{
    "INSERT INTO personal_tokens (hash, token_id, name, created_at) VALUES (?1, ?2, ?3, ?4)"};
constexpr Statement kAll{
    "SELECT token_id, name, created_at, revoked_at FROM personal_tokens ORDER BY created_at"};
constexpr Statement kRevoke{
    "UPDATE personal_tokens SET revoked_at = ?2 WHERE token_id = ?1 AND revoked_at IS NULL"};
constexpr Statement kValid{"SELECT 1 FROM personal_tokens WHERE hash = ?1 AND revoked_at IS NULL"};

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
)sql"}};

}  // namespace

std::span<const store::Migration> migrations() { return kMigrations; }

Result<NewPersonalToken> PersonalTokens::create(std::string_view name) {
  NewPersonalToken made;
  made.info = {"pat_" + random_base62(random_, 10), std::string(name), clock_.now(), std::nullopt};
  made.token = "tartan-pat-" + random_base62(random_, 32);
  const crypto::Hash hash = vault_.hash(kHashPurpose, made.token);
  auto error = database_.write([&](store::Transaction& tx) {
    tx.execute(kInsert, {Blob{crypto::view(hash)}, std::string_view(made.info.token_id), name,
                         made.info.created_at});
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
      all.push_back({std::string(row.text(0)), std::string(row.text(1)), row.integer(2),
                     row.is_null(3) ? std::nullopt : std::optional<UnixMs>(row.integer(3))});
    }
  });
  if (error) {
    return *std::move(error);
  }
  return all;
}

Result<Done> PersonalTokens::revoke(std::string_view token_id) {
  std::int64_t changed = 0;
  auto error = database_.write([&](store::Transaction& tx) {
    changed = tx.execute(kRevoke, {token_id, clock_.now()});
    return store::Outcome::keep;
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

Result<bool> PersonalTokens::is_valid(std::string_view token) const {
  const crypto::Hash hash = vault_.hash(kHashPurpose, token);
  bool found = false;
  auto error = database_.read(
      [&](store::Transaction& tx) { found = tx.query(kValid, {Blob{crypto::view(hash)}}).next(); });
  if (error) {
    return *std::move(error);
  }
  return found;
}

}  // namespace tartan::access
