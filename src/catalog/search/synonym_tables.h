// The lists behind synonyms.h. Words of a list are separated by blanks.
#pragma once

#include <array>
#include <string_view>

namespace tartan::catalog::tables {

// Words that stand for each other, and looser ones that stand for any of those but not for each
// other.
struct Group {
  std::string_view same;
  std::string_view near = {};
};

// Verbs with the methods that usually do what they say: in order GET POST PUT PATCH DELETE.
enum class Verb { specific, generic };
struct VerbGroup {
  std::string_view same;
  std::string_view near;
  std::array<float, 5> methods;
  // Generic ones are said by the method alone: who creates something need not find "create".
  Verb kind = Verb::specific;
};

// What is typed, and what was meant by it; not the other way round.
struct Alias {
  std::string_view typed;
  std::string_view meant;
};

}  // namespace tartan::catalog::tables
