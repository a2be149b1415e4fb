#include "openapi/pattern.h"

#include <re2/re2.h>

namespace tartan::openapi {
namespace {

constexpr std::size_t kPatternBytesMax = 2'000;
constexpr std::size_t kTextBytesMax = 64 << 10;
constexpr std::size_t kPatternsMax = 200;
constexpr std::int64_t kMemoryMax = 1 << 20;  // of one pattern

// ECMAScript writes code points as "\u00e9", RE2 as "\x{00e9}".
std::string with_code_points(std::string_view pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool is_escape = pattern[i] == '\\' && i + 1 < pattern.size();
    if (is_escape && pattern[i + 1] == 'u' && i + 5 < pattern.size() &&
        pattern.substr(i + 2, 4).find_first_not_of("0123456789abcdefABCDEF") ==
            std::string_view::npos) {
      text += "\\x{" + std::string(pattern.substr(i + 2, 4)) + "}";
      i += 5;
    } else {
      text += pattern[i];
      if (is_escape) {
        text += pattern[++i];
      }
    }
  }
  return text;
}

// "/^[a-z]+$/i": what JavaScript writes around a pattern was taken for a part of it.
bool has_slashes(std::string_view pattern) {
  return pattern.size() > 1 && pattern.front() == '/' && pattern.rfind('/') + 3 > pattern.size();
}

std::unique_ptr<re2::RE2> read(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryMax);
  return std::make_unique<re2::RE2>(with_code_points(pattern), options);
}

}  // namespace

Patterns::Patterns() = default;
Patterns::~Patterns() = default;

PatternFit Patterns::match(std::string_view pattern, std::string_view text) {
  if (pattern.size() > kPatternBytesMax || text.size() > kTextBytesMax || has_slashes(pattern)) {
    return PatternFit::unknown;
  }
  auto known = read_.find(pattern);
  if (known == read_.end()) {
    if (read_.size() == kPatternsMax) {
      return PatternFit::unknown;
    }
    known = read_.emplace(pattern, read(pattern)).first;
  }
  if (!known->second->ok()) {
    return PatternFit::unknown;
  }
  const re2::StringPiece piece(text.data(), text.size());
  return re2::RE2::PartialMatch(piece, *known->second) ? PatternFit::fits : PatternFit::fails;
}

}  // namespace tartan::openapi
