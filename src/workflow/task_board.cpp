#include "workflow/task_board.h"

#include <algorithm>

namespace tartan::workflow {

std::string TaskBoard::lease_of(std::string_view token) const {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : engine_.parts().vault.hash("lease", token)) {
    text += {digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

void TaskBoard::poll(Poll poll, Done done) {
  auto waiting = std::make_shared<Waiting>();
  const UnixMs now = engine_.parts().clock.now();
  waiting->until = now + poll.wait_seconds * 1000;
  waiting->poll = std::move(poll);
  waiting->done = std::move(done);
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(waiting);
    waiting->trying = true;
  }
  if (waiting->poll.wait_seconds > 0) {
    const Waits::Id wait = waits_.add(waiting->until, [this, waiting] { give_up(waiting); });
    const std::lock_guard lock(mutex_);
    waiting->wait = wait;
  }
  try_lease(waiting);
}

// Takes a poll off the list. False when it is answered already.
bool TaskBoard::take(const WaitingPointer& waiting) {
  std::optional<Waits::Id> wait;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::find(waiting_.begin(), waiting_.end(), waiting);
    if (found == waiting_.end()) {
      return false;
    }
    waiting_.erase(found);
    wait = waiting->wait;
  }
  if (wait) {
    waits_.cancel(*wait);
  }
  return true;
}

void TaskBoard::give_up(const WaitingPointer& waiting) {
  {
    // A lease that is under way decides first.
    const std::lock_guard lock(mutex_);
    waiting->expired = true;
    if (waiting->trying) {
      return;
    }
  }
  if (take(waiting)) {
    waiting->done(std::optional<Leased>());
  }
}

void TaskBoard::try_lease(const WaitingPointer& waiting) {
  const Poll& poll = waiting->poll;
  const UnixMs now = engine_.parts().clock.now();
  std::vector<OpenTask> free;
  const auto error = engine_.parts().database.read([&](store::Transaction& tx) {
    free = free_tasks(tx, poll.definition_id, poll.task_name, now, 16);
  });
  if (error) {
    if (take(waiting)) {
      waiting->done(*error);
    }
    return;
  }
  if (free.empty()) {
    next_try(waiting);
    return;
  }
  // Any of the oldest: workers that ask at once do not all run into the same one.
  std::uint32_t bits = 0;
  engine_.parts().random.fill(std::as_writable_bytes(std::span(&bits, 1)));
  const std::size_t rivals = [&] {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }();
  const OpenTask& chosen = free[bits % std::min(free.size(), rivals)];
  const std::string token = "lease-" + random_base62(engine_.parts().random, 32);
  Command command;
  command.run_id = chosen.run_id;
  command.task_id = chosen.task_id;
  command.event.type = Event::Type::lease;
  command.event.data = {{"workerId", poll.worker_id},
                        {"until", now + poll.lease_seconds * 1000},
                        {"lease", lease_of(token)}};
  engine_.command(
      std::move(command), [this, waiting, token, task_id = chosen.task_id](Result<RunView> leased) {
        if (!leased) {
          // Another worker was faster, or the task has ended.
          {
            const std::lock_guard lock(mutex_);
            waiting->again = true;
          }
          engine_.parts().executor.run([this, waiting] { next_try(waiting); });
          return;
        }
        if (take(waiting)) {
          waiting->done(
              std::optional<Leased>(Leased{*leased, leased->state.find_task(task_id), token}));
        }
      });
}

// After an attempt that gave nothing: again if something came meanwhile, else wait.
void TaskBoard::next_try(const WaitingPointer& waiting) {
  bool again = false;
  bool expired = false;
  {
    const std::lock_guard lock(mutex_);
    again = std::exchange(waiting->again, false);
    waiting->trying = again;
    expired = waiting->expired;
  }
  if (again) {
    try_lease(waiting);
  } else if (expired || engine_.parts().clock.now() >= waiting->until) {
    give_up(waiting);
  }
}

void TaskBoard::on_transitions(const RunView& run, std::span<const Transition> transitions) {
  std::vector<WaitingPointer> wake;
  for (const Transition& transition : transitions) {
    if (transition.type != TransitionType::task_scheduled &&
        transition.type != TransitionType::lease_expired &&
        transition.type != TransitionType::workflow_resumed) {
      continue;
    }
    const std::lock_guard lock(mutex_);
    for (const WaitingPointer& waiting : waiting_) {
      if (waiting->poll.definition_id != run.state.definition_id) {
        continue;
      }
      waiting->again = true;
      if (!waiting->trying) {
        waiting->trying = true;
        wake.push_back(waiting);
      }
    }
  }
  for (const WaitingPointer& waiting : wake) {
    engine_.parts().executor.run([this, waiting] { next_try(waiting); });
  }
}

}  // namespace tartan::workflow
