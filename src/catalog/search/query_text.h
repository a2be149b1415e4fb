// A typed query, taken apart: its words, and what of it is a method or a piece of a path.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/search/synonyms.h"

namespace tartan::catalog {

struct TypedWord {
  std::string text;
  float weight = 1;
  const std::vector<Synonym>* phrase = nullptr;  // of two words that stand for others together
  bool unfinished = false;                       // the last word, typed up to its last letter
};

struct QueryText {
  std::vector<TypedWord> words;          // in the order typed, each once
  std::string path;                      // the piece of a path, empty when there is none
  std::uint8_t method = methods.size();  // typed in capitals, or before a path
};

QueryText read_query(std::string_view text, const Synonyms& synonyms);

}  // namespace tartan::catalog
