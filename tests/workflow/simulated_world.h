// A world for workflow::Engine in which nothing happens by itself: one thread, a clock moved by
// hand, a queue of work, a network with a target behind it, and a database whose commits and
// answers are steps of their own. A seed decides what happens next, so that a seed is a history
// that can be replayed; a crash may fall between any two steps.
#pragma once

#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/executor.h"
#include "base/timers.h"
#include "workflow/engine.h"

namespace tartan::workflow::simulation {

// What must hold does not.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
inline void must(bool holds, const std::string& what) {
  if (!holds) {
    throw Broken(what);
  }
}

// What the seed decides.
class Choices {
 public:
  explicit Choices(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t bound) { return random_.next() % bound; }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::size_t>(high - low + 1)));
  }
  bool percent(std::size_t chance) { return below(100) < chance; }
  template <typename Container>
  auto& any(Container& from) {
    return from[below(std::size(from))];
  }

 private:
  SeededRandom random_;
};

class SimulatedExecutor final : public Executor {
 public:
  void run(UniqueFunction<void()> work) override { queue.push_back(std::move(work)); }
  std::deque<UniqueFunction<void()>> queue;
};

class SimulatedTimers final : public Timers {
 public:
  Id at(UnixMs time, UniqueFunction<void()> call) override;
  void cancel(Id id) override { calls.erase(id); }
  std::map<Id, std::pair<UnixMs, UniqueFunction<void()>>> calls;

 private:
  Id last_ = 0;
};

// Writes wait until a step commits them, and their answers until a later step gives them. Reads
// see what is committed.
class SimulatedDatabase final : public store::Database {
 public:
  explicit SimulatedDatabase(store::Database& disk) : disk_(disk) {}
  void write_async(WriteBody body, WriteDone done) override {
    writes.emplace_back(std::move(body), std::move(done));
  }
  std::optional<Error> read(UniqueFunction<void(store::Transaction&)> body) override {
    return disk_.read(std::move(body));
  }
  void stop() override {}
  void purge_now() override {}
  void observe_commits(store::CommitObserver) override {}
  std::size_t queue_depth() const override { return writes.size(); }

  enum class Disk { good, full };
  void commit_next(Disk disk);
  void answer_next();

  std::deque<std::pair<WriteBody, WriteDone>> writes;
  std::deque<std::pair<WriteDone, std::optional<Error>>> answers;

 private:
  store::Database& disk_;
};

// The network and the service behind it. What has arrived stays arrived, whoever crashes.
class Target final : public http::Sender {
 public:
  struct Request {
    std::string run_id;
    std::string task_id;
    std::string task_name;
    std::string method;
    std::string key;  // Idempotency-Key
    std::string body;
  };
  enum class Mood { friendly, moody };

  Target(Choices& choices, const Clock& clock) : choices_(choices), clock_(clock) {}
  void send(http::OutboundRequest request, Done done) override;

  bool can_arrive() const { return !travelling_.empty(); }
  std::string arrive();
  bool can_answer() const;
  std::string answer();
  std::optional<UnixMs> next_answer() const;
  // Whoever waited for answers is gone; what travels may arrive yet.
  void forget_callers();

  Mood mood = Mood::friendly;
  std::function<void(const Request&)> on_send;
  std::vector<Request> got;
  std::map<std::string, int> sent_by_task;
  std::map<std::string, std::string> key_by_task;

 private:
  using Outcome = Result<http::OutboundReply, http::OutboundError>;
  struct Travelling {
    Request request;
    Done done;
  };
  struct Answering {
    UnixMs at;
    std::string name;
    Outcome outcome;
    Done done;
  };
  Outcome decide(const Request& request, UnixMs& at, bool& arrives);

  Choices& choices_;
  const Clock& clock_;
  std::vector<Travelling> travelling_;
  std::vector<Answering> answering_;
};

// Understands two conditions and one expression: "input.v is even", "$.body.more", "next NAME" (one
// more than NAME.output.body.n, from 1).
class LookupScripts final : public script::ScriptEngine {
 public:
  Result<script::ScriptResult, script::ScriptError> evaluate(
      const script::ScriptRequest& request) override;
  Result<std::vector<script::RootName>, script::ScriptError> check(script::Language,
                                                                   std::string_view) override {
    return std::vector<script::RootName>{};
  }
  bool available = true;
};

// What the target and the workers make of a task's input.
std::int64_t value_of(std::string_view task, std::int64_t in, std::int64_t n);

class World {
 public:
  enum class Order { first_come, any };

  World(std::uint64_t seed, store::Database& real_disk);

  // Starts an engine on what is on disk.
  void boot();
  void crash();
  // Does one of the things that can happen now. False when nothing can.
  bool step();
  // Moves the clock to when something is due. False when nothing ever is.
  bool wait();
  void move_clock(std::int64_t ms);
  void note(std::string what);

  Choices choices;
  ManualClock clock{1'800'000'000'000};
  SeededRandom random;
  crypto::Vault vault;
  store::Database& disk;
  SimulatedDatabase database;
  SimulatedExecutor executor;
  SimulatedTimers timers;
  Target target;
  LookupScripts scripts;
  std::unique_ptr<Engine> engine;
  std::function<void()> on_boot;

  Order order = Order::any;
  std::size_t full_disk_percent = 0;
  std::vector<std::string> steps;

 private:
  enum class What { work, commit, committed, arrival, answer, alarm };
  void collect(std::vector<What>& possible) const;
  std::optional<Timers::Id> due_timer() const;
  void work();
};

}  // namespace tartan::workflow::simulation
