#include "catalog/search/everyday_words.h"

#include <algorithm>
#include <string>

namespace tartan::catalog {

EverydayWords::EverydayWords() {
  for (std::string_view text = everyday_words_text(); !text.empty();) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    if (const std::size_t tab = line.find('\t'); tab != std::string_view::npos) {
      phrases_.emplace(line.substr(0, tab), line.substr(tab + 1));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string_view EverydayWords::of(std::string_view method, std::string_view api,
                                   std::string_view path) const {
  std::string key;
  key.reserve(method.size() + api.size() + path.size() + 2);
  key.append(method).append(" ").append(api).append(" ").append(path);
  const auto found = phrases_.find(key);
  return found != phrases_.end() ? found->second : std::string_view();
}

}  // namespace tartan::catalog
