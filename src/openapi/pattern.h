// Texts against the `pattern` of a schema, in a time that grows only with their length: patterns
// come from documents, texts from replies, and neither is to be trusted.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}

namespace tartan::openapi {

// Unknown: the pattern can't be read, or takes what no such search gives, as looking ahead.
enum class PatternFit { fits, fails, unknown };

// Keeps the patterns that it has read. For one thread.
class Patterns {
 public:
  Patterns();
  ~Patterns();
  Patterns(const Patterns&) = delete;
  Patterns& operator=(const Patterns&) = delete;

  // As ECMAScript means it: anywhere in `text`.
  PatternFit match(std::string_view pattern, std::string_view text);

 private:
  std::map<std::string, std::unique_ptr<re2::RE2>, std::less<>> read_;
};

}  // namespace tartan::openapi
