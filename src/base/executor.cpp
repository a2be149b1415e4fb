#include "base/executor.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace tartan {

struct ThreadPool::State {
  std::mutex mutex;
  std::condition_variable filled;
  std::deque<UniqueFunction<void()>> queue;
  bool stopping = false;
  std::vector<std::thread> threads;

  void loop() {
    std::unique_lock lock(mutex);
    for (;;) {
      filled.wait(lock, [this] { return stopping || !queue.empty(); });
      if (queue.empty()) {
        return;
      }
      UniqueFunction<void()> work = std::move(queue.front());
      queue.pop_front();
      lock.unlock();
      work();
      work = {};  // what it holds is let go without the lock
      lock.lock();
    }
  }
};

ThreadPool::ThreadPool(std::size_t threads) : state_(std::make_unique<State>()) {
  for (std::size_t i = 0; i < threads; ++i) {
    state_->threads.emplace_back([state = state_.get()] { state->loop(); });
  }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::run(UniqueFunction<void()> work) {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->stopping) {
      state_->queue.push_back(std::move(work));
    }
  }
  state_->filled.notify_one();
}

void ThreadPool::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->filled.notify_all();
  for (std::thread& thread : state_->threads) {
    if (thread.joinable()) {
      thread.join();
    }
  }
}

}  // namespace tartan
