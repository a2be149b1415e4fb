// Time comes in through this interface, so that tests move it by hand and simulations replay.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tartan {

// Milliseconds since 1970-01-01T00:00:00Z.
using UnixMs = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixMs now() const = 0;
};

class SystemClock final : public Clock {
 public:
  UnixMs now() const override;
};

// Stands still until moved. Any thread may read it while another moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixMs start) : now_(start) {}
  UnixMs now() const override { return now_.load(); }
  void advance(std::int64_t ms) { now_ += ms; }

 private:
  std::atomic<UnixMs> now_;
};

// "2026-05-02T09:14:07Z"; fractions of a second are cut off.
std::string format_utc(UnixMs time);

// "2026-05-02T09:14:07.250Z".
std::string format_utc_ms(UnixMs time);

// Whether `text` is a calendar date that exists, written YYYY-MM-DD.
bool is_date(std::string_view text);

// Reads an RFC 3339 date-time ("2026-05-02T09:14:07.25Z", "…+02:00"); nothing when malformed.
std::optional<UnixMs> parse_date_time(std::string_view text);

}  // namespace tartan
