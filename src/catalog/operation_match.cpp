#include "catalog/operation_match.h"

#include <algorithm>

#include "base/ascii.h"
#include "openapi/path_template.h"

namespace tartan::catalog {
namespace {

using store::Cursor;
using store::Statement;

// Documents of one host stand side by side as versions and as services; beyond so many the best is
// taken of the first.
constexpr std::int64_t kDocumentsMax = 60;

constexpr Statement kDocumentsAt{
    "SELECT document_id, servers, preferred FROM documents WHERE instr(lower(servers), '//' || ?1)"
    " OR (?2 <> '' AND instr(lower(servers), '}.' || ?2))"
    " ORDER BY preferred DESC, document_id LIMIT ?3"};
constexpr Statement kPathsOf{
    "SELECT operation_id, path FROM operations WHERE document_id = ?1 AND method = ?2"};

// "https://api.example.com/v1" as host and path.
std::optional<std::pair<std::string, std::string>> split_server(std::string_view url) {
  const std::size_t scheme = url.find("://");
  std::string_view rest = scheme != std::string_view::npos ? url.substr(scheme + 3)
                          : url.starts_with("//")          ? url.substr(2)
                                                           : std::string_view();
  if (rest.empty()) {
    return std::nullopt;
  }
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  std::string path(rest.substr(slash));
  while (path.ends_with('/')) {
    path.pop_back();
  }
  return std::pair(to_lower(rest.substr(0, slash)), std::move(path));
}

std::string_view take_step(std::string_view& rest, char at) {
  const std::string_view step = rest.substr(0, rest.find(at));
  rest.remove_prefix(std::min(rest.size(), step.size() + 1));
  return step;
}

// One step of a path against its pattern. A parameter takes one character at least.
std::optional<std::size_t> fit_step(const std::vector<openapi::PathPart>& parts,
                                    std::string_view step) {
  std::size_t spelled = 0;
  bool open = false;  // a parameter goes on
  for (const openapi::PathPart& part : parts) {
    if (part.is_parameter) {
      open = true;
      continue;
    }
    const std::size_t at =
        open ? step.find(part.text, 1) : (step.starts_with(part.text) ? 0 : std::string_view::npos);
    if (at == std::string_view::npos) {
      return std::nullopt;
    }
    step.remove_prefix(at + part.text.size());
    spelled += part.text.size();
    open = false;
  }
  return open != step.empty() ? std::optional(spelled) : std::nullopt;
}

// Address parts of a request, with kAnyValue for placeholders.
struct Address {
  std::string host;
  std::string path;
  std::string query;
};

std::optional<Address> address_of(const Text& url) {
  std::string text;
  for (const Piece& one : url) {
    text += one.is_placeholder ? std::string(1, kAnyValue) : one.text;
  }
  const auto split = split_server(text.substr(0, text.find_first_of("?#")));
  if (!split || split->first.find(kAnyValue) != std::string::npos) {
    return std::nullopt;
  }
  const std::size_t question = std::min(text.find('?'), text.size());
  return Address{split->first, split->second, text.substr(question)};
}

class Matcher {
 public:
  Matcher(store::Transaction& tx, std::string_view method, Address address)
      : tx_(tx), method_(method), address_(std::move(address)) {}

  std::optional<std::string> run() {
    // Of a server with variables in its name only the end is known.
    const std::size_t dot = address_.host.find('.');
    const std::string domain = dot == std::string::npos ? "" : address_.host.substr(dot + 1);
    std::vector<std::pair<std::int64_t, std::vector<std::string>>> documents;
    {
      Cursor row = tx_.query(
          kDocumentsAt, {std::string_view(address_.host), std::string_view(domain), kDocumentsMax});
      while (row.next()) {
        documents.emplace_back(row.integer(0), bases(row.text(1)));
      }
    }
    for (const auto& [number, prefixes] : documents) {
      if (!prefixes.empty()) {
        look_through(number, prefixes);
      }
    }
    return std::move(best_);
  }

 private:
  // The paths of the servers that are at this host.
  std::vector<std::string> bases(std::string_view servers) const {
    std::vector<std::string> made;
    const auto parsed = json::parse(servers);
    if (!parsed || !parsed->is_array()) {
      return made;
    }
    for (const json::Value& one : parsed->get_array()) {
      const auto split = one.is_string()
                             ? split_server({one.get_string().data(), one.get_string().size()})
                             : std::nullopt;
      if (split && fit_step(openapi::split_path(split->first), address_.host)) {
        made.push_back(split->second);
      }
    }
    return made;
  }

  void look_through(std::int64_t document, const std::vector<std::string>& prefixes) {
    Cursor row = tx_.query(kPathsOf, {document, std::string_view(method_)});
    while (row.next()) {
      const std::string_view path = row.text(1);
      const std::size_t end = std::min(path.find_first_of("?#"), path.size());
      if (!has_pairs(path.substr(end))) {
        continue;
      }
      for (const std::string& prefix : prefixes) {
        const auto spelled = fit_path(prefix + std::string(path.substr(0, end)), address_.path);
        // What is asked for behind "#" or "?" counts too.
        const std::size_t score = spelled ? *spelled + (path.size() - end) + 1 : 0;
        if (score > best_score_) {
          best_score_ = score;
          best_ = std::string(row.text(0));
        }
      }
    }
  }

  // "#Action=Run&Version=2" tells operations of one path apart by the query.
  bool has_pairs(std::string_view pairs) const {
    if (!pairs.empty()) {
      pairs.remove_prefix(1);
    }
    while (!pairs.empty()) {
      const std::string_view pair = take_step(pairs, '&');
      if (!pair.ends_with('=') && pair.find('{') == std::string_view::npos &&
          address_.query.find(pair) == std::string::npos) {
        return false;
      }
    }
    return true;
  }

  store::Transaction& tx_;
  std::string method_;
  Address address_;
  std::optional<std::string> best_;
  std::size_t best_score_ = 0;
};

}  // namespace

std::optional<std::size_t> fit_path(std::string_view pattern, std::string_view path) {
  while (pattern.ends_with('/')) {
    pattern.remove_suffix(1);
  }
  while (path.ends_with('/')) {
    path.remove_suffix(1);
  }
  if (std::count(pattern.begin(), pattern.end(), '/') !=
      std::count(path.begin(), path.end(), '/')) {
    return std::nullopt;
  }
  std::size_t spelled = 0;
  while (!pattern.empty() || !path.empty()) {
    const std::string_view wanted = take_step(pattern, '/');
    const std::string_view step = take_step(path, '/');
    const auto fits = fit_step(openapi::split_path(wanted), step);
    if (!fits) {
      return std::nullopt;
    }
    spelled += *fits + 1;
  }
  return spelled;
}

std::optional<std::string> match_operation(store::Transaction& tx, std::string_view method,
                                           const Text& url) {
  auto address = address_of(url);
  return address ? Matcher(tx, method, *std::move(address)).run() : std::nullopt;
}

}  // namespace tartan::catalog
