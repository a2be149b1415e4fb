#include "catalog/search/catalog_search.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "catalog/search/document_rank.h"
#include "catalog/search/highlighter.h"
#include "catalog/search/query_plan.h"
#include "catalog/search/reranker.h"
#include "catalog/search/scorer.h"

namespace tartan::catalog {
namespace {

// Operations whose rank is looked at again, by what is too dear for all of them.
constexpr std::size_t kReranked = 200;
// Memory of searches that is kept: as many as run at a time on a small machine.
constexpr std::size_t kScratchesMax = 4;

}  // namespace

struct CatalogSearch::State {
  std::vector<std::shared_ptr<const IndexFile>> files;
  std::vector<std::vector<bool>> live;  // for each file, its documents that are not hidden
  const Synonyms& synonyms = everyday_synonyms();
  std::vector<std::unique_ptr<const WordTable>> tables;
  std::mutex mutex;
  std::vector<std::unique_ptr<Scratch>> scratches;

  std::unique_ptr<Scratch> take_scratch();
  void give_back(std::unique_ptr<Scratch> scratch);
  void hide(const std::vector<std::string>& removed);
  Allowed allowed(std::size_t f, const SearchQuery& query) const;
  bool is_before(const Candidate& a, const Candidate& b) const;
  void list_all(const SearchQuery& query, std::vector<Candidate>& candidates) const;
  void find(const SearchQuery& query, const QueryPlan& plan, Scratch& scratch) const;
  void add_exact_paths(const QueryPlan& plan, const std::vector<Allowed>& allowed,
                       std::vector<Candidate>& candidates) const;
  void rank(const QueryPlan& plan, std::size_t wanted, std::vector<Candidate>& candidates) const;
  SearchHit hit_of(const Candidate& candidate, const Highlighter& highlighter) const;
};

std::unique_ptr<Scratch> CatalogSearch::State::take_scratch() {
  const std::lock_guard lock(mutex);
  if (scratches.empty()) {
    return std::make_unique<Scratch>();
  }
  std::unique_ptr<Scratch> scratch = std::move(scratches.back());
  scratches.pop_back();
  return scratch;
}

void CatalogSearch::State::give_back(std::unique_ptr<Scratch> scratch) {
  const std::lock_guard lock(mutex);
  if (scratches.size() < kScratchesMax) {
    scratches.push_back(std::move(scratch));
  }
}

void CatalogSearch::State::hide(const std::vector<std::string>& removed) {
  const auto hide_in_main = [&](std::string_view key) {
    const auto documents = files[0]->documents();
    const auto at = std::lower_bound(documents.begin(), documents.end(), key,
                                     [&](const format::Document& document, std::string_view k) {
                                       return files[0]->text(document.key) < k;
                                     });
    if (at != documents.end() && files[0]->text(at->key) == key) {
      live[0][static_cast<std::size_t>(at - documents.begin())] = false;
    }
  };
  for (const std::string& key : removed) {
    hide_in_main(key);
  }
  for (std::uint32_t d = 0; files.size() > 1 && d < files[1]->document_count(); ++d) {
    hide_in_main(files[1]->key(d));
  }
}

Allowed CatalogSearch::State::allowed(std::size_t f, const SearchQuery& query) const {
  Allowed allowed;
  const IndexFile& file = *files[f];
  allowed.documents = live[f];
  for (std::uint32_t d = 0; query.api && d < file.document_count(); ++d) {
    const std::string_view api = file.text(file.documents()[d].api);
    if (api != *query.api && provider_of(api) != *query.api) {
      allowed.documents[d] = false;
    }
  }
  if (query.method) {
    allowed.method = method_number(*query.method);
    if (allowed.method == kMethods.size()) {
      allowed.documents.assign(file.document_count(), false);
    }
  }
  if (query.tag) {
    allowed.operations.assign(std::max<std::size_t>(1, file.operation_count()), false);
    for (const std::uint32_t operation : file.operations_tagged(*query.tag)) {
      allowed.operations[operation] = true;
    }
  }
  return allowed;
}

// Higher scores first. Equal ones in the order of keys, then of the operations in their document.
bool CatalogSearch::State::is_before(const Candidate& a, const Candidate& b) const {
  if (a.score != b.score) {
    return a.score > b.score;
  }
  if (a.file == b.file) {
    return a.operation < b.operation;
  }
  return files[a.file]->key(files[a.file]->document_of(a.operation)) <
         files[b.file]->key(files[b.file]->document_of(b.operation));
}

void CatalogSearch::State::list_all(const SearchQuery& query,
                                    std::vector<Candidate>& candidates) const {
  for (std::size_t f = 0; f < files.size(); ++f) {
    const Allowed in = allowed(f, query);
    for (std::uint32_t d = 0; d < files[f]->document_count(); ++d) {
      const format::Document& document = files[f]->documents()[d];
      for (std::uint32_t i = 0; in.documents[d] && i < document.operation_count; ++i) {
        const std::uint32_t operation = document.first_operation + i;
        const bool passes =
            (in.method == kMethods.size() || files[f]->methods()[operation] == in.method) &&
            (in.operations.empty() || in.operations[operation]);
        if (passes) {
          candidates.push_back({0, 1, operation, static_cast<std::uint16_t>(f), true});
        }
      }
    }
  }
}

void CatalogSearch::State::add_exact_paths(const QueryPlan& plan,
                                           const std::vector<Allowed>& allowed,
                                           std::vector<Candidate>& candidates) const {
  for (std::uint16_t f = 0; f < files.size(); ++f) {
    const IndexFile& file = *files[f];
    for (const std::uint64_t entry : file.operations_at(plan.path_text)) {
      const auto operation = static_cast<std::uint32_t>(entry);
      const Allowed& in = allowed[f];
      const bool passes =
          in.documents[file.document_of(operation)] &&
          (in.method == kMethods.size() || file.methods()[operation] == in.method) &&
          (in.operations.empty() || in.operations[operation]);
      const auto known =
          std::find_if(candidates.begin(), candidates.end(), [&](const Candidate& candidate) {
            return candidate.file == f && candidate.operation == operation;
          });
      const float score = 1 + static_cast<float>(file.priors()[operation]) / 255;
      if (known != candidates.end()) {
        known->score += score;
        known->complete = true;
      } else if (passes) {
        candidates.push_back({score, 1, operation, f, true});
      }
    }
  }
}

void CatalogSearch::State::find(const SearchQuery& query, const QueryPlan& plan,
                                Scratch& scratch) const {
  std::vector<Allowed> all;
  for (std::uint16_t f = 0; f < files.size(); ++f) {
    all.push_back(allowed(f, query));
    score(plan, *files[f], f, all.back(), scratch);
  }
  std::vector<Candidate>& candidates = scratch.candidates;
  float most = 0;
  for (const Candidate& candidate : candidates) {
    most = std::max(most, candidate.coverage);
  }
  std::erase_if(candidates, [&](const Candidate& candidate) {
    return candidate.coverage < most * kCoverageShareMin;
  });
  if (!plan.path.empty()) {
    add_exact_paths(plan, all, candidates);
  }
}

void CatalogSearch::State::rank(const QueryPlan& plan, std::size_t wanted,
                                std::vector<Candidate>& candidates) const {
  const auto before = [&](const Candidate& a, const Candidate& b) { return is_before(a, b); };
  const std::size_t sorted = std::min(candidates.size(), std::max(wanted, kReranked));
  const auto end = candidates.begin() + static_cast<std::ptrdiff_t>(sorted);
  if (end != candidates.end()) {
    std::nth_element(candidates.begin(), end, candidates.end(), before);
  }
  std::sort(candidates.begin(), end, before);
  const auto again =
      candidates.begin() + static_cast<std::ptrdiff_t>(std::min(candidates.size(), kReranked));
  const Reranker reranker(plan);
  for (auto at = candidates.begin(); at != again; ++at) {
    at->score *= reranker.factor(files[at->file]->shown(at->operation));
  }
  std::sort(candidates.begin(), again, before);
}

SearchHit CatalogSearch::State::hit_of(const Candidate& candidate,
                                       const Highlighter& highlighter) const {
  const IndexFile& file = *files[candidate.file];
  const format::Document& document = file.documents()[file.document_of(candidate.operation)];
  const IndexFile::Shown shown = file.shown(candidate.operation);
  const std::uint8_t method = file.methods()[candidate.operation];
  SearchHit hit;
  hit.id = shown.id;
  hit.api = file.text(document.api);
  hit.api_title = file.text(document.title);
  hit.version = file.text(document.version);
  hit.method = method < kMethods.size() ? kMethods[method] : std::string_view();
  hit.path = shown.path;
  hit.operation_id = shown.operation_id;
  hit.summary = shown.summary;
  hit.highlights.api_title = highlighter.mark(hit.api_title);
  hit.highlights.path = highlighter.mark(hit.path);
  hit.highlights.operation_id = highlighter.mark(hit.operation_id);
  hit.highlights.summary = highlighter.mark(hit.summary);
  hit.score = candidate.score;
  return hit;
}

CatalogSearch::CatalogSearch(std::shared_ptr<const IndexFile> main,
                             std::shared_ptr<const IndexFile> recent,
                             const std::vector<std::string>& removed)
    : state_(std::make_unique<State>()) {
  state_->files.push_back(std::move(main));
  if (recent != nullptr) {
    state_->files.push_back(std::move(recent));
  }
  for (const auto& file : state_->files) {
    state_->live.emplace_back(file->document_count(), true);
    state_->tables.push_back(std::make_unique<const WordTable>(*file, state_->synonyms));
  }
  state_->hide(removed);
}

CatalogSearch::~CatalogSearch() = default;

SearchPage CatalogSearch::search(const SearchQuery& query) const {
  State& state = *state_;
  std::unique_ptr<Scratch> scratch = state.take_scratch();
  std::vector<Candidate>& candidates = scratch->candidates;
  candidates.clear();
  const QueryPlan plan = plan_query(query.text, state.files, state.tables, state.synonyms);
  const std::size_t size = std::min(query.size, kPageSizeMax);
  if (plan.words.empty() && plan.path.empty()) {
    state.list_all(query, candidates);
  } else {
    state.find(query, plan, *scratch);
  }
  const std::size_t offset = std::min(query.offset, candidates.size());
  state.rank(plan, offset + size, candidates);

  SearchPage page;
  page.total = candidates.size();
  page.partial = !candidates.empty() &&
                 std::none_of(candidates.begin(), candidates.end(),
                              [](const Candidate& candidate) { return candidate.complete; });
  const Highlighter highlighter(plan);
  for (std::size_t i = offset; i < std::min(candidates.size(), offset + size); ++i) {
    page.hits.push_back(state.hit_of(candidates[i], highlighter));
  }
  state.give_back(std::move(scratch));
  return page;
}

}  // namespace tartan::catalog
