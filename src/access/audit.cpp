#include "access/audit.h"

#include <string>

namespace tartan::access {
namespace {

constexpr store::Statement kInsert{
    "INSERT INTO audit (at, client_id, request_id, action, user_id, item_ids)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"};
constexpr store::Statement kBefore{
    "SELECT seq, at, client_id, action, user_id FROM audit WHERE seq < ?1"
    " ORDER BY seq DESC LIMIT ?2"};

}  // namespace

void record(store::Transaction& tx, const Deed& deed) {
  std::string items;
  for (const std::string_view id : deed.item_ids) {
    items.append(items.empty() ? "" : " ").append(id);
  }
  tx.execute(kInsert,
             {deed.at, deed.client_id, deed.request_id, deed.action,
              deed.user_id.empty() ? store::Parameter(nullptr) : store::Parameter(deed.user_id),
              std::string_view(items)});
}

std::vector<AuditEntry> entries_before(store::Transaction& tx, std::int64_t number,
                                       std::size_t size) {
  std::vector<AuditEntry> entries;
  store::Cursor row = tx.query(kBefore, {number, static_cast<std::int64_t>(size)});
  while (row.next()) {
    entries.push_back({row.integer(0), row.integer(1), std::string(row.text(2)),
                       std::string(row.text(3)), std::string(row.text_or_nothing(4).value_or(""))});
  }
  return entries;
}

}  // namespace tartan::access
