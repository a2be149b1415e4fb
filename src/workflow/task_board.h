// Simple tasks that wait for a worker, and workers that wait for a task: a poll leases the oldest
// free task of its name, or waits until one comes.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "workflow/engine.h"
#include "workflow/waits.h"

namespace tartan::workflow {

struct Poll {
  std::string definition_id;
  std::string task_name;
  std::string worker_id;
  std::int64_t wait_seconds = 0;
  std::int64_t lease_seconds = 60;
};

class TaskBoard final : public RunObserver {
 public:
  // The task as a view and the lease token, or nothing when none came in time.
  struct Leased {
    RunView run;
    int place = 0;
    std::string lease_token;
  };
  using Done = UniqueFunction<void(Result<std::optional<Leased>>)>;
  struct Waiting;
  using Ticket = std::shared_ptr<Waiting>;

  TaskBoard(Engine& engine, Waits& waits) : engine_(engine), waits_(waits) {
    engine.observe(*this);
  }

  // A ticket is for one poll. Who asked may leave at any time, also before it has asked: then it
  // gets no task, and one that it was given and never heard of is free again at once.
  static Ticket make_ticket() { return std::make_shared<Waiting>(); }
  void poll(const Ticket& ticket, Poll poll, Done done);
  void leave(const Ticket& ticket);
  void on_transitions(const RunView& run, std::span<const Transition> transitions) override;

  // Lease tokens are kept as hashes only.
  std::string lease_of(std::string_view token) const;

  struct Waiting {
    Poll poll;
    Done done;
    UnixMs until = 0;
    std::optional<Waits::Id> wait;
    bool expired = false;
    bool trying = false;              // a lease is being asked for
    bool again = false;               // a task came meanwhile
    bool gone = false;                // who asked has left
    std::optional<Command> way_back;  // once it has a task: what gives that back
  };

 private:
  using WaitingPointer = Ticket;

  void try_lease(const WaitingPointer& waiting);
  void next_try(const WaitingPointer& waiting);
  void give_up(const WaitingPointer& waiting);
  bool take(const WaitingPointer& waiting);
  bool is_gone(const WaitingPointer& waiting);
  void drop(const WaitingPointer& waiting);

  Engine& engine_;
  Waits& waits_;
  std::mutex mutex_;
  std::list<WaitingPointer> waiting_;
};

}  // namespace tartan::workflow
