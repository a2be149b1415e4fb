#include "catalog/shell_lexer.h"

#include <algorithm>
#include <cctype>

namespace tartan::catalog {
namespace {

using Kind = ShellToken::Kind;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x110000) {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

int digit_of(char c, int base) {
  const int value = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : 99;
  return value < base ? value : -1;
}

class BashLexer {
 public:
  BashLexer(std::string_view text, std::vector<std::string>& warnings)
      : text_(text), warnings_(warnings) {}

  Result<std::vector<ShellToken>> run() {
    while (at_ < text_.size() && error_.empty()) {
      step();
    }
    if (!error_.empty()) {
      return Error{Fault::invalid, error_};
    }
    finish_word();
    return std::move(tokens_);
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void step() {
    const char c = peek();
    if (c == ' ' || c == '\t' || (c == '\r' && peek(1) == '\n')) {
      finish_word();
      ++at_;
    } else if (c == '\n') {
      end_command("\n");
      take_here_document();
    } else if (c == '#' && !in_word_) {
      take_comment();
    } else if (c == ';' || c == '|' || c == '(' || c == ')') {
      end_command(std::string(1, c));
    } else if (c == '&') {
      ampersand();
    } else if (c == '<' || c == '>') {
      redirect();
    } else {
      word_character(c);
    }
  }

  void word_character(char c) {
    begin_word();
    if (c == '\'') {
      single_quoted();
    } else if (c == '"') {
      double_quoted();
    } else if (c == '\\') {
      backslash();
    } else if (c == '`' && peek(1) == '\n') {
      at_ += 2;  // PowerShell's way to go on in the next line
    } else if (c == '$' || c == '`') {
      dollar(false);
    } else {
      plain(c);
      ++at_;
    }
  }

  void begin_word() {
    if (!in_word_) {
      in_word_ = true;
      word_ = {};
      word_.offset = at_;
      quoted_ = false;
    }
  }

  void finish_word() {
    if (in_word_) {
      tokens_.push_back({Kind::word, std::move(word_), ""});
      in_word_ = false;
    }
  }

  void plain(char c) {
    add_literal(word_.text, std::string_view(&c, 1));
    word_.plain_begin += quoted_ ? 0 : 1;
  }

  void end_command(std::string symbol) {
    finish_word();
    at_ += symbol.size();
    tokens_.push_back({Kind::end, {}, std::move(symbol)});
  }

  // Addresses are often pasted without their quotes.
  void ampersand() {
    const bool in_address = in_word_ && !word_.text.empty() && peek(1) != '&' &&
                            is_name_character(peek(1)) &&
                            word_.text.front().text.find("://") != std::string::npos;
    if (!in_address) {
      end_command("&");
      return;
    }
    if (!warned_of_ampersand_) {
      warned_of_ampersand_ = true;
      warnings_.push_back("the address has & without quotes, where a shell would end it, at " +
                          place_in(text_, at_) + ": it is taken as part of the address");
    }
    plain('&');
    ++at_;
  }

  void take_comment() {
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view comment = text_.substr(at_ + 1, end - at_ - 1);
    tokens_.push_back({Kind::comment, {}, std::string(trim(comment))});
    at_ = end;
  }

  void redirect() {
    // "2>" names a stream.
    const std::string before = in_word_ ? literal_of(word_.text) : "";
    if (in_word_ && !before.empty() && word_.plain_begin == before.size() &&
        before.find_first_not_of("0123456789") == std::string::npos) {
      in_word_ = false;
    }
    finish_word();
    if (text_.substr(at_).starts_with("<<") && !text_.substr(at_).starts_with("<<<")) {
      here_document();
      return;
    }
    while (peek() == '<' || peek() == '>' || peek() == '&' || peek() == '|') {
      ++at_;
    }
    tokens_.push_back({Kind::redirect, {}, ""});
  }

  void here_document() {
    at_ += peek(2) == '-' ? 3 : 2;
    here_indented_ = text_[at_ - 1] == '-';
    while (peek() == ' ') {
      ++at_;
    }
    here_literal_ = false;
    here_end_.clear();
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n;|&<>").find(peek()) == std::string::npos) {
      const bool is_quote = peek() == '\'' || peek() == '"' || peek() == '\\';
      here_literal_ = here_literal_ || is_quote;
      here_end_ += is_quote ? "" : std::string(1, peek());
      ++at_;
    }
  }

  // At the beginning of the line behind one that opens a here-document.
  void take_here_document() {
    if (here_end_.empty()) {
      return;
    }
    begin_word();
    bool found = false;
    while (at_ < text_.size() && !found) {
      const std::size_t end = std::min(text_.find('\n', at_), text_.size());
      std::string_view line = text_.substr(at_, end - at_);
      line = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
      while (here_indented_ && line.starts_with('\t')) {
        line.remove_prefix(1);
      }
      found = line == here_end_;
      if (!found) {
        here_line(line);
      }
      at_ = std::min(end + 1, text_.size());
    }
    in_word_ = false;
    here_end_.clear();
    tokens_.push_back({Kind::input, std::move(word_), ""});
    // The newline that ended the command was noted before; a here-document belongs to it.
    std::swap(tokens_[tokens_.size() - 1], tokens_[tokens_.size() - 2]);
  }

  void here_line(std::string_view line) {
    if (here_literal_) {
      add_literal(word_.text, line);
    } else {
      at_ = static_cast<std::size_t>(line.data() - text_.data());
      const std::size_t stop = at_ + line.size();
      while (at_ < stop && error_.empty()) {
        in_double_quotes();
      }
    }
    add_literal(word_.text, "\n");
  }

  void backslash() {
    if (peek(1) == '\n') {
      at_ += 2;
      drop_if_empty();
      return;
    }
    if (peek(1) == '\r' && peek(2) == '\n') {
      at_ += 3;
      drop_if_empty();
      return;
    }
    quoted_ = true;
    if (at_ + 1 < text_.size()) {
      add_literal(word_.text, text_.substr(at_ + 1, 1));
    }
    at_ += 2;
  }

  // A continued line begins no word.
  void drop_if_empty() { in_word_ = !(word_.text.empty() && !quoted_); }

  void open_quote(std::size_t at, std::string_view kind) {
    error_ = "a " + std::string(kind) + " quote is not closed: it opens at " + place_in(text_, at);
  }

  void single_quoted() {
    quoted_ = true;
    const std::size_t end = text_.find('\'', at_ + 1);
    if (end == std::string_view::npos) {
      open_quote(at_, "single");
      return;
    }
    add_literal(word_.text, text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
  }

  void double_quoted() {
    quoted_ = true;
    const std::size_t begin = at_++;
    while (at_ < text_.size() && peek() != '"' && error_.empty()) {
      in_double_quotes();
    }
    if (at_ >= text_.size() && error_.empty()) {
      open_quote(begin, "double");
    }
    ++at_;
  }

  void in_double_quotes() {
    const char c = peek();
    if (c == '\\' && peek(1) == '\n') {
      at_ += 2;
    } else if (c == '\\' && at_ + 1 < text_.size() &&
               std::string_view("$`\"\\").find(peek(1)) != std::string_view::npos) {
      add_literal(word_.text, text_.substr(at_ + 1, 1));
      at_ += 2;
    } else if (c == '$' || c == '`') {
      dollar(true);
    } else {
      const std::size_t end = std::min(text_.find_first_of("\\$`\"\n", at_ + 1), text_.size());
      add_literal(word_.text, text_.substr(at_, end - at_));
      at_ = end;
    }
  }

  void dollar(bool in_quotes) {
    const char next = peek(1);
    if (peek() == '`' || next == '(') {
      substitution();
    } else if (next == '{') {
      braced_variable();
    } else if (!in_quotes && next == '\'') {
      ansi_quoted();
    } else if (!in_quotes && next == '"') {
      ++at_;
      double_quoted();
    } else if (is_name_character(next)) {
      std::size_t end = at_ + 1;
      const bool is_digit = next >= '0' && next <= '9';
      while (end < text_.size() && is_name_character(text_[end]) && !(is_digit && end > at_ + 1)) {
        ++end;
      }
      variable((is_digit ? "arg" : "") + std::string(text_.substr(at_ + 1, end - at_ - 1)));
      at_ = end;
    } else {
      add_literal(word_.text, "$");
      ++at_;
    }
  }

  void variable(std::string_view name) {
    quoted_ = true;
    add_placeholder(word_.text, name);
  }

  void braced_variable() {
    const std::size_t end = text_.find('}', at_ + 2);
    if (end == std::string_view::npos) {
      error_ = "'${' is not closed: it opens at " + place_in(text_, at_);
      return;
    }
    const std::string_view inner = text_.substr(at_ + 2, end - at_ - 2);
    std::size_t size = 0;
    while (size < inner.size() && is_name_character(inner[size])) {
      ++size;
    }
    if (!is_identifier(inner.substr(0, size))) {
      error_ = "'${" + std::string(inner.substr(0, 60)) + "}' is not understood, at " +
               place_in(text_, at_);
      return;
    }
    if (size < inner.size()) {
      warnings_.push_back("'${" + std::string(inner.substr(0, 60)) + "}' is taken as '${" +
                          std::string(inner.substr(0, size)) + "}'");
    }
    variable(inner.substr(0, size));
    at_ = end + 1;
  }

  // $(...) and `...` are not run: what they would give becomes an input.
  void substitution() {
    const std::size_t begin = at_;
    std::size_t end = std::string_view::npos;
    if (peek() == '`') {
      end = text_.find('`', at_ + 1);
    } else {
      int depth = 0;
      for (std::size_t i = at_ + 1; i < text_.size() && end == std::string_view::npos; ++i) {
        depth += text_[i] == '(' ? 1 : text_[i] == ')' ? -1 : 0;
        end = depth == 0 ? i : end;
      }
    }
    if (end == std::string_view::npos) {
      error_ = "a command in a command is not closed: it opens at " + place_in(text_, begin);
      return;
    }
    const std::string name = "value" + (++substitutions_ > 1 ? std::to_string(substitutions_) : "");
    warnings_.push_back(
        "'" + std::string(text_.substr(begin, std::min<std::size_t>(end + 1 - begin, 60))) +
        "' is not run: give what it gives as the input '" + name + "'");
    variable(name);
    at_ = end + 1;
  }

  void ansi_quoted() {
    quoted_ = true;
    const std::size_t begin = at_;
    at_ += 2;
    std::string made;
    bool cut = false;  // bash ends the text at a NUL
    while (at_ < text_.size() && peek() != '\'') {
      std::string one;
      if (peek() == '\\' && at_ + 1 < text_.size()) {
        ++at_;
        ansi_escape(one);
      } else {
        one = text_.substr(at_++, 1);
      }
      cut = cut || one == std::string_view("\0", 1);
      made += cut ? "" : one;
    }
    if (at_ >= text_.size()) {
      open_quote(begin, "single");
      return;
    }
    ++at_;
    add_literal(word_.text, made);
  }

  std::uint32_t number(int base, int digits_max) {
    std::uint32_t value = 0;
    for (int i = 0; i < digits_max && at_ < text_.size() && digit_of(peek(), base) >= 0; ++i) {
      value = value * static_cast<std::uint32_t>(base) +
              static_cast<std::uint32_t>(digit_of(peek(), base));
      ++at_;
    }
    return value;
  }

  // Browsers write what is beyond U+FFFF as two halves.
  std::uint32_t code_point(int digits_max) {
    const std::uint32_t high = number(16, digits_max);
    if (high < 0xD800 || high > 0xDBFF || peek() != '\\' || peek(1) != 'u') {
      return high;
    }
    const std::size_t before = at_;
    at_ += 2;
    const std::uint32_t low = number(16, 4);
    if (low < 0xDC00 || low > 0xDFFF) {
      at_ = before;
      return high;
    }
    return 0x10000 + ((high - 0xD800) << 10U) + (low - 0xDC00);
  }

  // Behind a backslash in $'...'.
  void ansi_escape(std::string& out) {
    constexpr std::string_view names = "abeEfnrtv\\'\"?";
    constexpr std::string_view values = "\a\b\x1b\x1b\f\n\r\t\v\\'\"?";
    const char c = peek();
    const std::size_t known = names.find(c);
    if (known != std::string_view::npos) {
      out += values[known];
      ++at_;
    } else if (c == 'x' && digit_of(peek(1), 16) >= 0) {
      ++at_;
      out += static_cast<char>(number(16, 2));
    } else if ((c == 'u' || c == 'U') && digit_of(peek(1), 16) >= 0) {
      ++at_;
      append_utf8(out, code_point(c == 'u' ? 4 : 8));
    } else if (digit_of(c, 8) >= 0) {
      out += static_cast<char>(number(8, 3) & 0xFFU);
    } else if (c == 'c' && at_ + 1 < text_.size()) {
      out += static_cast<char>(static_cast<unsigned char>(peek(1)) & 0x1FU);
      at_ += 2;
    } else {
      out += '\\';
      out += c;
      ++at_;
    }
  }

  std::string_view text_;
  std::vector<std::string>& warnings_;
  std::size_t at_ = 0;
  bool in_word_ = false;
  bool quoted_ = false;  // something in the word was
  ShellWord word_;
  std::vector<ShellToken> tokens_;
  std::string error_;
  std::string here_end_;
  bool here_literal_ = false;
  bool here_indented_ = false;
  bool warned_of_ampersand_ = false;
  int substitutions_ = 0;
};

// What cmd hands to a program, with the offset of each character. A caret escapes outside of
// quotes; a line that is not continued ends the command.
struct CmdLine {
  std::string text;
  std::vector<std::size_t> offsets;
};

CmdLine unescape_cmd(std::string_view text) {
  CmdLine line;
  bool in_quotes = false;
  const auto put = [&](std::size_t i) {
    line.text += text[i];
    line.offsets.push_back(i);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      in_quotes = !in_quotes;
    }
    if (c != '^' || in_quotes || i + 1 >= text.size()) {
      put(i);
      continue;
    }
    i += text.substr(i + 1).starts_with("\r\n") ? 2 : 1;
    if (text[i] != '\n') {
      put(i);
    } else if (i + 1 < text.size() &&
               (text[i + 1] == '\n' || text.substr(i + 1).starts_with("\r\n"))) {
      // An escaped line break behind a continued line is one of the text's own.
      i += text[i + 1] == '\n' ? 1 : 2;
      put(i);
    }
  }
  return line;
}

class CmdLexer {
 public:
  explicit CmdLexer(std::string_view text) : source_(text), line_(unescape_cmd(text)) {}

  Result<std::vector<ShellToken>> run() {
    const std::string& text = line_.text;
    for (at_ = 0; at_ < text.size(); ++at_) {
      const char c = text[at_];
      if (!in_quotes_ && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
        finish();
      } else if (c == '\\') {
        backslashes();
      } else if (c == '"') {
        quote();
      } else {
        put(c);
      }
    }
    if (in_quotes_) {
      return Error{Fault::invalid,
                   "a double quote is not closed: it opens at " + place_in(source_, opened_at_)};
    }
    finish();
    return std::move(tokens_);
  }

 private:
  void put(char c) {
    begin();
    add_literal(word_.text, std::string_view(&c, 1));
  }

  void begin() {
    if (!in_word_) {
      in_word_ = true;
      word_ = {};
      word_.offset = line_.offsets[at_];
    }
  }

  void finish() {
    if (in_word_) {
      tokens_.push_back({Kind::word, std::move(word_), ""});
      in_word_ = false;
    }
  }

  // Two before a quote are one, and an odd one makes the quote text.
  void backslashes() {
    const std::size_t end = std::min(line_.text.find_first_not_of('\\', at_), line_.text.size());
    const std::size_t count = end - at_;
    const bool before_quote = end < line_.text.size() && line_.text[end] == '"';
    begin();
    add_literal(word_.text, std::string(before_quote ? count / 2 : count, '\\'));
    at_ = end - 1;
    if (before_quote && count % 2 == 1) {
      ++at_;
      put('"');
    }
  }

  void quote() {
    begin();
    if (in_quotes_ && at_ + 1 < line_.text.size() && line_.text[at_ + 1] == '"') {
      put('"');
      ++at_;
      return;
    }
    in_quotes_ = !in_quotes_;
    opened_at_ = line_.offsets[at_];
  }

  std::string_view source_;
  CmdLine line_;
  std::size_t at_ = 0;
  bool in_word_ = false;
  bool in_quotes_ = false;
  std::size_t opened_at_ = 0;
  ShellWord word_;
  std::vector<ShellToken> tokens_;
};

}  // namespace

Result<std::vector<ShellToken>> read_bash(std::string_view text,
                                          std::vector<std::string>& warnings) {
  return BashLexer(text, warnings).run();
}

Result<std::vector<ShellToken>> read_cmd(std::string_view text) { return CmdLexer(text).run(); }

}  // namespace tartan::catalog
