// Calls at a later time, by the same clock that the rest of the program reads.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/unique_function.h"

namespace tartan {

class Timers {
 public:
  using Id = std::uint64_t;
  virtual ~Timers() = default;
  // Any thread. `call` runs once at `time` or a little later, on the timers' thread: it must be
  // quick.
  virtual Id at(UnixMs time, UniqueFunction<void()> call) = 0;
  // Drops the call if it has not begun.
  virtual void cancel(Id id) = 0;
};

class ThreadTimers final : public Timers {
 public:
  explicit ThreadTimers(const Clock& clock);
  ~ThreadTimers() override;
  Id at(UnixMs time, UniqueFunction<void()> call) override;
  void cancel(Id id) override;
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tartan
