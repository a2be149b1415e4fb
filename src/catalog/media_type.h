// What a content type says of a body, as Http tasks take it.
#pragma once

#include <string>
#include <string_view>

namespace tartan::catalog {

// In lower case, without parameters: "text/html" of "Text/HTML; charset=utf-8".
std::string bare_type(std::string_view content_type);

bool is_json_type(std::string_view content_type);
bool is_form_type(std::string_view content_type);
bool is_multipart_type(std::string_view content_type);

}  // namespace tartan::catalog
