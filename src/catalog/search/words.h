// How text becomes words, the same for what is indexed and for what is typed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tartan::catalog {

// A word of a text, in lower case, and the bytes it was read from.
struct Word {
  std::string_view text;  // valid until the next word is read
  std::size_t begin = 0;
  std::size_t end = 0;
  bool joined = false;  // no blank or punctuation between the word before and this one: "GitHub"
};

// Bytes of a longer word that are kept. Nobody types more, and ids of 1,000 digits are no words.
constexpr std::size_t word_bytes_max = 40;

// Reads a text word by word. A word is a run of letters and digits; bytes beyond ASCII count as
// letters, so that invalid UTF-8 does no harm. camelCase ends a word ("sendMail", "HTTPRoute"), a
// digit does not ("s3", "oauth2"); "IDs" and "OAuth" stay whole.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}
  bool next(Word& word);

 private:
  std::size_t end_of_word(std::size_t begin) const;

  std::string_view text_;
  std::size_t at_ = 0;
  char lower_[word_bytes_max] = {};
};

// What a word adds to a query: nothing ("the", "of"), little ("my", "all") or much.
enum class WordRole { filler, weak, content };
WordRole role_of(std::string_view word);

// The singular of an English noun, or the word itself: "companies" gives "company".
std::string singular(std::string_view word);

// Another written form of a word.
struct WordForm {
  std::string text;
  bool same = false;  // the same in number or spelling only; not so "created" for "create"
};

// Plural, singular, -ing, -ed, British spelling. They need not exist; who looks them up in a
// dictionary finds those that do.
std::vector<WordForm> forms_of(std::string_view word);

// What a verb's past or continuous form was made of: "commenting" gives "comment", "sent" "send".
// They need not exist either.
std::vector<std::string> verb_bases(std::string_view word);

// Which letters occur in `word`, one bit each; all digits share one, all other bytes another.
std::uint32_t letters_of(std::string_view word);

// The number of letters to insert, delete, replace or swap with their neighbour that turns `typed`
// into `word`, or into the beginning of `word` that is nearest when `prefix`; `max` + 1 when more
// than `max`.
enum class Ending { whole, prefix };
int edit_distance(std::string_view typed, std::string_view word, Ending ending, int max);

}  // namespace tartan::catalog
