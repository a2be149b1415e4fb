// Hides in what a client sent and was answered what nobody should see again: secrets, tokens, and
// what is personal about people. In place of it stands "••••"; of a token, how it begins stays.
//
// Works on text that may be cut or no JSON at all: what can't be told apart is hidden.
#pragma once

#include <string>
#include <string_view>

namespace tartan::items {

// A body. In JSON, values go by the names of their members; in other text, by what stands before
// them, and every long run of letters and digits goes.
std::string mask_body(std::string_view body);

// A path or query of no known endpoint.
std::string mask_text(std::string_view text);

// A header's value.
std::string mask_header(std::string_view name, std::string_view value);

}  // namespace tartan::items
