// What the translated WebAssembly stands on: its linear memory and its imports. Addresses from
// inside are checked against the memory's size; loads and stores of the translated code itself are
// held by a reservation that covers every address it can form.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "engine_names.h"
#include "quickjs_wasm.h"

namespace tartan::script {

constexpr std::size_t kWasmPage = 65'536;

// Exit codes of a helper that can't go on; the server only sees that it ended.
constexpr int kExitTrap = 70;

// Ends the process: a trap of the translated code, or its abort(). There is no way back into an
// engine that gave itself up; a fresh helper takes over.
[[noreturn]] void trap();

// The processor time of this process: an expression pays for what it does, not for how busy the
// machine is.
struct ProcessorClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<ProcessorClock>;
  static time_point now();
};

}  // namespace tartan::script

// The module instance's imports; the name is wasm2c's.
struct quickjs_imports_t {
  using Clock = tartan::script::ProcessorClock;

  wasm_rt_memory_t memory{};
  std::uint32_t pages_max = 0;  // growth beyond is refused
  std::int64_t now_ms = 0;      // what the clocks inside answer
  Clock::time_point deadline = Clock::time_point::max();
  bool interrupted = false;     // the deadline was met
  bool growth_refused = false;  // more memory was asked for than there may be

  // Reserves the address space and opens the first `pages`.
  void reserve(std::uint32_t pages);
  // Opens or closes memory at its end. Closed pages lose their content.
  void resize(std::uint32_t pages);

  // `length` bytes at an address given from inside; traps when they are not all within.
  std::span<std::uint8_t> at(std::uint32_t address, std::size_t length) const;
};
