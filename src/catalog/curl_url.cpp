#include "catalog/curl_url.h"
#include "base/ascii.h"

namespace tartan::catalog {
namespace {

// "{id}" in a documentation's address stands for a value; curl itself would take off the braces.
Text with_braces_as_variables(const Text& url, std::vector<std::string>& warnings) {
  Text made;
  for (const Piece& one : url) {
    if (one.is_placeholder) {
      add_placeholder(made, one.text);
      continue;
    }
    std::string_view rest = one.text;
    for (std::size_t open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
      const std::size_t close = rest.find('}', open);
      const std::string_view name =
          close == std::string_view::npos ? "" : rest.substr(open + 1, close - open - 1);
      if (!is_identifier(name) || rest.substr(0, open).ends_with('$')) {
        add_literal(made, rest.substr(0, open + 1));
        rest.remove_prefix(open + 1);
        continue;
      }
      add_literal(made, rest.substr(0, open));
      add_placeholder(made, name);
      rest.remove_prefix(close + 1);
      warnings.push_back("{" + std::string(name.substr(0, 60)) +
                         "} in the address is taken as a value to be given");
    }
    add_literal(made, rest);
  }
  return made;
}

bool looks_like_globs(const std::string& text) {
  const std::size_t brace = text.find('{');
  const std::size_t bracket = text.find('[');
  const bool has_list = brace != std::string::npos && text.find(',', brace) != std::string::npos &&
                        text.find('}', brace) != std::string::npos;
  return has_list ||
         (bracket != std::string::npos && text.find('-', bracket) < text.find(']', bracket));
}

// Takes "user:password@" off. `at` is where the host begins in the first piece.
std::optional<Text> take_user(Text& url, std::size_t at) {
  Text before;
  for (std::size_t i = 0; i < url.size(); ++i) {
    const std::string& piece = url[i].text;
    if (url[i].is_placeholder) {
      add_placeholder(before, piece);
      continue;
    }
    const std::size_t from = i == 0 ? at : 0;
    const std::size_t end = std::min(piece.find_first_of("/?#", from), piece.size());
    const std::size_t sign = std::string_view(piece).substr(0, end).rfind('@');
    if (sign != std::string::npos && sign >= from) {
      add_literal(before, percent_decode(std::string_view(piece).substr(from, sign - from)));
      Text made = literal(std::string_view(url.front().text).substr(0, at));
      add_literal(made, std::string_view(piece).substr(sign + 1));
      append(made, Text(url.begin() + static_cast<std::ptrdiff_t>(i) + 1, url.end()));
      url = std::move(made);
      return before;
    }
    if (end < piece.size()) {
      return std::nullopt;
    }
    add_literal(before, std::string_view(piece).substr(from));
  }
  return std::nullopt;
}

// Whether an address without a scheme begins with a host that is this machine: few have TLS there.
bool is_this_machine(std::string_view address) {
  if (address.starts_with("[::1]")) {
    return true;
  }
  const std::string host = to_lower(address.substr(0, address.find_first_of(":/?#")));
  return host == "localhost" || host.starts_with("127.");
}

}  // namespace

Result<CurlUrl> read_curl_url(const Text& given, bool globs, std::vector<std::string>& warnings) {
  CurlUrl made{globs ? with_braces_as_variables(given, warnings) : given, std::nullopt};
  if (globs && looks_like_globs(literal_of(made.url))) {
    warnings.emplace_back(
        "curl reads the brackets or braces in the address as several addresses; the task sends "
        "them as they are");
  }
  if (made.url.front().is_placeholder) {
    return made;
  }
  std::string& first = made.url.front().text;
  first.erase(0, first.find_first_not_of(" \t\r\n"));
  const std::size_t end = first.find_first_of("/?#");
  const std::size_t scheme = first.find("://");
  if (scheme == std::string::npos || (end != std::string::npos && end < scheme)) {
    if (is_this_machine(first)) {
      first.insert(0, "http://");
    } else {
      warnings.emplace_back(
          "the address has no scheme: https:// is taken, where curl takes http://");
      first.insert(0, "https://");
    }
  } else {
    const std::string name = to_lower(std::string_view(first).substr(0, scheme));
    if (name != "http" && name != "https") {
      return Error{Fault::invalid, "the URL begins with '" + name.substr(0, 30) +
                                       "://'; expected https:// or http://"};
    }
    first.replace(0, scheme, name);
  }
  const std::size_t host = first.find("://") + 3;
  // The last sign before the path counts, whatever pieces stand between.
  while (auto user = take_user(made.url, host)) {
    made.user = std::move(user);
  }
  if (made.url.size() == 1 && host_of(made.url.front().text).empty()) {
    return Error{Fault::invalid,
                 "the URL '" + made.url.front().text.substr(0, 100) + "' has no host"};
  }
  return made;
}

void add_query(Text& url, const Text& more) {
  if (more.empty()) {
    return;
  }
  Text fragment;
  if (!url.empty() && !url.back().is_placeholder) {
    std::string& last = url.back().text;
    if (const std::size_t hash = last.find('#'); hash != std::string::npos) {
      fragment = literal(std::string_view(last).substr(hash));
      last.resize(hash);
    }
  }
  const std::string before = literal_of(url);
  add_literal(url, before.find('?') == std::string::npos            ? "?"
                   : before.ends_with('?') || before.ends_with('&') ? ""
                                                                    : "&");
  append(url, more);
  append(url, fragment);
}

}  // namespace tartan::catalog
