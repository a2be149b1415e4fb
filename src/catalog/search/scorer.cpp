#include "catalog/search/scorer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "catalog/search/names.h"

namespace tartan::catalog {
namespace {

// How much a word says by the field it stands in. The best field counts, not their sum: a word that
// stands in all of them is not more meant.
constexpr std::array<std::pair<format::Field, float>, 8> kFieldStrengths = {{
    {format::path_tail, 1.0F},
    {format::summary, 1.0F},
    {format::operation_id, 0.94F},
    {format::path, 0.9F},
    {format::lead, 0.8F},
    {format::tag, 0.72F},
    {format::parameter, 0.54F},
    {format::description, 0.47F},
}};

constexpr std::array<std::pair<format::DocumentField, float>, 8> kDocumentFieldStrengths = {{
    {format::provider, 1.0F},
    {format::provider_part, 0.9F},
    {format::service, 1.0F},
    {format::service_part, 0.85F},
    {format::title, 0.75F},
    {format::host, 0.8F},
    {format::logo, 0.45F},
    {format::about, 0.4F},
}};

constexpr float kProseStrengthMax = 0.48F;
constexpr float kVerbProseFactor = 0.5F;  // of a verb in a description: prose is full of them
constexpr float kEvidenceStrength = 0.65F;
constexpr float kSpecificEvidenceStrength = 0.3F;
constexpr float kForeignNameFactor = 0.85F;  // somebody's name in somebody else's operation
constexpr float kNamedStrengthMin = 0.5F;
constexpr float kNamedServiceFactor = 1.12F;  // both provider and service were named
// Above this a document's match is one of provider or service, not of its title or host.
constexpr std::uint8_t kNamingByte = 205;
// The same for the service, as it was typed: a synonym of a service names nothing.
constexpr std::uint8_t kServiceByte = 215;
constexpr float kOtherProviderFactor = 0.75F;  // somebody else was named
constexpr float kWrongMethodFactor = 0.68F;    // of a method that does not do what the verb says
constexpr float kMethodEvidenceMin = 0.08F;    // below it a method does not do what the verb says
constexpr float kPostEvidenceMax = 0.4F;       // above it the verb is said by POST anyway
constexpr float kOwnWordCost = 0.11F;          // of each own word that was not named
constexpr std::uint8_t kVerbOwnEighths = 3;    // what a verb counts for among own words, of 8
// Up to here an operation's own match is one of prose, which is not counted among its own words.
constexpr std::uint8_t kProseByte = 115;
// From this strength on, in 255ths, a word counts as answered.
constexpr std::uint8_t kFullMatch = 153;
// The weights of a query's words in all: times 255 their sum has to fit in 16 bits.
constexpr float kWeightsSum = 240;
constexpr std::uint8_t kVerbFields =
    format::provider | format::provider_part | format::service | format::service_part;

// For each set of fields the strength of the best, in 255ths.
using MaskTable = std::array<std::uint8_t, 256>;

template <typename Strengths>
MaskTable table_of(const Strengths& strengths, std::uint8_t fields, float prose_factor) {
  MaskTable table{};
  for (std::size_t mask = 1; mask < table.size(); ++mask) {
    float best = 0;
    for (const auto& [field, strength] : strengths) {
      if ((mask & field & fields) != 0) {
        const bool prose = strength < kProseStrengthMax;
        best = std::max(best, prose ? strength * prose_factor : strength);
      }
    }
    table[mask] = static_cast<std::uint8_t>(std::lround(best * 255));
  }
  return table;
}

// `strength` as a factor of 256ths.
std::uint32_t factor_of(float strength) {
  return static_cast<std::uint32_t>(std::lround(std::min(1.0F, strength) * 256));
}

void raise(std::uint8_t& best, std::uint8_t strength, std::uint32_t factor) {
  const auto scaled = static_cast<std::uint8_t>((strength * factor) >> 8);
  best = std::max(best, scaled);
}

// Plain loops over arrays that do not overlap, which the compiler makes into vector code: this is
// where the time of a search goes.
void take_better(const std::uint8_t* __restrict own, std::uint8_t other,
                 std::uint8_t* __restrict best, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    best[i] = std::max(own[i], other);
  }
}

void add_weighted(const std::uint8_t* __restrict strengths, std::uint8_t most, std::uint16_t weight,
                  std::uint16_t* __restrict sums, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    sums[i] = static_cast<std::uint16_t>(sums[i] + std::min(strengths[i], most) * weight);
  }
}

void count_above(const std::uint8_t* __restrict strengths, std::uint8_t limit, std::uint8_t step,
                 std::uint8_t* __restrict counts, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    counts[i] = static_cast<std::uint8_t>(counts[i] + (strengths[i] > limit ? step : 0));
  }
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
        costs_{} {}

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
    scratch_.best.resize(most);
    for (std::size_t i = 0; i < costs_.size(); ++i) {
      costs_[i] = 1 / (1 + kOwnWordCost * static_cast<float>(i) / 8);
    }
    float total = 0;
    for (const PlanWord& word : plan_.words) {
      total += word.weight;
    }
    for (const PlanWord& word : plan_.words) {
      const float share = word.weight / total * kWeightsSum;
      weights_.push_back(static_cast<std::uint16_t>(std::max(1.0F, share)));
      weight_ += weights_.back();
      evidence_.push_back(evidence_of(word));
    }
  }

  static std::array<std::uint8_t, kMethods.size() + 1> evidence_of(const PlanWord& word) {
    std::array<std::uint8_t, kMethods.size() + 1> evidence{};
    for (std::size_t m = 0; word.evidence != nullptr && m < evidence.size(); ++m) {
      const float share = word.evidence->generic ? kEvidenceStrength : kSpecificEvidenceStrength;
      evidence[m] = static_cast<std::uint8_t>(word.evidence->by_method[m] * share * 255);
    }
    return evidence;
  }

  void match(std::size_t w) {
    const PlanWord& word = plan_.words[w];
    std::uint8_t* const own = scratch_.own.data() + w * operations_;
    std::uint8_t* const documents = scratch_.documents.data() + w * documents_;
    const MaskTable table = table_of(kFieldStrengths, 0xFF, word.verb ? kVerbProseFactor : 1);
    const MaskTable in_document =
        table_of(kDocumentFieldStrengths, word.verb ? kVerbFields : 0xFF, 1);
    for (const TermMatch& match : word.terms[file_number_]) {
      const std::uint32_t factor = factor_of(
          match.strength * (!word.verb && is_name(file_, match.term, NameOf::provider_or_service)
                                ? kForeignNameFactor
                                : 1));
      for (const std::uint32_t mark : file_.postings(match.term)) {
        raise(own[mark >> 8], table[mark & 0xFF], factor);
      }
      const std::uint32_t document_factor = factor_of(match.strength);
      for (const std::uint32_t mark : file_.document_postings(match.term)) {
        raise(documents[mark >> 8], in_document[mark & 0xFF], document_factor);
      }
    }
  }

  // Whether a provider's name and the word after it name a document: "google tasks", "just eat".
  bool names_service(std::uint32_t d) const {
    for (std::size_t w = 1; w < plan_.words.size(); ++w) {
      if (plan_.words[w - 1].names_provider &&
          scratch_.documents[(w - 1) * documents_ + d] > kNamingByte &&
          scratch_.documents[w * documents_ + d] > kServiceByte) {
        return true;
      }
    }
    return false;
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
    float factor = names_service(d) ? kNamedServiceFactor : 1;
    for (std::size_t w = 0; w < plan_.words.size(); ++w) {
      if (plan_.words[w].names_provider &&
          scratch_.documents[w * documents_ + d] < kNamedStrengthMin * 255) {
        factor *= kOtherProviderFactor;
      }
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      if (scratch_.coverage[i] > 0) {
        add_candidate(first + i, scratch_.sums[i], scratch_.coverage[i], scratch_.named[i],
                      scratch_.answered[i] == plan_.words.size(), factor);
      }
    }
  }

  // Adds what one word says of the operations of a document.
  void add_word(std::size_t w, std::uint8_t in_document, std::uint32_t first, std::uint32_t count) {
    const PlanWord& word = plan_.words[w];
    const std::uint8_t* const own = scratch_.own.data() + w * operations_ + first;
    std::uint8_t* const best = scratch_.best.data();
    take_better(own, in_document, best, count);
    if (word.evidence != nullptr) {
      add_evidence(w, first, count);
    }
    add_weighted(best, 255, weights_[w], scratch_.sums.data(), count);
    add_weighted(best, kFullMatch, weights_[w], scratch_.coverage.data(), count);
    count_above(best, 0, 1, scratch_.answered.data(), count);
    count_above(own, kProseByte, word.verb ? kVerbOwnEighths : 8, scratch_.named.data(), count);
  }

  void add_evidence(std::size_t w, std::uint32_t first, std::uint32_t count) {
    const std::array<std::uint8_t, kMethods.size() + 1> evidence = evidence_[w];
    std::uint8_t* const __restrict best = scratch_.best.data();
    const std::uint8_t* const __restrict by_method = file_.methods().data() + first;
    for (std::uint32_t i = 0; i < count; ++i) {
      best[i] = std::max(best[i], evidence[by_method[i]]);
    }
  }

  bool says_verb(std::uint32_t operation) const {
    return scratch_.own[plan_.verb * operations_ + operation] > kProseByte;
  }

  // What the words ask for, one or many, beside what an operation is about.
  float intent_factor(std::uint32_t operation, std::uint8_t method) const {
    const bool item = (file_.flags()[operation] & format::ends_with_parameter) != 0;
    switch (plan_.intent) {
      case Intent::none:
        return (method == 0 ? 1.0F : 0.93F) * (item ? 0.96F : 1.0F);
      case Intent::several:
        return (method == 0 ? 1.0F : 0.93F) * (item ? 0.88F : 1.0F);
      case Intent::collection:
        return item ? 0.9F : 1.0F;
      case Intent::item:
        return item ? 1.0F : 0.97F;
      case Intent::creation:
        return item ? 0.87F : 1.0F;
      case Intent::action:
        // To post to a collection makes a new thing.
        return method == 1 && !item && !says_verb(operation) ? 0.8F : 1.0F;
      case Intent::change:
        // A path that says the verb itself, "POST /user/remove", need not end with whom.
        if (!item && method == 1 && plan_.evidence->by_method[1] < kPostEvidenceMax &&
            says_verb(operation)) {
          return 1;
        }
        return item ? 1.0F : 0.95F;
    }
    return 1;
  }

  void add_candidate(std::uint32_t operation, std::uint32_t sum, std::uint32_t covered,
                     std::uint8_t named, bool complete, float document_factor) {
    const std::uint8_t method = file_.methods()[operation];
    if (allowed_.method < kMethods.size() && method != allowed_.method) {
      return;
    }
    if (!allowed_.operations.empty() && !allowed_.operations[operation]) {
      return;
    }
    const float coverage = document_factor * static_cast<float>(covered) / (weight_ * kFullMatch);
    if (coverage < most_coverage_ * kCoverageShareMin) {
      return;
    }
    most_coverage_ = std::max(most_coverage_, coverage);
    const float strength = static_cast<float>(sum) / (weight_ * 255);
    const int unnamed = std::max(0, file_.own_words()[operation] - named);
    float score = strength * coverage * coverage * costs_[static_cast<std::size_t>(unnamed)];
    score *= static_cast<float>(file_.priors()[operation]) * (1.0F / 255);
    score *= intent_factor(operation, method);
    if (plan_.evidence != nullptr && plan_.evidence->by_method[method] < kMethodEvidenceMin) {
      score *= kWrongMethodFactor;
    }
    if (plan_.method < kMethods.size() && plan_.method != method) {
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
  float most_coverage_ = 0;
  std::vector<std::uint16_t> weights_;                                   // of the words
  float weight_ = 0;                                                     // of all
  std::vector<std::array<std::uint8_t, kMethods.size() + 1>> evidence_;  // of the words
  std::array<float, 256> costs_;  // factor for so many eighths of own words that were not named
};

}  // namespace

void score(const QueryPlan& plan, const IndexFile& file, std::uint16_t file_number,
           const Allowed& allowed, Scratch& scratch) {
  FileScorer(plan, file, file_number, allowed, scratch).run();
}

}  // namespace tartan::catalog
