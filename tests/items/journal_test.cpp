// The request journal: what is secret is hidden in whatever form it comes, and the ring keeps the
// last thousand whole while many threads write and read.
#include "items/journal.h"

#include <gtest/gtest.h>

#include <thread>

#include "items/journal_mask.h"

namespace tartan::items {
namespace {

// A secret as the server makes them, and a token.
const std::string kSecret = "Zq3VwXy8Kp2LmNa7RtSb5UdEfGh1Jk";
const std::string kTokenEnd = "01234567-89ab-4cde-8f01-23456789abcd";
const std::string kToken = "access-sandbox-" + kTokenEnd;

TEST(JournalMask, HidesValuesByTheNamesOfTheirMembers) {
  EXPECT_EQ(mask_body(R"({"client_id":"abcdefghijklmnopqrstuvwx","secret":")" + kSecret + R"("})"),
            R"({"client_id":"abcdefghijklmnopqrstuvwx","secret":"••••"})");
  EXPECT_EQ(mask_body(R"({ "access_token" : ")" + kToken + R"(", "x": [1, true, null] })"),
            R"({ "access_token" : "access-sandbox-••••", "x": [1, true, null] })");
  EXPECT_EQ(mask_body(R"({"identity":{"name":{"given":"Ada"},"born":1815,"ok":true},"n":2})"),
            R"({"identity":{"name":{"given":"••••"},"born":"••••","ok":true},"n":2})");
  EXPECT_EQ(mask_body(R"({"user":{"client_user_id":"u1","phone_number":"+1 415"}})"),
            R"({"user":{"client_user_id":"u1","phone_number":"••••"}})");
}

TEST(JournalMask, LeavesNothingOfASecretInAnyForm) {
  const std::string forms[] = {
      R"({"secret":")" + kSecret + R"("})",
      R"({"secre\u0074":")" + kSecret + R"("})",
      R"({"sekret":")" + kSecret + R"("})",
      R"({"client_id":")" + kSecret + R"("})",
      R"({")" + kSecret + R"(":1})",
      R"({"secret":")" + kSecret,
      R"({"secret":")" + kSecret.substr(0, 20),
      R"({"secret":[{"a":[")" + kSecret.substr(0, 20) + R"("]}]})",
      R"({"a":1,"secret":")" + kSecret + R"(",})",
      R"({'secret':')" + kSecret + R"('})",
      R"({secret: )" + kSecret.substr(0, 20) + "}",
      "{\"secret\"\n:\n\"" + kSecret + "\"}",
      "client_id=abc&secret=" + kSecret.substr(0, 20) + "&x=1",
      "secret " + kSecret.substr(0, 20),
      "\xff\xfe{\"secret\":\"" + kSecret + "\"}",
      R"({"a":")" + kSecret + R"("})",
      R"(")" + kSecret + R"(")",
      R"({"a":{}}{"secret":")" + kSecret + R"("})",
  };
  for (const std::string& form : forms) {
    const std::string masked = mask_body(form);
    EXPECT_EQ(masked.find(kSecret.substr(0, 12)), std::string::npos) << form << "\n" << masked;
  }
}

TEST(JournalMask, LeavesNothingOfATokenInAnyForm) {
  const std::string forms[] = {
      kToken,
      R"({"note":"my )" + kToken + R"( it is"})",
      R"({")" + kToken + R"(":1})",
      R"([")" + kToken + R"("])",
      "access_token=" + kToken,
      R"({"note":")" + kToken.substr(0, 30),
      R"({"public_token":"public-production-)" + kTokenEnd + R"("})",
      R"({"url":"https://a.example/?token=link-sandbox-)" + kTokenEnd + R"("})",
  };
  for (const std::string& form : forms) {
    const std::string masked = mask_body(form);
    EXPECT_EQ(masked.find("01234567"), std::string::npos) << form << "\n" << masked;
    EXPECT_NE(masked.find("••••"), std::string::npos) << masked;
  }
}

TEST(JournalMask, LeavesOrdinaryBodiesAsTheyAre) {
  const std::string bodies[] = {"",
                                "{}",
                                " [ ] ",
                                "null",
                                "-1.5e3",
                                R"({"item_ids":["a","b"],"n":{"deep":[[{}]]}})",
                                R"({"message":"a \"quoted\" word","next":null})",
                                R"({"cut":"in the mid)"};
  for (const std::string& body : bodies) {
    EXPECT_EQ(mask_body(body), body);
  }
  const std::string deep(100'000, '[');
  EXPECT_EQ(mask_body(deep).size(), deep.size());
}

TEST(JournalMask, HidesHeadersByName) {
  EXPECT_EQ(mask_header("PLAID-SECRET", "short"), "••••");
  EXPECT_EQ(mask_header("Authorization", "Bearer x"), "••••");
  EXPECT_EQ(mask_header("Cookie", "a=b"), "••••");
  EXPECT_EQ(mask_header("PLAID-CLIENT-ID", kSecret), "••••");
  EXPECT_EQ(mask_header("X-Note", kToken), "access-sandbox-••••");
  EXPECT_EQ(mask_header("Accept", "*/*"), "*/*");
}

class JournalTest : public ::testing::Test {
 protected:
  void record(std::string_view path, std::string_view body) {
    http::Request request;
    request.method = http::Method::post;
    request.path = path;
    request.body = body;
    request.headers = {{"PLAID-SECRET", kSecret}};
    http::Reply reply;
    reply.body = R"({"access_token":")" + kToken + R"("})";
    journal_.record({&request, reply, "item_get", "client", "", "request", 1000, 7});
  }

  Journal journal_{1'790'000'000'000};
};

TEST_F(JournalTest, KeepsTheLastThousandNewestFirst) {
  for (int i = 0; i < 1500; ++i) {
    record("/" + std::to_string(i), "{}");
  }
  const Journal::Page page = journal_.list(0, INT64_MAX, 2000);
  ASSERT_EQ(page.entries.size(), Journal::kCapacity);
  EXPECT_EQ(page.entries.front().path, "/1499");
  EXPECT_EQ(page.entries.back().path, "/500");
  EXPECT_EQ(page.last, page.entries.front().id);
  EXPECT_FALSE(page.more);
  EXPECT_FALSE(journal_.find(page.entries.back().id - 1));
  const Journal::Page some = journal_.list(page.last - 10, page.last, 4);
  ASSERT_EQ(some.entries.size(), 4U);
  EXPECT_EQ(some.entries.front().path, "/1498");
  EXPECT_TRUE(some.more);
  EXPECT_TRUE(journal_.list(page.last, INT64_MAX, 10).entries.empty());
}

TEST_F(JournalTest, KeepsBoundedPiecesAndSaysSo) {
  const std::string large = R"({"a":")" + std::string(1'000'000, 'x') + R"("})";
  for (int i = 0; i < 1000; ++i) {
    record("/large", large);
  }
  std::size_t bytes = 0;
  for (const JournalEntry& row : journal_.list(0, INT64_MAX, 1000).entries) {
    const auto entry = journal_.find(row.id);
    ASSERT_TRUE(entry);
    EXPECT_TRUE(entry->request_cut);
    EXPECT_EQ(entry->request_bytes, large.size());
    EXPECT_LE(entry->request_body.size(), Journal::kBodyBytesMax);
    bytes += entry->request_body.size();
  }
  EXPECT_LT(bytes, 20U * 1024 * 1024);
}

TEST_F(JournalTest, MayBeWrittenAndReadByManyThreads) {
  constexpr int writers = 4;
  constexpr int each = 3000;
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i) {
    threads.emplace_back([this] {
      for (int n = 0; n < each; ++n) {
        record("/x", R"({"secret":")" + kSecret + R"("})");
      }
    });
  }
  // Whoever follows by `last` misses nothing but what was pushed out, and sees nothing twice.
  std::int64_t last = 0;
  std::size_t seen = 0;
  while (seen < 500) {
    const Journal::Page page = journal_.list(last, INT64_MAX, Journal::kCapacity);
    for (auto row = page.entries.rbegin(); row != page.entries.rend(); ++row) {
      EXPECT_GT(row->id, last);
      last = row->id;
      const auto entry = journal_.find(row->id);
      if (entry) {
        EXPECT_EQ(entry->request_body, R"({"secret":"••••"})");
        EXPECT_EQ(entry->request_headers, "PLAID-SECRET: ••••\n");
        EXPECT_EQ(entry->reply_body, R"({"access_token":"access-sandbox-••••"})");
      }
      ++seen;
    }
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  const Journal::Page page = journal_.list(0, INT64_MAX, Journal::kCapacity);
  ASSERT_EQ(page.entries.size(), Journal::kCapacity);
  EXPECT_EQ(page.entries.front().id - page.entries.back().id, 999);
}

}  // namespace
}  // namespace tartan::items
