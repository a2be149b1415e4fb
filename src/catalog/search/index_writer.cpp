#include "catalog/search/index_writer.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numeric>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"
#include "catalog/search/document_rank.h"
#include "catalog/search/everyday_words.h"
#include "catalog/search/index_format.h"
#include "catalog/search/path_shape.h"
#include "catalog/search/record_words.h"
#include "catalog/search/section_file.h"
#include "catalog/search/synonyms.h"
#include "catalog/search/words.h"

namespace tartan::catalog {
namespace {

constexpr std::size_t kShownBytesMax = 1000;  // of each text that hits show
constexpr std::size_t kOwnSummaryWords = 12;  // longer summaries are prose
constexpr float kVerbWeight = 0.35F;          // of a verb among an operation's own words
constexpr float kMinorWeight = 0.6F;          // of what stands only in the path before its end
constexpr float kLongerShare = 0.25F;         // of what the longer of path and summary has more
constexpr std::size_t kCommonOperations = 6;  // from here on a document's common words weigh less
constexpr float kDeprecatedFactor = 0.7F;
constexpr float kCopyFactor = 0.6F;
constexpr float kLesserKnownFactor = 0.92F;
constexpr float kDepthFactor = 0.975F;  // for each part of the path beyond the second
constexpr std::uint32_t kWordMaskBits = 8;

// Where an own word stands, below its number.
constexpr std::uint32_t kPathWord = 1;
constexpr std::uint32_t kMinorWord = 2;
constexpr std::uint32_t kSummaryWord = 4;
constexpr std::uint32_t kOwnBits = 3;

// Numbers words in the order in which they come.
class Dictionary {
 public:
  std::uint32_t number_of(std::string_view word) {
    const auto at = numbers_.find(word);
    if (at != numbers_.end()) {
      return at->second;
    }
    const std::string& kept = words_.emplace_back(word);
    const auto number = static_cast<std::uint32_t>(words_.size() - 1);
    numbers_.emplace(kept, number);
    return number;
  }
  const std::deque<std::string>& words() const { return words_; }

 private:
  std::deque<std::string> words_;
  std::unordered_map<std::string_view, std::uint32_t> numbers_;
};

// A number and the fields it stands in, as in a posting.
using Marked = std::uint32_t;

// Sorts what stands from `first` on and joins the marks of one number, which is above `bits`.
void merge_marks(std::vector<Marked>& marks, std::size_t first, std::uint32_t bits) {
  std::sort(marks.begin() + static_cast<std::ptrdiff_t>(first), marks.end());
  std::size_t kept = first;
  for (std::size_t i = first; i < marks.size(); ++i) {
    if (kept > first && marks[kept - 1] >> bits == marks[i] >> bits) {
      marks[kept - 1] |= marks[i];
    } else {
      marks[kept++] = marks[i];
    }
  }
  marks.resize(kept);
}

void put_number(std::string& out, std::size_t number) {
  while (number >= 0x80) {
    out += static_cast<char>(number | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

// Cut before a character, not within it.
std::string_view shown(std::string_view text) {
  if (text.size() <= kShownBytesMax) {
    return text;
  }
  std::size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

void put_text(std::string& out, std::string_view text) {
  const std::string_view kept = shown(text);
  put_number(out, kept.size());
  out += kept;
}

// What one operation is known by, beside its postings.
struct Operation {
  std::uint64_t shape = 0;      // of provider, method and path
  std::uint64_t path = 0;       // path_hash
  std::uint32_t text_end = 0;   // in `text`; it begins where the operation before ends
  std::uint32_t marks_end = 0;  // in `marks`
  std::uint32_t own_end = 0;    // in `own`, while its document is open
  std::uint8_t method = 0;
  std::uint8_t own_words = 0;  // in eighths
  std::uint8_t flags = 0;
  std::uint8_t depth = 0;
  bool is_well_known = false;  // people have words of their own for it, or it is Tartan's
};

struct Document {
  SearchDocument record;
  std::uint32_t first = 0;
  std::uint32_t count = 0;
  std::vector<Marked> marks;  // term and fields
};

// The name of an own word: its singular; one name for all verbs of a kind is not worth the table.
std::string own_name(std::string_view word) { return singular(word); }

std::uint8_t depth_of(std::string_view path) {
  const auto depth = std::count(path.begin(), path.end(), '/');
  return static_cast<std::uint8_t>(std::min<std::ptrdiff_t>(depth, 255));
}

bool ends_with_parameter(std::string_view path) {
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  return path.ends_with('}') || path.ends_with("}.json") || path.ends_with("}.xml");
}

}  // namespace

struct IndexWriter::State {
  Dictionary terms;
  Dictionary tags;
  Dictionary own_names;
  std::vector<Document> documents;
  std::vector<Operation> operations;
  std::vector<Marked> marks;       // of operations: term and fields
  std::string text;                // of operations
  std::vector<std::uint32_t> own;  // own names of the open document's operations
  std::vector<std::pair<std::uint32_t, std::uint32_t>> tagged;  // tag, operation
  std::vector<Marked> scratch;
  EverydayWords everyday_words;

  void index_operation(const SearchOperation& operation);
  void collect_own_words(const SearchOperation& operation);
  void close_document();
  float own_weight(std::uint32_t name, std::uint32_t uses, const Document& document) const;
  Result<Done> write(const std::string& path);
  std::vector<std::uint32_t> document_order() const;
  std::vector<float> document_factors(const std::vector<std::uint32_t>& order) const;
};

void IndexWriter::State::collect_own_words(const SearchOperation& operation) {
  const std::size_t before = own.size();
  std::size_t summary_words = 0;
  const bool has_summary = !operation.summary.empty();
  words_of(operation, [&](std::string_view word, std::uint8_t field) {
    std::uint32_t bag = 0;
    if (field == format::path_tail || field == format::path) {
      bag = field == format::path ? kMinorWord : kPathWord;
    } else if ((field == format::summary && ++summary_words <= kOwnSummaryWords) ||
               (field == format::operation_id && !has_summary)) {
      bag = kSummaryWord;
    }
    if (bag != 0 && role_of(word) == WordRole::content) {
      own.push_back(own_names.number_of(own_name(word)) << kOwnBits | bag);
    }
  });
  merge_marks(own, before, kOwnBits);
}

void IndexWriter::State::index_operation(const SearchOperation& operation) {
  scratch.clear();
  words_of(operation, [&](std::string_view word, std::uint8_t field) {
    scratch.push_back(terms.number_of(word) << kWordMaskBits | field);
  });
  // They say what it does, as the first sentence of a description would.
  WordReader everyday(
      everyday_words.of(operation.method, documents.back().record.api, operation.path));
  for (Word word; everyday.next(word);) {
    scratch.push_back(terms.number_of(word.text) << kWordMaskBits | format::lead);
  }
  merge_marks(scratch, 0, kWordMaskBits);
  marks.insert(marks.end(), scratch.begin(), scratch.end());

  put_text(text, operation.id);
  put_text(text, operation.path);
  put_text(text, operation.operation_id);
  put_text(text, operation.summary);
}

// How much each own word of an operation says depends on how many operations of the document share
// it: "api" and "v3" in every path say nothing. Path and summary say the same in other words: what
// the shorter one needs is what the operation is about.
void IndexWriter::State::close_document() {
  if (documents.empty()) {
    return;
  }
  Document& document = documents.back();
  document.count = static_cast<std::uint32_t>(operations.size()) - document.first;
  std::unordered_map<std::uint32_t, std::uint32_t> uses;
  for (const std::uint32_t word : own) {
    ++uses[word >> kOwnBits];
  }
  std::uint32_t at = 0;
  for (std::uint32_t i = document.first; i < operations.size(); ++i) {
    float path = 0;
    float summary = 0;
    for (; at < operations[i].own_end; ++at) {
      const float weight = own_weight(own[at] >> kOwnBits, uses[own[at] >> kOwnBits], document);
      path += (own[at] & kPathWord) != 0 ? weight : 0;
      path += (own[at] & (kPathWord | kMinorWord)) == kMinorWord ? weight * kMinorWeight : 0;
      summary += (own[at] & kSummaryWord) != 0 ? weight : 0;
    }
    const float least = summary > 0 ? std::min(path, summary) : path;
    const float most = std::max(path, summary);
    operations[i].own_words =
        static_cast<std::uint8_t>(std::min((least + (most - least) * kLongerShare) * 8, 255.0F));
  }
  own.clear();
}

float IndexWriter::State::own_weight(std::uint32_t name, std::uint32_t uses,
                                     const Document& document) const {
  const float weight = is_verb(own_names.words()[name]) ? kVerbWeight : 1.0F;
  const float share = static_cast<float>(uses) / static_cast<float>(document.count);
  return document.count < kCommonOperations ? weight : weight * (1 - share * share);
}

std::vector<std::uint32_t> IndexWriter::State::document_order() const {
  std::vector<std::uint32_t> order(documents.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return documents[a].record.key < documents[b].record.key;
  });
  return order;
}

std::vector<float> IndexWriter::State::document_factors(
    const std::vector<std::uint32_t>& order) const {
  std::vector<RankedDocument> ranked;
  for (const std::uint32_t i : order) {
    const SearchDocument& record = documents[i].record;
    ranked.push_back(
        {record.api, record.title, record.version, record.preferred, documents[i].count});
  }
  return rank_documents(ranked);
}

namespace {

// Bytes of numbers, as they stand in the file.
template <typename T>
std::string_view bytes_of(const std::vector<T>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(T)};
}

void write_strings(SectionFile& file, format::Section starts_section, format::Section text_section,
                   const std::deque<std::string>& words, const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> starts{0};
  std::string text;
  for (const std::uint32_t i : order) {
    text += words[i];
    starts.push_back(static_cast<std::uint32_t>(text.size()));
  }
  file.add(starts_section, bytes_of(starts));
  file.add(text_section, text);
}

std::vector<std::uint32_t> sorted_order(const std::deque<std::string>& words) {
  std::vector<std::uint32_t> order(words.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return words[a] < words[b]; });
  return order;
}

std::vector<std::uint32_t> inverse(const std::vector<std::uint32_t>& order) {
  std::vector<std::uint32_t> places(order.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    places[order[i]] = i;
  }
  return places;
}

// Gathers (list, number) pairs, numbers ascending, into lists that stand one after the other.
class Lists {
 public:
  explicit Lists(std::size_t count) : starts_(count + 1) {}
  void count(std::uint32_t list) { ++starts_[list + 1]; }
  void end_counting() {
    std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
    numbers_.resize(starts_.back());
    next_.assign(starts_.begin(), starts_.end() - 1);
  }
  void put(std::uint32_t list, std::uint32_t number) { numbers_[next_[list]++] = number; }
  void write(SectionFile& file, format::Section starts, format::Section numbers) const {
    file.add(starts, bytes_of(starts_));
    file.add(numbers, bytes_of(numbers_));
  }

 private:
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint32_t> next_;
  std::vector<std::uint32_t> numbers_;
};

format::TextRange put_range(std::string& text, std::string_view piece) {
  const format::TextRange range{static_cast<std::uint32_t>(text.size()),
                                static_cast<std::uint32_t>(piece.size())};
  text += piece;
  return range;
}

// One pass of the writing: documents in the order of their keys, operations in that of documents.
class Output {
 public:
  Output(const std::vector<Document>& documents, const std::vector<Operation>& operations,
         std::vector<std::uint32_t> document_order, std::vector<float> factors)
      : documents_(documents),
        operations_(operations),
        document_order_(std::move(document_order)),
        factors_(std::move(factors)) {
    for (std::uint32_t d = 0; d < document_order_.size(); ++d) {
      const Document& document = documents_[document_order_[d]];
      for (std::uint32_t i = 0; i < document.count; ++i) {
        order_.push_back(document.first + i);
        document_of_.push_back(d);
      }
    }
  }

  void write_documents(SectionFile& file) const {
    std::vector<format::Document> rows;
    std::string text;
    std::uint32_t first = 0;
    for (const std::uint32_t i : document_order_) {
      const SearchDocument& record = documents_[i].record;
      format::Document row;
      row.key = put_range(text, record.key);
      row.api = put_range(text, record.api);
      row.title = put_range(text, shown(record.title));
      row.version = put_range(text, shown(record.version));
      row.first_operation = first;
      row.operation_count = documents_[i].count;
      first += row.operation_count;
      rows.push_back(row);
    }
    file.add(format::Section::documents, bytes_of(rows));
    file.add(format::Section::document_text, text);
  }

  void write_operations(SectionFile& file, const std::string& text) const {
    std::vector<std::uint8_t> methods;
    std::vector<std::uint8_t> own_words;
    std::vector<std::uint32_t> starts{0};
    std::string shown_text;
    shown_text.reserve(text.size());
    for (const std::uint32_t i : order_) {
      methods.push_back(operations_[i].method);
      own_words.push_back(operations_[i].own_words);
      const std::uint32_t begin = i == 0 ? 0 : operations_[i - 1].text_end;
      shown_text.append(text, begin, operations_[i].text_end - begin);
      starts.push_back(static_cast<std::uint32_t>(shown_text.size()));
    }
    file.add(format::Section::methods, bytes_of(methods));
    file.add(format::Section::own_words, bytes_of(own_words));
    file.add(format::Section::text_starts, bytes_of(starts));
    file.add(format::Section::operation_text, shown_text);
    write_priors(file);
    write_paths(file);
  }

  void write_postings(SectionFile& file, const std::vector<Marked>& marks,
                      const std::vector<std::uint32_t>& term_places) const {
    Lists lists(term_places.size());
    for (const Marked mark : marks) {
      lists.count(term_places[mark >> kWordMaskBits]);
    }
    lists.end_counting();
    for (std::uint32_t place = 0; place < order_.size(); ++place) {
      const std::uint32_t i = order_[place];
      for (std::uint32_t at = i == 0 ? 0 : operations_[i - 1].marks_end;
           at < operations_[i].marks_end; ++at) {
        lists.put(term_places[marks[at] >> kWordMaskBits],
                  place << kWordMaskBits | (marks[at] & 0xFF));
      }
    }
    lists.write(file, format::Section::posting_starts, format::Section::postings);
  }

  void write_document_postings(SectionFile& file,
                               const std::vector<std::uint32_t>& term_places) const {
    Lists lists(term_places.size());
    for (const Document& document : documents_) {
      for (const Marked mark : document.marks) {
        lists.count(term_places[mark >> kWordMaskBits]);
      }
    }
    lists.end_counting();
    for (std::uint32_t place = 0; place < document_order_.size(); ++place) {
      for (const Marked mark : documents_[document_order_[place]].marks) {
        lists.put(term_places[mark >> kWordMaskBits], place << kWordMaskBits | (mark & 0xFF));
      }
    }
    lists.write(file, format::Section::document_starts, format::Section::document_postings);
  }

  void write_tags(SectionFile& file, const std::deque<std::string>& tags,
                  std::vector<std::pair<std::uint32_t, std::uint32_t>> tagged) const {
    const std::vector<std::uint32_t> order = sorted_order(tags);
    write_strings(file, format::Section::tag_starts, format::Section::tag_text, tags, order);
    const std::vector<std::uint32_t> tag_places = inverse(order);
    const std::vector<std::uint32_t> places = inverse(order_);
    for (auto& [tag, operation] : tagged) {
      tag = tag_places[tag];
      operation = places[operation];
    }
    std::sort(tagged.begin(), tagged.end());
    tagged.erase(std::unique(tagged.begin(), tagged.end()), tagged.end());
    Lists lists(tags.size());
    for (const auto& [tag, operation] : tagged) {
      lists.count(tag);
    }
    lists.end_counting();
    for (const auto& [tag, operation] : tagged) {
      lists.put(tag, operation);
    }
    lists.write(file, format::Section::tag_posting_starts, format::Section::tag_postings);
  }

  std::uint32_t operation_count() const { return static_cast<std::uint32_t>(order_.size()); }

 private:
  float prior_of(std::uint32_t place) const {
    const Operation& operation = operations_[order_[place]];
    float prior = factors_[document_of_[place]];
    if (!operation.is_well_known) {
      prior *= kLesserKnownFactor;
    }
    if ((operation.flags & format::deprecated) != 0) {
      prior *= kDeprecatedFactor;
    }
    return prior * std::pow(kDepthFactor, static_cast<float>(std::max(0, operation.depth - 2)));
  }

  // An operation that stands in several documents of a provider is best looked for in the first of
  // them; the others are its copies.
  void write_priors(SectionFile& file) const {
    std::unordered_map<std::uint64_t, std::uint32_t> best;
    std::vector<float> exact(order_.size());
    for (std::uint32_t place = 0; place < order_.size(); ++place) {
      exact[place] = prior_of(place);
      const auto [at, is_new] = best.try_emplace(operations_[order_[place]].shape, place);
      if (!is_new && exact[place] > exact[at->second]) {
        at->second = place;
      }
    }
    std::vector<std::uint8_t> priors;
    std::vector<std::uint8_t> flags;
    for (std::uint32_t place = 0; place < order_.size(); ++place) {
      const Operation& operation = operations_[order_[place]];
      const bool is_copy = best[operation.shape] != place;
      const float prior = exact[place] * (is_copy ? kCopyFactor : 1);
      priors.push_back(static_cast<std::uint8_t>(std::max(1.0F, prior * 255)));
      flags.push_back(operation.flags | (is_copy ? format::copy : 0));
    }
    file.add(format::Section::priors, bytes_of(priors));
    file.add(format::Section::flags, bytes_of(flags));
  }

  void write_paths(SectionFile& file) const {
    std::vector<std::uint64_t> paths;
    for (std::uint32_t place = 0; place < order_.size(); ++place) {
      const std::uint64_t high = operations_[order_[place]].path & 0xFFFFFFFF00000000;
      paths.push_back(high | place);
    }
    std::sort(paths.begin(), paths.end());
    file.add(format::Section::paths, bytes_of(paths));
  }

  const std::vector<Document>& documents_;
  const std::vector<Operation>& operations_;
  std::vector<std::uint32_t> document_order_;
  std::vector<float> factors_;              // in the order of documents in the file
  std::vector<std::uint32_t> order_;        // operations in the order of the file
  std::vector<std::uint32_t> document_of_;  // of an operation in the file
};

}  // namespace

Result<Done> IndexWriter::State::write(const std::string& path) {
  close_document();
  if (operations.size() > format::kOperationsMax || text.size() > UINT32_MAX ||
      terms.words().size() > format::kOperationsMax) {
    return Error{Fault::too_large, "an index holds at most 16,777,215 operations and 4 GB of text"};
  }
  std::vector<std::uint32_t> order = document_order();
  for (std::size_t i = 1; i < order.size(); ++i) {
    if (documents[order[i - 1]].record.key == documents[order[i]].record.key) {
      return Error{Fault::invalid, "two documents with the key " + documents[order[i]].record.key};
    }
  }
  std::vector<float> factors = document_factors(order);
  const Output output(documents, operations, std::move(order), std::move(factors));
  SectionFile file(path, output.operation_count());
  output.write_documents(file);
  output.write_operations(file, text);
  const std::vector<std::uint32_t> term_order = sorted_order(terms.words());
  write_strings(file, format::Section::term_starts, format::Section::term_text, terms.words(),
                term_order);
  std::vector<std::uint32_t> letters;
  letters.reserve(term_order.size());
  for (const std::uint32_t i : term_order) {
    letters.push_back(letters_of(terms.words()[i]));
  }
  file.add(format::Section::term_letters, bytes_of(letters));
  const std::vector<std::uint32_t> term_places = inverse(term_order);
  output.write_postings(file, marks, term_places);
  output.write_document_postings(file, term_places);
  output.write_tags(file, tags.words(), std::move(tagged));
  return file.finish();
}

IndexWriter::IndexWriter() : state_(std::make_unique<State>()) {}
IndexWriter::~IndexWriter() = default;
IndexWriter::IndexWriter(IndexWriter&&) noexcept = default;
IndexWriter& IndexWriter::operator=(IndexWriter&&) noexcept = default;

void IndexWriter::begin_document(SearchDocument record) {
  state_->close_document();
  Document document;
  words_of(record, [&](std::string_view word, std::uint8_t field) {
    document.marks.push_back(state_->terms.number_of(word) << kWordMaskBits | field);
  });
  merge_marks(document.marks, 0, kWordMaskBits);
  document.record = std::move(record);
  document.record.description.clear();
  document.first = static_cast<std::uint32_t>(state_->operations.size());
  state_->documents.push_back(std::move(document));
}

void IndexWriter::add(const SearchOperation& record) {
  check(!state_->documents.empty(), "a document has begun");
  const auto number = static_cast<std::uint32_t>(state_->operations.size());
  state_->index_operation(record);
  state_->collect_own_words(record);
  for (const std::string& tag : record.tags) {
    state_->tagged.emplace_back(state_->tags.number_of(tag), number);
  }
  Operation operation;
  operation.method = method_number(record.method);
  operation.path = path_hash(record.path);
  std::string shape(provider_of(state_->documents.back().record.api));
  shape += ' ';
  shape += record.method;
  shape += ' ';
  shape += path_shape(record.path);
  operation.shape = format::checksum(shape);
  operation.text_end = static_cast<std::uint32_t>(state_->text.size());
  operation.marks_end = static_cast<std::uint32_t>(state_->marks.size());
  operation.own_end = static_cast<std::uint32_t>(state_->own.size());
  operation.depth = depth_of(record.path);
  operation.flags = static_cast<std::uint8_t>(
      (record.deprecated ? format::deprecated : 0) |
      (ends_with_parameter(record.path) ? format::ends_with_parameter : 0));
  const std::string_view api = state_->documents.back().record.api;
  operation.is_well_known = api.starts_with("tartan/") ||
                            !state_->everyday_words.of(record.method, api, record.path).empty();
  state_->operations.push_back(operation);
}

std::size_t IndexWriter::operation_count() const { return state_->operations.size(); }

Result<Done> IndexWriter::write(const std::string& path) { return state_->write(path); }

}  // namespace tartan::catalog
