// The audit log: who did what to what, in the same commit as the deed. Never personal data, only
// ids.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "store/database.h"

namespace tartan::access {

// The log's table; every database that records deeds has it among its migrations.
inline constexpr std::string_view kAuditTable = R"sql(
  CREATE TABLE audit (
    seq {{counter}},
    at BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    action TEXT NOT NULL,
    user_id TEXT,
    item_ids TEXT NOT NULL
  );
)sql";

// Who asks for a change: the id of a client or of a personal access token, and the request.
struct Actor {
  std::string_view id;
  std::string_view request_id = {};
};

// Whoever sits at the machine itself: the command line, and the first start.
inline constexpr Actor kLocal{"local"};

struct Deed {
  UnixMs at = 0;
  std::string_view client_id;  // the actor's id
  std::string_view request_id;
  std::string_view action;        // for example "user.items.remove"
  std::string_view user_id = {};  // the User, or whatever else the deed concerns; may be empty
  std::span<const std::string_view> item_ids = {};
};

void record(store::Transaction& tx, const Deed& deed);

struct AuditEntry {
  std::int64_t number = 0;  // counts up in its database
  UnixMs at = 0;
  std::string by;
  std::string action;
  std::string subject;
};

// What was recorded before the entry of that number, newest first, at most `size` of them.
std::vector<AuditEntry> entries_before(store::Transaction& tx, std::int64_t number,
                                       std::size_t size);

}  // namespace tartan::access
