// The audit log: who did what to which User or Items, in the same commit as the deed. Never
// personal data, only ids.
#pragma once

#include <span>
#include <string_view>

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

struct Deed {
  UnixMs at = 0;
  std::string_view client_id;
  std::string_view request_id;
  std::string_view action;        // for example "user.items.remove"
  std::string_view user_id = {};  // empty: no User concerned
  std::span<const std::string_view> item_ids = {};
};

void record(store::Transaction& tx, const Deed& deed);

}  // namespace tartan::access
