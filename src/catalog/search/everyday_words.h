// What people call well-known operations beside the words of their documents: "give money back" for
// POST stripe.com /v1/refunds. Knowledge of products, written by hand in everyday_words.tsv, a line
// for each operation: "METHOD api path", a tab, phrases with "; " between them.
#pragma once

#include <string_view>
#include <unordered_map>

namespace tartan::catalog {

class EverydayWords {
 public:
  EverydayWords();

  // The phrases of an operation as they stand in its line; empty where none are known.
  std::string_view of(std::string_view method, std::string_view api, std::string_view path) const;
  std::size_t size() const { return phrases_.size(); }

 private:
  std::unordered_map<std::string_view, std::string_view> phrases_;
};

// The file, laid into the program.
std::string_view everyday_words_text();

}  // namespace tartan::catalog
