#include "catalog/search/synonyms.h"

#include <algorithm>

#include "catalog/search/synonym_aliases.h"
#include "catalog/search/synonym_light_phrases.h"
#include "catalog/search/synonym_names.h"
#include "catalog/search/synonym_nouns.h"
#include "catalog/search/synonym_phrases.h"
#include "catalog/search/synonym_question_phrases.h"
#include "catalog/search/synonym_trades.h"
#include "catalog/search/synonym_verb_phrases.h"
#include "catalog/search/synonym_verbs.h"
#include "catalog/search/words.h"

namespace tartan::catalog {
namespace {

constexpr float kSameStrength = 0.84F;
constexpr float kAliasStrength = 0.84F;
constexpr float kDeedStrength = 0.86F;
constexpr float kNearStrength = 0.58F;
constexpr float kNearShare = 0.6F;      // of what the methods say of a loosely related verb
constexpr float kBackStrength = 0.42F;  // of a broad verb for a narrow one that was typed
constexpr float kPhraseStrength = 0.9F;

template <typename F>
void for_each(std::string_view list, F use) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    if (end > 0) {
      use(list.substr(0, end));
    }
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

std::string phrase_key(std::string_view first, std::string_view second) {
  std::string key(first);
  key += ' ';
  key += second;
  return key;
}

}  // namespace

std::uint8_t method_number(std::string_view method) {
  return static_cast<std::uint8_t>(std::find(kMethods.begin(), kMethods.end(), method) -
                                   kMethods.begin());
}

void Synonyms::add(std::string_view typed, std::string_view meant, float strength) {
  if (typed == meant || strength == 0) {
    return;
  }
  std::vector<Synonym>& list = words_[typed];
  const auto at = std::find_if(list.begin(), list.end(),
                               [&](const Synonym& known) { return known.word == meant; });
  if (at == list.end()) {
    list.push_back({meant, strength});
  } else {
    at->strength = std::max(at->strength, strength);
  }
}

void Synonyms::add_evidence(std::string_view verb, const tables::VerbGroup& group, float share) {
  MethodEvidence& evidence = evidence_[verb];
  for (const std::string_view list : {group.same, group.near}) {
    for_each(list, [&](std::string_view other) {
      evidence.creates = evidence.creates || other == "create" || other == "add" || other == "send";
    });
  }
  evidence.generic = evidence.generic || group.kind == tables::Verb::generic;
  for (std::size_t i = 0; i < group.methods.size(); ++i) {
    evidence.by_method[i] = std::max(evidence.by_method[i], group.methods[i] * share);
  }
}

Synonyms::Synonyms() {
  const auto add_group = [&](std::string_view same, std::string_view near, float back) {
    for_each(same, [&](std::string_view a) {
      for_each(same, [&](std::string_view b) { add(a, b, kSameStrength); });
      for_each(near, [&](std::string_view b) {
        add(a, b, kNearStrength);
        add(b, a, back);
      });
    });
  };
  for (const tables::Group& group : tables::kNouns) {
    add_group(group.same, group.near, kNearStrength);
  }
  for (const tables::Group& group : tables::kTradeNouns) {
    add_group(group.same, group.near, 0);
  }
  for (const tables::VerbGroup& group : tables::kVerbs) {
    add_group(group.same, group.near, kBackStrength);
    for_each(group.same, [&](std::string_view verb) { add_evidence(verb, group, 1); });
  }
  // What a verb itself was given says more than that it may stand for another: "mute" for "unmute".
  std::unordered_map<std::string_view, MethodEvidence> loose;
  std::swap(loose, evidence_);
  for (const tables::VerbGroup& group : tables::kVerbs) {
    for_each(group.near, [&](std::string_view verb) { add_evidence(verb, group, kNearShare); });
  }
  std::swap(loose, evidence_);
  evidence_.merge(loose);
  const auto add_aliases = [&](std::span<const tables::Alias> list) {
    for (const tables::Alias& alias : list) {
      for_each(alias.typed, [&](std::string_view typed) {
        for_each(alias.meant, [&](std::string_view meant) { add(typed, meant, kAliasStrength); });
      });
    }
  };
  for (const std::string_view deed : tables::kDeeds) {
    const std::string_view verb = deed.substr(0, deed.find(' '));
    for_each(deed, [&](std::string_view noun) {
      add(verb, noun, kDeedStrength);
      add(noun, verb, kDeedStrength);
    });
  }
  add_aliases(tables::kAliases);
  add_aliases(tables::kNames);
  const auto add_phrases = [&](std::span<const std::string_view> list) {
    for (const std::string_view phrase : list) {
      const std::size_t equals = phrase.find('=');
      Phrase& meanings = phrases_[std::string(phrase.substr(0, equals))];
      meanings.resize(std::max<std::size_t>(1, meanings.size()));
      for_each(phrase.substr(equals + 1), [&](std::string_view meant) {
        const bool only_deed = meant.starts_with('+');
        if (meant == "&") {
          meanings.emplace_back();
        } else {
          meanings.back().push_back(
              {meant.substr(only_deed ? 1 : 0), only_deed ? 0 : kPhraseStrength});
        }
      });
    }
  };
  add_phrases(tables::kPhrases);
  add_phrases(tables::kQuestionPhrases);
  add_phrases(tables::kLightPhrases);
  add_phrases(tables::kVerbPhrases);
  for (auto& [word, list] : words_) {
    std::stable_sort(list.begin(), list.end(), [](const Synonym& a, const Synonym& b) {
      return a.strength != b.strength ? a.strength > b.strength : a.word < b.word;
    });
    sorted_.push_back(word);
  }
  std::sort(sorted_.begin(), sorted_.end());
  collect_meanings();
}

const std::vector<Synonym>& Synonyms::of(std::string_view word) const {
  static const std::vector<Synonym> none;
  const auto at = words_.find(word);
  return at == words_.end() ? none : at->second;
}

const Phrase* Synonyms::of_phrase(std::string_view first, std::string_view second) const {
  const auto at = phrases_.find(phrase_key(first, second));
  return at == phrases_.end() ? nullptr : &at->second;
}

const MethodEvidence* Synonyms::evidence(std::string_view word) const {
  const auto at = evidence_.find(word);
  return at == evidence_.end() ? nullptr : &at->second;
}

void Synonyms::collect_meanings() {
  std::vector<std::string_view> words;
  const auto add_all = [&](const std::vector<Synonym>& list) {
    for (const Synonym& synonym : list) {
      words.push_back(synonym.word);
    }
  };
  for (const auto& [word, list] : words_) {
    add_all(list);
  }
  for (const auto& [phrase, lists] : phrases_) {
    for (const std::vector<Synonym>& list : lists) {
      add_all(list);
    }
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  for (const std::string_view word : words) {
    meanings_.push_back({word, forms_of(word)});
  }
}

const Synonyms& everyday_synonyms() {
  static const Synonyms synonyms;
  return synonyms;
}

std::vector<std::string_view> Synonyms::completions(std::string_view typed) const {
  constexpr std::size_t guesses_max = 5;
  std::vector<std::string_view> found;
  for (auto at = std::lower_bound(sorted_.begin(), sorted_.end(), typed);
       at != sorted_.end() && at->starts_with(typed); ++at) {
    if (*at != typed) {
      found.push_back(*at);
    }
  }
  if (found.size() > guesses_max) {
    found.clear();
  }
  return found;
}

std::span<const std::string_view> common_verbs() {
  static constexpr std::array<std::string_view, 40> common = {
      "add",      "apply",  "associate", "attach",  "cancel",   "change",  "check",   "clear",
      "count",    "create", "delete",    "deletes", "describe", "destroy", "edit",    "fetch",
      "find",     "get",    "gets",      "insert",  "invoke",   "list",    "lists",   "make",
      "modify",   "new",    "patch",     "post",    "put",      "read",    "remove",  "replace",
      "retrieve", "return", "returns",   "set",     "show",     "update",  "updates", "view"};
  return common;
}

bool is_verb(std::string_view word) {
  const auto common = common_verbs();
  return std::find(common.begin(), common.end(), word) != common.end();
}

}  // namespace tartan::catalog
