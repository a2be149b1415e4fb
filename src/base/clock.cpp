#include "base/clock.h"

#include <charconv>
#include <chrono>
#include <cstdio>

namespace tartan {
namespace {

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) {
    return std::nullopt;
  }
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<std::chrono::sys_days> parse_days(std::string_view text) {
  const auto year = digits(text, 0, 4);
  const auto month = digits(text, 5, 2);
  const auto day = digits(text, 8, 2);
  if (!year || !month || !day || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) {
    return std::nullopt;
  }
  return std::chrono::sys_days{date};
}

// The offset from UTC at the end of a date-time, in minutes.
std::optional<int> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") {
    return 0;
  }
  const auto hours = digits(text, 1, 2);
  const auto minutes = digits(text, 4, 2);
  if (text.size() != 6 || text[3] != ':' || !hours || !minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  if (text[0] != '+' && text[0] != '-') {
    return std::nullopt;
  }
  const int offset = *hours * 60 + *minutes;
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

UnixMs SystemClock::now() const {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

std::string format_utc(UnixMs time) {
  std::string text = format_utc_ms(time);
  return text.erase(text.size() - 5, 4);  // ".250"
}

std::string format_utc_ms(UnixMs time) {
  using namespace std::chrono;
  const sys_time<milliseconds> point{milliseconds{time}};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const hh_mm_ss clock{point - day};
  char text[40];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

bool is_date(std::string_view text) { return text.size() == 10 && parse_days(text).has_value(); }

std::optional<UnixMs> parse_date_time(std::string_view text) {
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't')) {
    return std::nullopt;
  }
  const auto day = parse_days(text);
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!day || !hour || !minute || !second || text[13] != ':' || text[16] != ':' || *hour > 23 ||
      *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  std::size_t at = 19;
  int milliseconds = 0;
  if (text[at] == '.') {
    int scale = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, scale /= 10) {
      milliseconds += (text[at] - '0') * scale;
    }
  }
  const auto offset = parse_offset(text.substr(at));
  if (!offset) {
    return std::nullopt;
  }
  const std::int64_t seconds = *hour * 3600 + (*minute - *offset) * 60 + *second;
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(day->time_since_epoch());
  return since.count() + seconds * 1000 + milliseconds;
}

}  // namespace tartan
