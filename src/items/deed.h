// What was done in an environment, in its audit log (access/audit.h): whose data, by whom, and why.
// The rows outlive what they tell of, so they are what is known of a removal later.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "items/endpoints/call.h"

namespace tartan::items {

struct Deed {
  std::string_view action;        // for example "user.items.remove"
  std::string_view user_id = {};  // may be empty
  std::span<const std::string_view> item_ids = {};
  std::string_view reason_code = {};  // as the client gave it; empty: none
};

// As the caller's, in the call's transaction.
void record_deed(Call& call, const Deed& deed);

// A deed by which something ended: Items, Users or identities removed, products terminated.
struct Removal {
  std::int64_t number = 0;  // in the audit log
  UnixMs at = 0;
  std::string client_id;  // whose data it was
  std::string done_by;    // a personal access token's id; empty: the client itself
  std::string action;
  std::optional<std::string> user_id;
  std::vector<std::string> item_ids;
  std::optional<std::string> reason_code;
  std::string request_id;
  std::int64_t subscriptions_ended = 0;
};

struct RemovalFilter {
  std::optional<std::string_view> user_id;
  std::optional<std::string_view> client_id;
  std::int64_t before = INT64_MAX;  // deeds of a lower number only
  std::size_t size = 50;
};

struct RemovalPage {
  std::vector<Removal> removals;           // newest first
  std::optional<std::int64_t> next;        // `before` of the next page; nothing: this was the last
  std::optional<UnixMs> searched_to = {};  // how far back it looked, when not to the beginning
};

// The log has no index but its number, which costs a removal nothing: a page looks through a
// bounded stretch of it and may be short.
RemovalPage list_removals(store::Transaction& tx, const RemovalFilter& filter);

}  // namespace tartan::items
