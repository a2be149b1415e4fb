// The last requests that an environment's listener answered, for whoever looks into what a client
// sends and is told. In memory only.
//
// A request under way pays for a bounded copy into a slot of a ring. What is secret in it is hidden
// (journal_mask.h) by a thread aside, within half a second, or by whoever reads first. In a burst
// entries are overwritten sooner than that, and only the thousand that stay are gone through.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "http/message.h"

namespace tartan::items {

struct JournalEntry {
  std::int64_t id = 0;
  UnixMs at = 0;  // when it was answered
  http::Method method = http::Method::other;
  std::string path;
  std::string query;
  std::string_view operation;  // static text; empty: none
  std::string client_id;       // empty: not authenticated
  int status = 0;
  std::string error_code;  // empty on success
  std::string request_id;
  std::uint64_t micros = 0;
  std::size_t request_bytes = 0;  // of the bodies
  std::size_t reply_bytes = 0;
  std::string request_headers;  // "Name: value\n" each
  std::string reply_headers;
  std::string request_body;  // its beginning
  std::string reply_body;
  bool request_cut = false;
  bool reply_cut = false;
};

class Journal {
 public:
  static constexpr std::size_t kCapacity = 1000;
  static constexpr std::size_t kBodyBytesMax = 16UL * 1024;

  // Ids count up from the time of the start, in microseconds, so that they grow over restarts, too.
  explicit Journal(UnixMs started_at);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // What there is to tell of a request; valid during `record`.
  struct Exchange {
    const http::Request* request = nullptr;  // nullptr: it was turned down before it was read
    const http::Reply& reply;
    std::string_view operation;
    std::string_view client_id;
    std::string_view error_code;
    std::string_view request_id;
    UnixMs at = 0;
    std::uint64_t micros = 0;
  };
  // Any thread; quick.
  void record(const Exchange& exchange);

  struct Page {
    std::vector<JournalEntry> entries;  // the newest first, without headers and bodies
    bool more = false;                  // there are older ones that were asked for
    std::int64_t last = 0;              // the id of the newest entry; 0: there is none
  };
  // Whether an entry is asked for; it sees the whole of it, masked.
  using Wanted = std::function<bool(const JournalEntry& entry)>;
  // Of higher ids than `since` and lower than `before`; all of them when nothing is wanted.
  Page list(std::int64_t since, std::int64_t before, std::size_t size, const Wanted& wanted = {});
  std::optional<JournalEntry> find(std::int64_t id);
  // Whether there was such an entry, even if it is gone.
  bool has_had(std::int64_t id) const;

 private:
  struct Slot {
    std::mutex mutex;
    JournalEntry entry;
    bool masked = true;
    std::size_t bytes = 0;  // of its texts
  };

  void fill(Slot& slot, const Exchange& exchange);
  void mask(Slot& slot);
  void mask_all();
  void run();
  void wake();

  const std::int64_t first_id_;
  std::atomic<std::int64_t> taken_{0};
  std::atomic<std::size_t> bytes_{0};
  std::array<Slot, kCapacity> slots_;

  std::atomic<bool> waits_{false};  // entries wait for the thread
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stops_ = false;
  std::thread masker_;
};

}  // namespace tartan::items
