#include "catalog/search/path_shape.h"

#include <algorithm>

#include "catalog/search/index_format.h"

namespace tartan::catalog {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// The beginning of a part's next piece: parts are separated by '/', and within by '.' and ':', as
// in "conversations.history", "{Sid}.json" and "{name}:cancel".
bool separates(char c) { return c == '/' || c == '.' || c == ':'; }

// One piece, parameters levelled: "{id}", "<id>", "users{?page}".
std::string shape_of(std::string_view piece) {
  std::string shape;
  bool inside = false;
  for (const char c : piece) {
    if (c == '{' || c == '<') {
      shape += "{}";
      inside = true;
    } else if (c == '}' || c == '>') {
      inside = false;
    } else if (!inside) {
      shape += lower(c);
    }
  }
  return shape;
}

using Segments = std::vector<std::string>;

// A value that was typed ("me", "42") may stand for a parameter.
bool may_stand_for(const std::string& typed, const std::string& segment) {
  return typed == segment || segment == "{}";
}

bool run_fits(const Segments& typed, const Segments& path, std::size_t at) {
  std::size_t literal = 0;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    const std::string& segment = path[at + i];
    const bool unfinished =
        i + 1 == typed.size() && typed[i] != "{}" && segment.starts_with(typed[i]);
    if (typed[i] != segment && !unfinished) {
      return false;
    }
    literal += typed[i] != "{}" ? 1 : 0;
  }
  return literal > 0;
}

// The same where a value was typed for a parameter, or a parameter for what is fixed here.
bool run_fits_loosely(const Segments& typed, const Segments& path, std::size_t at) {
  std::size_t literal = 0;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    if (typed[i] != "{}" && !may_stand_for(typed[i], path[at + i])) {
      return false;
    }
    literal += typed[i] == path[at + i] && typed[i] != "{}" ? 1 : 0;
  }
  return literal > 1;
}

bool is_subsequence(const Segments& typed, const Segments& path) {
  std::size_t found = 0;
  for (const std::string& segment : path) {
    if (found < typed.size() && may_stand_for(typed[found], segment)) {
      ++found;
    }
  }
  return found == typed.size();
}

}  // namespace

std::vector<std::string> path_segments(std::string_view path) {
  Segments segments;
  bool inside = false;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= path.size(); ++at) {
    const bool end = at == path.size();
    const bool leads = !end && path[at] == ':' && at == begin;  // ":id"
    if (!end && (path[at] == '{' || path[at] == '<')) {
      inside = true;
    } else if (!end && (path[at] == '}' || path[at] == '>')) {
      inside = false;
    } else if (end || (!inside && !leads && separates(path[at]))) {
      if (at > begin) {
        const std::string_view piece = path.substr(begin, at - begin);
        segments.push_back(piece.front() == ':' ? "{}" : shape_of(piece));
      }
      begin = at + 1;
    }
  }
  return segments;
}

std::string path_shape(std::string_view path) {
  std::string shape;
  for (const std::string& segment : path_segments(path)) {
    shape += '/';
    shape += segment;
  }
  return shape;
}

std::uint64_t path_hash(std::string_view path) { return format::checksum(path_shape(path)); }

PathFit fit_path(const std::vector<std::string>& typed, std::string_view path) {
  const Segments segments = path_segments(path);
  if (typed.empty() || segments.empty()) {
    return PathFit::none;
  }
  if (typed.size() > segments.size()) {
    const Segments end(typed.end() - static_cast<std::ptrdiff_t>(segments.size()), typed.end());
    return segments.size() > 1 && run_fits(end, segments, 0) ? PathFit::tail : PathFit::none;
  }
  const std::size_t last = segments.size() - typed.size();
  if (last == 0 && typed == segments) {
    return PathFit::whole;
  }
  if (run_fits(typed, segments, 0)) {
    return PathFit::head;
  }
  if (run_fits(typed, segments, last)) {
    return PathFit::tail;
  }
  for (std::size_t at = 1; at < last; ++at) {
    if (run_fits(typed, segments, at)) {
      return PathFit::inside;
    }
  }
  for (std::size_t at = 0; at <= last; ++at) {
    if (run_fits_loosely(typed, segments, at)) {
      return PathFit::loosely;
    }
  }
  return is_subsequence(typed, segments) ? PathFit::scattered : PathFit::none;
}

}  // namespace tartan::catalog
