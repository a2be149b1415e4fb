// Sessions of browsers: who signed in, with which personal access token, until when. A session ends
// with its token. Stored as keyed hashes, so a copy of the database signs nobody in.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "access/tokens.h"

namespace tartan::access {

// Stands for a personal access token where the machine's own command line signs in: with every
// right.
inline constexpr std::string_view kLocalToken = "local";

struct Session {
  std::string token_id;  // of the personal access token, or kLocalToken
  std::string name;      // the token's
  TokenScope scope = TokenScope::read;
  UnixMs expires_at = 0;
};

struct NewSession {
  Session info;
  std::string secret;  // what the cookie holds; shown once
};

class Sessions {
 public:
  // How long a session lasts, and a sign-in link when nobody uses it.
  static constexpr std::int64_t kSessionMs = 30LL * 24 * 3600 * 1000;
  static constexpr std::int64_t kLinkMs = 15LL * 60 * 1000;

  Sessions(store::Database& database, const PersonalTokens& tokens, const crypto::Vault& vault,
           const Clock& clock, Random& random)
      : database_(database), tokens_(tokens), vault_(vault), clock_(clock), random_(random) {}

  // With a personal access token, or with the code of a link, which is used up by it.
  // Errors: no_access.
  Result<NewSession> begin(std::string_view token_or_code, std::string_view request_id);
  // Nothing when there is none such, it has ended, or its token is revoked or expired.
  Result<std::optional<Session>> find(std::string_view secret) const;
  Result<Done> end(std::string_view secret, const Actor& by);

  // A code that begins a session as that token's owner, once, within kLinkMs. Links do not outlive
  // the process.
  struct Link {
    std::string code;
    UnixMs expires_at = 0;
  };
  Link make_link(std::string_view token_id);

  // What a page must show to change something in the session's name (CSRF): derived, not stored.
  std::string csrf_token(std::string_view secret) const;

 private:
  struct Invitation {
    std::string token_id;
    UnixMs expires_at = 0;
  };
  std::optional<std::string> redeem(std::string_view code);
  Result<std::optional<Session>> owner_of(std::string_view token_id) const;

  store::Database& database_;
  const PersonalTokens& tokens_;
  const crypto::Vault& vault_;
  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, Invitation, std::less<>> invitations_;  // by the code's hash
};

}  // namespace tartan::access
