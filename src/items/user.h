// Users: who Items belong to. Facts, section 2.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/field.h"
#include "items/endpoints/call.h"

namespace tartan::items {

struct User {
  std::string user_id;
  access::Generation generation = access::Generation::current;
  UnixMs created_at = 0;
  std::optional<UnixMs> updated_at;
  std::string wrapped_key;
  std::string sealed;
};

// What is personal about a User; stands in the database only sealed.
struct Profile {
  std::string client_user_id;
  std::optional<json::Object> identity;
  std::optional<json::Object> legacy_identity;  // consumer_report_user_identity
};

// Which generation a new User is of decides its ids and what happens on a repeated client_user_id.
struct NewUser {
  User user;
  std::string user_token;  // legacy Users only
};
NewUser create_user(Call& call, access::Generation generation, const Profile& profile);

// The caller's User by id. Errors: invalid_user_id, user_not_found.
PlaidResult<User> find_user(const Call& call, std::string_view user_id);

// The caller's User by either identifier or both (facts, section 2.4). Errors: missing_fields when
// neither is given, invalid_user_id, invalid_user_token, user_not_found.
PlaidResult<User> find_user(const Call& call, const contract::Field<std::string_view>& user_id,
                            const contract::Field<std::string_view>& user_token);

// The caller's User made for `client_user_id`, if there is one.
std::optional<User> find_by_client_user_id(const Call& call, std::string_view client_user_id);

// Whether a legacy User of that client_user_id was removed: it can't be made again.
bool is_retired(const Call& call, std::string_view client_user_id);

PlaidResult<Profile> open_profile(const Call& call, const User& user);
void save_profile(Call& call, const User& user, const Profile& profile);

// A User together with its client.
struct OwnedUser {
  User user;
  std::string client_id;
};

// Whoever's it is; for whoever looks after the server.
std::optional<OwnedUser> find_owned_user(store::Transaction& tx, std::string_view user_id);

struct UserSearch {
  // Users whose id begins with it, that have it as client_user_id, or own the Item of that id;
  // empty: all.
  std::string_view text;
  std::vector<std::string> client_ids;  // of one of these clients: one, or all there are
  std::string_view next;
  std::size_t size = 50;
};
struct UserPage {
  std::vector<OwnedUser> users;  // the newest first; with a text, by id behind those that it names
  std::string next;              // empty: this was the last
};
// Errors: invalid when `next` is not one of an earlier page.
Result<UserPage> list_users(store::Transaction& tx, const crypto::Vault& vault,
                            const UserSearch& search);

// Deletes the row. Its Items and subscriptions are the caller's to end first.
void delete_user(Call& call, const User& user, const Profile& profile);

}  // namespace tartan::items
