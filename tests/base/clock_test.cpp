// Times and dates are read and printed as RFC 3339 says.
#include "base/clock.h"

#include <gtest/gtest.h>

namespace tartan {
namespace {

TEST(Clock, PrintsUtcToTheSecond) {
  EXPECT_EQ(format_utc(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(format_utc(1'777'713'247'999), "2026-05-02T09:14:07Z");
}

TEST(Clock, ReadsDateTimesWithOffsetsAndFractions) {
  EXPECT_EQ(parse_date_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_date_time("2026-05-02T09:14:07.25Z"), 1'777'713'247'250);
  EXPECT_EQ(parse_date_time("2026-05-02T11:14:07+02:00"), 1'777'713'247'000);
  for (const char* text : {"", "2026-05-02", "2026-02-30T00:00:00Z", "2026-05-02T25:00:00Z",
                           "2026-05-02T09:14:07", "2026-05-02T09:14:07+2:00"}) {
    EXPECT_FALSE(parse_date_time(text).has_value()) << text;
  }
}

TEST(Clock, KnowsWhichDatesExist) {
  EXPECT_TRUE(is_date("2024-02-29"));
  EXPECT_FALSE(is_date("2023-02-29"));
  EXPECT_FALSE(is_date("2023-2-9"));
  EXPECT_FALSE(is_date("20230209"));
}

}  // namespace
}  // namespace tartan
