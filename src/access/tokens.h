// Personal access tokens: who may use the workbench API and the command line against a running
// server. Stored as keyed hashes.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/vault.h"
#include "store/database.h"

namespace tartan::access {

// What a token may do. Each includes the ones before it.
enum class TokenScope { read, run, edit, admin };
std::string_view name_of(TokenScope scope);
std::optional<TokenScope> token_scope_of(std::string_view name);

struct PersonalToken {
  std::string token_id;
  std::string name;
  TokenScope scope = TokenScope::admin;
  UnixMs created_at = 0;
  std::optional<UnixMs> expires_at;
  std::optional<UnixMs> revoked_at;
};

// What a caller may choose about a token.
struct TokenChoice {
  std::string name;
  TokenScope scope = TokenScope::admin;
  std::optional<UnixMs> expires_at;
};

struct NewPersonalToken {
  PersonalToken info;
  std::string token;  // shown once
};

class PersonalTokens {
 public:
  PersonalTokens(store::Database& database, const crypto::Vault& vault, const Clock& clock,
                 Random& random)
      : database_(database), vault_(vault), clock_(clock), random_(random) {}

  // Both changes are recorded in the audit log as `by`'s.
  Result<NewPersonalToken> create(const TokenChoice& choice, const Actor& by);
  Result<std::vector<PersonalToken>> list() const;
  // Errors: not_found when there is no such token, or it is revoked already.
  Result<Done> revoke(std::string_view token_id, const Actor& by);
  // Whose token it is; nothing when there is none such, or it is revoked or expired.
  Result<std::optional<PersonalToken>> find(std::string_view token) const;
  Result<std::optional<PersonalToken>> find_by_id(std::string_view token_id) const;

 private:
  Result<std::optional<PersonalToken>> find_where(const store::Statement& statement,
                                                  const store::Parameter& key) const;

  store::Database& database_;
  const crypto::Vault& vault_;
  const Clock& clock_;
  Random& random_;
};

// The schema of the access database: clients, personal access tokens, sessions, what was done to
// them.
std::span<const store::Migration> migrations();

}  // namespace tartan::access
