// Paths compared by their shape: "/users/{id}/", "/Users/:userId" and "users/{user_id}" are one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tartan::catalog {

// The segments of a path in lower case; a parameter is "{}". Dots and colons separate like slashes:
// "/conversations.history" has two.
std::vector<std::string> path_segments(std::string_view path);

// The segments joined again, each behind a '/'.
std::string path_shape(std::string_view path);

std::uint64_t path_hash(std::string_view path);

// How well a piece of a path that somebody typed fits a path.
enum class PathFit {
  none,
  scattered,  // every segment occurs, in this order
  loosely,    // a run, but for values of parameters
  inside,     // a run of whole segments, the last may be unfinished
  tail,       // the end of the path
  head,       // its beginning
  whole,
};
PathFit fit_path(const std::vector<std::string>& typed, std::string_view path);

}  // namespace tartan::catalog
