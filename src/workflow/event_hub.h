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
  struct Follower {
    std::shared_ptr<http::Stream> stream;
    std::string run_id;     // empty: all
    std::int64_t next = 0;  // the number of the transition that it needs next
    bool caught_up = false;
    std::vector<std::pair<std::int64_t, std::string>> meanwhile;  // until it has caught up
    bool ended_meanwhile = false;
  };

  void beat();

  Engine& engine_;
  std::mutex mutex_;
  std::list<Follower> followers_;
  bool beating_ = false;
};

}  // namespace tartan::workflow
