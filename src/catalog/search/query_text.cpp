#include "catalog/search/query_text.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "catalog/search/catalog_search.h"
#include "catalog/search/sentence.h"
#include "catalog/search/words.h"

namespace tartan::catalog {
namespace {

constexpr float kWeakWeight = 0.15F;
constexpr std::size_t kPhraseWordsMax = 3;
constexpr std::size_t kSkippedWordsMax = 2;  // small words within a phrase
constexpr std::size_t kPairLettersMin = 6;
// Words from a verb to the rest of it: "turn this old feature flag on".
constexpr std::size_t kParticleDistanceMax = 5;
constexpr float kParameterWeight = 0.25F;  // a name in braces: other documents call it otherwise

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
  }
  return out;
}

std::vector<std::string_view> chunks_of(std::string_view text) {
  std::vector<std::string_view> chunks;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    if (end > at) {
      chunks.push_back(text.substr(at, end - at));
    }
    at = end + 1;
  }
  return chunks;
}

// "https://api.example.com/v1/users?x=1" gives "/v1/users"; the host's words stay words.
std::string_view path_part(std::string_view chunk) {
  const std::size_t scheme = chunk.find("://");
  if (scheme != std::string_view::npos) {
    chunk.remove_prefix(std::min(chunk.find('/', scheme + 3), chunk.size()));
  }
  return chunk;
}

bool is_path(std::string_view chunk) {
  return chunk.size() > 1 && path_part(chunk).find('/') != std::string_view::npos;
}

// A word as it was read, before it is known what it is for.
struct RawWord {
  std::string text;
  bool in_braces = false;
  bool last = false;
  bool in_path = false;
  float share = 1;  // of its weight, for its place in the sentence
};

// What stands between the blanks around `at`.
std::string_view chunk_around(std::string_view text, std::size_t at) {
  const std::size_t before = text.find_last_of(" \t\r\n", at);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  return text.substr(begin, std::min(text.find_first_of(" \t\r\n", at), text.size()) - begin);
}

std::vector<RawWord> raw_words(std::string_view text) {
  std::vector<RawWord> words;
  WordReader reader(text);
  Word word;
  bool in_braces = false;
  std::size_t at = 0;
  while (reader.next(word)) {
    for (; at < word.begin; ++at) {
      in_braces = text[at] == '{' || (in_braces && text[at] != '}');
    }
    const bool colon = word.begin > 1 && text[word.begin - 1] == ':' && text[word.begin - 2] == '/';
    words.push_back({std::string(word.text), in_braces || colon, word.end == text.size(),
                     is_path(chunk_around(text, word.begin))});
  }
  return words;
}

float weight_of(const RawWord& word) {
  if (word.in_braces) {
    return kParameterWeight;
  }
  switch (role_of(word.text)) {
    case WordRole::filler:
      return kWeakWeight;
    case WordRole::weak:
      return word.last && word.text.size() <= 3 ? 1 : kWeakWeight;
    case WordRole::content:
      return word.share;
  }
  return word.share;
}

void add(std::vector<TypedWord>& words, TypedWord word) {
  const auto same = std::find_if(words.begin(), words.end(),
                                 [&](const TypedWord& known) { return known.text == word.text; });
  if (same == words.end()) {
    words.push_back(std::move(word));
  } else {
    same->unfinished = same->unfinished || word.unfinished;
    same->weight = std::max(same->weight, word.weight);
  }
}

void add_phrase(std::vector<TypedWord>& words, std::span<const RawWord> typed, float weight,
                const Phrase& phrase) {
  TypedWord word = {typed.front().text + typed.back().text, weight};
  for (const RawWord& part : typed) {
    if (role_of(part.text) == WordRole::content && !is_verb(part.text) &&
        !is_light_verb(part.text)) {
      word.parts.push_back(part.text);
    }
  }
  for (std::size_t i = 0; i < phrase.size() && words.size() < kQueryWordsMax; ++i) {
    word.phrase = &phrase[i];
    add(words, word);
    word.text += '+';
  }
}

bool is_particle(std::string_view word) {
  static constexpr std::array<std::string_view, 22> particles = {
      "again",   "available", "bigger",  "live", "longer", "louder", "offline", "online",
      "private", "public",    "quieter", "safe", "away",   "back",   "down",    "in",
      "into",    "off",       "on",      "out",  "over",   "up"};
  return std::find(particles.begin(), particles.end(), word) != particles.end();
}

// Words from `i` on that make a phrase: their number, 0 when there is none. Articles between them
// do not matter: "take a payment", "give the money back". The longest phrase counts.
std::size_t words_of_phrase(const std::vector<RawWord>& raw, std::size_t i,
                            const Synonyms& synonyms, const Phrase*& meant) {
  std::array<std::size_t, kPhraseWordsMax - 1> after{};  // the words after the first
  std::size_t count = 0;
  for (std::size_t at = i + 1; at < raw.size() && count < after.size(); ++at) {
    after[count++] = at;
  }
  const auto rest_of = [&](std::size_t words) {
    std::string rest = raw[after[0]].text;
    return words > 1 ? rest + ' ' + raw[after[1]].text : rest;
  };
  const auto rest_with_someone = [&](std::size_t words) {
    const std::string rest(someone_for(raw[after[0]].text));
    return words > 1 ? rest + ' ' + std::string(someone_for(raw[after[1]].text)) : rest;
  };
  const auto longest = [&]() -> std::size_t {
    for (std::size_t words = count; words > 0; --words) {
      meant = synonyms.of_phrase(raw[i].text, rest_of(words));
      if (meant == nullptr) {
        meant = synonyms.of_phrase(raw[i].text, rest_with_someone(words));
      }
      if (meant != nullptr) {
        return after[words - 1] - i + 1;
      }
    }
    return 0;
  };
  const std::size_t as_typed = longest();
  const Phrase* const meant_as_typed = meant;
  count = 0;
  for (std::size_t at = i + 1; at < raw.size() && count < after.size(); ++at) {
    if (role_of(raw[at].text) == WordRole::content || is_particle(raw[at].text)) {
      after[count++] = at;
    } else if (at > i + count + kSkippedWordsMax) {
      break;
    }
  }
  const std::size_t with_skipped = longest();
  if (with_skipped > as_typed) {
    return with_skipped;
  }
  meant = meant_as_typed;
  return as_typed;
}

// These stand before a noun more often than after a verb; then they say nothing of the verb.
bool is_preposition(std::string_view word) {
  return word == "in" || word == "on" || word == "out" || word == "over";
}

// Where the rest of a verb in two pieces stands: "turn a flag on". The number of words when there
// is none.
std::size_t particle_of(const std::vector<RawWord>& raw, std::size_t i, const Synonyms& synonyms,
                        const Phrase*& meant) {
  const std::size_t end = std::min(raw.size(), i + kParticleDistanceMax + 1);
  for (std::size_t at = i + 2; at < end; ++at) {
    const std::string_view word = raw[at].text;
    if (!is_particle(word) || (is_preposition(word) && at + 1 < raw.size())) {
      continue;
    }
    meant = synonyms.of_phrase(raw[i].text, word);
    if (meant != nullptr) {
      return at;
    }
  }
  return raw.size();
}

// "new repository" asks for one to be made, unless another verb was typed.
bool asks_for_new(const std::vector<RawWord>& raw, std::size_t i, const Synonyms& synonyms) {
  return raw[i].text == "new" && i + 1 < raw.size() &&
         std::none_of(raw.begin(), raw.end(), [&](const RawWord& word) {
           return word.text != "new" && synonyms.evidence(word.text) != nullptr &&
                  synonyms.evidence(word.text)->generic;
         });
}

// Words that hardly count and yet stand for others: "who", "my".
bool means_others(std::string_view word) { return word == "who" || word == "my"; }

std::vector<TypedWord> choose_words(const std::vector<RawWord>& raw, const Synonyms& synonyms) {
  std::vector<TypedWord> words;
  std::size_t particle = raw.size();  // belongs to a verb before it
  for (std::size_t i = 0; i < raw.size() && words.size() < kQueryWordsMax; ++i) {
    if (i == particle) {
      continue;
    }
    const Phrase* phrase = nullptr;
    // A path is meant as it stands.
    const std::size_t taken = raw[i].in_path ? 0 : words_of_phrase(raw, i, synonyms, phrase);
    if (taken > 0 && phrase != nullptr) {
      add_phrase(words, std::span(raw).subspan(i, taken), raw[i].share, *phrase);
      i += taken - 1;
      continue;
    }
    const std::size_t second = raw[i].in_path ? raw.size() : particle_of(raw, i, synonyms, phrase);
    if (second < raw.size() && phrase != nullptr) {
      particle = second;
      add_phrase(words, std::array{raw[i], raw[second]}, 1, *phrase);
    } else if (asks_for_new(raw, i, synonyms)) {
      add(words, {raw[i].text, 1, nullptr, false, true});
    } else if (role_of(raw[i].text) != WordRole::filler ||
               (raw[i].last && raw[i].text.size() > 1)) {
      const bool spoken = role_of(raw[i].text) != WordRole::content && !means_others(raw[i].text);
      add(words,
          {raw[i].text, weight_of(raw[i]), nullptr, raw[i].last, !spoken && !raw[i].in_path});
    }
  }
  return words;
}

bool is_identifier(std::string_view chunk) {
  WordReader reader(chunk);
  Word word;
  std::size_t words = 0;
  while (reader.next(word)) {
    ++words;
  }
  return words > 1;
}

}  // namespace

std::string letters_only(std::string_view text) {
  std::string letters;
  WordReader reader(text);
  Word word;
  while (reader.next(word)) {
    letters += word.text;
  }
  return letters;
}

QueryText read_query(std::string_view text, const Synonyms& synonyms) {
  text = text.substr(0, kQueryBytesMax);
  QueryText query;
  std::string rest;
  const std::vector<std::string_view> chunks = chunks_of(text);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    const std::string_view chunk = chunks[i];
    const std::uint8_t method = method_number(upper(chunk));
    const bool before_path = i + 1 < chunks.size() && is_path(chunks[i + 1]);
    const bool in_capitals = method < kMethods.size() && chunk == kMethods[method];
    if (method < kMethods.size() && query.method == kMethods.size() &&
        (before_path || (in_capitals && chunks.size() > 1))) {
      query.method = method;
      continue;
    }
    if (query.path.empty() && is_path(chunk)) {
      query.path = path_part(chunk);
    } else if (is_identifier(chunk)) {
      query.identifiers.push_back(letters_only(chunk));
    }
    rest += rest.empty() ? "" : " ";
    rest += chunk;
  }
  if (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    rest += ' ';
  }
  std::vector<RawWord> raw = raw_words(rest);
  if (query.path.empty()) {
    std::vector<std::string_view> words;
    words.reserve(raw.size());
    for (const RawWord& word : raw) {
      words.push_back(word.text);
    }
    const Sentence sentence = read_sentence(words, synonyms);
    query.asks = sentence.asks;
    query.asks_for_several = sentence.asks_for_several;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      raw[i].share = sentence.weights[i];
    }
  }
  query.words = choose_words(raw, synonyms);
  for (std::size_t i = 1; i < std::min(raw.size(), kQueryWordsMax); ++i) {
    if (raw[i - 1].text.size() + raw[i].text.size() >= kPairLettersMin) {
      query.pairs.push_back(raw[i - 1].text + raw[i].text);
      // Who says "remove items" finds it in a path that ends in "items/remove".
      if (is_verb(raw[i - 1].text)) {
        query.pairs.push_back(raw[i].text + raw[i - 1].text);
      }
    }
  }
  if (query.words.empty()) {
    for (std::size_t i = 0; i < std::min(raw.size(), kQueryWordsMax); ++i) {
      add(query.words, {raw[i].text, 1, nullptr, raw[i].last});
    }
  }
  return query;
}

}  // namespace tartan::catalog
