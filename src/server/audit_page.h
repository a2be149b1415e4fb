// The audit logs of clients, tokens and workflows as one list, newest first; within a millisecond
// those of one database together. Each counts its own rows; a page's end names a place in each of
// them, so that a row which comes meanwhile shows on no later page, and none is shown twice or left
// out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"

namespace tartan::server {

struct AuditPage {
  std::vector<access::AuditEntry> entries;
  std::string next;  // empty on the last page
};

// `next` is that of the page before, or empty. Errors: invalid when it is neither; those of the
// databases.
Result<AuditPage> read_audit(store::Database& access, store::Database& workflow,
                             std::string_view next, std::size_t size);

}  // namespace tartan::server
