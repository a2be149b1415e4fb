// The tokens of a shell's command line.
#pragma once

#include "catalog/shell_words.h"

namespace tartan::catalog {

struct ShellToken {
  enum class Kind {
    word,
    comment,   // `symbol` is its text
    end,       // of a command: newline, ; & | && ||
    redirect,  // > < and the like; a word follows
    input,     // a here-document: `word` is its text
  };
  Kind kind = Kind::word;
  ShellWord word = {};
  std::string symbol = {};
};

// Errors: invalid, an open quote with its place.
Result<std::vector<ShellToken>> read_bash(std::string_view text,
                                          std::vector<std::string>& warnings);
Result<std::vector<ShellToken>> read_cmd(std::string_view text);

}  // namespace tartan::catalog
