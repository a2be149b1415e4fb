#include "catalog/search/path_shape.h"

#include <algorithm>

#include "catalog/search/index_format.h"

namespace tartan::catalog {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool is_parameter(std::string_view segment) {
  const char first = segment.front();
  const char last = segment.back();
  return (first == '{' && last == '}') || (first == '<' && last == '>') ||
         (first == '[' && last == ']') || (first == ':' && segment.size() > 1);
}

// "{id}.json" and "users{?page}" hold a parameter beside other text: only the parameter is
// levelled.
std::string shape_of_segment(std::string_view segment) {
  if (is_parameter(segment) && segment.find_first_of("}>]") >= segment.size() - 1) {
    return "{}";
  }
  std::string shape;
  bool inside = false;
  for (const char c : segment) {
    if (c == '{') {
      shape += "{}";
      inside = true;
    } else if (c == '}') {
      inside = false;
    } else if (!inside) {
      shape += lower(c);
    }
  }
  return shape;
}

// A value that was typed ("me", "42") may stand for a parameter.
bool segment_fits(std::string_view typed, std::string_view segment) {
  return typed == segment || segment == "{}" ||
         (typed == "{}" && segment.find("{}") != std::string_view::npos);
}

bool run_fits(const std::vector<std::string>& typed, const std::vector<std::string>& path,
              std::size_t at) {
  std::size_t literal = 0;
  for (std::size_t i = 0; i < typed.size(); ++i) {
    const std::string& segment = path[at + i];
    const bool unfinished = i + 1 == typed.size() && segment.starts_with(typed[i]);
    const bool dotted = segment.size() > typed[i].size() && segment.ends_with(typed[i]) &&
                        segment[segment.size() - typed[i].size() - 1] == '.';
    if (!segment_fits(typed[i], segment) && !unfinished && !dotted) {
      return false;
    }
    literal += typed[i] != "{}" && segment != "{}" ? 1 : 0;
  }
  return literal > 0;
}

bool is_subsequence(const std::vector<std::string>& typed, const std::vector<std::string>& path) {
  std::size_t found = 0;
  for (const std::string& segment : path) {
    if (found < typed.size() && segment_fits(typed[found], segment)) {
      ++found;
    }
  }
  return found == typed.size();
}

}  // namespace

std::vector<std::string> path_segments(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0) {
      segments.push_back(shape_of_segment(path.substr(0, end)));
    }
    path.remove_prefix(std::min(end + 1, path.size()));
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
  const std::vector<std::string> segments = path_segments(path);
  if (typed.empty() || typed.size() > segments.size()) {
    return PathFit::none;
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
  return is_subsequence(typed, segments) ? PathFit::scattered : PathFit::none;
}

}  // namespace tartan::catalog
