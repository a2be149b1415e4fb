// A text with placeholders as pieces, so that other languages' quoting can be wrapped around each.
// In a task it is one string (script/template.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tartan::catalog {

struct Piece {
  std::string text;  // of a placeholder: what stands between "${" and "}"
  bool is_placeholder = false;

  bool operator==(const Piece&) const = default;
};
using Text = std::vector<Piece>;

void add_literal(Text& to, std::string_view text);
void add_placeholder(Text& to, std::string_view inner);
void append(Text& to, const Text& more);
Text literal(std::string_view text);

// The literal pieces, joined.
std::string literal_of(const Text& text);
bool has_placeholder(const Text& text);
// Without the first `size` characters of its first piece, which is literal.
Text without_prefix(const Text& text, std::size_t size);

// The pieces of a template. Errors: invalid.
Result<Text> split_template(std::string_view text);
// A template that gives these pieces and nothing else, whatever the literal ones hold.
std::string to_template(const Text& text);
// The same for a URL, where a dollar sign can be written as %24.
std::string to_url_template(const Text& text);

// `text` as a template that gives just this text, if nothing stands behind it; `to_template` takes
// placeholders, too.
std::string escape_template(std::string_view text);

// The host, with its port if one is written, of an absolute URL; empty when it has none.
std::string host_of(std::string_view url);

// All but unreserved characters as %XX, as the requests of tasks do it.
std::string percent_encode(std::string_view text);
std::string percent_decode(std::string_view text);

std::string_view trim(std::string_view text);
// A name that shells and programming languages take: [A-Za-z_][A-Za-z0-9_]*.
bool is_identifier(std::string_view text);

}  // namespace tartan::catalog
