#include "items/user.h"

#include <algorithm>

#include "items/token.h"

namespace tartan::items {
namespace {

using store::Blob;
using store::Cursor;
using store::Statement;

constexpr std::string_view kClientUserPurpose = "client-user-id";
constexpr std::string_view kUserIdStart = "usr_";
constexpr std::size_t kUserIdLength = 14;        // after the prefix
constexpr std::size_t kLegacyUserIdLength = 29;  // without one

constexpr Statement kInsert{
    "INSERT INTO users (user_id, client_id, legacy, client_user_hash, token_hash, created_at,"
    " updated_at, wrapped_key, sealed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7, ?8)"};
constexpr Statement kById{
    "SELECT user_id, legacy, created_at, updated_at, wrapped_key, sealed FROM users"
    " WHERE user_id = ?1 AND client_id = ?2"};
constexpr Statement kByToken{
    "SELECT user_id, legacy, created_at, updated_at, wrapped_key, sealed FROM users"
    " WHERE token_hash = ?1 AND client_id = ?2"};
constexpr Statement kByClientUser{
    "SELECT user_id, legacy, created_at, updated_at, wrapped_key, sealed FROM users"
    " WHERE client_user_hash = ?1 AND client_id = ?2"};
constexpr Statement kSave{
    "UPDATE users SET updated_at = ?2, wrapped_key = ?3, sealed = ?4 WHERE user_id = ?1"};
constexpr Statement kDelete{"DELETE FROM users WHERE user_id = ?1"};
constexpr Statement kRetire{
    "INSERT INTO retired_client_users (client_user_hash, client_id) VALUES (?1, ?2)"};
constexpr Statement kRetired{
    "SELECT 1 FROM retired_client_users WHERE client_user_hash = ?1 AND client_id = ?2"};

std::optional<User> read_user(Cursor row) {
  if (!row.next()) {
    return std::nullopt;
  }
  User user;
  user.user_id = row.text(0);
  user.generation = row.integer(1) != 0 ? access::Generation::legacy : access::Generation::current;
  user.created_at = row.integer(2);
  if (!row.is_null(3)) {
    user.updated_at = row.integer(3);
  }
  user.wrapped_key = row.blob(4);
  user.sealed = row.blob(5);
  return user;
}

bool is_user_id(std::string_view text) {
  return text.size() > kUserIdStart.size() && text.starts_with(kUserIdStart) &&
         std::all_of(text.begin() + kUserIdStart.size(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
         });
}

PlaidError malformed_user_id() {
  return {Code::invalid_user_id,
          "user_id is malformed; expected the usr_... value that /user/create answered (neither a "
          "client_user_id nor a user_token)"};
}

crypto::Hash hash_client_user(const Call& call, std::string_view client_user_id) {
  return call.services.vault.hash(kClientUserPurpose, client_user_id);
}

std::string print_profile(const Profile& profile) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("client_user_id").string(profile.client_user_id);
  if (profile.identity) {
    out.key("identity").value(*profile.identity);
  }
  if (profile.legacy_identity) {
    out.key("consumer_report_user_identity").value(*profile.legacy_identity);
  }
  out.end_object();
  return text;
}

struct SealedProfile {
  std::string wrapped_key;
  std::string sealed;
};

// Under a fresh key each time: an identity that is purged takes the key of its old bytes with it.
SealedProfile seal_profile(const Call& call, std::string_view user_id, const Profile& profile) {
  crypto::ObjectKey made = call.services.vault.make_object_key(call.services.random, user_id);
  std::string sealed =
      crypto::seal(made.key, call.services.random, user_id, print_profile(profile));
  return {std::move(made.wrapped), std::move(sealed)};
}

std::optional<User> find_by_token(const Call& call, std::string_view token) {
  const crypto::Hash hash = hash_token(call.services.vault, TokenKind::user, token);
  return read_user(
      call.tx.query(kByToken, {Blob{crypto::view(hash)}, std::string_view(call.client.client_id)}));
}

}  // namespace

NewUser create_user(Call& call, access::Generation generation, const Profile& profile) {
  NewUser made;
  const bool legacy = generation == access::Generation::legacy;
  Random& random = call.services.random;
  made.user.user_id = legacy ? random_base62(random, kLegacyUserIdLength)
                             : std::string(kUserIdStart) + random_base62(random, kUserIdLength);
  made.user.generation = generation;
  made.user.created_at = call.now;
  store::Parameter token_parameter = nullptr;
  crypto::Hash token_hash{};
  if (legacy) {
    made.user_token = make_token(TokenKind::user, call.environment, random);
    token_hash = hash_token(call.services.vault, TokenKind::user, made.user_token);
    token_parameter = Blob{crypto::view(token_hash)};
  }
  const crypto::Hash client_user = hash_client_user(call, profile.client_user_id);
  SealedProfile sealed = seal_profile(call, made.user.user_id, profile);
  call.tx.execute(kInsert,
                  {std::string_view(made.user.user_id), std::string_view(call.client.client_id),
                   std::int64_t{legacy}, Blob{crypto::view(client_user)}, token_parameter, call.now,
                   Blob{sealed.wrapped_key}, Blob{sealed.sealed}});
  return made;
}

PlaidResult<User> find_user(const Call& call, std::string_view user_id) {
  if (!is_user_id(user_id)) {
    return malformed_user_id();
  }
  auto user = read_user(call.tx.query(kById, {user_id, std::string_view(call.client.client_id)}));
  if (!user) {
    return PlaidError{Code::user_not_found,
                      "there is no User with this user_id in this environment; it was never made, "
                      "or has been removed"};
  }
  return *std::move(user);
}

PlaidResult<User> find_user(const Call& call, const contract::Field<std::string_view>& user_id,
                            const contract::Field<std::string_view>& user_token) {
  if (!user_id && !user_token) {
    return PlaidError{Code::missing_fields,
                      "the following required fields are missing: user_id or user_token"};
  }
  if (!user_token) {
    return find_user(call, *user_id);
  }
  auto user = find_by_token(call, *user_token);
  if (user && (!user_id || *user_id == user->user_id)) {
    return *std::move(user);
  }
  if (user_id && !is_user_id(*user_id)) {
    return malformed_user_id();
  }
  return PlaidError{Code::invalid_user_token,
                    user ? "user_token and user_id name different Users: send one of them"
                         : "user_token is unknown in this environment, or its User has been "
                           "removed; expected user-" +
                               std::string(name_of(call.environment)) + "-<identifier>"};
}

std::optional<User> find_by_client_user_id(const Call& call, std::string_view client_user_id) {
  const crypto::Hash hash = hash_client_user(call, client_user_id);
  return read_user(call.tx.query(
      kByClientUser, {Blob{crypto::view(hash)}, std::string_view(call.client.client_id)}));
}

bool is_retired(const Call& call, std::string_view client_user_id) {
  const crypto::Hash hash = hash_client_user(call, client_user_id);
  return call.tx
      .query(kRetired, {Blob{crypto::view(hash)}, std::string_view(call.client.client_id)})
      .next();
}

PlaidResult<Profile> open_profile(const Call& call, const User& user) {
  const auto damaged = [](const Error& error) {
    return PlaidError{Code::internal_server_error,
                      "the stored identity of this User can't be read: " + error.message};
  };
  auto key = call.services.vault.unwrap(user.wrapped_key, user.user_id);
  if (!key) {
    return damaged(key.error());
  }
  auto plain = crypto::open_sealed(*key, user.user_id, user.sealed);
  if (!plain) {
    return damaged(plain.error());
  }
  auto parsed = json::parse(*plain);
  if (!parsed || !parsed->is_object()) {
    return damaged(Error{Fault::damaged, "it is no JSON object"});
  }
  const json::Object& object = parsed->get_object();
  Profile profile;
  if (const json::Value* id = json::find(object, "client_user_id")) {
    profile.client_user_id = std::string(id->get_string());
  }
  if (const json::Value* identity = json::find(object, "identity")) {
    profile.identity = identity->get_object();
  }
  if (const json::Value* legacy = json::find(object, "consumer_report_user_identity")) {
    profile.legacy_identity = legacy->get_object();
  }
  return profile;
}

void save_profile(Call& call, const User& user, const Profile& profile) {
  SealedProfile sealed = seal_profile(call, user.user_id, profile);
  call.tx.execute(kSave, {std::string_view(user.user_id), call.now, Blob{sealed.wrapped_key},
                          Blob{sealed.sealed}});
}

void delete_user(Call& call, const User& user, const Profile& profile) {
  call.tx.execute(kDelete, {std::string_view(user.user_id)});
  if (user.generation == access::Generation::legacy) {
    const crypto::Hash hash = hash_client_user(call, profile.client_user_id);
    call.tx.execute(kRetire, {Blob{crypto::view(hash)}, std::string_view(call.client.client_id)});
  }
}

}  // namespace tartan::items
