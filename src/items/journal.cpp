#include "items/journal.h"

#include <string.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "items/journal_mask.h"

namespace tartan::items {
namespace {

constexpr std::chrono::milliseconds kMaskEvery{250};
constexpr std::size_t kPathBytesMax = 200;
constexpr std::size_t kQueryBytesMax = 2000;
constexpr std::size_t kHeaderBytesMax = 8UL * 1024;
// While all entries together are larger than this, bodies are kept short.
constexpr std::size_t kBytesMax = 16UL * 1024 * 1024;
constexpr std::size_t kShortBodyBytesMax = 512;
// A text's memory is kept for the next entry up to this.
constexpr std::size_t kKeptBytesMax = 4096;

// Of its spare memory, too, where an earlier text may be left.
void wipe(std::string& text) {
  text.resize(text.capacity());
  ::explicit_bzero(text.data(), text.size());
  text.clear();
}

void put(std::string& to, std::string_view from, std::size_t bytes_max) {
  if (to.capacity() > kKeptBytesMax && from.size() <= kKeptBytesMax) {
    std::string().swap(to);
  }
  to.assign(from.substr(0, bytes_max));
}

void add_header(std::string& to, std::string_view name, std::string_view value) {
  if (to.size() + name.size() + value.size() < kHeaderBytesMax) {
    to.append(name).append(": ").append(value).append("\n");
  }
}

void replace(std::string& text, const std::string& masked) {
  wipe(text);
  text.assign(masked);
}

std::string mask_headers(std::string_view headers) {
  std::string out;
  while (!headers.empty()) {
    const std::string_view line = headers.substr(0, headers.find('\n'));
    headers.remove_prefix(line.size() + 1);
    const auto colon = line.find(": ");
    const std::string_view name = line.substr(0, colon);
    out.append(name).append(": ").append(mask_header(name, line.substr(colon + 2))).append("\n");
  }
  return out;
}

std::size_t bytes_of(const JournalEntry& entry) {
  return entry.path.size() + entry.query.size() + entry.request_headers.size() +
         entry.reply_headers.size() + entry.request_body.size() + entry.reply_body.size();
}

// What a list shows.
JournalEntry row_of(const JournalEntry& entry) {
  JournalEntry row;
  row.id = entry.id;
  row.at = entry.at;
  row.method = entry.method;
  row.path = entry.path;
  row.operation = entry.operation;
  row.client_id = entry.client_id;
  row.status = entry.status;
  row.error_code = entry.error_code;
  row.request_id = entry.request_id;
  row.micros = entry.micros;
  row.request_bytes = entry.request_bytes;
  row.reply_bytes = entry.reply_bytes;
  return row;
}

}  // namespace

Journal::Journal(UnixMs started_at)
    : first_id_(started_at * 1000 + 1), masker_([this] { run(); }) {}

Journal::~Journal() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  wake_.notify_all();
  masker_.join();
  for (Slot& slot : slots_) {
    if (!slot.masked) {
      mask(slot);
    }
  }
}

void Journal::record(const Exchange& exchange) {
  const std::int64_t number = taken_.fetch_add(1, std::memory_order_relaxed);
  Slot& slot = slots_[static_cast<std::size_t>(number) % kCapacity];
  {
    const std::lock_guard lock(slot.mutex);
    if (slot.entry.id > first_id_ + number) {
      return;  // a thousand others came in between
    }
    slot.entry.id = first_id_ + number;
    fill(slot, exchange);
  }
  if (!waits_.load(std::memory_order_relaxed)) {
    wake();
  }
}

void Journal::fill(Slot& slot, const Exchange& exchange) {
  JournalEntry& entry = slot.entry;
  const std::size_t body_max =
      bytes_.load(std::memory_order_relaxed) < kBytesMax ? kBodyBytesMax : kShortBodyBytesMax;
  entry.at = exchange.at;
  entry.operation = exchange.operation;
  entry.client_id.assign(exchange.client_id);
  entry.status = exchange.reply.status;
  entry.error_code.assign(exchange.error_code);
  entry.request_id.assign(exchange.request_id);
  entry.micros = exchange.micros;
  entry.request_headers.clear();
  if (const http::Request* request = exchange.request) {
    entry.method = request->method;
    put(entry.path, request->path, kPathBytesMax);
    put(entry.query, request->query, kQueryBytesMax);
    for (const http::Header& header : request->headers) {
      add_header(entry.request_headers, header.name, header.value);
    }
    put(entry.request_body, request->body, body_max);
    entry.request_bytes = request->body.size();
  } else {
    entry.method = http::Method::other;
    entry.path.clear();
    entry.query.clear();
    entry.request_body.clear();
    entry.request_bytes = 0;
  }
  entry.reply_headers.clear();
  add_header(entry.reply_headers, "Content-Type", exchange.reply.content_type);
  add_header(entry.reply_headers, "X-Request-Id", exchange.request_id);
  for (const auto& [name, value] : exchange.reply.headers) {
    add_header(entry.reply_headers, name, value);
  }
  put(entry.reply_body, exchange.reply.body, body_max);
  entry.reply_bytes = exchange.reply.body.size();
  entry.request_cut = entry.request_body.size() < entry.request_bytes;
  entry.reply_cut = entry.reply_body.size() < entry.reply_bytes;
  slot.masked = false;
  const std::size_t bytes = bytes_of(entry);
  bytes_.fetch_add(bytes - slot.bytes, std::memory_order_relaxed);  // wraps as it should
  slot.bytes = bytes;
}

void Journal::mask(Slot& slot) {
  JournalEntry& entry = slot.entry;
  if (entry.operation.empty()) {
    replace(entry.path, mask_text(entry.path));
  }
  replace(entry.query, mask_text(entry.query));
  replace(entry.request_headers, mask_headers(entry.request_headers));
  replace(entry.reply_headers, mask_headers(entry.reply_headers));
  replace(entry.request_body, mask_body(entry.request_body));
  replace(entry.reply_body, mask_body(entry.reply_body));
  slot.masked = true;
}

void Journal::mask_all() {
  for (Slot& slot : slots_) {
    const std::lock_guard lock(slot.mutex);
    if (!slot.masked) {
      mask(slot);
    }
  }
}

void Journal::wake() {
  if (!waits_.exchange(true)) {
    const std::lock_guard lock(mutex_);
    wake_.notify_one();
  }
}

void Journal::run() {
  constexpr auto capacity = static_cast<std::int64_t>(kCapacity);
  std::int64_t seen = 0;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stops_ || waits_.load(); });
    if (stops_ || wake_.wait_for(lock, kMaskEvery, [this] { return stops_; })) {
      return;
    }
    const std::int64_t before = std::exchange(seen, taken_.load());
    if (seen - before >= capacity) {
      continue;  // at this rate all of it is overwritten before the next time
    }
    waits_ = false;  // what comes from now on is for the next time
    lock.unlock();
    mask_all();
    lock.lock();
  }
}

Journal::Page Journal::list(std::int64_t since, std::int64_t before, std::size_t size,
                            const Wanted& wanted) {
  Page page;
  const std::int64_t taken = taken_.load();
  const auto capacity = static_cast<std::int64_t>(kCapacity);
  std::vector<JournalEntry> rows;
  // Upwards, to the first that is still being written: what stands behind it would otherwise be
  // `last`, and whoever follows would never see it.
  for (std::int64_t number = std::max<std::int64_t>(0, taken - capacity); number < taken;
       ++number) {
    Slot& slot = slots_[static_cast<std::size_t>(number % capacity)];
    const std::lock_guard lock(slot.mutex);
    if (slot.entry.id < first_id_ + number) {
      break;
    }
    if (slot.entry.id > first_id_ + number) {
      continue;  // gone meanwhile
    }
    if (!slot.masked) {
      mask(slot);
    }
    page.last = slot.entry.id;
    if (slot.entry.id > since && slot.entry.id < before && (!wanted || wanted(slot.entry))) {
      rows.push_back(row_of(slot.entry));
    }
  }
  page.more = rows.size() > size;
  page.entries.assign(rows.rbegin(),
                      rows.rbegin() + static_cast<std::ptrdiff_t>(std::min(size, rows.size())));
  return page;
}

std::optional<JournalEntry> Journal::find(std::int64_t id) {
  if (!has_had(id)) {
    return std::nullopt;
  }
  Slot& slot = slots_[static_cast<std::size_t>(id - first_id_) % kCapacity];
  const std::lock_guard lock(slot.mutex);
  if (slot.entry.id != id) {
    return std::nullopt;
  }
  if (!slot.masked) {
    mask(slot);
  }
  return slot.entry;
}

bool Journal::has_had(std::int64_t id) const {
  return id >= first_id_ && id - first_id_ < taken_.load();
}

}  // namespace tartan::items
