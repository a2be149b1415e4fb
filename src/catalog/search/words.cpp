#include "catalog/search/words.h"

#include <algorithm>
#include <array>
#include <bit>

namespace tartan::catalog {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_byte(char c) {
  return is_upper(c) || is_lower(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

constexpr std::array<std::string_view, 61> fillers = {
    "a",         "an",    "and",  "any",   "are",    "as",   "at",     "be",    "by",
    "can",       "could", "do",   "does",  "for",    "from", "given",  "has",   "have",
    "how",       "i",     "if",   "in",    "into",   "is",   "it",     "its",   "of",
    "on",        "or",    "our",  "out",   "please", "s",    "should", "so",    "some",
    "specified", "that",  "the",  "their", "them",   "then", "there",  "these", "this",
    "those",     "to",    "up",   "using", "via",    "want", "was",    "we",    "what",
    "where",     "which", "will", "with",  "would",  "you",  "your"};

constexpr std::array<std::string_view, 94> weak_words = {
    "about",    "after",     "again",     "all",      "already",    "also",      "am",
    "another",  "anybody",   "anyone",    "api",      "around",     "available", "awesome",
    "been",     "before",    "being",     "between",  "but",        "cannot",    "certain",
    "cool",     "current",   "d",         "did",      "doing",      "don",       "each",
    "ever",     "every",     "everybody", "everyone", "everything", "existing",  "funny",
    "good",     "got",       "had",       "he",       "her",        "him",       "his",
    "id",       "ids",       "just",      "ll",       "m",          "me",        "most",
    "multiple", "my",        "myself",    "need",     "needs",      "new",       "nice",
    "no",       "now",       "one",       "only",     "other",      "over",      "particular",
    "re",       "really",    "right",     "several",  "she",        "single",    "somebody",
    "someone",  "something", "somewhere", "specific", "still",      "t",         "than",
    "they",     "thing",     "too",       "two",      "us",         "v1",        "ve",
    "very",     "were",      "when",      "whenever", "while",      "who",       "whose",
    "why",      "within",    "yet"};

bool ends_with(std::string_view word, std::string_view end) {
  return word.size() > end.size() && word.ends_with(end);
}

std::string without(std::string_view word, std::size_t bytes) {
  return std::string(word.substr(0, word.size() - bytes));
}

bool is_vowel(char c) { return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'; }

std::string plural(std::string_view word) {
  const char last = word.back();
  if (last == 'y' && word.size() > 2 && !is_vowel(word[word.size() - 2])) {
    return without(word, 1) + "ies";
  }
  const bool hisses =
      last == 's' || last == 'x' || last == 'z' || word.ends_with("ch") || word.ends_with("sh");
  return std::string(word) + (hisses ? "es" : "s");
}

void add(std::vector<std::string>& forms, std::string form) {
  if (form.size() >= 2 && std::find(forms.begin(), forms.end(), form) == forms.end()) {
    forms.push_back(std::move(form));
  }
}

// What may have stood before an ending was added: "creating" gives "creat" and "create",
// "stopped" gives "stop".
void add_bases(std::vector<std::string>& bases, std::string_view word, std::string_view end) {
  if (!ends_with(word, end) || word.size() < end.size() + 3) {
    return;
  }
  std::string base = without(word, end.size());
  const std::size_t size = base.size();
  if (size > 3 && base[size - 1] == base[size - 2]) {
    add(bases, base.substr(0, size - 1));
  }
  add(bases, base + "e");
  add(bases, std::move(base));
}

// Past forms that no rule makes.
constexpr std::array<std::pair<std::string_view, std::string_view>, 55> irregular_verbs = {{
    {"ate", "eat"},      {"began", "begin"},   {"begun", "begin"},   {"bought", "buy"},
    {"broken", "break"}, {"brought", "bring"}, {"built", "build"},   {"chosen", "choose"},
    {"did", "do"},       {"done", "do"},       {"drew", "draw"},     {"drawn", "draw"},
    {"driven", "drive"}, {"eaten", "eat"},     {"fallen", "fall"},   {"felt", "feel"},
    {"flew", "fly"},     {"flown", "fly"},     {"forgot", "forget"}, {"found", "find"},
    {"froze", "freeze"}, {"frozen", "freeze"}, {"gave", "give"},     {"given", "give"},
    {"gone", "go"},      {"got", "get"},       {"grown", "grow"},    {"heard", "hear"},
    {"held", "hold"},    {"hidden", "hide"},   {"kept", "keep"},     {"knew", "know"},
    {"known", "know"},   {"lent", "lend"},     {"lost", "lose"},     {"made", "make"},
    {"meant", "mean"},   {"met", "meet"},      {"paid", "pay"},      {"ran", "run"},
    {"said", "say"},     {"seen", "see"},      {"sent", "send"},     {"shown", "show"},
    {"sold", "sell"},    {"spent", "spend"},   {"spoken", "speak"},  {"stolen", "steal"},
    {"taken", "take"},   {"taught", "teach"},  {"thrown", "throw"},  {"told", "tell"},
    {"won", "win"},      {"written", "write"}, {"wrote", "write"},
}};

void add_irregular(std::vector<std::string>& bases, std::string_view word) {
  const auto at = std::find_if(irregular_verbs.begin(), irregular_verbs.end(),
                               [&](const auto& verb) { return verb.first == word; });
  if (at != irregular_verbs.end()) {
    bases.emplace_back(at->second);
  }
}

void add_inflections(std::vector<std::string>& forms, const std::string& base) {
  add(forms, base);
  add(forms, plural(base));
  const std::string stem = base.ends_with('e') ? without(base, 1) : base;
  add(forms, stem + "ing");
  add(forms, stem + "ed");
  if (!base.ends_with('e')) {
    add(forms, base + base.back() + "ing");
    add(forms, base + base.back() + "ed");
  }
}

// "generate" and "generation", "detect" and "detection", "subscribe" and "subscription".
void add_nouns(std::vector<std::string>& forms, std::string_view word) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> endings = {{
      {"ate", "ation"},
      {"ct", "ction"},
      {"ize", "ization"},
      {"ify", "ification"},
      {"ribe", "ription"},
      {"ute", "ution"},
  }};
  for (const auto& [verb, noun] : endings) {
    for (const auto& [from, to] : {std::pair(verb, noun), std::pair(noun, verb)}) {
      if (ends_with(word, from) && word.size() > from.size() + 2) {
        add(forms, without(word, from.size()) + std::string(to));
        add(forms, without(word, from.size()) + std::string(to) + "s");
      }
    }
  }
}

void add_spelling(std::vector<std::string>& forms, std::string_view word, std::string_view british,
                  std::string_view american) {
  for (const auto& [from, to] : {std::pair(british, american), std::pair(american, british)}) {
    const std::size_t at = word.find(from);
    if (at != std::string_view::npos && at > 1) {
      std::string form(word);
      form.replace(at, from.size(), to);
      add(forms, std::move(form));
    }
  }
}

}  // namespace

std::size_t WordReader::end_of_word(std::size_t begin) const {
  std::size_t upper_run = is_upper(text_[begin]) ? 1 : 0;
  for (std::size_t i = begin + 1; i < text_.size(); ++i) {
    const char c = text_[i];
    if (!is_word_byte(c)) {
      return i;
    }
    if (is_upper(c)) {
      if (upper_run == 0) {
        return i;
      }
      ++upper_run;
      continue;
    }
    if (is_lower(c) && upper_run > 2) {
      const bool plural_of_letters = c == 's' && (i + 1 == text_.size() || !is_lower(text_[i + 1]));
      if (!plural_of_letters) {
        return i - 1;
      }
      return i + 1;
    }
    upper_run = 0;
  }
  return text_.size();
}

bool WordReader::next(Word& word) {
  const std::size_t before = at_;
  while (at_ < text_.size() && !is_word_byte(text_[at_])) {
    ++at_;
  }
  if (at_ == text_.size()) {
    return false;
  }
  word.joined = at_ == before && before > 0;
  word.begin = at_;
  word.end = end_of_word(at_);
  at_ = word.end;
  const std::size_t kept = std::min(word.end - word.begin, word_bytes_max);
  for (std::size_t i = 0; i < kept; ++i) {
    const char c = text_[word.begin + i];
    lower_[i] = is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  word.text = std::string_view(lower_, kept);
  return true;
}

WordRole role_of(std::string_view word) {
  if (std::find(fillers.begin(), fillers.end(), word) != fillers.end()) {
    return WordRole::filler;
  }
  const bool weak = std::find(weak_words.begin(), weak_words.end(), word) != weak_words.end();
  return weak ? WordRole::weak : WordRole::content;
}

std::string singular(std::string_view word) {
  if (word.size() < 4 || !word.ends_with('s') || ends_with(word, "ss") || ends_with(word, "us") ||
      ends_with(word, "is")) {
    return std::string(word);
  }
  if (ends_with(word, "ies") && word.size() > 4) {
    return without(word, 3) + "y";
  }
  for (const std::string_view end : {"sses", "xes", "ches", "shes", "zes", "tuses"}) {
    if (ends_with(word, end) && word.size() > 4) {
      return without(word, 2);
    }
  }
  return without(word, 1);
}

std::vector<std::string> verb_bases(std::string_view word) {
  std::vector<std::string> bases;
  add_irregular(bases, word);
  add_bases(bases, word, "ing");
  add_bases(bases, word, "ed");
  if (ends_with(word, "ied") && word.size() > 4) {
    add(bases, without(word, 3) + "y");
  }
  return bases;
}

std::vector<WordForm> forms_of(std::string_view word) {
  std::vector<WordForm> all;
  if (word.size() < 3 || !is_lower(word.back())) {
    return all;
  }
  std::vector<std::string> same;
  std::vector<std::string> bases;
  add(same, singular(word));
  add(same, plural(same.front()));
  if (ends_with(word, "es") && word.size() > 4) {
    add(same, without(word, 2));
    add(same, without(word, 1));
  }
  add_spelling(same, word, "is", "iz");
  add_spelling(same, word, "our", "or");
  add_spelling(same, word, "ogue", "og");
  bases = verb_bases(word);
  add(bases, same.front());
  std::vector<std::string> others;
  for (const std::string& base : bases) {
    add_inflections(others, base);
  }
  for (const std::string& base : bases) {
    add_nouns(others, base);
  }
  std::erase(same, word);
  for (std::string& form : same) {
    std::erase(others, form);
    all.push_back({std::move(form), true});
  }
  std::erase(others, word);
  for (std::string& form : others) {
    all.push_back({std::move(form), false});
  }
  return all;
}

std::uint32_t letters_of(std::string_view word) {
  std::uint32_t letters = 0;
  for (const char c : word) {
    const int bit = is_lower(c) ? c - 'a' : is_digit(c) ? 26 : 27;
    letters |= std::uint32_t{1} << bit;
  }
  return letters;
}

int edit_distance(std::string_view typed, std::string_view word, Ending ending, int max) {
  const int rows = static_cast<int>(std::min(typed.size(), word_bytes_max));
  int columns = static_cast<int>(std::min(word.size(), word_bytes_max));
  if (ending == Ending::prefix) {
    columns = std::min(columns, rows + max);
  }
  if (rows - columns > max || columns - rows > max) {
    return max + 1;
  }
  using Row = std::array<int, word_bytes_max + 1>;
  Row before{};
  Row above{};
  Row row{};
  for (int j = 0; j <= columns; ++j) {
    above[static_cast<std::size_t>(j)] = j;
  }
  for (int i = 1; i <= rows; ++i) {
    int least = row[0] = i;
    for (int j = 1; j <= columns; ++j) {
      const auto at = static_cast<std::size_t>(j);
      const char a = typed[static_cast<std::size_t>(i - 1)];
      const char b = word[at - 1];
      int cost = std::min({above[at] + 1, row[at - 1] + 1, above[at - 1] + (a == b ? 0 : 1)});
      if (i > 1 && j > 1 && a == word[at - 2] && typed[static_cast<std::size_t>(i - 2)] == b) {
        cost = std::min(cost, before[at - 2] + 1);
      }
      row[at] = cost;
      least = std::min(least, cost);
    }
    if (least > max) {
      return max + 1;
    }
    before = above;
    above = row;
  }
  if (ending == Ending::whole) {
    return std::min(above[static_cast<std::size_t>(columns)], max + 1);
  }
  return std::min(*std::min_element(above.begin(), above.begin() + columns + 1), max + 1);
}

}  // namespace tartan::catalog
