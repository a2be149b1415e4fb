#include "catalog/shell_words.h"

#include <algorithm>

#include "base/ascii.h"
#include "catalog/shell_lexer.h"

namespace tartan::catalog {
namespace {

// `text` without words in single quotes: what stands in them is nobody's escape, and cmd has none.
std::string without_quoted(std::string_view text) {
  std::string rest;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool opens = text[i] == '\'' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '$' ||
                                           text.substr(0, i).ends_with("\\'"));
    const std::size_t end = opens ? text.find('\'', i + 1) : std::string_view::npos;
    if (end == std::string_view::npos) {
      rest += text[i];
    } else {
      i = end;
    }
  }
  return rest;
}

// Whether the text was copied for Windows' cmd, whose escape is a caret.
bool is_for_cmd(std::string_view command) {
  const std::string text = without_quoted(command);
  if (text.find("\\\n") != std::string::npos || text.find("\\\r\n") != std::string::npos) {
    return false;
  }
  return text.find("^\n") != std::string::npos || text.find("^\r\n") != std::string::npos ||
         text.find(" ^\"") != std::string::npos;
}

bool is_program(const ShellWord& word, std::string_view program) {
  if (has_placeholder(word.text)) {
    return false;
  }
  std::string name = literal_of(word.text);
  name = name.substr(name.find_last_of("/\\") + 1);
  if (to_lower(name).ends_with(".exe")) {
    name.resize(name.size() - 4);
  }
  return name == program;
}

// NAME=value, the name without quotes.
std::optional<std::pair<std::string, Text>> assignment_in(const ShellWord& word) {
  if (word.text.empty() || word.text.front().is_placeholder) {
    return std::nullopt;
  }
  const std::string& first = word.text.front().text;
  const std::size_t equals = first.find('=');
  if (equals == std::string::npos || equals >= word.plain_begin ||
      !is_identifier(std::string_view(first).substr(0, equals))) {
    return std::nullopt;
  }
  return std::pair(first.substr(0, equals), without_prefix(word.text, equals + 1));
}

// What may stand before a command's name and says nothing about the request.
bool is_lead(const ShellWord& word) {
  constexpr std::string_view leads[] = {"$",       "%",    "sudo", "time",  "exec",
                                        "command", "then", "do",   "export"};
  return !has_placeholder(word.text) &&
         std::find(std::begin(leads), std::end(leads), literal_of(word.text)) != std::end(leads);
}

class CommandFinder {
 public:
  CommandFinder(std::string_view text, std::string_view program, std::vector<ShellToken> tokens)
      : text_(text), program_(program), tokens_(std::move(tokens)) {}

  Result<ShellCommand> run() {
    for (; at_ < tokens_.size() && made_.words.empty(); ++at_) {
      take_before(tokens_[at_]);
    }
    if (made_.words.empty()) {
      return nothing_found();
    }
    bool ended = false;
    for (; at_ < tokens_.size() && !ended; ++at_) {
      ended = !take(tokens_[at_]);
    }
    return std::move(made_);
  }

 private:
  void take_before(ShellToken& token) {
    if (token.kind == ShellToken::Kind::comment) {
      made_.comments.push_back(token.symbol);
      return;
    }
    if (token.kind != ShellToken::Kind::word) {
      at_beginning_ = token.kind == ShellToken::Kind::end;
      return;
    }
    if (!at_beginning_) {
      return;
    }
    if (is_program(token.word, program_)) {
      made_.words.push_back(std::move(token.word));
    } else if (auto assigned = assignment_in(token.word)) {
      made_.assignments.push_back(*std::move(assigned));
    } else if (!is_lead(token.word)) {
      other_ = other_ ? other_ : std::optional(token.word);
      at_beginning_ = false;
    }
  }

  Result<ShellCommand> nothing_found() const {
    if (other_) {
      return Error{Fault::invalid, "this is no " + std::string(program_) +
                                       " command: it begins with '" +
                                       literal_of(other_->text).substr(0, 60) + "' at " +
                                       place_in(text_, other_->offset)};
    }
    return Error{Fault::invalid,
                 "there is no command: paste one that begins with " + std::string(program_)};
  }

  // Whether the command goes on.
  bool take(ShellToken& token) {
    switch (token.kind) {
      case ShellToken::Kind::word:
        made_.words.push_back(std::move(token.word));
        return true;
      case ShellToken::Kind::redirect:
        // The word behind it names a file.
        at_ += at_ + 1 < tokens_.size() && tokens_[at_ + 1].kind == ShellToken::Kind::word ? 1 : 0;
        return true;
      case ShellToken::Kind::input:
        made_.standard_input = std::move(token.word.text);
        return true;
      case ShellToken::Kind::comment:
        return true;
      case ShellToken::Kind::end:
        break;
    }
    if (token.symbol == "\n" && goes_on()) {
      return true;
    }
    warn_of_rest(token);
    return false;
  }

  // Backslashes at the ends of lines are easily lost on the way.
  bool goes_on() {
    const std::size_t next = at_ + 1;
    if (next >= tokens_.size() || tokens_[next].kind != ShellToken::Kind::word ||
        !literal_of(tokens_[next].word.text).starts_with('-')) {
      return next < tokens_.size() && tokens_[next].symbol == "\n";
    }
    made_.warnings.push_back(
        "a line ends without a backslash, and the next begins with an option, at " +
        place_in(text_, tokens_[next].word.offset) + ": it is taken as one command");
    return true;
  }

  void warn_of_rest(const ShellToken& end) {
    for (std::size_t i = at_ + 1; i < tokens_.size(); ++i) {
      const ShellToken& one = tokens_[i];
      if (one.kind == ShellToken::Kind::word) {
        made_.warnings.push_back(
            "only the first command is taken: '" + literal_of(one.word.text).substr(0, 60) +
            "' and what follows, at " + place_in(text_, one.word.offset) + ", are left out" +
            (end.symbol == "&" ? "; an address with & needs quotes" : ""));
        return;
      }
    }
  }

  std::string_view text_;
  std::string_view program_;
  std::vector<ShellToken> tokens_;
  std::size_t at_ = 0;
  bool at_beginning_ = true;
  std::optional<ShellWord> other_;
  ShellCommand made_;
};

}  // namespace

std::string place_in(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const std::size_t line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return "line " + std::to_string(1 + std::count(before.begin(), before.end(), '\n')) +
         ", column " + std::to_string(1 + before.size() - line_begin);
}

Result<ShellCommand> read_shell_command(std::string_view text, std::string_view program) {
  std::vector<std::string> warnings;
  auto tokens = is_for_cmd(text) ? read_cmd(text) : read_bash(text, warnings);
  if (!tokens) {
    return std::move(tokens).error();
  }
  auto made = CommandFinder(text, program, *std::move(tokens)).run();
  if (made) {
    made->warnings.insert(made->warnings.begin(), warnings.begin(), warnings.end());
  }
  return made;
}

}  // namespace tartan::catalog
