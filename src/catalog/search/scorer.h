// How well each operation of a file answers a query. Every operation gets a score: with a byte for
// each word and operation that costs less than being choosy.
#pragma once

#include <cstdint>
#include <vector>

#include "catalog/search/index_file.h"
#include "catalog/search/query_plan.h"

namespace tartan::catalog {

// An operation that answers at least a part of the query.
struct Candidate {
  float score = 0;
  float coverage = 0;  // weight of the words it answers, of all words' 1
  std::uint32_t operation = 0;
  std::uint16_t file = 0;
  bool complete = false;  // it answers every word
};

// Memory that one search needs; kept for the next one.
struct Scratch {
  std::vector<std::uint8_t> own;        // for each word and operation: strength of the best match
  std::vector<std::uint8_t> documents;  // the same for documents
  std::vector<std::uint16_t> sums;
  std::vector<std::uint16_t> coverage;
  std::vector<std::uint8_t> best, named;
  std::vector<std::uint8_t> answered;  // words
  std::vector<Candidate> candidates;
};

// Which operations may answer at all.
struct Allowed {
  std::vector<bool> documents;
  std::vector<bool> operations;           // empty: all
  std::uint8_t method = kMethods.size();  // one only; `kMethods.size()`: any
};

// An operation that answers less of the query than this share of what the best one does is left
// out.
constexpr float kCoverageShareMin = 0.6F;

// Adds the operations of `file` that are allowed and answer enough to `scratch.candidates`.
void score(const QueryPlan& plan, const IndexFile& file, std::uint16_t file_number,
           const Allowed& allowed, Scratch& scratch);

}  // namespace tartan::catalog
