// What the statements of a removal cost without Tartan: one thread, bare SQLite, groups of removals
// in one commit each, on the same tables with the same settings. The side-by-side report divides
// Tartan's removals by this figure.
//
// Usage: group_commit FOLDER [ITEMS [GROUP [SEALED_BYTES]]]
// Prints {"removals_per_s": N, "items": N, "group": N}.
#include <sqlite3.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/random.h"
#include "items/schema.h"
#include "store/sqlite/sqlite_database.h"

namespace {

constexpr int kItemsPerUser = 5;
constexpr int kSealedBytes = 760;
// One of so many Items is removed: the database stays as large as under the load.
constexpr int kRemovedShare = 6;

struct Item {
  std::string id;
  std::string user;
  std::string hash;
};

void must(bool holds, sqlite3* db, const char* what) {
  if (!holds) {
    std::fprintf(stderr, "group_commit: %s: %s\n", what, sqlite3_errmsg(db));
    std::exit(1);
  }
}

class Statement {
 public:
  Statement(sqlite3* db, const char* sql) : db_(db) {
    must(sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) ==
             SQLITE_OK,
         db, sql);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& text(int index, const std::string& value) {
    sqlite3_bind_text(statement_, index, value.data(), static_cast<int>(value.size()),
                      SQLITE_STATIC);
    return *this;
  }
  Statement& blob(int index, const std::string& value) {
    sqlite3_bind_blob(statement_, index, value.data(), static_cast<int>(value.size()),
                      SQLITE_TRANSIENT);
    return *this;
  }
  Statement& integer(int index, sqlite3_int64 value) {
    sqlite3_bind_int64(statement_, index, value);
    return *this;
  }
  int run() {
    int rows = 0;
    int code = SQLITE_OK;
    while ((code = sqlite3_step(statement_)) == SQLITE_ROW) {
      ++rows;
    }
    must(code == SQLITE_DONE, db_, "step");
    sqlite3_reset(statement_);
    return rows;
  }

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_ = nullptr;
};

std::vector<Item> seed(sqlite3* db, int count, std::size_t sealed_bytes) {
  tartan::SeededRandom random(1);
  const auto bytes = [&](std::size_t size) {
    std::string text(size, '\0');
    random.fill(std::as_writable_bytes(std::span(text.data(), text.size())));
    return text;
  };
  Statement user(db,
                 "INSERT INTO users (user_id, client_id, legacy, client_user_hash, created_at,"
                 " wrapped_key, sealed) VALUES (?1, ?2, 0, ?3, 0, ?4, ?5)");
  Statement item(db,
                 "INSERT INTO items (item_id, client_id, user_id, institution_id, state, products,"
                 " created_at, login_at, wrapped_key, sealed)"
                 " VALUES (?1, ?2, ?3, 'ins_109508', 0, 'auth,transactions', 0, 0, ?4, ?5)");
  Statement token(db, "INSERT INTO access_tokens (hash, item_id, client_id) VALUES (?1, ?2, ?3)");
  Statement subscription(db,
                         "INSERT INTO subscriptions (client_id, owner_id, product, started_at,"
                         " subscription_id, item_id, user_id)"
                         " VALUES (?1, ?2, 'transactions', 0, ?3, ?2, ?4)");
  const std::string client(24, 'c');
  std::vector<Item> items;
  std::string user_id;
  sqlite3_exec(db, "BEGIN", nullptr, nullptr, nullptr);
  for (int i = 0; i < count; ++i) {
    if (i % kItemsPerUser == 0) {
      user_id = "usr_" + tartan::random_base62(random, 14);
      user.text(1, user_id).text(2, client).blob(3, bytes(16)).blob(4, bytes(73));
      user.blob(5, bytes(120)).run();
    }
    Item made{tartan::ordered_base62(static_cast<std::uint64_t>(i), 7) +
                  tartan::random_base62(random, 30),
              user_id, bytes(16)};
    const std::string wrapped = bytes(73);
    const std::string sealed = bytes(sealed_bytes);
    const std::string subscription_id = "sub_" + tartan::random_base62(random, 16);
    item.text(1, made.id).text(2, client).text(3, user_id);
    item.blob(4, wrapped).blob(5, sealed).run();
    token.blob(1, made.hash).text(2, made.id).text(3, client).run();
    subscription.text(1, client).text(2, made.id).text(3, subscription_id).text(4, user_id).run();
    items.push_back(std::move(made));
  }
  sqlite3_exec(db, "COMMIT; PRAGMA wal_checkpoint(TRUNCATE)", nullptr, nullptr, nullptr);
  // People leave in no order: the side-by-side load removes in a random one, too.
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[random.next() % i]);
  }
  return items;
}

double remove_all(sqlite3* db, const std::vector<Item>& items, std::size_t group) {
  Statement begin(db, "BEGIN IMMEDIATE");
  Statement commit(db, "COMMIT");
  Statement user(db,
                 "SELECT user_id, legacy, created_at, updated_at, wrapped_key, sealed FROM users"
                 " WHERE user_id = ?1 AND client_id = ?2");
  Statement remove(db, "DELETE FROM items WHERE item_id = ?1 AND user_id = ?2");
  Statement end(db,
                "UPDATE subscriptions SET ended_at = ?3, ended_cause = ?4"
                " WHERE client_id = ?1 AND owner_id = ?2 AND ended_at IS NULL");
  Statement audit(db,
                  "INSERT INTO audit (at, client_id, request_id, action, user_id, item_ids)"
                  " VALUES (?1, ?2, 'request-request', 'user.items.remove', ?3, ?4)");
  const std::string client(24, 'c');
  const std::string cause = "user_items_removed";
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t at = 0; at < items.size(); at += group) {
    begin.run();
    for (std::size_t i = at; i < std::min(items.size(), at + group); ++i) {
      const Item& item = items[i];
      must(user.text(1, item.user).text(2, client).run() == 1, db, "the User is there");
      remove.text(1, item.id).text(2, item.user).run();
      must(sqlite3_changes(db) == 1, db, "the Item is there");
      end.text(1, client).text(2, item.id).integer(3, 1).text(4, cause).run();
      audit.integer(1, 1).text(2, client).text(3, item.user).text(4, item.id).run();
    }
    commit.run();
  }
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
  return static_cast<double>(items.size()) / spent.count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 5) {
    std::fprintf(stderr, "usage: group_commit FOLDER [ITEMS [GROUP [SEALED_BYTES]]]\n");
    return 2;
  }
  const auto argument = [&](int index, int otherwise) {
    return argc > index ? std::atoi(argv[index]) : otherwise;
  };
  // As many as the connections of the side-by-side load; the sealed bytes are a sandbox Item's.
  const int count = argument(2, 300'000);
  const auto group = static_cast<std::size_t>(argument(3, 64));
  const auto sealed_bytes = static_cast<std::size_t>(argument(4, kSealedBytes));
  const std::filesystem::path file = std::filesystem::path(argv[1]) / "group-commit.db";
  {
    // The tables as Tartan makes them.
    auto made = tartan::store::open_sqlite(file, tartan::items::migrations());
    if (!made) {
      std::fprintf(stderr, "group_commit: %s\n", made.error().message.c_str());
      return 1;
    }
  }
  sqlite3* db = nullptr;
  must(sqlite3_open(file.c_str(), &db) == SQLITE_OK, db, "open");
  for (const char* pragma : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL",
                             "PRAGMA secure_delete = ON", "PRAGMA foreign_keys = ON",
                             "PRAGMA cache_size = -16384", "PRAGMA wal_autocheckpoint = 8192"}) {
    must(sqlite3_exec(db, pragma, nullptr, nullptr, nullptr) == SQLITE_OK, db, pragma);
  }
  auto items = seed(db, count, sealed_bytes);
  items.resize(items.size() / kRemovedShare);
  std::printf("{\"removals_per_s\": %.0f, \"items\": %d, \"group\": %zu}\n",
              remove_all(db, items, group), static_cast<int>(items.size()), group);
  sqlite3_close(db);
  return 0;
}
