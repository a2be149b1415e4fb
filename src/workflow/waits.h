// Callers that wait for something, but not for ever: when their time is up, or the server stops,
// each is told once.
#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "base/executor.h"
#include "base/timers.h"

namespace tartan::workflow {

class Waits {
 public:
  using Id = std::uint64_t;

  Waits(Timers& timers, Executor& executor) : timers_(timers), executor_(executor) {}

  // Runs `expired` on the executor at `until`, unless it is cancelled before.
  Id add(UnixMs until, UniqueFunction<void()> expired);
  void cancel(Id id);
  // Everybody's time is up, and that of whoever comes later.
  void expire_all();

 private:
  struct Wait {
    UniqueFunction<void()> expired;
    std::optional<Timers::Id> timer;
  };
  void expire(Id id);

  Timers& timers_;
  Executor& executor_;
  std::mutex mutex_;
  std::map<Id, Wait> waits_;
  Id last_id_ = 0;
  bool closed_ = false;
};

}  // namespace tartan::workflow
