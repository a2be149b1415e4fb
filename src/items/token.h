// The tokens of an environment: how they look, how they are stored (as hashes), and what each leads
// to. Formats: facts, section 1.3.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "items/endpoints/call.h"

namespace tartan::items {

enum class TokenKind { access, public_, link, user };

// A new token, for example "access-sandbox-01234567-89ab-4cde-8f01-23456789abcd".
std::string make_token(TokenKind kind, access::Environment environment, Random& random);

// How the tokens of a kind begin: "access-sandbox-".
std::string start_of(TokenKind kind, access::Environment environment);

// Whether `token` looks like a token of that kind and environment.
bool has_token_format(TokenKind kind, access::Environment environment, std::string_view token);

crypto::Hash hash_token(const crypto::Vault& vault, TokenKind kind, std::string_view token);

// Stores a new access token of an Item and answers it.
std::string issue_access_token(Call& call, std::string_view item_id);
// When each access token of an Item that works was issued, where that is known; the oldest last.
std::vector<std::optional<UnixMs>> access_tokens_of(const Call& call, std::string_view item_id);
// Stores a new public token of an Item, good for one exchange within 30 minutes.
struct PublicToken {
  std::string token;
  UnixMs expires_at;
};
PublicToken issue_public_token(Call& call, std::string_view item_id);

// The id of the Item that an access token was issued for. The Item may be gone since: the token's
// row stays as a tombstone. Errors: invalid_access_token when it was never issued to the caller in
// this environment, or was rotated away.
PlaidResult<std::string> item_of_access_token(const Call& call, std::string_view token);

// Uses a public token up and answers its Item. Errors: invalid_public_token.
PlaidResult<std::string> redeem_public_token(Call& call, std::string_view token);

// Makes an access token one that was never valid.
void forget_access_token(Call& call, std::string_view token);

}  // namespace tartan::items
