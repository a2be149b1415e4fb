// The store's promises, on SQLite: what is acknowledged is there after reopening; a failing write
// changes nothing and takes no other write of its batch with it; a disk that fails costs no earlier
// data; what is deleted leaves every file; newer data is refused.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <thread>

#include "store/fault_vfs.h"
#include "store/sqlite/sqlite_database.h"
#include "support/temporary_directory.h"

namespace tartan::store {
namespace {

constexpr Migration kFirst[] = {
    {1, "CREATE TABLE notes (id BIGINT NOT NULL PRIMARY KEY, body TEXT NOT NULL) {{clustered}};"}};
constexpr Migration kSecond[] = {kFirst[0], {2, "ALTER TABLE notes ADD COLUMN extra TEXT;"}};

constexpr Statement kInsert{"INSERT INTO notes (id, body) VALUES (?1, ?2)"};
constexpr Statement kDelete{"DELETE FROM notes WHERE id = ?1"};
constexpr Statement kCount{"SELECT count(*) FROM notes"};
constexpr Statement kBroken{"INSERT INTO nowhere VALUES (1)"};

class DatabaseTest : public ::testing::Test {
 protected:
  void TearDown() override { set_disk_fault(DiskFault::none); }

  std::filesystem::path file() const { return folder_.path() / "test.db"; }

  std::unique_ptr<Database> open(std::span<const Migration> migrations = kFirst) {
    SqliteOptions options;
    options.vfs = fault_vfs();
    auto opened = open_sqlite(file(), migrations, options);
    EXPECT_TRUE(opened.ok()) << (opened ? "" : opened.error().message);
    return *std::move(opened);
  }

  static std::optional<Error> insert(Database& database, std::int64_t id,
                                     std::string_view body = "text") {
    return database.write([=](Transaction& tx) {
      tx.execute(kInsert, {id, body});
      return Outcome::keep;
    });
  }

  static std::int64_t count(Database& database) {
    std::int64_t rows = -1;
    const auto error = database.read([&](Transaction& tx) {
      Cursor cursor = tx.query(kCount, {});
      rows = cursor.next() ? cursor.integer(0) : -1;
    });
    EXPECT_FALSE(error.has_value());
    return rows;
  }

  bool any_file_holds(std::string_view text) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      std::ifstream input(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(input), {}};
      if (bytes.find(text) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(DatabaseTest, WhatIsWrittenIsThereAfterReopening) {
  {
    auto database = open();
    ASSERT_FALSE(insert(*database, 1).has_value());
  }
  EXPECT_EQ(count(*open()), 1);
}

TEST_F(DatabaseTest, AWriteThatUndoesOrFailsChangesNothing) {
  auto database = open();
  EXPECT_FALSE(database
                   ->write([](Transaction& tx) {
                     tx.execute(kInsert, {std::int64_t{1}, std::string_view("a")});
                     return Outcome::undo;
                   })
                   .has_value());
  const auto error = database->write([](Transaction& tx) {
    tx.execute(kInsert, {std::int64_t{2}, std::string_view("b")});
    tx.execute(kBroken, {});
    tx.execute(kInsert, {std::int64_t{3}, std::string_view("c")});
    return Outcome::keep;
  });
  EXPECT_TRUE(error.has_value());
  EXPECT_EQ(count(*database), 0);
}

TEST_F(DatabaseTest, AFailingWriteTakesNoOtherOfItsBatchWithIt) {
  auto database = open();
  std::promise<void> hold;
  std::shared_future<void> held = hold.get_future().share();
  std::atomic<int> failed = 0;
  std::atomic<int> done = 0;
  // The first write keeps the writer busy, so that the others gather into one batch.
  database->write_async(
      [held](Transaction&) {
        held.wait();
        return Outcome::keep;
      },
      [&](const std::optional<Error>&) { ++done; });
  constexpr int writes = 20;
  for (int i = 0; i < writes; ++i) {
    database->write_async(
        [i](Transaction& tx) {
          tx.execute(kInsert, {std::int64_t{i}, std::string_view("x")});
          if (i % 5 == 0) {
            tx.execute(kInsert, {std::int64_t{i}, std::string_view("same key")});
          }
          return Outcome::keep;
        },
        [&](const std::optional<Error>& error) {
          failed += error ? 1 : 0;
          ++done;
        });
  }
  hold.set_value();
  database->stop();
  EXPECT_EQ(done, writes + 1);
  EXPECT_EQ(failed, 4);
  EXPECT_EQ(count(*open()), writes - 4);
}

TEST_F(DatabaseTest, AFullDiskRefusesWritesAndKeepsEarlierData) {
  auto database = open();
  ASSERT_FALSE(insert(*database, 1).has_value());
  set_disk_fault(DiskFault::full);
  const auto error = insert(*database, 2);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->fault, Fault::full);
  EXPECT_EQ(count(*database), 1);
  set_disk_fault(DiskFault::none);
  EXPECT_FALSE(insert(*database, 3).has_value());
  EXPECT_EQ(count(*database), 2);
}

TEST_F(DatabaseTest, ReadOnlyDataRefusesWritesAndKeepsEarlierData) {
  auto database = open();
  ASSERT_FALSE(insert(*database, 1).has_value());
  set_disk_fault(DiskFault::read_only);
  EXPECT_TRUE(insert(*database, 2).has_value());
  EXPECT_EQ(count(*database), 1);
}

TEST_F(DatabaseTest, ASyncThatFailsIsNotAnsweredAsSuccess) {
  auto database = open();
  ASSERT_FALSE(insert(*database, 1).has_value());
  set_disk_fault(DiskFault::sync_fails);
  EXPECT_TRUE(insert(*database, 2).has_value());
  set_disk_fault(DiskFault::none);
  EXPECT_FALSE(insert(*database, 3).has_value());
}

TEST_F(DatabaseTest, DeletedTextIsInNoFileAfterAPurge) {
  constexpr std::string_view planted = "a value that is easy to recognise";
  auto database = open();
  ASSERT_FALSE(insert(*database, 1, planted).has_value());
  EXPECT_TRUE(any_file_holds(planted));
  const auto error = database->write([](Transaction& tx) {
    tx.execute(kDelete, {std::int64_t{1}});
    return Outcome::keep;
  });
  ASSERT_FALSE(error.has_value());
  database->purge_now();
  EXPECT_FALSE(any_file_holds(planted));
}

TEST_F(DatabaseTest, MigrationsRunOnceAndNewerDataIsRefused) {
  ASSERT_FALSE(insert(*open(), 1).has_value());
  EXPECT_EQ(count(*open(kSecond)), 1);
  EXPECT_EQ(count(*open(kSecond)), 1);
  const auto older = open_sqlite(file(), kFirst);
  ASSERT_FALSE(older.ok());
  EXPECT_EQ(older.error().fault, Fault::conflict);
  EXPECT_NE(older.error().message.find("schema version 2"), std::string::npos);
}

TEST_F(DatabaseTest, WritesAfterTheStopAreRefused) {
  auto database = open();
  database->stop();
  const auto error = insert(*database, 1);
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->fault, Fault::unavailable);
}

TEST_F(DatabaseTest, ManyThreadsReadAndWriteAtOnce) {
  auto database = open();
  constexpr int threads = 4;
  constexpr int each = 50;
  std::vector<std::thread> running;
  running.reserve(threads);
  for (int t = 0; t < threads; ++t) {
    running.emplace_back([&, t] {
      for (int i = 0; i < each; ++i) {
        EXPECT_FALSE(insert(*database, t * each + i).has_value());
        EXPECT_GE(count(*database), 1);
      }
    });
  }
  for (std::thread& thread : running) {
    thread.join();
  }
  EXPECT_EQ(count(*database), threads * each);
}

TEST_F(DatabaseTest, ACopyIsWholeWhileWritersGoOn) {
  auto database = open();
  for (int i = 0; i < 100; ++i) {
    ASSERT_FALSE(insert(*database, i).has_value());
  }
  const auto copy = folder_.path() / "copy.db";
  ASSERT_FALSE(copy_sqlite(file(), copy).has_value());
  const auto report = inspect_sqlite(copy);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->integrity, "ok");
  EXPECT_EQ(report->schema_version, 1);
}

}  // namespace
}  // namespace tartan::store
