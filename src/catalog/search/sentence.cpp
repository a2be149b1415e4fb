#include "catalog/search/sentence.h"

#include <algorithm>
#include <array>

#include "catalog/search/words.h"

namespace tartan::catalog {
namespace {

constexpr float kPlaceWeight = 0.85F;    // "a message on a queue": it is about the message
constexpr float kNegatedWeight = 0.15F;  // "without sending it"
constexpr float kLightWeight = 0.4F;     // "give a project a star" says star
// A question begins within so many words; before it stands a name.
constexpr std::size_t kQuestionBegins = 3;
// A verb's methods that say that it reads, from here on.
constexpr float kReads = 0.4F;

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_question(std::string_view word) {
  static constexpr std::array<std::string_view, 8> questions = {"how",   "what",  "when", "where",
                                                                "which", "whose", "who",  "why"};
  return is_one_of(questions, word);
}

// Who begins with these asks: "is my order there", "are the trains running".
bool is_asking_verb(std::string_view word) {
  static constexpr std::array<std::string_view, 9> verbs = {"am",  "are", "did", "do", "does",
                                                            "had", "has", "is",  "was"};
  return is_one_of(verbs, word);
}

// After a noun these begin what is said of it: "messages i have not read", "people who paid".
bool begins_clause(std::string_view word) {
  static constexpr std::array<std::string_view, 6> words = {"he", "i", "she", "that", "they", "we"};
  return is_one_of(words, word);
}

bool is_preposition(std::string_view word) {
  static constexpr std::array<std::string_view, 14> words = {
      "about", "at", "by", "for",  "from", "in",    "inside",
      "into",  "of", "on", "onto", "to",   "under", "with"};
  return is_one_of(words, word);
}

bool is_article(std::string_view word) {
  static constexpr std::array<std::string_view, 3> words = {"a", "an", "the"};
  return is_one_of(words, word);
}

bool orders(std::string_view word, const Synonyms& synonyms) {
  const MethodEvidence* const evidence = synonyms.evidence(word);
  return evidence != nullptr && evidence->by_method[0] < kReads;
}

}  // namespace

bool is_light_verb(std::string_view word) {
  static constexpr std::array<std::string_view, 9> verbs = {"do",   "get", "give", "have", "let",
                                                            "make", "put", "set",  "take"};
  return is_one_of(verbs, word);
}

std::string_view someone_for(std::string_view word) {
  static constexpr std::array<std::string_view, 7> persons = {"anybody",  "anyone", "her", "him",
                                                              "somebody", "them",   "us"};
  return is_one_of(persons, word) ? "someone" : word;
}

Sentence read_sentence(std::span<const std::string_view> words, const Synonyms& synonyms) {
  Sentence sentence;
  sentence.weights.assign(words.size(), 1);
  bool order = false;
  for (std::size_t i = 0; i < words.size() && i <= kQuestionBegins && !order; ++i) {
    const bool asks = is_question(words[i]) || (i < 2 && is_asking_verb(words[i])) ||
                      (i > 0 && begins_clause(words[i]));
    if (asks && i + 1 < words.size()) {
      sentence.asks = true;
      sentence.asks_for_several =
          sentence.asks_for_several || words[i] == "who" || words[i] == "which";
    }
    order = orders(words[i], synonyms) && !sentence.asks;
  }
  std::size_t contents = 0;
  bool placed = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (role_of(words[i]) == WordRole::content && !is_preposition(words[i])) {
      ++contents;
      sentence.weights[i] = placed ? kPlaceWeight : 1;
    } else if (is_preposition(words[i]) && contents > 1) {
      placed = true;
    }
    if (i > 0 && words[i - 1] == "without") {
      sentence.weights[i] = kNegatedWeight;
    }
  }
  const auto light = std::find_if(words.begin(), words.end(), is_light_verb);
  for (auto at = light; at != words.end() && at + 1 != words.end(); ++at) {
    if (at > light + 1 && is_article(*at) && orders(at[1], synonyms)) {
      sentence.weights[static_cast<std::size_t>(light - words.begin())] = kLightWeight;
    }
  }
  return sentence;
}

}  // namespace tartan::catalog
