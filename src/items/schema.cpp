#include "items/schema.h"

#include <string>

#include "access/audit.h"

namespace tartan::items {
namespace {

// Rows that die together lie together: Item ids begin with their User's place (item.cpp), so that
// the Items of one person share pages, and so do their subscriptions; a removal touches few.
//
// users.sealed:      {"client_user_id", "identity"?, "consumer_report_user_identity"?}, under a key
//                    of the User's own, wrapped by the master key.
// items.sealed:      the accounts with their numbers and owners, packed, under a key of the Item's
//                    own.
// items.given:       1 when the Item was associated with its User after it was made.
// access_tokens:     a row outlives its Item: that is the tombstone, of the token and of the
//                    Item's id, and it costs a removal no page.
// subscriptions.owner_id: the Item, or the User of a user-level product.
constexpr std::string_view kTables = R"sql(
  CREATE TABLE users (
    user_id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    legacy INTEGER NOT NULL,
    client_user_hash {{blob}} NOT NULL,
    token_hash {{blob}},
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    wrapped_key {{blob}} NOT NULL,
    sealed {{blob}} NOT NULL
  ) {{clustered}};
  CREATE UNIQUE INDEX users_by_client_user ON users (client_user_hash, client_id);
  CREATE UNIQUE INDEX users_by_token ON users (token_hash) WHERE token_hash IS NOT NULL;

  CREATE TABLE retired_client_users (
    client_user_hash {{blob}} NOT NULL,
    client_id TEXT NOT NULL,
    PRIMARY KEY (client_user_hash, client_id)
  ) {{clustered}};

  CREATE TABLE items (
    item_id TEXT NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    user_id TEXT,
    institution_id TEXT NOT NULL,
    state INTEGER NOT NULL,
    webhook TEXT,
    error_code TEXT,
    products TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    login_at BIGINT NOT NULL,
    wrapped_key {{blob}} NOT NULL,
    sealed {{blob}} NOT NULL
  ) {{clustered}};
  CREATE INDEX items_by_user ON items (user_id, item_id) WHERE user_id IS NOT NULL;

  CREATE TABLE access_tokens (
    hash {{blob}} NOT NULL PRIMARY KEY,
    item_id TEXT NOT NULL,
    client_id TEXT NOT NULL
  ) {{clustered}};

  CREATE TABLE public_tokens (
    hash {{blob}} NOT NULL PRIMARY KEY,
    item_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    expires_at BIGINT NOT NULL
  ) {{clustered}};
  CREATE INDEX public_tokens_by_expiry ON public_tokens (expires_at);

  CREATE TABLE link_tokens (
    hash {{blob}} NOT NULL PRIMARY KEY,
    client_id TEXT NOT NULL,
    user_id TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    wrapped_key {{blob}} NOT NULL,
    sealed {{blob}} NOT NULL
  ) {{clustered}};
  CREATE INDEX link_tokens_by_expiry ON link_tokens (expires_at);

  CREATE TABLE subscriptions (
    client_id TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    product TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    subscription_id TEXT NOT NULL,
    item_id TEXT,
    user_id TEXT,
    ended_at BIGINT,
    ended_cause TEXT,
    PRIMARY KEY (client_id, owner_id, product, started_at, subscription_id)
  ) {{clustered}};
)sql";

// The index over every Item cost each read and each removal a page of its own: ids now tell where a
// User's Items lie. The Items made before are found as if they had been given to their Users.
constexpr std::string_view kItemsByPlace = R"sql(
  ALTER TABLE items ADD COLUMN given INTEGER NOT NULL DEFAULT 0;
  UPDATE items SET given = 1 WHERE user_id IS NOT NULL;
  DROP INDEX items_by_user;
  CREATE INDEX items_given ON items (user_id, item_id) WHERE given = 1;
)sql";

// For whoever looks after the server. None of it is written by a removal of Items but the two
// columns, which are NULL at nearly all times.
//
// audit.done_by:           the personal access token that called in the client's place.
// access_tokens_by_item:   which Items can be called.
// users_by_client:         the newest Users of each client.
constexpr std::string_view kOversight = R"sql(
  ALTER TABLE audit ADD COLUMN done_by TEXT;
  ALTER TABLE audit ADD COLUMN reason_code TEXT;
  ALTER TABLE access_tokens ADD COLUMN created_at BIGINT;
  CREATE INDEX access_tokens_by_item ON access_tokens (item_id);
  CREATE INDEX users_by_client ON users (client_id, created_at, user_id);
)sql";

}  // namespace

std::span<const store::Migration> migrations() {
  static const std::string first = std::string(kTables) + std::string(access::kAuditTable);
  static const store::Migration all[] = {{1, first}, {2, kItemsByPlace}, {3, kOversight}};
  return all;
}

}  // namespace tartan::items
