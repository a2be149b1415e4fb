// What a query means, looked up in the dictionaries of the files that are searched.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "catalog/search/index_file.h"
#include "catalog/search/synonyms.h"

namespace tartan::catalog {

using Files = std::span<const std::shared_ptr<const IndexFile>>;

// A term that answers a word of the query, and how well: 0 to 1.
struct TermMatch {
  std::uint32_t term = 0;
  float strength = 0;
};

struct PlanWord {
  std::string text;
  float weight = 1;
  bool known = false;  // some term answers it
  bool verb = false;
  bool names_provider = false;
  const MethodEvidence* evidence = nullptr;
  std::vector<std::vector<TermMatch>> terms;  // for each file, by term
  std::vector<std::string_view> shown;        // words that are highlighted for it
  bool prefix = false;                        // so are words that begin with `text`
};

// What kind of thing is asked for, as far as the words tell.
// An action is what is done with a thing that is there already, by no method of its own: "close".
enum class Intent { none, several, collection, item, creation, change, action };

struct QueryPlan {
  std::vector<PlanWord> words;
  std::vector<std::string> path;  // segments of the piece of a path that was typed, if any
  std::string path_text;
  std::vector<std::string> identifiers, pairs;  // as in QueryText
  std::uint8_t method = kMethods.size();        // that was typed before a path
  Intent intent = Intent::none;
  const MethodEvidence* evidence = nullptr;  // of the verb, if one was typed
  std::size_t verb = 0;                      // its place among the words
};

// The terms of one file for each word that synonyms may stand for, in all its forms: found once,
// not by every search.
class WordTable {
 public:
  WordTable(const IndexFile& file, const Synonyms& synonyms);
  std::span<const TermMatch> of(std::string_view word) const;

 private:
  std::unordered_map<std::string_view, std::vector<TermMatch>> matches_;
};
using WordTables = std::span<const std::unique_ptr<const WordTable>>;

// `tables` holds one for each file.
QueryPlan plan_query(std::string_view text, Files files, WordTables tables,
                     const Synonyms& synonyms);

}  // namespace tartan::catalog
