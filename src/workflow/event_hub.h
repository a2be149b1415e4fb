// Live updates: whoever follows a run, or all of them, is told of each step after its commit.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/server/server.h"
#include "workflow/engine.h"

namespace tartan::workflow {

class EventHub final : public RunObserver {
 public:
  explicit EventHub(Engine& engine);

  // Server-sent events. Sends what has happened from transition `from` on, then what happens, and
  // ends with the run.
  void follow(const std::shared_ptr<http::Stream>& stream, const std::string& run_id,
              std::int64_t from);
  // One short event for each step of any run.
  void follow_all(std::shared_ptr<http::Stream> stream);

  void on_transitions(const RunView& run, std::span<const Transition> transitions) override;

 private:
  // One of a run is told of what has happened from the history, a piece at a time, as fast as it
  // reads. Once it has caught up it is told of each step as it comes; when too much waits for it,
  // the history has to do again.
  struct Follower {
    std::shared_ptr<http::Stream> stream;
    std::string run_id;     // empty: all
    std::int64_t next = 0;  // the number of the transition that it needs next
    bool caught_up = false;
    std::int64_t happened = 0;  // how many transitions are known to be there
  };
  using FollowerPointer = std::shared_ptr<Follower>;

  void tell_history(const FollowerPointer& follower);
  void tell_rest_later(const FollowerPointer& follower);
  void tell(const FollowerPointer& follower, std::int64_t number, const std::string& event);
  void fall_behind(const FollowerPointer& follower);
  void forget(const FollowerPointer& follower);
  void beat();

  Engine& engine_;
  std::mutex mutex_;
  std::list<FollowerPointer> followers_;
  bool beating_ = false;
};

}  // namespace tartan::workflow
