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
  const std::vector<Synonym>* phrase = nullptr;  // what it stands for, when it was made of several
  bool unfinished = false;                       // the last word, typed up to its last letter
  bool has_synonyms = true;             // not so "someone", which is only a manner of speaking
  std::vector<std::string> parts = {};  // of a phrase: those of its words that say something alone
};

struct QueryText {
  std::vector<TypedWord> words;  // in the order typed, each once
  // What was typed as several words in one, as names of operations are ("list_repos", "getPet"):
  // letters and digits only, in lower case.
  std::vector<std::string> identifiers;
  // Neighbours, written together: "phonenumber".
  std::vector<std::string> pairs;
  bool asks = false;  // as in Sentence
  bool asks_for_several = false;
  std::string path;                       // the piece of a path, empty when there is none
  std::uint8_t method = kMethods.size();  // typed in capitals, or before a path
};

// Letters and digits of `text`, in lower case.
std::string letters_only(std::string_view text);

QueryText read_query(std::string_view text, const Synonyms& synonyms);

}  // namespace tartan::catalog
