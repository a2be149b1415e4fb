#include "catalog/search/highlighter.h"

#include "catalog/search/words.h"

namespace tartan::catalog {

Highlighter::Highlighter(const QueryPlan& plan) {
  for (const PlanWord& word : plan.words) {
    words_.insert(word.shown.begin(), word.shown.end());
    if (word.prefix) {
      prefixes_.push_back(word.text);
    }
  }
}

std::size_t Highlighter::marked_bytes(std::string_view word) const {
  if (words_.contains(word)) {
    return word.size();
  }
  std::size_t longest = 0;
  for (const std::string& prefix : prefixes_) {
    if (prefix.size() > longest && word.starts_with(prefix)) {
      longest = prefix.size();
    }
  }
  return longest;
}

std::vector<Highlight> Highlighter::mark(std::string_view text) const {
  std::vector<Highlight> marks;
  WordReader reader(text);
  Word word;
  std::string before;
  std::size_t before_begin = 0;
  while (reader.next(word)) {
    const std::size_t bytes = marked_bytes(word.text);
    if (word.joined && !before.empty() &&
        words_.contains(std::string_view(before + std::string(word.text)))) {
      if (!marks.empty() && marks.back().begin == before_begin) {
        marks.pop_back();
      }
      marks.push_back({before_begin, word.end});
    } else if (bytes > 0) {
      marks.push_back({word.begin, bytes == word.text.size() ? word.end : word.begin + bytes});
    }
    before = word.text;
    before_begin = word.begin;
  }
  return marks;
}

}  // namespace tartan::catalog
