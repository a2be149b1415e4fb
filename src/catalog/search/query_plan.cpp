#include "catalog/search/query_plan.h"

#include <algorithm>
#include <utility>

#include "catalog/search/catalog_search.h"
#include "catalog/search/path_shape.h"
#include "catalog/search/query_text.h"
#include "catalog/search/word_lookup.h"

namespace tartan::catalog {
namespace {

// Of each half of a word that is cut in two.
constexpr std::size_t kPartLettersMin = 4;
// In more operations than these a word is known.
constexpr std::size_t kRareOperations = 4;

bool is_known(Files files, std::string_view word) {
  return std::any_of(files.begin(), files.end(), [&](const auto& file) {
    const auto term = file->find_term(word);
    return term && file->postings(*term).size() > kRareOperations;
  });
}

// "pullrequest": two words that everybody else writes apart, and that are no word together. Empty
// when `word` is nothing of the kind.
std::vector<TypedWord> split(const TypedWord& word, Files files) {
  for (std::size_t cut = kPartLettersMin; cut + kPartLettersMin <= word.text.size(); ++cut) {
    TypedWord first = word;
    first.text = word.text.substr(0, cut);
    first.unfinished = false;
    TypedWord second = word;
    second.text = word.text.substr(cut);
    if (is_known(files, first.text) && is_known(files, second.text)) {
      return {first, second};
    }
  }
  return {};
}

// Of a question: it changes nothing, but some APIs answer only what is posted.
constexpr MethodEvidence kReading = {{0.9F, 0.3F, 0, 0, 0, 0.3F}, false, true};
// From here on a verb reads.
constexpr float kReads = 0.4F;

Intent intent_of(const QueryText& query, const MethodEvidence* evidence) {
  for (const TypedWord& word : query.words) {
    if (word.text == "list" || word.text == "all" || word.text == "search" || word.text == "find") {
      return Intent::collection;
    }
  }
  const bool single =
      std::any_of(query.words.begin(), query.words.end(), [](const TypedWord& word) {
        return word.text == "single" || word.text == "specific" || word.text == "particular";
      });
  const bool plural = !single && !query.words.empty() && query.words.back().text.size() > 3 &&
                      query.words.back().text.ends_with('s');
  if (evidence == &kReading) {
    return plural || query.asks_for_several ? Intent::several : Intent::none;
  }
  if (evidence == nullptr) {
    return single ? Intent::item : plural ? Intent::several : Intent::none;
  }
  const float change =
      std::max({evidence->by_method[2], evidence->by_method[3], evidence->by_method[4]});
  if (evidence->by_method[0] >= std::max(evidence->by_method[1], change)) {
    return plural ? Intent::collection : Intent::item;
  }
  if (evidence->by_method[1] > change && !evidence->creates && !evidence->generic) {
    return Intent::action;
  }
  return evidence->by_method[1] > change ? Intent::creation : Intent::change;
}

}  // namespace

QueryPlan plan_query(std::string_view text, Files files, WordTables tables,
                     const Synonyms& synonyms) {
  QueryText query = read_query(text, synonyms);
  QueryPlan plan;
  std::vector<TermSet> scratch;
  for (const auto& file : files) {
    scratch.emplace_back(file->term_count());
  }
  for (std::size_t i = 0; i < query.words.size(); ++i) {
    PlanWord word = look_up(files, tables, synonyms, query, i, scratch);
    const std::vector<TypedWord> parts =
        !word.known ? split(query.words[i], files) : std::vector<TypedWord>();
    if (query.asks && word.evidence != nullptr && word.evidence->by_method[0] < kReads) {
      word.evidence = nullptr;
    }
    if (parts.empty() || query.words.size() >= kQueryWordsMax) {
      plan.words.push_back(std::move(word));
    } else {
      query.words[i] = parts[0];
      query.words.insert(query.words.begin() + static_cast<std::ptrdiff_t>(i) + 1, parts[1]);
      --i;
    }
  }
  plan.method = query.method;
  plan.path_text = query.path;
  plan.identifiers = query.identifiers;
  plan.pairs = query.pairs;
  plan.path = path_segments(query.path);
  // The first verb says what is asked for.
  const auto verb = std::find_if(plan.words.begin(), plan.words.end(),
                                 [](const PlanWord& word) { return word.evidence != nullptr; });
  if (verb != plan.words.end()) {
    plan.verb = static_cast<std::size_t>(verb - plan.words.begin());
    plan.evidence = verb->evidence;
  }
  if (query.asks && plan.evidence == nullptr) {
    plan.evidence = &kReading;
  }
  plan.intent = intent_of(query, plan.evidence);
  return plan;
}

}  // namespace tartan::catalog
