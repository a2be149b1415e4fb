#include "base/timers.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace tartan {
namespace {

// However far away the next call is, the clock is read again after this long: someone may have set
// it.
constexpr std::int64_t kLongestSleepMs = 10'000;

}  // namespace

struct ThreadTimers::State {
  explicit State(const Clock& its_clock) : clock(its_clock) {}

  const Clock& clock;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::pair<UnixMs, Id>, UniqueFunction<void()>> calls;
  std::map<Id, UnixMs> times;
  Id last_id = 0;
  bool stopping = false;
  std::thread thread;

  void loop() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      if (calls.empty()) {
        changed.wait(lock);
        continue;
      }
      const UnixMs due = calls.begin()->first.first;
      const UnixMs now = clock.now();
      if (due > now) {
        changed.wait_for(lock, std::chrono::milliseconds(std::min(due - now, kLongestSleepMs)));
        continue;
      }
      auto node = calls.extract(calls.begin());
      times.erase(node.key().second);
      lock.unlock();
      node.mapped()();
      lock.lock();
    }
  }
};

ThreadTimers::ThreadTimers(const Clock& clock) : state_(std::make_unique<State>(clock)) {
  state_->thread = std::thread([state = state_.get()] { state->loop(); });
}

ThreadTimers::~ThreadTimers() { stop(); }

Timers::Id ThreadTimers::at(UnixMs time, UniqueFunction<void()> call) {
  const std::lock_guard lock(state_->mutex);
  const Id id = ++state_->last_id;
  const auto placed = state_->calls.emplace(std::pair{time, id}, std::move(call)).first;
  state_->times.emplace(id, time);
  if (placed == state_->calls.begin()) {
    state_->changed.notify_one();
  }
  return id;
}

void ThreadTimers::cancel(Id id) {
  UniqueFunction<void()> dropped;  // let go without the lock
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->times.find(id);
  if (found != state_->times.end()) {
    const auto call = state_->calls.find({found->second, id});
    dropped = std::move(call->second);
    state_->calls.erase(call);
    state_->times.erase(found);
  }
}

void ThreadTimers::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_one();
  }
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

}  // namespace tartan
