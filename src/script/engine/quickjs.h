// QuickJS-ng with jsonata loaded, inside one linear memory. Every evaluation begins from the same
// image of that memory, so nothing of one is there for the next. One thread uses it.
//
// It bounds memory and time; taking the rest of the machine away is the jail's part. Where the
// engine can't be stopped (a native loop that polls nothing) or gives itself up, the process ends.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "script/engine.h"
#include "script/engine/runtime.h"

namespace tartan::script {

class QuickJs {
 public:
  QuickJs();
  QuickJs(const QuickJs&) = delete;
  QuickJs& operator=(const QuickJs&) = delete;

  struct Limits {
    ProcessorClock::time_point deadline;
    std::size_t memory_bytes = 0;
  };

  // Room for a text of `size` bytes inside the engine, to be filled by the caller; empty when there
  // is no memory for it. It is given up by restore().
  struct Text {
    std::uint32_t address = 0;
    std::span<std::uint8_t> bytes;
  };
  Text allocate(std::size_t size, const Limits& limits);

  struct Call {
    Language language = Language::jsonata;
    bool evaluate = true;  // else only parse
    UnixMs now = 0;
    std::uint64_t seed = 0;
    Text expression;
    Text data;  // empty: no input
    Text bindings;
  };
  // What host.js answered; views are good until restore().
  struct Answer {
    enum class Kind { value, syntax, runtime, time_limit, memory_limit } kind = Kind::runtime;
    bool undefined = false;
    bool truthy = false;
    std::string_view text;  // JSON, or the message
    std::string_view code;
    std::int64_t position = -1;
  };
  Answer run(const Call& call, const Limits& limits);

  // Back to the image. Costs some 20 microseconds, so do it when nobody waits.
  void restore();

 private:
  using Pointer = std::uint32_t;

  Pointer load(std::string_view source);
  Pointer copy_in(std::string_view text);
  Pointer new_string(const Text& text);
  std::string_view string_at(Pointer text) const;
  Answer read_answer(std::string_view text) const;
  Answer read_failure(Pointer error);
  void take_image();
  void warm_up();

  // Stretches of memory that restore() copies; what lies between is dropped and reads as zero.
  struct Stretch {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t at = 0;  // within image_
  };
  void add_stretches(const std::vector<bool>& wanted);

  quickjs_imports_t imports_;
  quickjs_instance_t instance_{};
  quickjs_instance_t instance_image_{};  // holds the stack pointer
  Pointer runtime_ = 0;
  Pointer context_ = 0;
  Pointer run_ = 0;  // host.js's function
  Pointer undefined_ = 0;
  std::uint32_t image_pages_ = 0;
  std::vector<std::uint8_t> image_;
  std::vector<Stretch> stretches_;
};

}  // namespace tartan::script
