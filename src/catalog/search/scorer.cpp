#include "catalog/search/scorer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace tartan::catalog {
namespace {

// How much a word says by the field it stands in. The best field counts, not their sum: a word that
// stands in all of them is not more meant.
constexpr std::array<std::pair<format::Field, float>, 8> field_strengths = {{
    {format::path_tail, 1.0F},
    {format::summary, 1.0F},
    {format::operation_id, 0.94F},
    {format::path, 0.86F},
    {format::lead, 0.8F},
    {format::tag, 0.72F},
    {format::parameter, 0.5F},
    {format::description, 0.45F},
}};

constexpr std::array<std::pair<format::DocumentField, float>, 8> document_field_strengths = {{
    {format::provider, 1.0F},
    {format::provider_part, 0.9F},
    {format::service, 1.0F},
    {format::service_part, 0.85F},
    {format::title, 0.75F},
    {format::host, 0.8F},
    {format::logo, 0.45F},
    {format::about, 0.4F},
}};

constexpr float prose_strength_max = 0.48F;
constexpr float verb_prose_factor = 0.5F;  // of a verb in a description: prose is full of them
constexpr float full_match = 0.6F;         // from this strength on a word counts as answered
constexpr float evidence_strength = 0.65F;
constexpr float specific_evidence_strength = 0.3F;
constexpr float foreign_name_factor = 0.7F;       // somebody's name in somebody else's operation
constexpr std::size_t name_operations_max = 500;  // a service's name in more is a common word
constexpr float named_strength_min = 0.5F;
constexpr float other_provider_factor = 0.6F;  // somebody else was named
constexpr float wrong_method_factor = 0.85F;   // of a method that does not do what the verb says
constexpr float own_word_cost = 0.11F;         // of each own word that was not named
constexpr float verb_own_weight = 0.35F;       // what a verb counts for among own words
constexpr std::uint8_t verb_fields =
    format::provider | format::provider_part | format::service | format::service_part;

using MaskTable = std::array<std::uint8_t, 256>;

template <typename Strengths>
MaskTable table_of(const Strengths& strengths, float factor, std::uint8_t fields,
                   float prose_factor = 1) {
  MaskTable table{};
  for (std::size_t mask = 1; mask < table.size(); ++mask) {
    float best = 0;
    for (const auto& [field, strength] : strengths) {
      if ((mask & field & fields) != 0) {
        const bool prose = strength < prose_strength_max;
        best = std::max(best, prose ? strength * prose_factor : strength);
      }
    }
    table[mask] = static_cast<std::uint8_t>(std::lround(std::min(1.0F, best * factor) * 255));
  }
  return table;
}

// One file while it is scored.
class FileScorer {
 public:
  FileScorer(const QueryPlan& plan, const IndexFile& file, std::uint16_t file_number,
             const Allowed& allowed, Scratch& scratch)
      : plan_(plan),
        file_(file),
        file_number_(file_number),
        allowed_(allowed),
        scratch_(scratch),
        operations_(file.operation_count()),
        documents_(file.document_count()),
        shares_{} {}

  void run() {
    prepare();
    for (std::size_t w = 0; w < plan_.words.size(); ++w) {
      match(w);
    }
    for (std::uint32_t d = 0; d < documents_; ++d) {
      if (allowed_.documents[d]) {
        score_document(d);
      }
    }
  }

 private:
  void prepare() {
    const std::size_t words = plan_.words.size();
    scratch_.own.assign(words * operations_, 0);
    scratch_.documents.assign(words * documents_, 0);
    std::size_t most = 0;
    for (const format::Document& document : file_.documents()) {
      most = std::max<std::size_t>(most, document.operation_count);
    }
    scratch_.sums.resize(most);
    scratch_.coverage.resize(most);
    scratch_.named.resize(most);
    scratch_.answered.resize(most);
    for (std::size_t i = 0; i < shares_.size(); ++i) {
      const float share = static_cast<float>(i) / (full_match * 255);
      shares_[i] = static_cast<std::uint8_t>(std::min(1.0F, share) * 255);
    }
    float total = 0;
    for (const PlanWord& word : plan_.words) {
      total += word.weight;
    }
    for (const PlanWord& word : plan_.words) {
      weights_.push_back(static_cast<std::uint16_t>(std::lround(word.weight / total * 4096)));
    }
  }

  void match(std::size_t w) {
    const PlanWord& word = plan_.words[w];
    std::uint8_t* const own = scratch_.own.data() + w * operations_;
    std::uint8_t* const documents = scratch_.documents.data() + w * documents_;
    const std::uint8_t document_fields = word.verb ? verb_fields : 0xFF;
    for (const TermMatch& match : word.terms[file_number_]) {
      const auto in_documents = file_.document_postings(match.term);
      const bool uncommon = file_.postings(match.term).size() < name_operations_max;
      const bool is_name = std::any_of(in_documents.begin(), in_documents.end(), [&](auto mark) {
        return (mark & format::provider) != 0 || ((mark & format::service) != 0 && uncommon);
      });
      const float own_factor = is_name ? foreign_name_factor : 1;
      const MaskTable table = table_of(field_strengths, match.strength * own_factor, 0xFF,
                                       word.verb ? verb_prose_factor : 1);
      for (const std::uint32_t mark : file_.postings(match.term)) {
        std::uint8_t& best = own[mark >> 8];
        best = std::max(best, table[mark & 0xFF]);
      }
      if (!in_documents.empty()) {
        const MaskTable in = table_of(document_field_strengths, match.strength, document_fields);
        for (const std::uint32_t mark : in_documents) {
          std::uint8_t& best = documents[mark >> 8];
          best = std::max(best, in[mark & 0xFF]);
        }
      }
    }
  }

  void score_document(std::uint32_t d) {
    const format::Document& document = file_.documents()[d];
    const std::uint32_t first = document.first_operation;
    const std::uint32_t count = document.operation_count;
    std::fill_n(scratch_.sums.begin(), count, 0);
    std::fill_n(scratch_.coverage.begin(), count, 0);
    std::fill_n(scratch_.named.begin(), count, 0);
    std::fill_n(scratch_.answered.begin(), count, 0);
    for (std::size_t w = 0; w < plan_.words.size(); ++w) {
      add_word(w, scratch_.documents[w * documents_ + d], first, count);
    }
    float factor = 1;
    for (std::size_t w = 0; w < plan_.words.size(); ++w) {
      if (plan_.words[w].names_provider &&
          scratch_.documents[w * documents_ + d] < named_strength_min * 255) {
        factor *= other_provider_factor;
      }
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      if (scratch_.coverage[i] > 0) {
        add_candidate(first + i, scratch_.sums[i], scratch_.coverage[i], scratch_.named[i],
                      scratch_.answered[i] == plan_.words.size(), factor);
      }
    }
  }

  void add_word(std::size_t w, std::uint8_t in_document, std::uint32_t first, std::uint32_t count) {
    const PlanWord& word = plan_.words[w];
    const std::uint8_t* const own = scratch_.own.data() + w * operations_ + first;
    const std::uint8_t* const by_method = file_.methods().data() + first;
    const auto named = static_cast<std::uint16_t>(word.verb ? verb_own_weight * 8 : 8);
    std::array<std::uint8_t, methods.size() + 1> evidence{};
    for (std::size_t m = 0; word.evidence != nullptr && m < evidence.size(); ++m) {
      const float share = word.evidence->generic ? evidence_strength : specific_evidence_strength;
      evidence[m] = static_cast<std::uint8_t>(word.evidence->by_method[m] * share * 255);
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint8_t best = std::max({own[i], in_document, evidence[by_method[i]]});
      scratch_.sums[i] += std::uint32_t{best} * weights_[w];
      scratch_.coverage[i] += std::uint32_t{shares_[best]} * weights_[w];
      scratch_.answered[i] = static_cast<std::uint8_t>(scratch_.answered[i] + (best != 0 ? 1 : 0));
      scratch_.named[i] = static_cast<std::uint16_t>(scratch_.named[i] + (own[i] != 0 ? named : 0));
    }
  }

  // What the words ask for, one or many, beside what an operation is about.
  float intent_factor(std::uint8_t method, std::uint8_t flags) const {
    const bool item = (flags & format::ends_with_parameter) != 0;
    switch (plan_.intent) {
      case Intent::none:
        return (method == 0 ? 1.0F : 0.93F) * (item ? 0.96F : 1.0F);
      case Intent::several:
        return (method == 0 ? 1.0F : 0.93F) * (item ? 0.88F : 1.0F);
      case Intent::collection:
        return item ? 0.9F : 1.0F;
      case Intent::item:
        return 1.0F;
      case Intent::creation:
        return item ? 0.87F : 1.0F;
      case Intent::change:
        return item ? 1.0F : 0.95F;
    }
    return 1;
  }

  void add_candidate(std::uint32_t operation, std::uint32_t sum, std::uint32_t covered,
                     std::uint16_t named, bool complete, float document_factor) {
    const std::uint8_t method = file_.methods()[operation];
    if (allowed_.method < methods.size() && method != allowed_.method) {
      return;
    }
    if (!allowed_.operations.empty() && !allowed_.operations[operation]) {
      return;
    }
    const float coverage = static_cast<float>(covered) / (4096 * 255);
    const float strength = static_cast<float>(sum) / (4096 * 255);
    const float unnamed = static_cast<float>(std::max(0, file_.own_words()[operation] - named)) / 8;
    float score = document_factor * strength * coverage * coverage / (1 + own_word_cost * unnamed);
    score *= static_cast<float>(file_.priors()[operation]) / 255;
    score *= intent_factor(method, file_.flags()[operation]);
    if (plan_.evidence != nullptr && plan_.evidence->by_method[method] == 0) {
      score *= wrong_method_factor;
    }
    if (plan_.method < methods.size() && plan_.method != method) {
      score *= 0.6F;
    }
    scratch_.candidates.push_back({score, coverage, operation, file_number_, complete});
  }

  const QueryPlan& plan_;
  const IndexFile& file_;
  const std::uint16_t file_number_;
  const Allowed& allowed_;
  Scratch& scratch_;
  const std::size_t operations_;
  const std::size_t documents_;
  std::vector<std::uint16_t> weights_;    // of the words, 4096 in all
  std::array<std::uint8_t, 256> shares_;  // what a strength covers, in 255ths
};

}  // namespace

void score(const QueryPlan& plan, const IndexFile& file, std::uint16_t file_number,
           const Allowed& allowed, Scratch& scratch) {
  FileScorer(plan, file, file_number, allowed, scratch).run();
}

}  // namespace tartan::catalog
