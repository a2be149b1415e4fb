// The engine's promises that hang on the order of things, each order laid down by hand in the
// simulated world; and many runs at once on real threads, for the thread sanitizer to watch.
#include "workflow/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "store/sqlite/sqlite_database.h"
#include "support/temporary_directory.h"
#include "workflow/schema.h"
#include "workflow/simulated_world.h"
#include "workflow/task_board.h"

namespace tartan::workflow {
namespace {

using simulation::World;

constexpr std::string_view kOneAtATime = R"({"name": "n", "startTask": "S",
  "maxConcurrentWorkflows": 1, "tasks": {"S": {"type": "Simple", "end": true}}})";

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    store::SqliteOptions options;
    options.synchronous = false;
    disk_ = *store::open_sqlite(folder_.path() / "engine.db", migrations(), options);
    world_ = std::make_unique<World>(1, *disk_);
    world_->order = World::Order::first_come;
    world_->boot();
  }

  std::string define(std::string_view document) {
    DefinitionStore store(*disk_, world_->clock, world_->random, world_->scripts);
    return *store.create(*json::parse(document), "test");
  }

  // Answers the run's id; empty until the start is on disk.
  std::shared_ptr<std::string> start(const std::string& definition_id,
                                     const std::string& key = "") {
    StartRequest request;
    request.definition_id = definition_id;
    request.started_by = "test";
    request.idempotency_key = key;
    auto run_id = std::make_shared<std::string>();
    world_->engine->start(std::move(request), [run_id](Result<Started> started) {
      *run_id = started ? started->run_id : "";
    });
    return run_id;
  }

  void command(const std::string& run_id, Event::Type type, const std::string& task_id = "",
               json::Object data = {}) {
    Command made;
    made.run_id = run_id;
    made.task_id = task_id;
    made.event.type = type;
    made.event.data = std::move(data);
    world_->engine->command(std::move(made), [](Result<RunView>) {});
  }

  void complete(const std::string& run_id) {
    command(run_id, Event::Type::complete, state(run_id).tasks.back().id, {{"output", 1}});
  }

  RunState state(const std::string& run_id) {
    auto loaded = world_->engine->load(run_id, Engine::History::drop);
    return loaded ? loaded->state : RunState{};
  }

  void work() {
    auto& queue = world_->executor.queue;
    while (!queue.empty()) {
      auto item = std::move(queue.front());
      queue.pop_front();
      item();
    }
  }
  void commit_one() {
    world_->database.commit_next(simulation::SimulatedDatabase::Disk::good);
    world_->database.answer_next();
  }
  void rest() {
    while (world_->step()) {
    }
  }

  test::TemporaryDirectory folder_;
  std::unique_ptr<store::Database> disk_;
  std::unique_ptr<World> world_;
};

TEST_F(EngineTest, AReleasedRunTakesOnePlaceOnly) {
  const std::string id = define(kOneAtATime);
  const auto first = start(id);
  const auto second = start(id);
  const auto third = start(id);
  rest();
  for (const auto& run : {first, second, third}) {
    ASSERT_EQ(state(*run).status, RunStatus::running);
    complete(*run);
    rest();
    EXPECT_EQ(state(*run).status, RunStatus::completed);
  }
  EXPECT_EQ(world_->engine->active(), 0U);
}

TEST_F(EngineTest, APlaceThatComesFreeBeforeTheNextStartIsOnDiskIsNotLost) {
  const std::string id = define(kOneAtATime);
  const auto first = start(id);
  rest();
  complete(*first);
  const auto second = start(id);
  work();
  commit_one();  // the first has ended: nobody to release is on disk
  work();
  rest();
  EXPECT_EQ(state(*second).status, RunStatus::running);
}

TEST_F(EngineTest, APlaceTakenByAStartThatExistedIsGivenOn) {
  const std::string id = define(kOneAtATime);
  const auto first = start(id, "key");
  rest();
  complete(*first);
  rest();
  const auto again = start(id, "key");
  const auto behind = start(id);
  rest();
  EXPECT_EQ(*again, *first);
  EXPECT_EQ(state(*behind).status, RunStatus::running);
}

TEST_F(EngineTest, OneKeyStartsOneRunAlsoAtOnce) {
  const std::string id = define(kOneAtATime);
  const auto first = start(id, "key");
  const auto second = start(id, "key");
  rest();
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(state(*first).status, RunStatus::running);
}

TEST_F(EngineTest, ATimeEventThatComesToNothingDoesNotHoldUpLaterOnes) {
  const std::string simple = define(R"({"name": "n", "startTask": "S",
    "tasks": {"S": {"type": "Simple", "end": true}}})");
  const std::string waiting = define(R"({"name": "n", "startTask": "W",
    "tasks": {"W": {"type": "Wait", "seconds": 20, "end": true}}})");
  const auto leased = start(simple);
  const auto waits = start(waiting);
  rest();
  const UnixMs until = world_->clock.now() + 10'000;
  command(*leased, Event::Type::lease, state(*leased).tasks.front().id,
          {{"workerId", "w"}, {"until", until}, {"lease", "l"}});
  rest();
  command(*leased, Event::Type::complete, state(*leased).tasks.front().id,
          {{"output", 1}, {"lease", "l"}});
  work();  // its commit waits: on disk the lease is due still
  world_->clock.advance(10'000);
  auto alarm = std::move(world_->timers.calls.begin()->second.second);
  world_->timers.calls.clear();
  alarm();
  rest();
  ASSERT_EQ(state(*leased).status, RunStatus::completed);
  world_->clock.advance(10'000);
  rest();
  EXPECT_EQ(state(*waits).status, RunStatus::completed);
}

TEST_F(EngineTest, ARetryThatFailsAtOnceStartsTheFailureWorkflowAgain) {
  const std::string handler = define(R"({"name": "n", "startTask": "S",
    "tasks": {"S": {"type": "Simple", "end": true}}})");
  const std::string id =
      define(R"({"name": "n", "startTask": "T", "failureWorkflow": ")" + handler + R"(", "tasks": {
    "T": {"type": "Terminate", "terminationStatus": "Failed"}}})");
  const auto run = start(id);
  rest();
  ASSERT_EQ(state(*run).status, RunStatus::failed);
  command(*run, Event::Type::retry);
  rest();
  std::vector<RunRow> handlers;
  RunFilter filter;
  filter.definition_id = handler;
  ASSERT_FALSE(disk_->read([&](store::Transaction& tx) { handlers = list_runs(tx, filter); }));
  EXPECT_EQ(handlers.size(), 2U);
}

TEST_F(EngineTest, ARetriedRunWaitsForItsPlaceAndGivesItBackWhenItIsRefused) {
  const std::string id = define(kOneAtATime);
  const auto first = start(id);
  rest();
  command(*first, Event::Type::fail, state(*first).tasks.back().id, {{"reason", "no"}});
  rest();
  const auto second = start(id);
  rest();
  ASSERT_EQ(state(*second).status, RunStatus::running);
  command(*first, Event::Type::retry);
  rest();
  ASSERT_EQ(state(*first).status, RunStatus::scheduled);
  complete(*second);
  rest();
  EXPECT_EQ(state(*second).status, RunStatus::completed);
  EXPECT_EQ(state(*first).status, RunStatus::running);
  // One that has completed can't be retried, but run anew.
  command(*second, Event::Type::retry);
  rest();
  command(*second, Event::Type::rerun, state(*second).tasks.front().id);
  rest();
  EXPECT_EQ(state(*second).status, RunStatus::scheduled);
  complete(*first);
  rest();
  EXPECT_EQ(state(*second).status, RunStatus::running);
  complete(*second);
  rest();
  const auto third = start(id);
  rest();
  EXPECT_EQ(state(*third).status, RunStatus::running);
  EXPECT_EQ(world_->engine->active(), 0U);
}

TEST_F(EngineTest, APlaceTakenByARetryThatIsNotWrittenIsGivenOn) {
  const std::string id = define(kOneAtATime);
  const auto first = start(id);
  rest();
  command(*first, Event::Type::fail, state(*first).tasks.back().id, {{"reason", "no"}});
  rest();
  command(*first, Event::Type::retry);
  work();
  world_->database.commit_next(simulation::SimulatedDatabase::Disk::full);
  world_->database.answer_next();
  rest();
  ASSERT_EQ(state(*first).status, RunStatus::failed);
  const auto second = start(id);
  rest();
  EXPECT_EQ(state(*second).status, RunStatus::running);
}

TEST_F(EngineTest, ATaskWhoseWorkerLeftIsFreeAtOnce) {
  const std::string id = define(kOneAtATime);
  const auto run = start(id);
  rest();
  Waits waits(world_->timers, world_->executor);
  TaskBoard board(*world_->engine, waits);
  int given = 0;
  const auto poll = [&](const TaskBoard::Ticket& ticket) {
    Poll asked;
    asked.definition_id = id;
    asked.task_name = "S";
    asked.worker_id = "worker";
    board.poll(ticket, asked, [&](Result<std::optional<TaskBoard::Leased>> leased) {
      given += leased && leased->has_value() ? 1 : 0;
    });
  };
  const auto is_free = [&] { return !state(*run).tasks.back().leased_until.has_value(); };
  // Before it asks, while its lease is on its way to disk, and when its answer can't be written.
  const auto early = TaskBoard::make_ticket();
  board.leave(early);
  poll(early);
  work();
  EXPECT_TRUE(is_free());
  const auto meanwhile = TaskBoard::make_ticket();
  poll(meanwhile);
  work();
  board.leave(meanwhile);
  rest();
  EXPECT_TRUE(is_free());
  EXPECT_EQ(given, 0);
  const auto late = TaskBoard::make_ticket();
  poll(late);
  rest();
  EXPECT_EQ(given, 1);
  EXPECT_FALSE(is_free());
  board.leave(late);
  rest();
  EXPECT_TRUE(is_free());
}

TEST_F(EngineTest, AFailureWorkflowThatIsGoneOrDisabledIsToldInTheHistory) {
  for (const bool deleted : {true, false}) {
    const std::string handler = define(R"({"name": "n", "startTask": "S",
      "tasks": {"S": {"type": "Simple", "end": true}}})");
    const std::string id = define(
        R"({"name": "n", "startTask": "S", "failureWorkflowVersion": 1, "failureWorkflow": ")" +
        handler + R"(", "tasks": {"S": {"type": "Simple", "end": true}}})");
    const auto run = start(id);
    rest();
    DefinitionStore store(*disk_, world_->clock, world_->random, world_->scripts);
    ASSERT_TRUE(deleted ? store.remove(handler, "test").ok()
                        : store.set_disabled(handler, true, "test").ok());
    command(*run, Event::Type::fail, state(*run).tasks.back().id, {{"reason", "no"}});
    rest();
    auto loaded = world_->engine->load(*run, Engine::History::keep);
    ASSERT_TRUE(loaded.ok());
    EXPECT_EQ(loaded->state.status, RunStatus::failed);
    EXPECT_EQ(loaded->state.failed_reason, "task 'S': no");
    const Transition& last = loaded->transitions.back();
    ASSERT_EQ(last.type, TransitionType::failure_workflow_skipped);
    EXPECT_EQ(last.data.at("workflowDefinitionId"), json::Value(handler));
    EXPECT_EQ(last.data.at("workflowDefinitionVersion"), json::Value(1));
    EXPECT_NE(std::string(last.data.at("reason").as_string()).find(deleted ? "no" : "disabled"),
              std::string::npos);
    // It can still be retried, and is told again.
    command(*run, Event::Type::retry);
    rest();
    EXPECT_EQ(state(*run).status, RunStatus::running);
  }
}

// Answers on a thread of its own, now and then with a status that is retried.
class InstantSender final : public http::Sender {
 public:
  void send(http::OutboundRequest, Done done) override {
    const bool busy = ++sent_ % 7 == 0;
    auto held = std::make_shared<Done>(std::move(done));
    thread_.run([held, busy] {
      http::OutboundReply reply;
      reply.status = busy ? 503 : 200;
      (*held)(std::move(reply));
    });
  }
  void stop() { thread_.stop(); }

 private:
  std::atomic<int> sent_ = 0;
  ThreadPool thread_{1};
};

TEST(EngineThreads, ManyRunsAtOnceAllEnd) {
  constexpr int runs = 120;
  test::TemporaryDirectory folder;
  store::SqliteOptions options;
  options.synchronous = false;
  auto database = *store::open_sqlite(folder.path() / "engine.db", migrations(), options);
  const crypto::Vault vault(crypto::Key{1});
  const SystemClock clock;
  SystemRandom random;
  simulation::LookupScripts scripts;
  InstantSender sender;
  ThreadPool executor(4);
  ThreadTimers timers(clock);
  Engine engine({*database, vault, clock, random, scripts, sender, executor, timers});
  ASSERT_FALSE(engine.recover().has_value());
  const std::string id = *engine.definitions().create(
      *json::parse(R"({"name": "n", "startTask": "P", "maxConcurrentWorkflows": 16, "tasks": {
        "P": {"type": "Parallel", "nextTask": "E", "branches": [
          {"startTask": "H", "tasks": {"H": {"type": "Http", "end": true,
            "retry": {"maxAttempts": 50, "intervalSeconds": 0.01},
            "httpRequest": {"url": "http://target.test/"}}}},
          {"startTask": "W", "tasks": {"W": {"type": "Wait", "end": true,
            "secondsExpression": "0.02"}}}]},
        "E": {"type": "Terminate", "terminationStatus": "Completed"}}})"),
      "test");
  std::atomic<int> started = 0;
  std::atomic<int> ended = 0;
  for (int i = 0; i < runs; ++i) {
    StartRequest request;
    request.definition_id = id;
    request.started_by = "test";
    engine.start(
        std::move(request),
        [&](Result<Started> made) {
          ++started;
          if (made && started % 3 == 0) {
            for (const auto type : {Event::Type::pause, Event::Type::resume}) {
              Command command;
              command.run_id = made->run_id;
              command.event.type = type;
              engine.command(std::move(command), [](Result<RunView>) {});
            }
          }
        },
        [&](const RunView& run) { ended += run.state.status == RunStatus::completed ? 1 : 0; });
  }
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while ((ended < runs || engine.active() > 0) && std::chrono::steady_clock::now() < patience) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(started, runs);
  EXPECT_EQ(ended, runs);
  EXPECT_EQ(engine.active(), 0U);
  engine.stop();
  sender.stop();
  timers.stop();
  executor.stop();
  database->stop();
}

}  // namespace
}  // namespace tartan::workflow
