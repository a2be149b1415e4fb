// A pasted command line, split into words as a shell would: bash, or Windows' cmd.
//
// Nothing is run and no file is read. Shell variables become placeholder pieces.
#pragma once

#include <optional>

#include "catalog/template_text.h"

namespace tartan::catalog {

struct ShellWord {
  Text text;
  std::size_t offset = 0;       // in what was pasted
  std::size_t plain_begin = 0;  // so many characters at its beginning stand without quotes
};

struct ShellCommand {
  std::vector<ShellWord> words;  // of the first command called `program`, that word first
  std::vector<std::pair<std::string, Text>> assignments;  // NAME=value before it
  std::vector<std::string> comments;                      // before it, without the "#"
  std::optional<Text> standard_input;                     // a here-document
  std::vector<std::string> warnings;
};

// Errors: invalid, naming what was not understood and where.
Result<ShellCommand> read_shell_command(std::string_view text, std::string_view program);

// "line 2, column 14".
std::string place_in(std::string_view text, std::size_t offset);

}  // namespace tartan::catalog
