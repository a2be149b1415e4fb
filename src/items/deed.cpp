#include "items/deed.h"

#include <algorithm>

namespace tartan::items {
namespace {

using store::Cursor;
using store::Statement;

// Deeds that one page looks through: some tenth of a second.
constexpr std::int64_t kStretch = 200'000;

constexpr Statement kInsert{
    "INSERT INTO audit (at, client_id, request_id, action, user_id, item_ids, done_by, reason_code)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"};
constexpr Statement kNewest{"SELECT MAX(seq) FROM audit"};
constexpr Statement kRemovals{
    "SELECT seq, at, client_id, done_by, action, user_id, item_ids, reason_code, request_id"
    " FROM audit WHERE seq < ?1 AND seq >= ?2 AND action IN ('item.remove', 'user.items.remove',"
    " 'user.remove', 'user.identity.remove', 'item.products.terminate', 'user.products.terminate')"
    " AND (?3 IS NULL OR user_id = ?3) AND (?4 IS NULL OR client_id = ?4)"
    " ORDER BY seq DESC LIMIT ?5"};
constexpr Statement kFirstFrom{"SELECT at FROM audit WHERE seq >= ?1 ORDER BY seq LIMIT 1"};
constexpr Statement kEndedThen{
    "SELECT COUNT(*) FROM subscriptions WHERE client_id = ?1 AND owner_id = ?2 AND ended_at = ?3"};

std::string join(std::span<const std::string_view> ids) {
  std::string text;
  for (const std::string_view id : ids) {
    text.append(text.empty() ? "" : " ").append(id);
  }
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> ids;
  while (!text.empty()) {
    const auto space = text.find(' ');
    const std::string_view id = text.substr(0, space);
    if (std::find(ids.begin(), ids.end(), id) == ids.end()) {  // a request may repeat one
      ids.emplace_back(id);
    }
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return ids;
}

store::Parameter text_or_null(std::string_view text) {
  return text.empty() ? store::Parameter(nullptr) : store::Parameter(text);
}

std::int64_t newest_number(store::Transaction& tx) {
  Cursor row = tx.query(kNewest, {});
  return row.next() && !row.is_null(0) ? row.integer(0) : 0;
}

// A deed and the ends that it caused have the same time.
std::int64_t count_ended(store::Transaction& tx, const Removal& removal) {
  std::int64_t count = 0;
  const auto add = [&](std::string_view owner_id) {
    Cursor row = tx.query(kEndedThen, {std::string_view(removal.client_id), owner_id, removal.at});
    count += row.next() ? row.integer(0) : 0;
  };
  std::for_each(removal.item_ids.begin(), removal.item_ids.end(), add);
  if (removal.user_id &&
      (removal.action == "user.remove" || removal.action == "user.products.terminate")) {
    add(*removal.user_id);
  }
  return count;
}

Removal read_row(const Cursor& row) {
  Removal removal;
  removal.number = row.integer(0);
  removal.at = row.integer(1);
  removal.client_id = row.text(2);
  removal.done_by = row.text_or_nothing(3).value_or("");
  removal.action = row.text(4);
  removal.user_id = row.text_or_nothing(5);
  removal.item_ids = split(row.text(6));
  removal.reason_code = row.text_or_nothing(7);
  removal.request_id = row.text(8);
  return removal;
}

}  // namespace

void record_deed(Call& call, const Deed& deed) {
  const std::string item_ids = join(deed.item_ids);
  call.tx.execute(kInsert, {call.now, std::string_view(call.client.client_id), call.request_id,
                            deed.action, text_or_null(deed.user_id), std::string_view(item_ids),
                            text_or_null(call.by), text_or_null(deed.reason_code)});
}

RemovalPage list_removals(store::Transaction& tx, const RemovalFilter& filter) {
  RemovalPage page;
  const std::int64_t before = std::min(filter.before, newest_number(tx) + 1);
  const std::int64_t from = std::max<std::int64_t>(1, before - kStretch);
  {
    Cursor row = tx.query(kRemovals, {before, from, store::text_or_null(filter.user_id),
                                      store::text_or_null(filter.client_id),
                                      static_cast<std::int64_t>(filter.size + 1)});
    while (row.next()) {
      page.removals.push_back(read_row(row));
    }
  }
  std::int64_t reached = from;
  if (page.removals.size() > filter.size) {
    page.removals.pop_back();
    reached = page.removals.back().number;
    page.next = reached;
  } else if (from > 1) {
    page.next = from;
  }
  if (page.next) {
    Cursor row = tx.query(kFirstFrom, {reached});
    page.searched_to = row.next() ? std::optional(row.integer(0)) : std::nullopt;
  }
  for (Removal& removal : page.removals) {
    removal.subscriptions_ended = count_ended(tx, removal);
  }
  return page;
}

}  // namespace tartan::items
