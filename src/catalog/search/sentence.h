// What the grammar of a query tells, beside its words. Only what few rules find without knowing
// which words are nouns: nobody types whole sentences into a search box, but many half ones.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "catalog/search/synonyms.h"

namespace tartan::catalog {

struct Sentence {
  // A question, or a description of what is looked for ("tracks i have saved"): something is to be
  // read, and verbs in it are no orders.
  bool asks = false;
  bool asks_for_several = false;  // "who", "which"
  // For each word, what it counts: more when it says what is done or to what, less when it says
  // where, for whom, or what not.
  std::vector<float> weights;
};

// `words` in lower case, in the order typed.
Sentence read_sentence(std::span<const std::string_view> words, const Synonyms& synonyms);

// Verbs that say little without their object: "give", "put", "take".
bool is_light_verb(std::string_view word);

// "somebody" and "her" stand where a phrase of the lists says "someone".
std::string_view someone_for(std::string_view word);

}  // namespace tartan::catalog
