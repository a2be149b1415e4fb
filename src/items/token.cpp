#include "items/token.h"

#include <algorithm>
#include <functional>

namespace tartan::items {
namespace {

using store::Blob;
using store::Cursor;
using store::Statement;

constexpr UnixMs kPublicTokenLifeMs = 30 * 60 * 1000;

constexpr Statement kInsertAccess{
    "INSERT INTO access_tokens (hash, item_id, client_id, created_at) VALUES (?1, ?2, ?3, ?4)"};
constexpr Statement kOfItem{
    "SELECT created_at FROM access_tokens WHERE item_id = ?1 AND client_id = ?2"};
constexpr Statement kFindAccess{
    "SELECT item_id FROM access_tokens WHERE hash = ?1 AND client_id = ?2"};
constexpr Statement kForgetAccess{"DELETE FROM access_tokens WHERE hash = ?1"};
constexpr Statement kInsertPublic{
    "INSERT INTO public_tokens (hash, item_id, client_id, expires_at) VALUES (?1, ?2, ?3, ?4)"};
constexpr Statement kRedeemPublic{
    "DELETE FROM public_tokens WHERE hash = ?1 AND client_id = ?2 AND expires_at > ?3"
    " RETURNING item_id"};
// A few at a time, with every new one: the table stays as small as what is outstanding.
constexpr Statement kDropExpired{
    "DELETE FROM public_tokens WHERE hash IN"
    " (SELECT hash FROM public_tokens WHERE expires_at <= ?1 LIMIT 4)"};

constexpr std::string_view prefix_of(TokenKind kind) {
  switch (kind) {
    case TokenKind::access:
      return "access";
    case TokenKind::public_:
      return "public";
    case TokenKind::link:
      return "link";
    case TokenKind::user:
      return "user";
  }
  return {};
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (dash ? c != '-' : !hex) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string start_of(TokenKind kind, access::Environment environment) {
  return std::string(prefix_of(kind)) + "-" + std::string(name_of(environment)) + "-";
}

std::string make_token(TokenKind kind, access::Environment environment, Random& random) {
  return start_of(kind, environment) + random_uuid(random);
}

bool has_token_format(TokenKind kind, access::Environment environment, std::string_view token) {
  const std::string start = start_of(kind, environment);
  return token.starts_with(start) && is_uuid(token.substr(start.size()));
}

crypto::Hash hash_token(const crypto::Vault& vault, TokenKind kind, std::string_view token) {
  return vault.hash(prefix_of(kind), token);
}

std::string issue_access_token(Call& call, std::string_view item_id) {
  std::string token = make_token(TokenKind::access, call.environment, call.services.random);
  const crypto::Hash hash = hash_token(call.services.vault, TokenKind::access, token);
  call.tx.execute(kInsertAccess, {Blob{crypto::view(hash)}, item_id,
                                  std::string_view(call.client.client_id), call.now});
  return token;
}

std::vector<std::optional<UnixMs>> access_tokens_of(const Call& call, std::string_view item_id) {
  std::vector<std::optional<UnixMs>> issued;
  Cursor row = call.tx.query(kOfItem, {item_id, std::string_view(call.client.client_id)});
  while (row.next()) {
    issued.push_back(row.is_null(0) ? std::nullopt : std::optional(row.integer(0)));
  }
  std::sort(issued.begin(), issued.end(), std::greater<>());
  return issued;
}

PublicToken issue_public_token(Call& call, std::string_view item_id) {
  PublicToken made{make_token(TokenKind::public_, call.environment, call.services.random),
                   call.now + kPublicTokenLifeMs};
  const crypto::Hash hash = hash_token(call.services.vault, TokenKind::public_, made.token);
  call.tx.execute(kDropExpired, {call.now});
  call.tx.execute(kInsertPublic, {Blob{crypto::view(hash)}, item_id,
                                  std::string_view(call.client.client_id), made.expires_at});
  return made;
}

PlaidResult<std::string> item_of_access_token(const Call& call, std::string_view token) {
  const crypto::Hash hash = hash_token(call.services.vault, TokenKind::access, token);
  Cursor row = call.tx.query(kFindAccess,
                             {Blob{crypto::view(hash)}, std::string_view(call.client.client_id)});
  if (row.next()) {
    return std::string(row.text(0));
  }
  if (!has_token_format(TokenKind::access, call.environment, token)) {
    return PlaidError{Code::invalid_access_token,
                      "access_token is not an access token of this environment; expected " +
                          start_of(TokenKind::access, call.environment) + "<identifier>"};
  }
  return PlaidError{Code::invalid_access_token,
                    "access_token was never issued to this client, or was invalidated"};
}

PlaidResult<std::string> redeem_public_token(Call& call, std::string_view token) {
  const crypto::Hash hash = hash_token(call.services.vault, TokenKind::public_, token);
  Cursor row = call.tx.query(
      kRedeemPublic, {Blob{crypto::view(hash)}, std::string_view(call.client.client_id), call.now});
  if (row.next()) {
    std::string item_id(row.text(0));
    while (row.next()) {  // to the end: the deletion counts only then
    }
    return item_id;
  }
  return PlaidError{Code::invalid_public_token,
                    "public_token is unknown in this environment, expired (30 minutes) or already "
                    "exchanged; expected " +
                        start_of(TokenKind::public_, call.environment) + "<identifier>"};
}

void forget_access_token(Call& call, std::string_view token) {
  const crypto::Hash hash = hash_token(call.services.vault, TokenKind::access, token);
  call.tx.execute(kForgetAccess, {Blob{crypto::view(hash)}});
}

}  // namespace tartan::items
