// Everyday English for what APIs call by other names: "destroy" finds what is documented as
// "delete", "sms" finds messages, "aws" finds amazonaws.com. General knowledge, not fitted to any
// catalogue: a word belongs here when a developer would use it for the other without thinking.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/search/synonym_tables.h"
#include "catalog/search/words.h"

namespace tartan::catalog {

// The methods of OpenAPI, in the order in which index files number them.
constexpr std::array<std::string_view, 8> kMethods = {"GET",    "POST", "PUT",     "PATCH",
                                                      "DELETE", "HEAD", "OPTIONS", "TRACE"};
// The place of `method` in `kMethods`; `kMethods.size()` when it is none of them.
std::uint8_t method_number(std::string_view method);

// How much each method says that an operation does what a verb means, 0 to 1.
struct MethodEvidence {
  std::array<float, kMethods.size() + 1> by_method = {};
  bool creates = false;  // it makes something new: "book", "upload", not so "close"
  bool generic = false;  // the method alone says it: "create", not so "refund"
};

struct Synonym {
  std::string_view word;
  float strength = 0;  // 0 to 1: how surely it is what was meant
};

// What words that are typed together stand for: a list of other words for each word that they
// make. "email a bill" makes two, one for invoices and one for sending.
using Phrase = std::vector<std::vector<Synonym>>;

class Synonyms {
 public:
  Synonyms();

  // Other words for `word`; the surest first.
  const std::vector<Synonym>& of(std::string_view word) const;
  // Other words for two words that were typed one after the other: "spin up". Those without
  // strength say only what is done: no word for "leave note" is "create", but its method is.
  // nullptr when they are no phrase.
  const Phrase* of_phrase(std::string_view first, std::string_view second) const;
  // What the HTTP method says about the verb `word`; nullptr when it is no verb that has a method.
  const MethodEvidence* evidence(std::string_view word) const;
  // A word that stands for others, with its other forms.
  struct Meaning {
    std::string_view word;
    std::vector<WordForm> forms;
  };
  // Each once.
  const std::vector<Meaning>& meanings() const { return meanings_; }
  // Words with synonyms that begin with `typed`; none when there are too many to guess.
  std::vector<std::string_view> completions(std::string_view typed) const;

 private:
  void add(std::string_view typed, std::string_view meant, float strength);
  void add_evidence(std::string_view verb, const tables::VerbGroup& group, float share);
  void collect_meanings();

  std::unordered_map<std::string_view, std::vector<Synonym>> words_;
  std::unordered_map<std::string, Phrase> phrases_;
  std::unordered_map<std::string_view, MethodEvidence> evidence_;
  std::vector<std::string_view> sorted_;
  std::vector<Meaning> meanings_;
};

// The one that all searches share: it never changes.
const Synonyms& everyday_synonyms();

// The verbs that half of all operations begin with.
std::span<const std::string_view> common_verbs();

// Whether `word` says what is done rather than to what: verbs tell operations apart less well.
bool is_verb(std::string_view word);

}  // namespace tartan::catalog
