// Telephone numbers become E.164 or are refused.
#include "items/phone_number.h"

#include <gtest/gtest.h>

namespace tartan::items {
namespace {

TEST(PhoneNumber, KeepsE164AndReadsUsualFormats) {
  const std::pair<const char*, const char*> cases[] = {
      {"+14155550132", "+14155550132"},        {"(415) 555-0132", "+14155550132"},
      {"415-555-0132", "+14155550132"},        {"1 415 555 0132", "+14155550132"},
      {" +1 (415) 555.0132 ", "+14155550132"}, {"+442079460958", "+442079460958"},
      {"0044 20 7946 0958", "+442079460958"},  {"+353 1 234 5678", "+35312345678"},
      {"+79161234567", "+79161234567"},        {"+44 (0)20 7946 0958", "+442079460958"},
      {"+85221234567", "+85221234567"},        {"+3726123456", "+3726123456"}};
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(normalize_phone_number(text), expected) << text;
  }
}

TEST(PhoneNumber, RefusesWhatNoPlanHas) {
  for (const char* text : {"",
                           "  ",
                           "+",
                           "hello",
                           "+1415555013",
                           "+141555501321",
                           "+11155550132",
                           "+14911234567",
                           "+14111234567",
                           "+14151115555",
                           "+14155110132x",
                           "+19955550132",
                           "+10155550132",
                           "+2101234567",
                           "+9991234567",
                           "+1234567890123456",
                           "12345",
                           "+44 20 7946 0958 ext 1",
                           "+8301234567",
                           "+8951234567",
                           "+38812345678",
                           "+6711234567",
                           "+01234567890"}) {
    EXPECT_FALSE(normalize_phone_number(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace tartan::items
