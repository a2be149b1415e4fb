#include "catalog/search/word_lookup.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "catalog/search/names.h"
#include "catalog/search/words.h"

namespace tartan::catalog {
namespace {

// How surely a word of the index is what was meant.
constexpr float kSameFormStrength = 0.97F;  // plural, spelling
constexpr float kFormStrength = 0.86F;      // -ing, -ed
constexpr float kJoinedStrength = 0.95F;    // "git hub"
constexpr float kPrefixStrength = 0.72F;    // and more, the less is missing
constexpr float kPrefixShare = 0.23F;
constexpr float kWholeWordShare = 0.7F;  // of completions of a short word that is one already
constexpr float kTypoStrength = 0.82F;
constexpr float kFarTypoStrength = 0.66F;
constexpr float kUnfinishedTypoStrength = 0.6F;
constexpr float kNamedStrengthMin = 0.8F;
constexpr float kHeadStrength = 0.7F;     // of the last word of a phrase itself
constexpr float kPartStrength = 0.45F;    // of one before it
constexpr float kTakenFactor = 0.55F;     // of a synonym that was typed itself
constexpr float kBaseShare = 0.95F;       // synonyms of what a verb's form was made of
constexpr float kGuessedStrength = 0.8F;  // synonyms of a corrected word
constexpr float kCompletedShare = 0.7F;   // synonyms of a completed one

constexpr std::size_t kTypoLettersMin = 4;
constexpr std::size_t kFarTypoLettersMin = 8;
constexpr std::size_t kGuessesMax = 16;
constexpr std::size_t kCompletionLettersMin = 3;
constexpr std::size_t kJoinedLettersMin = 5;

// Operations that a word may be found in and still count as almost unknown.
constexpr std::size_t kRareOperations = 4;
// The same for a word that is one letter away from a common verb.
constexpr std::size_t kMistypedVerbOperations = 64;
// A correction must be found in this many times as many.
constexpr std::size_t kTypoRatio = 8;

constexpr float kCommonVerbWeight = 0.6F;  // "get", "create": the method says it too
constexpr float kVerbWeight = 0.85F;
constexpr float kCommonWeight = 0.4F;  // of a word that is everywhere, beside 1 for a rare one

constexpr std::uint8_t kNamingFields =
    format::provider | format::provider_part | format::service | format::service_part;

std::size_t operations_of(const IndexFile& file, std::uint32_t term, std::uint8_t fields) {
  std::size_t count = 0;
  for (const std::uint32_t mark : file.document_postings(term)) {
    if ((mark & fields) != 0) {
      count += file.documents()[mark >> 8].operation_count;
    }
  }
  return count;
}

// A word while it is looked up.
class Lookup {
 public:
  Lookup(Files files, WordTables tables, const Synonyms& synonyms, const QueryText& query,
         std::size_t place, std::vector<TermSet>& matches)
      : files_(files),
        tables_(tables),
        synonyms_(synonyms),
        query_(query),
        place_(place),
        typed_(query.words[place]),
        matches_(matches) {
    word_.text = typed_.text;
    word_.terms.resize(files.size());
  }

  PlanWord run() {
    add_word(typed_.text, 1);
    known_ = count_;
    add_forms(typed_.text, 1);
    if (place_ > 0 && typed_.unfinished) {
      add_joined_completions(query_.words[place_ - 1].text);
    }
    if (place_ > 0) {
      add_joined(query_.words[place_ - 1].text, typed_.text);
    }
    if (place_ + 1 < query_.words.size()) {
      add_joined(typed_.text, query_.words[place_ + 1].text);
    }
    const bool rare = count_ < kRareOperations;
    // A word that synonyms know is neither cut short nor mistyped.
    const bool known_word = typed_.has_synonyms && !synonyms_.of(typed_.text).empty();
    if (typed_.unfinished || (rare && !known_word && typed_.text.size() > 2)) {
      add_completions();
    }
    rarity_ = count_;
    if (typed_.has_synonyms) {
      add_synonyms(typed_.text, 1);
      if (!known_word) {
        add_base_synonyms();
      }
    }
    if (known_ < kMistypedVerbOperations && !known_word && !typed_.unfinished) {
      take_verb();
    }
    if (typed_.phrase != nullptr) {
      add_phrase();
    } else if (rare && !known_word && rarity_ < kRareOperations) {
      correct();
    } else if (typed_.unfinished && !word_.evidence &&
               typed_.text.size() >= kCompletionLettersMin) {
      complete();
    }
    return finish();
  }

 private:
  void add_word(std::string_view text, float strength) {
    for (std::size_t f = 0; f < files_.size(); ++f) {
      if (const auto term = files_[f]->find_term(text)) {
        add_term(f, *term, strength);
      }
    }
  }

  void add_forms(std::string_view word, float strength) {
    for (const WordForm& form : forms_of(word)) {
      add_word(form.text, strength * (form.same ? kSameFormStrength : kFormStrength));
    }
  }

  // A word that synonyms know, in all its forms.
  void add_known(std::string_view word, float strength) {
    for (std::size_t f = 0; f < files_.size(); ++f) {
      for (const TermMatch& match : tables_[f]->of(word)) {
        add_term(f, match.term, strength * match.strength);
      }
    }
  }

  void add_term(std::size_t file, std::uint32_t term, float strength) {
    if (matches_[file].add(term, strength)) {
      count_ += files_[file]->postings(term).size() +
                operations_of(*files_[file], term, kNamingFields | format::title);
    }
    if (strength >= kNamedStrengthMin && !word_.names_provider) {
      // Services are called by common words; one that synonyms know is such a word.
      const bool may_be_service = strength == 1 && synonyms_.of(typed_.text).empty();
      word_.names_provider = is_name(
          *files_[file], term, may_be_service ? NameOf::provider_or_service : NameOf::provider);
      names_ = names_ || (strength == 1 && operations_of(*files_[file], term, kNamingFields) > 0);
    }
  }

  void add_joined(std::string_view first, std::string_view second) {
    if (first.size() > 1 && second.size() > 1 && first.size() + second.size() > 4) {
      add_word(std::string(first) + std::string(second), kJoinedStrength);
    }
  }

  // "free bu" for "freeBusy".
  void add_joined_completions(std::string_view first) {
    const std::string joined = std::string(first) + typed_.text;
    for (std::size_t f = 0; f < files_.size() && joined.size() >= kJoinedLettersMin; ++f) {
      const auto [begin, end] = files_[f]->terms_with(joined);
      for (std::uint32_t term = begin; term < end; ++term) {
        add_term(f, term, kJoinedStrength);
      }
    }
  }

  // "vm" is short for something, but hardly for "vmware".
  bool is_whole() const {
    return typed_.text.size() < kCompletionLettersMin && known_ > 0 &&
           !synonyms_.of(typed_.text).empty();
  }

  void add_completions() {
    word_.prefix = true;
    for (std::size_t f = 0; f < files_.size(); ++f) {
      const auto [first, last] = files_[f]->terms_with(typed_.text);
      for (std::uint32_t term = first; term < last; ++term) {
        const float share = static_cast<float>(typed_.text.size()) /
                            static_cast<float>(files_[f]->term(term).size());
        const float strength = kPrefixStrength + kPrefixShare * share;
        add_term(f, term, is_whole() ? strength * kWholeWordShare : strength);
      }
    }
  }

  void add_synonyms(std::string_view word, float share) {
    if (word_.evidence == nullptr) {
      word_.evidence = synonyms_.evidence(word);
    }
    const std::string base = singular(word);
    for (const std::string_view known : {word, std::string_view(base)}) {
      for (const Synonym& synonym : synonyms_.of(known)) {
        const float strength =
            synonym.strength * share * (is_typed_too(synonym.word) ? kTakenFactor : 1);
        add_known(synonym.word, strength);
      }
    }
  }

  // "commenting" for "comment"; what it says of the method is lost: a stopped server is no order to
  // stop it.
  void add_base_synonyms() {
    const MethodEvidence* const own = word_.evidence;
    for (const std::string& base : verb_bases(typed_.text)) {
      add_synonyms(base, kBaseShare);
    }
    word_.evidence = own;
  }

  // One word of an operation must not answer two of the query: in "calendar event" a calendar is no
  // event.
  bool is_typed_too(std::string_view word) const {
    const std::string base = singular(word);
    return std::any_of(query_.words.begin(), query_.words.end(), [&](const TypedWord& other) {
      return &other != &typed_ && (singular(other.text) == base ||
                                   (word.size() > kTypoLettersMin &&
                                    edit_distance(other.text, word, Ending::whole, 1) <= 1));
    });
  }

  void add_phrase() {
    for (const std::string& part : typed_.parts) {
      add_word(part, &part == &typed_.parts.back() ? kHeadStrength : kPartStrength);
    }
    for (const Synonym& synonym : *typed_.phrase) {
      if (synonym.strength > 0) {
        add_known(synonym.word, synonym.strength);
      } else {
        word_.evidence = synonyms_.evidence(synonym.word);
      }
      if (word_.evidence == nullptr) {
        word_.evidence = synonyms_.evidence(synonym.word);
      }
    }
  }

  void complete() {
    for (const std::string_view whole : synonyms_.completions(typed_.text)) {
      add_synonyms(whole, kCompletedShare);
    }
    word_.evidence = nullptr;
  }

  // "creat user" asks for a new one, whatever else "creat" may be short for.
  void take_verb() {
    if (typed_.text.size() < kTypoLettersMin) {
      return;
    }
    for (const std::string_view verb : common_verbs()) {
      if (verb.size() >= kTypoLettersMin && verb.front() == typed_.text.front() &&
          edit_distance(typed_.text, verb, Ending::whole, 1) == 1) {
        add_known(verb, kTypoStrength);
        add_synonyms(verb, kGuessedStrength);
      }
    }
  }

  struct Guess {
    std::size_t file = 0;
    std::uint32_t term = 0;
    int distance = 0;
    float strength = 0;
    std::size_t count = 0;
  };

  void correct() {
    const std::string_view typed = typed_.text;
    if (typed.size() < kTypoLettersMin) {
      return;
    }
    std::vector<Guess> guesses = guess(Ending::whole);
    if (typed_.unfinished && guesses.empty()) {
      guesses = guess(Ending::prefix);
    }
    if (guesses.empty()) {
      return;
    }
    std::stable_sort(guesses.begin(), guesses.end(), [](const Guess& a, const Guess& b) {
      return a.strength != b.strength ? a.strength > b.strength : a.count > b.count;
    });
    guesses.resize(std::min(guesses.size(), kGuessesMax));
    for (const Guess& guess : guesses) {
      const std::string word(files_[guess.file]->term(guess.term));
      add_word(word, guess.strength);
      add_forms(word, guess.strength);
    }
    const std::string best(files_[guesses.front().file]->term(guesses.front().term));
    add_synonyms(best, kGuessedStrength);
    rarity_ = count_;
  }

  // Words of the dictionaries that are one or two letters away; the nearest only.
  std::vector<Guess> guess(Ending ending) const {
    const std::string_view typed = typed_.text;
    const int most = typed.size() >= kFarTypoLettersMin ? 2 : 1;
    const std::uint32_t letters = letters_of(typed);
    std::vector<Guess> found;
    int nearest = most;
    for (std::size_t f = 0; f < files_.size(); ++f) {
      const IndexFile& file = *files_[f];
      for (std::uint32_t term = 0; term < file.term_count(); ++term) {
        const std::uint32_t other = file.letters(term);
        if (std::popcount(letters & ~other) > nearest ||
            (ending == Ending::whole && std::popcount(other & ~letters) > nearest)) {
          continue;
        }
        const int distance = edit_distance(typed, file.term(term), ending, nearest);
        if (distance == 0 || distance > nearest) {
          continue;
        }
        const std::size_t count =
            file.postings(term).size() + operations_of(file, term, kNamingFields | format::title);
        if (count < kTypoRatio * known_ || count == 0) {
          continue;
        }
        nearest = distance;
        found.push_back(
            {f, term, distance, guess_strength(file.term(term), distance, ending), count});
      }
    }
    std::erase_if(found, [&](const Guess& guess) { return guess.distance > nearest; });
    return found;
  }

  // Hardly anybody mistypes the first letter; a swap is the commonest slip.
  float guess_strength(std::string_view word, int distance, Ending ending) const {
    float strength = ending == Ending::prefix ? kUnfinishedTypoStrength
                     : distance == 1          ? kTypoStrength
                                              : kFarTypoStrength;
    if (word.front() != typed_.text.front()) {
      strength *= 0.8F;
    }
    if (ending == Ending::whole && word.size() == typed_.text.size() &&
        letters_of(word) == letters_of(typed_.text)) {
      strength *= 1.1F;
    }
    return strength;
  }

  PlanWord finish() {
    std::size_t total = 0;
    for (std::size_t f = 0; f < files_.size(); ++f) {
      total += files_[f]->operation_count();
      word_.terms[f] = matches_[f].take();
      add_shown(*files_[f], word_.terms[f]);
    }
    word_.known = count_ > 0;
    word_.verb = word_.evidence != nullptr;
    word_.names_provider = word_.names_provider && !word_.verb;
    const float rare =
        std::log(static_cast<float>(total + 1) / static_cast<float>(std::min(rarity_, total) + 1)) /
        std::log(static_cast<float>(total + 2));
    word_.weight = typed_.weight * (kCommonWeight + (1 - kCommonWeight) * rare);
    if (word_.verb && !names_) {
      word_.weight *= is_verb(word_.text) ? kCommonVerbWeight : kVerbWeight;
    }
    return std::move(word_);
  }

  // All but the words that are completions: of those only what was typed is shown.
  void add_shown(const IndexFile& file, const std::vector<TermMatch>& terms) {
    for (const TermMatch& match : terms) {
      const std::string_view text = file.term(match.term);
      if (!word_.prefix || text == typed_.text || !text.starts_with(typed_.text)) {
        word_.shown.push_back(text);
      }
    }
  }

  Files files_;
  WordTables tables_;
  const Synonyms& synonyms_;
  const QueryText& query_;
  const std::size_t place_;
  const TypedWord& typed_;
  PlanWord word_;
  std::vector<TermSet>& matches_;  // for each file
  std::size_t count_ = 0;          // operations that the terms so far are found in
  std::size_t known_ = 0;          // the same of the word as typed
  std::size_t rarity_ = 0;         // the same of what counts for its weight
  bool names_ = false;
};

}  // namespace

WordTable::WordTable(const IndexFile& file, const Synonyms& synonyms) {
  for (const auto& [word, forms] : synonyms.meanings()) {
    std::vector<TermMatch> matches;
    if (const auto term = file.find_term(word)) {
      matches.push_back({*term, 1});
    }
    for (const WordForm& form : forms) {
      if (const auto term = file.find_term(form.text)) {
        matches.push_back({*term, form.same ? kSameFormStrength : kFormStrength});
      }
    }
    if (!matches.empty()) {
      matches_.emplace(word, std::move(matches));
    }
  }
}

std::span<const TermMatch> WordTable::of(std::string_view word) const {
  const auto at = matches_.find(word);
  return at == matches_.end() ? std::span<const TermMatch>() : at->second;
}

bool TermSet::add(std::uint32_t term, float strength) {
  float& known = strengths_[term];
  const bool is_new = known == 0;
  if (is_new) {
    terms_.push_back(term);
  }
  known = std::max(known, strength);
  return is_new;
}

std::vector<TermMatch> TermSet::take() {
  std::sort(terms_.begin(), terms_.end());
  std::vector<TermMatch> matches;
  matches.reserve(terms_.size());
  for (const std::uint32_t term : terms_) {
    matches.push_back({term, strengths_[term]});
    strengths_[term] = 0;
  }
  terms_.clear();
  return matches;
}

PlanWord look_up(Files files, WordTables tables, const Synonyms& synonyms, const QueryText& query,
                 std::size_t place, std::vector<TermSet>& scratch) {
  return Lookup(files, tables, synonyms, query, place, scratch).run();
}

}  // namespace tartan::catalog
