// Work that a burst of events on one thread causes many times over, done once at the burst's end.
//
// A group commit answers many requests at once. Waking an I/O thread for the first of them would,
// on a busy core, take the processor from the writer before it has answered the second.
#pragma once

#include <vector>

namespace tartan {

class Burst {
 public:
  class Action {
   public:
    virtual ~Action() = default;
    virtual void at_burst_end() = 0;
  };

  Burst() : outer_(innermost) { innermost = this; }
  ~Burst() {
    innermost = outer_;
    for (Action* action : actions_) {
      action->at_burst_end();
    }
  }
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;

  // Runs `action` at the end of this thread's burst, or at once when there is none. Whoever calls
  // sees to it that an action is not handed in twice.
  static void run_at_end(Action& action) {
    if (innermost == nullptr) {
      action.at_burst_end();
    } else {
      innermost->actions_.push_back(&action);
    }
  }

 private:
  static inline thread_local Burst* innermost = nullptr;
  Burst* outer_;
  std::vector<Action*> actions_;
};

}  // namespace tartan
