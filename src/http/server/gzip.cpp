#include "http/server/gzip.h"

#include <zlib.h>

#include "base/check.h"
#include "http/message.h"

namespace tartan::http {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Whether the parameters of one coding ("q=0", "q=0.5") leave it allowed.
bool allowed(std::string_view parameters) {
  const auto q = parameters.find("q=");
  if (q == std::string_view::npos) {
    return true;
  }
  return parameters.substr(q + 2).find_first_of("123456789") != std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    const auto comma = accept_encoding.find(',');
    const std::string_view coding = trim(accept_encoding.substr(0, comma));
    const auto semicolon = coding.find(';');
    const std::string_view name = trim(coding.substr(0, semicolon));
    if (equal_ignoring_case(name, "gzip") || name == "*") {
      return semicolon == std::string_view::npos || allowed(coding.substr(semicolon));
    }
    if (comma == std::string_view::npos) {
      break;
    }
    accept_encoding.remove_prefix(comma + 1);
  }
  return false;
}

std::string gzip(std::string_view text) {
  z_stream stream{};
  // Window bits above 15 ask for the gzip wrapper; level 1: the network is near, the processor
  // dear.
  check(deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK,
        "zlib starts");
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  check(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib ends");
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

Result<std::string> gunzip(std::string_view packed) {
  z_stream stream{};
  check(inflateInit2(&stream, 15 + 16) == Z_OK, "zlib starts");
  std::string out(packed.size() * 4, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  int state = Z_OK;
  while (state == Z_OK) {
    if (stream.total_out == out.size()) {
      out.resize(out.size() * 2);
    }
    stream.next_out = reinterpret_cast<Bytef*>(out.data()) + stream.total_out;
    stream.avail_out = static_cast<uInt>(out.size() - stream.total_out);
    state = inflate(&stream, Z_NO_FLUSH);
  }
  out.resize(stream.total_out);
  inflateEnd(&stream);
  if (state != Z_STREAM_END) {
    return Error{Fault::damaged, "this is not gzip"};
  }
  return out;
}

}  // namespace tartan::http
