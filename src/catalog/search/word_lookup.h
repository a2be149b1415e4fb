// Finds the terms of the files that answer a typed word, and how surely each does.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/search/query_plan.h"
#include "catalog/search/query_text.h"
#include "catalog/search/synonyms.h"

namespace tartan::catalog {

// Collects terms of one file, each once, with the best strength.
class TermSet {
 public:
  explicit TermSet(std::uint32_t term_count) : strengths_(term_count) {}
  // Whether it is a new one.
  bool add(std::uint32_t term, float strength);
  // What was collected, by term; the set is empty afterwards.
  std::vector<TermMatch> take();

 private:
  std::vector<float> strengths_;
  std::vector<std::uint32_t> terms_;
};

// The word at `place` of the query. `scratch` holds an empty set for each file.
PlanWord look_up(Files files, WordTables tables, const Synonyms& synonyms, const QueryText& query,
                 std::size_t place, std::vector<TermSet>& scratch);

}  // namespace tartan::catalog
