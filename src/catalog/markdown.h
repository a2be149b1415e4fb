// Descriptions as Markdown that is safe to show: documents hold HTML, scripts and links of every
// kind.
#pragma once

#include <string>
#include <string_view>

namespace tartan::catalog {

// HTML becomes Markdown where it has a form there (headings, lists, links, emphasis, code, line
// breaks) and is dropped where it has not; scripts and styles go with their content; links lead to
// http, https or mailto only. Control characters but line breaks are dropped. What stands in code
// stays as it is. At most `bytes_max` are kept, with a mark where the text was cut.
std::string safe_markdown(std::string_view text, std::size_t bytes_max = 20'000);

}  // namespace tartan::catalog
