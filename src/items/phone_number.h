// Telephone numbers as Users' identities hold them. (Debian's libphonenumber can't be installed
// beside Boost 1.81.)
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tartan::items {

// `text` as E.164 ("+14155550132"), or nothing when it is no telephone number. Numbers of the North
// American plan are checked by its rules (area code and exchange begin with 2 to 9, neither is N11,
// no area code N9X); of other plans the country calling code and the length are (ITU-T E.164).
// National formats are read as North American, "00" as the international prefix, on a best effort.
std::optional<std::string> normalize_phone_number(std::string_view text);

}  // namespace tartan::items
