#include "catalog/search/reranker.h"

#include <algorithm>
#include <array>

#include "catalog/search/path_shape.h"
#include "catalog/search/query_text.h"
#include "catalog/search/synonyms.h"
#include "catalog/search/words.h"

namespace tartan::catalog {
namespace {

constexpr float unnamed_tail_factor = 0.8F;  // the last part of the path is about something else
constexpr float other_verb_factor = 0.92F;   // and does what was not asked for: "ListSecrets"
constexpr float pair_bonus = 0.05F;          // two words stand together as they were typed
constexpr int pairs_max = 3;

float factor_of(PathFit fit) {
  switch (fit) {
    case PathFit::none:
      return 1;
    case PathFit::scattered:
      return 1.8F;
    case PathFit::loosely:
      return 2.1F;
    case PathFit::inside:
      return 2.4F;
    case PathFit::tail:
      return 3;
    case PathFit::head:
      return 3;
    case PathFit::whole:
      return 10;
  }
  return 1;
}

// The last part that is no parameter, and no ending of a file's name.
std::string_view tail_of(std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const bool has_words = !last.empty() && !(last.front() == '{' && last.find('}') != last.npos);
    if (has_words || slash == std::string_view::npos) {
      return last;
    }
    path = path.substr(0, slash);
  }
  return path;
}

bool is_ending(std::string_view word) {
  static constexpr std::array<std::string_view, 8> endings = {"json", "xml",    "php",  "csv",
                                                              "do",   "action", "html", "aspx"};
  return std::find(endings.begin(), endings.end(), word) != endings.end();
}

}  // namespace

Reranker::Reranker(const QueryPlan& plan) : plan_(plan) {
  for (const PlanWord& word : plan.words) {
    for (const std::string_view shown : word.shown) {
      named_.emplace(shown, true);
    }
    if (word.prefix) {
      prefixes_.push_back(word.text);
    }
  }
}

bool Reranker::is_named(std::string_view word) const {
  return named_.contains(word) ||
         std::any_of(prefixes_.begin(), prefixes_.end(),
                     [&](std::string_view prefix) { return word.starts_with(prefix); });
}

float Reranker::tail_factor(std::string_view path) const {
  float all = 0;
  float named = 0;
  bool other_verb = false;
  WordReader reader(tail_of(path));
  Word word;
  while (reader.next(word)) {
    if (role_of(word.text) == WordRole::content && !is_ending(word.text)) {
      const float weight = is_verb(word.text) ? 0.3F : 1;
      all += weight;
      named += is_named(word.text) ? weight : 0;
      other_verb = other_verb || (is_verb(word.text) && !is_named(word.text));
    }
  }
  const float factor = other_verb && plan_.evidence != nullptr ? other_verb_factor : 1;
  return all == 0 ? 1 : factor * (1 - (1 - unnamed_tail_factor) * (1 - named / all));
}

float Reranker::pair_factor(const IndexFile::Shown& shown) const {
  if (plan_.pairs.empty()) {
    return 1;
  }
  const std::string texts = letters_only(shown.path) + ' ' + letters_only(shown.operation_id) +
                            ' ' + letters_only(shown.summary);
  int found = 0;
  for (const std::string& pair : plan_.pairs) {
    found += texts.find(pair) != std::string::npos ? 1 : 0;
  }
  return 1 + pair_bonus * static_cast<float>(std::min(found, pairs_max));
}

float Reranker::identifier_factor(std::string_view operation_id) const {
  float factor = 1;
  const std::string whole = plan_.identifiers.empty() ? "" : letters_only(operation_id);
  for (const std::string& typed : plan_.identifiers) {
    factor *= whole == typed ? 1.8F : whole.find(typed) != std::string::npos ? 1.3F : 1;
  }
  return factor;
}

float Reranker::factor(const IndexFile::Shown& shown) const {
  return tail_factor(shown.path) * pair_factor(shown) * identifier_factor(shown.operation_id) *
         factor_of(fit_path(plan_.path, shown.path));
}

}  // namespace tartan::catalog
