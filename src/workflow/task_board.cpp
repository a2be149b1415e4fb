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

void TaskBoard::poll(const Ticket& waiting, Poll poll, Done done) {
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

void TaskBoard::leave(const Ticket& ticket) {
  std::optional<Command> way_back;
  {
    const std::lock_guard lock(mutex_);
    ticket->gone = true;
    way_back = std::exchange(ticket->way_back, std::nullopt);
    if (!way_back && ticket->trying) {
      return;  // what tries now will see it
    }
  }
  if (way_back) {
    engine_.command(*std::move(way_back), [](const Result<RunView>&) {});
  } else {
    drop(ticket);
  }
}

bool TaskBoard::is_gone(const WaitingPointer& waiting) {
  const std::lock_guard lock(mutex_);
  return waiting->gone;
}

// Answers into the void, so that nothing is left of the poll.
void TaskBoard::drop(const WaitingPointer& waiting) {
  if (take(waiting)) {
    waiting->done(std::optional<Leased>());
  }
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
  drop(waiting);
}

void TaskBoard::try_lease(const WaitingPointer& waiting) {
  if (is_gone(waiting)) {
    drop(waiting);
    return;
  }
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
  Command way_back;
  way_back.run_id = chosen.run_id;
  way_back.task_id = chosen.task_id;
  way_back.event.type = Event::Type::give_back;
  way_back.event.data = {{"lease", lease_of(token)}};
  Command command;
  command.run_id = chosen.run_id;
  command.task_id = chosen.task_id;
  command.event.type = Event::Type::lease;
  command.event.data = {{"workerId", poll.worker_id},
                        {"until", now + poll.lease_seconds * 1000},
                        {"lease", lease_of(token)}};
  engine_.command(std::move(command), [this, waiting, token, task_id = chosen.task_id,
                                       way_back](Result<RunView> leased) {
    if (!leased) {
      // Another worker was faster, or the task has ended.
      {
        const std::lock_guard lock(mutex_);
        waiting->again = true;
      }
      engine_.parts().executor.run([this, waiting] { next_try(waiting); });
      return;
    }
    bool gone = false;
    {
      const std::lock_guard lock(mutex_);
      gone = waiting->gone;
      if (!gone) {
        waiting->way_back = way_back;
      }
    }
    if (gone) {
      engine_.command(way_back, [](const Result<RunView>&) {});
      drop(waiting);
    } else if (take(waiting)) {
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
    expired = waiting->expired || waiting->gone;
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
