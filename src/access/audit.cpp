#include "access/audit.h"

#include <string>

namespace tartan::access {
namespace {

constexpr store::Statement kInsert{
    "INSERT INTO audit (at, client_id, request_id, action, user_id, item_ids)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"};

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

}  // namespace tartan::access
