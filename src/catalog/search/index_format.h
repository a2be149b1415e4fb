// The layout of an index file (docs/formats/catalog-index.md), shared by its writer and its reader.
// Numbers are little-endian, as on every machine that Tartan runs on.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace tartan::catalog::format {

constexpr std::uint64_t kMagic = 0x3158444954524154;  // "TARTIDX1"
// Raised as well when what is indexed changes: a word list, the fields that words are taken from.
constexpr std::uint32_t kVersion = 3;

enum class Section : std::uint32_t {
  documents,           // Document[]
  document_text,       // strings of documents
  methods,             // one byte for each operation: its method's number
  own_words,           // one byte: how many words of its own it has, in eighths
  priors,              // one byte: how likely it is what anybody wants, in 255ths
  flags,               // one byte: bits of `Flag`
  text_starts,         // u32[operations + 1] into operation_text
  operation_text,      // what hits show
  term_starts,         // u32[terms + 1] into term_text
  term_text,           // the words, sorted by their bytes
  term_letters,        // u32[terms]: letters_of
  posting_starts,      // u32[terms + 1] into postings
  postings,            // u32[]: operation << 8 | bits of `Field`, ascending
  document_starts,     // u32[terms + 1] into document_postings
  document_postings,   // u32[]: document << 8 | bits of `DocumentField`, ascending
  paths,               // u64[operations]: high half of path_hash << 32 | operation, ascending
  tag_starts,          // u32[tags + 1] into tag_text
  tag_text,            // the tags, sorted by their bytes
  tag_posting_starts,  // u32[tags + 1] into tag_postings
  tag_postings,        // u32[]: operations
  count
};
constexpr std::size_t kSectionCount = static_cast<std::size_t>(Section::count);

// Where a word of an operation stands.
enum Field : std::uint8_t {
  path_tail = 1,  // last part of the path that is no parameter
  path = 2,       // its other parts
  parameter = 4,  // names of path parameters
  operation_id = 8,
  summary = 16,
  tag = 32,
  description = 64,  // its beginning
  lead = 128,        // everyday words, and the first sentence of the description without a summary
};

// Where a word of a document stands.
enum DocumentField : std::uint8_t {
  provider = 1,  // its whole name
  service = 2,   // its whole name
  title = 4,
  host = 8,
  logo = 16,
  about = 32,          // beginning of the description
  provider_part = 64,  // of a provider's name of several words
  service_part = 128,
};

enum Flag : std::uint8_t {
  deprecated = 1,
  ends_with_parameter = 2,
  copy = 4,  // the same operation of the same provider stands in a better document
};

struct TextRange {
  std::uint32_t begin = 0;
  std::uint32_t size = 0;
};

struct Document {
  TextRange key, api, title, version;
  std::uint32_t first_operation = 0;
  std::uint32_t operation_count = 0;
};

struct SectionEntry {
  std::uint64_t begin = 0;
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;
};

struct Header {
  std::uint64_t magic = 0;
  std::uint32_t version = 0;
  std::uint32_t operation_count = 0;
  std::uint64_t file_size = 0;
  std::uint64_t checksum = 0;  // of the header with this member 0
  SectionEntry sections[kSectionCount];
};

constexpr std::uint32_t kOperationsMax = (1U << 24) - 1;  // three bytes of a posting

// FNV-like, eight bytes a step: finds damage, not intent.
inline std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t sum[4] = {0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, bytes.size()};
  constexpr std::uint64_t prime = 0x9FB21C651E98DF25;
  std::size_t at = 0;
  for (; at + 32 <= bytes.size(); at += 32) {
    std::uint64_t block[4];
    std::memcpy(block, bytes.data() + at, 32);
    for (int lane = 0; lane < 4; ++lane) {
      sum[lane] = (sum[lane] ^ block[lane]) * prime;
      sum[lane] ^= sum[lane] >> 32;
    }
  }
  for (; at < bytes.size(); ++at) {
    sum[0] = (sum[0] ^ static_cast<unsigned char>(bytes[at])) * prime;
    sum[0] ^= sum[0] >> 29;
  }
  std::uint64_t all = 0;
  for (const std::uint64_t lane : sum) {
    all = (all ^ lane) * prime;
    all ^= all >> 31;
  }
  return all;
}

}  // namespace tartan::catalog::format
