// Which transfer is to be ended next for taking too long. One thread's.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

namespace tartan::http {

class Transfer;

class Deadlines {
 public:
  using Clock = std::chrono::steady_clock;

  // Each transfer has one deadline; a new one takes its place in `slot`, which the transfer keeps.
  using Slot = std::optional<Clock::time_point>;
  void set(Transfer& transfer, Slot& slot, int from_now_ms) {
    drop(transfer, slot);
    slot = Clock::now() + std::chrono::milliseconds(from_now_ms);
    order_.emplace(*slot, &transfer);
  }
  void drop(Transfer& transfer, Slot& slot) {
    if (slot) {
      order_.erase({*slot, &transfer});
      slot.reset();
    }
  }

  // A transfer whose time is up, or nullptr. It stays here until its deadline is dropped or set.
  Transfer* expired(Clock::time_point now) const {
    return order_.empty() || order_.begin()->first > now ? nullptr : order_.begin()->second;
  }
  // Until the next deadline, rounded up, at most `max_ms`.
  int wait_ms(int max_ms) const {
    if (order_.empty()) {
      return max_ms;
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(order_.begin()->first - Clock::now());
    return static_cast<int>(std::clamp<long long>(left.count(), 0, max_ms));
  }

 private:
  std::set<std::pair<Clock::time_point, Transfer*>> order_;
};

}  // namespace tartan::http
