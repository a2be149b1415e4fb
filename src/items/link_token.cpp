#include "items/link_token.h"

#include "items/token.h"

namespace tartan::items {
namespace {

using store::Blob;
using store::Cursor;
using store::Statement;

// A session can be read for 6 hours after its token is over (facts, section 4.2).
constexpr UnixMs kKeptAfterExpiryMs = 6LL * 60 * 60 * 1000;
constexpr std::string_view kSealContext = "link-token";

constexpr Statement kInsert{
    "INSERT INTO link_tokens (hash, client_id, user_id, created_at, expires_at, wrapped_key,"
    " sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"};
constexpr Statement kFind{
    "SELECT user_id, created_at, expires_at, wrapped_key, sealed FROM link_tokens"
    " WHERE hash = ?1 AND client_id = ?2 AND expires_at > ?3"};
// A few at a time, with every new one: the table stays as small as what is outstanding.
constexpr Statement kDropExpired{
    "DELETE FROM link_tokens WHERE hash IN"
    " (SELECT hash FROM link_tokens WHERE expires_at <= ?1 LIMIT 4)"};

}  // namespace

LinkToken issue_link_token(Call& call, const std::optional<std::string>& user_id, UnixMs life_ms,
                           std::string_view request) {
  Random& random = call.services.random;
  LinkToken made{make_token(TokenKind::link, call.environment, random), call.now,
                 call.now + life_ms, user_id, std::string(request)};
  const crypto::Hash hash = hash_token(call.services.vault, TokenKind::link, made.token);
  const crypto::ObjectKey key = call.services.vault.make_object_key(random, kSealContext);
  const std::string sealed = crypto::seal(key.key, random, kSealContext, request);
  call.tx.execute(kDropExpired, {call.now - kKeptAfterExpiryMs});
  call.tx.execute(kInsert, {Blob{crypto::view(hash)}, std::string_view(call.client.client_id),
                            store::text_or_null(user_id), made.created_at, made.expires_at,
                            Blob{key.wrapped}, Blob{sealed}});
  return made;
}

PlaidResult<LinkToken> find_link_token(const Call& call, std::string_view token) {
  if (!has_token_format(TokenKind::link, call.environment, token)) {
    return PlaidError{Code::invalid_field, "link_token is malformed; expected link-" +
                                               std::string(name_of(call.environment)) +
                                               "-<identifier>"};
  }
  const crypto::Hash hash = hash_token(call.services.vault, TokenKind::link, token);
  Cursor row =
      call.tx.query(kFind, {Blob{crypto::view(hash)}, std::string_view(call.client.client_id),
                            call.now - kKeptAfterExpiryMs});
  if (!row.next()) {
    return PlaidError{Code::invalid_link_token,
                      "link_token is unknown in this environment, or its session is over for more "
                      "than 6 hours"};
  }
  const auto key = call.services.vault.unwrap(row.blob(3), kSealContext);
  auto plain = key ? crypto::open_sealed(*key, kSealContext, row.blob(4))
                   : Result<crypto::Bytes>(key.error());
  if (!plain) {
    return PlaidError{Code::internal_server_error, "the stored Link session can't be read"};
  }
  return LinkToken{std::string(token), row.integer(1), row.integer(2), row.text_or_nothing(0),
                   *std::move(plain)};
}

}  // namespace tartan::items
