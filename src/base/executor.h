// Where work runs that may wait: on threads of a pool in the server, in a fixed order in
// simulations.
#pragma once

#include <cstddef>
#include <memory>

#include "base/unique_function.h"

namespace tartan {

class Executor {
 public:
  virtual ~Executor() = default;
  // Any thread. Runs `work` later, never within this call.
  virtual void run(UniqueFunction<void()> work) = 0;
};

class ThreadPool final : public Executor {
 public:
  explicit ThreadPool(std::size_t threads);
  ~ThreadPool() override;
  void run(UniqueFunction<void()> work) override;
  // Finishes what is queued and joins. Work handed in later is dropped.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tartan
