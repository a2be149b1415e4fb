#include "catalog/markdown.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "base/ascii.h"

namespace tartan::catalog {
namespace {

bool is_name_char(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// Whether a link may lead there. Whatever a browser would read as another scheme is refused:
// blanks and control characters before the colon do not hide it.
bool is_safe_target(std::string_view target) {
  std::string plain;
  for (const char c : target) {
    if (static_cast<unsigned char>(c) > ' ') {
      plain.push_back(c);
    }
  }
  plain = to_lower(plain);
  const std::size_t colon = plain.find(':');
  const std::size_t end = plain.find_first_of("/?#");
  if (plain.find('&') < std::min(colon, end)) {
    return false;  // an entity may spell a colon
  }
  if (colon == std::string::npos || (end != std::string::npos && end < colon)) {
    return !plain.starts_with("//");
  }
  const std::string scheme = plain.substr(0, colon);
  return scheme == "http" || scheme == "https" || scheme == "mailto";
}

struct Tag {
  std::string name;  // lower case
  bool is_end = false;
  std::string target;  // of href or src
  std::string label;   // of alt
  std::size_t length = 0;
};

std::string attribute(std::string_view tag, std::string_view name) {
  const std::string small = to_lower(tag);
  for (std::size_t at = small.find(name); at != std::string::npos; at = small.find(name, at + 1)) {
    std::size_t i = at + name.size();
    const bool begins = at > 0 && !is_name_char(small[at - 1]) && small[at - 1] != '-';
    while (i < tag.size() && tag[i] == ' ') {
      ++i;
    }
    if (!begins || i >= tag.size() || tag[i] != '=') {
      continue;
    }
    ++i;
    while (i < tag.size() && tag[i] == ' ') {
      ++i;
    }
    if (i < tag.size() && (tag[i] == '"' || tag[i] == '\'')) {
      const std::size_t close = tag.find(tag[i], i + 1);
      return std::string(
          tag.substr(i + 1, close == std::string_view::npos ? close : close - i - 1));
    }
    const std::size_t close = tag.find_first_of(" >", i);
    return std::string(tag.substr(i, close == std::string_view::npos ? close : close - i));
  }
  return "";
}

// The tag that begins at `text`'s first character; nothing when a bare "<" stands there.
std::optional<Tag> read_tag(std::string_view text) {
  constexpr std::size_t length_max = 4096;
  Tag tag;
  std::size_t i = 1;
  if (i < text.size() && text[i] == '/') {
    tag.is_end = true;
    ++i;
  }
  const std::size_t begin = i;
  while (i < text.size() && is_name_char(text[i])) {
    ++i;
  }
  if (i == begin || !std::isalpha(static_cast<unsigned char>(text[begin]))) {
    return std::nullopt;
  }
  tag.name = to_lower(text.substr(begin, i - begin));
  char quote = 0;
  for (; i < text.size() && i < length_max; ++i) {
    if (quote != 0) {
      quote = text[i] == quote ? '\0' : quote;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '>') {
      tag.length = i + 1;
      const std::string_view whole = text.substr(0, i);
      tag.target = attribute(whole, tag.name == "img" ? "src" : "href");
      tag.label = attribute(whole, "alt");
      return tag;
    }
  }
  return std::nullopt;
}

bool is_known_tag(std::string_view name) {
  constexpr std::string_view known[] = {
      "a",        "abbr",    "article", "b",     "blockquote", "body",   "br",      "button",
      "center",   "cite",    "code",    "col",   "dd",         "del",    "details", "dfn",
      "div",      "dl",      "dt",      "em",    "fieldset",   "font",   "footer",  "form",
      "frame",    "h1",      "h2",      "h3",    "h4",         "h5",     "h6",      "head",
      "header",   "hr",      "html",    "i",     "iframe",     "img",    "input",   "ins",
      "kbd",      "label",   "li",      "link",  "mark",       "math",   "meta",    "nav",
      "object",   "ol",      "option",  "p",     "pre",        "q",      "s",       "samp",
      "script",   "section", "select",  "small", "span",       "strike", "strong",  "style",
      "sub",      "summary", "sup",     "svg",   "table",      "tbody",  "td",      "template",
      "textarea", "tfoot",   "th",      "thead", "title",      "tr",     "tt",      "u",
      "ul",       "var",     "video",   "audio", "source",     "embed",  "base",    "noscript",
      "path",     "g",       "wbr",     "area",  "map",        "canvas", "applet"};
  return std::find(std::begin(known), std::end(known), name) != std::end(known);
}

// Dropped with all that they hold.
bool hides_content(std::string_view name) {
  return name == "script" || name == "style" || name == "iframe" || name == "object" ||
         name == "template" || name == "svg" || name == "math" || name == "noscript" ||
         name == "title" || name == "head";
}

class Writer {
 public:
  Writer(std::string_view text, std::size_t bytes_max) : text_(text), bytes_max_(bytes_max) {}

  std::string run() {
    while (at_ < text_.size() && out_.size() < bytes_max_) {
      step();
    }
    if (at_ < text_.size()) {
      while (!out_.empty() && (static_cast<unsigned char>(out_.back()) & 0xC0U) == 0x80U) {
        out_.pop_back();
      }
      if (!out_.empty() && static_cast<unsigned char>(out_.back()) >= 0xC0U) {
        out_.pop_back();
      }
      out_ += " …";
    }
    return tidy();
  }

 private:
  void step() {
    const char c = text_[at_];
    if (c == '`') {
      return code();
    }
    if (c == '<' && html()) {
      return;
    }
    if (c == ']' && at_ + 1 < text_.size() && text_[at_ + 1] == '(' && link_target()) {
      return;
    }
    if (c == '&' && entity()) {
      return;
    }
    if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') {
      out_.push_back(c);
    }
    ++at_;
  }

  // Code spans and fences: nothing in them is markup.
  void code() {
    std::size_t ticks = 0;
    while (at_ + ticks < text_.size() && text_[at_ + ticks] == '`') {
      ++ticks;
    }
    const std::string fence(ticks, '`');
    const std::size_t close = text_.find(fence, at_ + ticks);
    const std::size_t end = close == std::string_view::npos ? at_ + ticks : close + ticks;
    for (; at_ < end; ++at_) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') {
        out_.push_back(c);
      }
    }
  }

  bool html() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<!--")) {
      const std::size_t close = rest.find("-->");
      at_ += close == std::string_view::npos ? rest.size() : close + 3;
      return true;
    }
    const auto tag = read_tag(rest);
    if (!tag || !is_known_tag(tag->name)) {
      return escape_or_link(rest);
    }
    at_ += tag->length;
    if (hides_content(tag->name)) {
      if (!tag->is_end) {
        skip_to_end_of(tag->name);
      }
      return true;
    }
    write_tag(*tag);
    return true;
  }

  // "<https://…>" is a link of Markdown's own; any other "<" is shown as it is.
  bool escape_or_link(std::string_view rest) {
    const std::size_t close = rest.find_first_of("> \n");
    if (close != std::string_view::npos && rest[close] == '>') {
      const std::string_view inner = rest.substr(1, close - 1);
      if ((inner.starts_with("https://") || inner.starts_with("http://"))) {
        out_.append(rest.substr(0, close + 1));
        at_ += close + 1;
        return true;
      }
    }
    out_ += "&lt;";
    ++at_;
    return true;
  }

  void skip_to_end_of(const std::string& name) {
    const std::string small = to_lower(text_.substr(at_));
    const std::size_t close = small.find("</" + name);
    if (close == std::string::npos) {
      // Left open: what would run is dropped to the end, other content is text.
      at_ = name == "script" || name == "style" ? text_.size() : at_;
      return;
    }
    const std::size_t end = text_.find('>', at_ + close);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  void begin_block() {
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\t')) {
      out_.pop_back();
    }
    if (!out_.empty() && !out_.ends_with("\n\n")) {
      out_ += out_.ends_with('\n') ? "\n" : "\n\n";
    }
  }
  void begin_line() {
    if (!out_.empty() && !out_.ends_with('\n')) {
      out_ += '\n';
    }
  }

  void write_tag(const Tag& tag) {
    const std::string& name = tag.name;
    if (name == "br") {
      out_ += "\n";
    } else if (name == "hr") {
      begin_block();
      out_ += "---\n\n";
    } else if (name == "p" || name == "div" || name == "section" || name == "table" ||
               name == "blockquote" || name == "ul" || name == "ol" || name == "dl" ||
               name == "article" || name == "pre") {
      begin_block();
    } else if (name.size() == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6') {
      begin_block();
      if (!tag.is_end) {
        out_ += std::string(static_cast<std::size_t>(name[1] - '0'), '#') + " ";
      }
    } else if (name == "li" || name == "dt") {
      if (!tag.is_end) {
        begin_line();
        out_ += "- ";
      }
    } else if (name == "dd" || name == "tr") {
      begin_line();
    } else if ((name == "td" || name == "th") && tag.is_end) {
      out_ += " ";
    } else if (name == "b" || name == "strong") {
      out_ += "**";
    } else if (name == "i" || name == "em") {
      out_ += "*";
    } else if (name == "code" || name == "tt" || name == "kbd" || name == "samp") {
      write_code(tag);
    } else if (name == "a") {
      write_link(tag);
    } else if (name == "img" && !tag.label.empty()) {
      out_ += tag.label;
    }
  }

  // The text up to the end tag, as a code span; other tags in it are dropped.
  void write_code(const Tag& tag) {
    if (tag.is_end) {
      return;
    }
    const std::string small = to_lower(text_.substr(at_, 20'000));
    const std::size_t close = small.find("</" + tag.name);
    if (close == std::string::npos) {
      return;
    }
    std::string inner;
    const std::string_view content = text_.substr(at_, close);
    for (std::size_t i = 0; i < content.size();) {
      const auto nested = content[i] == '<' ? read_tag(content.substr(i)) : std::nullopt;
      if (nested && is_known_tag(nested->name)) {
        i += nested->length;
        continue;
      }
      if (content[i] != '`' && static_cast<unsigned char>(content[i]) >= ' ') {
        inner.push_back(content[i]);
      } else if (content[i] == '\n') {
        inner.push_back(' ');
      }
      ++i;
    }
    if (!inner.empty()) {
      out_ += "`" + decode_entities(inner) + "`";
    }
    const std::size_t end = text_.find('>', at_ + close);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  static std::string decode_entities(std::string text) {
    for (const auto& [from, to] : {std::pair("&lt;", "<"), std::pair("&gt;", ">"),
                                   std::pair("&quot;", "\""), std::pair("&amp;", "&")}) {
      for (std::size_t at = text.find(from); at != std::string::npos;
           at = text.find(from, at + 1)) {
        text.replace(at, std::string_view(from).size(), to);
      }
    }
    return text;
  }

  void write_link(const Tag& tag) {
    if (tag.is_end) {
      if (!links_.empty()) {
        if (!links_.back().empty()) {
          out_ += "](" + links_.back() + ")";
        }
        links_.pop_back();
      }
      return;
    }
    std::string target;
    for (const char c : tag.target) {
      const bool plain = static_cast<unsigned char>(c) > ' ' && c != '(' && c != ')' && c != '<' &&
                         c != '>' && c != '\\';
      if (plain) {
        target.push_back(c);
      }
    }
    if (target.empty() || !is_safe_target(target)) {
      target.clear();
    } else {
      out_ += "[";
    }
    links_.push_back(std::move(target));
  }

  // "](target)" of a Markdown link: an unsafe target is dropped, its text stays.
  bool link_target() {
    const std::size_t open = at_ + 2;
    int depth = 1;
    std::size_t i = open;
    for (; i < text_.size() && i < open + 4096; ++i) {
      depth += text_[i] == '(' ? 1 : text_[i] == ')' ? -1 : 0;
      if (depth == 0) {
        break;
      }
    }
    if (depth != 0) {
      // No end: a renderer might see one elsewhere, so the parenthesis is kept from being a link.
      out_ += "] (";
      at_ += 2;
      return true;
    }
    const std::string_view target = text_.substr(open, i - open);
    std::size_t first = target.find_first_not_of(" \t\n<");
    const std::string_view bare =
        first == std::string_view::npos ? std::string_view() : target.substr(first);
    if (is_safe_target(bare)) {
      out_ += "](";
      for (const char c : target) {
        if (c != '<' && c != '>' && (static_cast<unsigned char>(c) >= ' ')) {
          out_.push_back(c);
        }
      }
      out_ += ")";
    } else {
      out_ += "]";
    }
    at_ = i + 1;
    return true;
  }

  // A character that is spelled stays spelled when it would be markup.
  bool entity() {
    const std::string_view rest = text_.substr(at_, 10);
    const std::size_t end = rest.find(';');
    if (end == std::string_view::npos) {
      return false;
    }
    const std::string_view name = rest.substr(1, end - 1);
    if (name == "nbsp") {
      out_ += " ";
    } else if (name == "quot") {
      out_ += "\"";
    } else if (name == "apos" || name == "#39" || name == "#x27") {
      out_ += "'";
    } else {
      return false;
    }
    at_ += end + 1;
    return true;
  }

  // Reference definitions ("[x]: javascript:…") and autolinks of other schemes lead nowhere; three
  // empty lines are one.
  std::string tidy() {
    std::string tidy;
    std::size_t empty_lines = 0;
    std::string_view rest = out_;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      const std::size_t first = line.find_first_not_of(" \t");
      if (first == std::string_view::npos) {
        ++empty_lines;
        continue;
      }
      if (!tidy.empty()) {
        tidy += empty_lines > 0 ? "\n\n" : "\n";
      }
      empty_lines = 0;
      const std::size_t definition = line.find("]:");
      const bool defines = line[first] == '[' && definition != std::string_view::npos;
      if (defines && !is_safe_target(line.substr(definition + 2))) {
        continue;
      }
      tidy += line;
    }
    return tidy;
  }

  std::string_view text_;
  std::size_t bytes_max_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<std::string> links_;
};

}  // namespace

std::string safe_markdown(std::string_view text, std::size_t bytes_max) {
  return Writer(text.substr(0, bytes_max * 4), bytes_max).run();
}

}  // namespace tartan::catalog
