// What the server and a helper say to each other over their socket. Both are the same executable,
// so the structs go over as they lie in memory. A request is answered by one reply; the first reply
// of a helper, unasked, says that it is ready or why it is not.
#pragma once

#include <cstdint>

namespace tartan::script::wire {

constexpr int kHelperSocket = 3;

// Followed by the expression, the data and the bindings.
struct Request {
  std::int64_t now = 0;
  std::uint64_t seed = 0;
  std::uint64_t memory_bytes = 0;
  std::uint32_t time_ms = 0;
  std::uint32_t output_bytes = 0;
  std::uint32_t expression_size = 0;
  std::uint32_t data_size = 0;
  std::uint32_t bindings_size = 0;
  std::uint8_t is_javascript = 0;
  std::uint8_t evaluate = 0;  // else only parse
  std::uint8_t unused[2] = {};
};

enum class ReplyKind : std::uint32_t {
  ready,
  value,
  syntax,
  runtime,
  time_limit,
  memory_limit,
  size_limit,
  failed,  // the helper can't start; the text says why
};

// Followed by the text (JSON, or a message) and the code.
struct Reply {
  std::int64_t position = -1;
  ReplyKind kind = ReplyKind::failed;
  std::uint32_t text_size = 0;
  std::uint32_t code_size = 0;
  std::uint8_t undefined = 0;
  std::uint8_t truthy = 0;
  std::uint8_t unused[2] = {};
};

constexpr std::uint32_t kMessageMax = 8192;
constexpr std::uint32_t kCodeMax = 16;

// Past its time limit, which is processor time, an expression that can't be interrupted gets this
// much, then the helper's own timer ends the helper.
constexpr int kHelperGraceMs = 16;
// The server waits this many times the limit by the wall's clock, for a helper that gets a
// twentieth of a processor on a busy machine, or that was taken over and does nothing.
constexpr int kServerPatience = 20;

}  // namespace tartan::script::wire
