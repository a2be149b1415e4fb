#include "items/user.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <tuple>

#include "items/item.h"
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
#define TARTAN_OWNED_USER \
  "SELECT user_id, legacy, created_at, updated_at, wrapped_key, sealed, client_id FROM users"
constexpr Statement kOwned{TARTAN_OWNED_USER " WHERE user_id = ?1"};
constexpr Statement kOwnedByClientUser{TARTAN_OWNED_USER
                                       " WHERE client_user_hash = ?1 ORDER BY client_id LIMIT ?2"};
constexpr Statement kNewest{TARTAN_OWNED_USER
                            " WHERE client_id = ?1 AND (created_at, user_id) < (?2, ?3)"
                            " ORDER BY created_at DESC, user_id DESC LIMIT ?4"};
constexpr Statement kByBeginning{TARTAN_OWNED_USER
                                 " WHERE user_id >= ?1 AND user_id < ?2 AND"
                                 " (?4 = '' OR client_id = ?4) ORDER BY user_id LIMIT ?3"};
// The inner query reads the client's part of an index alone.
constexpr Statement kByBeginningOfClient{
    TARTAN_OWNED_USER
    " WHERE user_id IN (SELECT user_id FROM users WHERE client_id = ?4 AND user_id >= ?1"
    " AND user_id < ?2 ORDER BY user_id LIMIT ?3) ORDER BY user_id"};
#undef TARTAN_OWNED_USER
constexpr Statement kSave{
    "UPDATE users SET updated_at = ?2, wrapped_key = ?3, sealed = ?4 WHERE user_id = ?1"};
constexpr Statement kDelete{"DELETE FROM users WHERE user_id = ?1"};
constexpr Statement kRetire{
    "INSERT INTO retired_client_users (client_user_hash, client_id) VALUES (?1, ?2)"};
constexpr Statement kRetired{
    "SELECT 1 FROM retired_client_users WHERE client_user_hash = ?1 AND client_id = ?2"};

User read_row(const Cursor& row) {
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

std::optional<User> read_user(Cursor row) {
  return row.next() ? std::optional(read_row(row)) : std::nullopt;
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

crypto::Hash hash_client_user(const crypto::Vault& vault, std::string_view client_user_id) {
  return vault.hash(kClientUserPurpose, client_user_id);
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

OwnedUser read_owned(const Cursor& row) { return {read_row(row), std::string(row.text(6))}; }

std::vector<OwnedUser> read_all(Cursor row) {
  std::vector<OwnedUser> all;
  while (row.next()) {
    all.push_back(read_owned(row));
  }
  return all;
}

// "CREATED.ID"
std::string cursor_of(const User& user) {
  return std::to_string(user.created_at) + "." + user.user_id;
}

Result<UserPage> list_newest(store::Transaction& tx, const UserSearch& search) {
  UnixMs created_at = INT64_MAX;
  std::string_view user_id;
  if (!search.next.empty()) {
    const auto dot = search.next.find('.');
    const std::string_view time = search.next.substr(0, dot);
    const auto [end, problem] = std::from_chars(time.data(), time.data() + time.size(), created_at);
    if (dot == std::string_view::npos || problem != std::errc() ||
        end != time.data() + time.size()) {
      return Error{Fault::invalid, "next must be the `next` of an earlier page"};
    }
    user_id = search.next.substr(dot + 1);
  }
  UserPage page;
  for (const std::string& client_id : search.client_ids) {
    auto some = read_all(tx.query(kNewest, {std::string_view(client_id), created_at, user_id,
                                            static_cast<std::int64_t>(search.size + 1)}));
    page.users.insert(page.users.end(), std::make_move_iterator(some.begin()),
                      std::make_move_iterator(some.end()));
  }
  std::sort(page.users.begin(), page.users.end(), [](const OwnedUser& a, const OwnedUser& b) {
    return std::tie(a.user.created_at, a.user.user_id) >
           std::tie(b.user.created_at, b.user.user_id);
  });
  if (page.users.size() > search.size) {
    page.users.resize(search.size);
    page.next = cursor_of(page.users.back().user);
  }
  return page;
}

// Those that the whole text names.
std::vector<OwnedUser> named_by(store::Transaction& tx, const crypto::Vault& vault,
                                const UserSearch& search) {
  constexpr std::int64_t clients_max = 100;
  const crypto::Hash hash = hash_client_user(vault, search.text);
  auto named = read_all(tx.query(kOwnedByClientUser, {Blob{crypto::view(hash)}, clients_max}));
  if (const auto owner = owner_of_item(tx, search.text)) {
    if (auto user = find_owned_user(tx, *owner)) {
      named.push_back(*std::move(user));
    }
  }
  std::erase_if(named, [&](const OwnedUser& one) {
    return std::find(search.client_ids.begin(), search.client_ids.end(), one.client_id) ==
           search.client_ids.end();
  });
  return named;
}

UserPage find_users(store::Transaction& tx, const crypto::Vault& vault, const UserSearch& search) {
  const std::vector<OwnedUser> named = named_by(tx, vault, search);
  // '!' stands before every letter and digit, '~' after.
  const std::string from =
      search.next < search.text ? std::string(search.text) : std::string(search.next) + '!';
  const std::string behind = std::string(search.text) + '~';
  const std::string_view client_id =
      search.client_ids.size() == 1 ? std::string_view(search.client_ids.front()) : "";
  // What begins with this much are few Users, whoever's they are.
  constexpr std::size_t telling_bytes = 8;
  const Statement& statement = client_id.empty() || search.text.size() >= telling_bytes
                                   ? kByBeginning
                                   : kByBeginningOfClient;
  auto beginning =
      read_all(tx.query(statement, {std::string_view(from), std::string_view(behind),
                                    static_cast<std::int64_t>(search.size + 1), client_id}));
  UserPage page;
  if (beginning.size() > search.size) {
    beginning.pop_back();
    page.next = beginning.back().user.user_id;
  }
  const auto is_named = [&](const OwnedUser& one) {
    return std::any_of(named.begin(), named.end(), [&](const OwnedUser& other) {
      return other.user.user_id == one.user.user_id;
    });
  };
  std::erase_if(beginning, is_named);
  if (search.next.empty()) {
    page.users = named;
  }
  page.users.insert(page.users.end(), beginning.begin(), beginning.end());
  return page;
}

}  // namespace

std::optional<OwnedUser> find_owned_user(store::Transaction& tx, std::string_view user_id) {
  Cursor row = tx.query(kOwned, {user_id});
  return row.next() ? std::optional(read_owned(row)) : std::nullopt;
}

Result<UserPage> list_users(store::Transaction& tx, const crypto::Vault& vault,
                            const UserSearch& search) {
  if (search.client_ids.empty()) {
    return UserPage{};
  }
  if (search.text.empty()) {
    return list_newest(tx, search);
  }
  return find_users(tx, vault, search);
}

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
  const crypto::Hash client_user = hash_client_user(call.services.vault, profile.client_user_id);
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
  const crypto::Hash hash = hash_client_user(call.services.vault, client_user_id);
  return read_user(call.tx.query(
      kByClientUser, {Blob{crypto::view(hash)}, std::string_view(call.client.client_id)}));
}

bool is_retired(const Call& call, std::string_view client_user_id) {
  const crypto::Hash hash = hash_client_user(call.services.vault, client_user_id);
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
    const crypto::Hash hash = hash_client_user(call.services.vault, profile.client_user_id);
    call.tx.execute(kRetire, {Blob{crypto::view(hash)}, std::string_view(call.client.client_id)});
  }
}

}  // namespace tartan::items
