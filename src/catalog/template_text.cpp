#include "catalog/template_text.h"

#include <algorithm>
#include <cctype>

#include "script/template.h"

namespace tartan::catalog {
namespace {

// Where a dollar sign can't be written as it is.
constexpr std::string_view kDollar = "jsonata: '$'";

std::string plainly(const Text& text) {
  std::string made;
  for (const Piece& one : text) {
    made += one.is_placeholder ? "${" + one.text + "}" : escape_template(one.text);
  }
  return made;
}

// Escapes are plain to read, but one takes in all up to the brace that closes it, which may not be
// the one that was meant.
std::string without_escapes(const Text& text, std::string_view dollar) {
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string& piece = text[i].text;
    if (text[i].is_placeholder) {
      made += "${" + piece + "}";
      continue;
    }
    for (std::size_t at = 0; at < piece.size();) {
      const std::size_t end = std::min(piece.find_first_not_of('$', at), piece.size());
      const bool opens = end < piece.size() ? piece[end] == '{' : i + 1 < text.size();
      for (; at < end; ++at) {
        made += opens ? dollar : "$";
      }
      if (end < piece.size()) {
        made += piece[at++];
      }
    }
  }
  return made;
}

std::string made_with(const Text& text, std::string_view dollar) {
  std::string made = plainly(text);
  const auto read = split_template(made);
  return read && *read == text ? made : without_escapes(text, dollar);
}

}  // namespace

std::string escape_template(std::string_view text) {
  std::string made;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find("${", at), text.size());
    made += text.substr(at, open - at);
    at = open;
    if (open < text.size()) {
      // What is inside of an escape stands as it is, up to the brace that closes it.
      const std::size_t close = script::placeholder_end(text, open + 2);
      at = close == std::string_view::npos ? open + 2 : close + 1;
      made += '$';
      made += text.substr(open, at - open);
    }
  }
  return made;
}

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) {
    return "";
  }
  std::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#"));
  host = host.substr(host.rfind('@') + 1);
  return host.find_first_of("{}") == std::string_view::npos ? std::string(host) : "";
}

void add_literal(Text& to, std::string_view text) {
  if (text.empty()) {
    return;
  }
  if (to.empty() || to.back().is_placeholder) {
    to.push_back({std::string(text), false});
  } else {
    to.back().text += text;
  }
}

void add_placeholder(Text& to, std::string_view inner) { to.push_back({std::string(inner), true}); }

void append(Text& to, const Text& more) {
  for (const Piece& one : more) {
    one.is_placeholder ? add_placeholder(to, one.text) : add_literal(to, one.text);
  }
}

Text literal(std::string_view text) {
  Text made;
  add_literal(made, text);
  return made;
}

std::string literal_of(const Text& text) {
  std::string made;
  for (const Piece& one : text) {
    made += one.is_placeholder ? "" : one.text;
  }
  return made;
}

bool has_placeholder(const Text& text) {
  return std::any_of(text.begin(), text.end(), [](const Piece& one) { return one.is_placeholder; });
}

Text without_prefix(const Text& text, std::size_t size) {
  Text made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view piece = text[i].text;
    if (text[i].is_placeholder) {
      add_placeholder(made, piece);
    } else {
      add_literal(made, i == 0 ? piece.substr(std::min(size, piece.size())) : piece);
    }
  }
  return made;
}

Result<Text> split_template(std::string_view text) {
  auto compiled = script::Template::compile(text);
  if (!compiled) {
    return Error{Fault::invalid, compiled.error().message};
  }
  Text made;
  for (const script::Template::Part& part : compiled->parts()) {
    if (!part.placeholder) {
      add_literal(made, part.text);
      continue;
    }
    const std::string_view source = part.placeholder->source;
    const std::string_view inner = trim(source.substr(2, source.size() - 3));
    inner == kDollar ? add_literal(made, "$") : add_placeholder(made, inner);
  }
  return made;
}

std::string to_template(const Text& text) {
  return made_with(text, "${" + std::string(kDollar) + "}");
}

std::string to_url_template(const Text& text) { return made_with(text, "%24"); }

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string made;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain =
        byte < 0x80 && (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~');
    if (plain) {
      made += c;
    } else {
      made += {'%', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return made;
}

std::string percent_decode(std::string_view text) {
  const auto digit = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isxdigit(byte) == 0 ? -1
                                    : (std::isdigit(byte) != 0 ? c - '0' : (c | 0x20) - 'a' + 10);
  };
  std::string made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : -1;
    const int low = high >= 0 ? digit(text[i + 2]) : -1;
    if (low >= 0) {
      made += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      made += text[i];
    }
  }
  return made;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blanks);
  return begin == std::string_view::npos
             ? std::string_view()
             : text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
}

bool is_identifier(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

}  // namespace tartan::catalog
