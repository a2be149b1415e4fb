// The real engine in a simulated world, seed by seed: made-up workflows, several runs at once, a
// moody service, workers, commands, crashes between any two steps, a clock that jumps. Every seed
// must keep what the engine promises, and every run must come to its end once the world calms down.
//
// TARTAN_SEEDS=n runs n seeds, TARTAN_SEED=n that one alone; a failing seed prints its steps.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <set>

#include "store/sqlite/sqlite_database.h"
#include "support/temporary_directory.h"
#include "workflow/history_check.h"
#include "workflow/random_workflow.h"
#include "workflow/schema.h"

namespace tartan::workflow::simulation {
namespace {

using store::Statement;

constexpr Statement kEmpty[] = {
    {"DELETE FROM runs"},        {"DELETE FROM run_events"},          {"DELETE FROM open_tasks"},
    {"DELETE FROM definitions"}, {"DELETE FROM definition_versions"}, {"DELETE FROM audit"}};

// What a run was started as, and what is known of it.
struct Known {
  std::size_t plan = 0;
  std::int64_t input = -1;  // not known when a crash cut the start's answer off
  bool acknowledged = false;
  bool revived = false;        // retried or rerun: it begins at once, whatever the limit
  bool maybe_removed = false;  // a removal was asked for
  bool removed = false;        // and acknowledged
};

class History : public RunObserver {
 public:
  History(std::uint64_t seed, store::Database& disk) : world(seed, disk) {
    calm_ = world.choices.percent(25);
    crash_percent_ = calm_ || world.choices.percent(30) ? 0 : 2;
    world.order = world.choices.percent(30) ? World::Order::first_come : World::Order::any;
    world.target.mood = calm_ ? Target::Mood::friendly : Target::Mood::moody;
    disk_fills_ = !calm_ && world.choices.percent(20);
    world.full_disk_percent = disk_fills_ ? 5 : 0;
    world.target.on_send = [this](const Target::Request& request) { check_send(request); };
    world.on_boot = [this] { world.engine->observe(*this); };
    make_definitions();
    world.boot();
  }

  void run() {
    const auto length = world.choices.between(40, 110);
    for (std::int64_t i = 0; i < length; ++i) {
      live();
    }
    settle();
    check_end();
  }

  void on_transitions(const RunView& run, std::span<const Transition> transitions) override {
    if (!world.choices.percent(10)) {
      return;
    }
    const Engine::Loaded loaded = check_run(world, run.state.id);
    must(text_of(loaded.state) == text_of(run.state),
         "the state in memory is the one on disk: " + run.state.id);
    must(loaded.transitions.size() >= transitions.size(), "what is told is on disk");
    for (std::size_t i = 0; i < transitions.size(); ++i) {
      const auto& stored = loaded.transitions[loaded.transitions.size() - transitions.size() + i];
      must(to_json(stored) == to_json(transitions[i]), "what is told is what is on disk");
    }
  }

  World world;

 private:
  // Setting up

  void make_definitions() {
    DefinitionStore store(world.disk, world.clock, world.random, world.scripts);
    const auto add = [&](Plan plan) {
      auto parsed = parse_definition(plan.document(), &world.scripts);
      must(parsed.ok(),
           "a made-up definition is valid: " +
               (parsed ? ""
                       : parsed.error().front().pointer + " " + parsed.error().front().message) +
               json::print(plan.document()));
      auto id = store.create(plan.document(), "test");
      must(id.ok(), "a definition is stored");
      plans_.push_back(std::move(plan));
      ids_.push_back(*id);
    };
    const auto temper = calm_ ? Temper::calm : Temper::any;
    add(random_plan(world.choices, temper));
    const auto more = world.choices.between(1, 2);
    for (std::int64_t i = 0; i < more; ++i) {
      Plan plan = random_plan(world.choices, temper);
      if (world.choices.percent(50)) {
        plan.failure_workflow = ids_.front();
      }
      add(std::move(plan));
    }
  }

  // Living

  void live() {
    const std::size_t roll = world.choices.below(100);
    if (roll < 10) {
      start();
    } else if (roll < 24) {
      disturb();
    } else if (roll < 24 + crash_percent_) {
      crash();
    } else if (roll < 32) {
      pass_time();
    } else if (!world.step() && !world.wait()) {
      start();
    }
  }

  void pass_time() {
    const std::size_t roll = world.choices.below(100);
    if (roll < 10 && !calm_) {
      world.scripts.available = world.choices.percent(60);
      world.note(world.scripts.available ? "scripts work" : "scripts fail");
    } else if (roll < 70) {
      world.move_clock(world.choices.between(1, 3'000));
    } else if (roll < 92) {
      world.move_clock(world.choices.between(3'000, 120'000));
    } else {
      world.move_clock(-world.choices.between(1, 2'000));
    }
  }

  void crash() {
    world.crash();
    unanswered_ = 0;
    awaited_.clear();
    world.boot();
    check_all();
  }

  void start() {
    if (runs_.size() >= 6) {
      return;
    }
    const std::size_t plan = world.choices.below(plans_.size());
    std::int64_t input = world.choices.between(0, 1000);
    StartRequest request;
    request.definition_id = ids_[plan];
    request.started_by = "test";
    if (world.choices.percent(30)) {
      const std::size_t key = world.choices.below(3);
      request.idempotency_key = "key" + std::to_string(key);
      input = static_cast<std::int64_t>(key);  // who repeats a start repeats its input
    }
    request.input = {{"x", input}};
    const std::string key =
        request.idempotency_key.empty() ? "" : request.definition_id + request.idempotency_key;
    world.note("start of plan " + std::to_string(plan) + " " + request.idempotency_key);
    ++unanswered_;
    world.engine->start(
        std::move(request),
        [this, plan, input, key](Result<Started> started) {
          --unanswered_;
          if (!started) {
            must(disk_fills_, "a start succeeds: " + started.error().message);
            return;
          }
          take_start(*started, plan, input, key);
        },
        [this](const RunView& view) {
          must(is_final(view.state.status), "who waits for the end is told at the end");
          awaited_.erase(view.state.id);
          early_ends_.insert(view.state.id);
        });
  }

  void take_start(const Started& started, std::size_t plan, std::int64_t input,
                  const std::string& key) {
    world.note("started " + started.run_id + (started.existed ? " (existed)" : ""));
    if (!key.empty()) {
      const auto known = by_key_.emplace(key, started.run_id);
      if (known.first->second != started.run_id) {
        // Only when the run of the key was removed may it begin another.
        must(runs_.at(known.first->second).maybe_removed, "one key starts one run");
        known.first->second = started.run_id;
      }
    }
    if (started.existed) {
      runs_[started.run_id].plan = plan;
      return;
    }
    Known& run = runs_[started.run_id];  // a second start with its key may have been answered first
    must(!run.acknowledged, "a run is started once");
    run.acknowledged = true;
    run.plan = plan;
    run.input = input;
    if (!early_ends_.contains(started.run_id)) {
      awaited_.insert(started.run_id);
    }
  }

  void disturb() {
    if (runs_.empty()) {
      return;
    }
    auto chosen = runs_.begin();
    std::advance(chosen, static_cast<std::ptrdiff_t>(world.choices.below(runs_.size())));
    auto& [run_id, known] = *chosen;
    if (known.removed) {
      return;
    }
    auto run = world.engine->load(run_id, Engine::History::drop);
    if (!run) {
      must(known.maybe_removed && run.error().fault == Fault::not_found,
           "an acknowledged run is there");
      return;
    }
    const std::size_t roll = world.choices.below(100);
    if (roll < 55) {
      work_on(*run);
    } else if (roll < 75) {
      command(run_id, world.choices.percent(50) ? Event::Type::pause : Event::Type::resume, "");
    } else if (calm_) {
      return;
    } else if (roll < 80) {
      command(run_id, Event::Type::terminate, "");
    } else if (roll < 90) {
      known.revived = true;
      command(run_id, Event::Type::retry, "");
    } else if (roll < 96 && !run->state.tasks.empty()) {
      known.revived = true;
      command(run_id, Event::Type::rerun, world.choices.any(run->state.tasks).id);
    } else {
      remove(run_id, known);
    }
  }

  void remove(const std::string& run_id, Known& known) {
    world.note("remove " + run_id);
    known.maybe_removed = true;
    ++unanswered_;
    world.engine->remove(run_id, [this, run_id](Result<Done> done) {
      --unanswered_;
      if (done) {
        runs_.at(run_id).removed = true;
        must(!world.engine->load(run_id, Engine::History::drop), "a removed run is gone");
      }
    });
  }

  // As a worker: takes, keeps, completes or fails a Simple task.
  void work_on(const Engine::Loaded& run) {
    std::vector<int> open;
    for (std::size_t i = 0; i < run.state.tasks.size(); ++i) {
      if (run.definition->definition.task(run.state.tasks[i].task).type == TaskType::simple &&
          !is_final(run.state.tasks[i].status)) {
        open.push_back(static_cast<int>(i));
      }
    }
    if (open.empty()) {
      return;
    }
    const TaskRun& task = run.state.at(world.choices.any(open));
    const std::size_t roll = world.choices.below(100);
    const UnixMs until = world.clock.now() + world.choices.between(500, 20'000);
    const std::string lease = world.choices.percent(80) ? task.lease : "another";
    if (roll < 25) {
      command(run.state.id, Event::Type::lease, task.id,
              {{"workerId", "w"},
               {"until", until},
               {"lease", "lease" + std::to_string(world.choices.below(1000))}});
    } else if (roll < 35) {
      command(run.state.id, Event::Type::heartbeat, task.id, {{"lease", lease}, {"until", until}});
    } else if (roll < 40 && !calm_) {
      command(run.state.id, Event::Type::give_back, task.id, {{"lease", lease}});
    } else if (roll < 47 && !calm_) {
      command(run.state.id, Event::Type::fail, task.id, {{"reason", "no"}, {"lease", lease}});
    } else {
      complete(run, task, lease);
    }
  }

  void complete(const Engine::Loaded& run, const TaskRun& task, const std::string& lease) {
    const std::string& name = run.definition->definition.task(task.task).name;
    const std::int64_t in = task.input.at("in").is_int64() ? task.input.at("in").as_int64() : -1;
    command(run.state.id, Event::Type::complete, task.id,
            {{"output", json::Object{{"body", json::Object{{"value", value_of(name, in, 1)}}}}},
             {"lease", lease},
             {"by", "w"}});
  }

  void command(const std::string& run_id, Event::Type type, const std::string& task_id,
               json::Object data = {}) {
    constexpr const char* names[] = {"start", "release",   "time",      "attempt",   "node_lost",
                                     "lease", "heartbeat", "complete",  "give_back", "fail",
                                     "pause", "resume",    "terminate", "retry",     "rerun"};
    const std::string what =
        std::string(names[static_cast<std::size_t>(type)]) + " " + run_id + " " + task_id;
    world.note(what);
    Command made;
    made.run_id = run_id;
    made.task_id = task_id;
    made.event.type = type;
    made.event.data = std::move(data);
    if (type >= Event::Type::pause) {
      made.event.data["by"] = "test";
    }
    ++unanswered_;
    world.engine->command(std::move(made), [this, what](Result<RunView> done) {
      --unanswered_;
      world.note((done ? "done: " : "not done: ") + what +
                 (done ? "" : " " + done.error().message));
      if (done) {
        const auto loaded = world.engine->load(done->state.id, Engine::History::drop);
        must(loaded.ok() && loaded->state.transitions >= done->state.transitions,
             "what is acknowledged is on disk");
      } else {
        must(done.error().fault != Fault::damaged && done.error().fault != Fault::internal,
             "a command fails for a reason: " + done.error().message);
      }
    });
  }

  // Calming down: nobody disturbs, workers do their work, paused runs are resumed.
  void settle() {
    world.note("settling");
    world.target.mood = Target::Mood::friendly;
    world.scripts.available = true;
    world.full_disk_percent = 0;
    if (crash_percent_ > 0 && world.choices.percent(50)) {
      crash();
    }
    rest();
    if (!calm_ && world.choices.percent(50)) {
      retry_all();
      rest();
    }
  }

  void rest() {
    for (int rounds = 0; rounds < 20'000; ++rounds) {
      if (!world.step() && !help() && !world.wait()) {
        return;
      }
    }
    throw Broken("the world comes to rest");
  }

  // In a world that has calmed down, what failed goes through when it is retried.
  void retry_all() {
    for (auto& [run_id, known] : runs_) {
      const auto run = world.engine->load(run_id, Engine::History::drop);
      if (run && is_final(run->state.status) && run->state.status != RunStatus::completed) {
        known.revived = true;
        command(run_id, Event::Type::retry, "");
      }
    }
  }

  // Does what runs wait for from outside. False when none waits so.
  bool help() {
    std::vector<std::string> paused;
    std::vector<OpenTask> open;
    const auto error = world.disk.read([&](store::Transaction& tx) {
      RunFilter filter;
      filter.status = RunStatus::paused;
      for (const RunRow& row : list_runs(tx, filter)) {
        paused.push_back(row.run_id);
      }
      open = list_open_tasks(tx, "", "", TaskPlace{}, 100);
    });
    must(!error, "rows can be read");
    for (const std::string& run_id : paused) {
      command(run_id, Event::Type::resume, "");
    }
    for (const OpenTask& task : paused.empty() ? open : std::vector<OpenTask>{}) {
      const auto run = world.engine->load(task.run_id, Engine::History::drop);
      must(run.ok(), "a run with an open task is there");
      complete(*run, run->state.at(task.place), run->state.at(task.place).lease);
    }
    return !paused.empty() || !open.empty();
  }

  // Checking

  void check_send(const Target::Request& request) {
    const auto run = world.engine->load(request.run_id, Engine::History::drop);
    must(run.ok(), "a request's run is on disk: " + request.run_id);
    const int place = run->state.find_task(request.task_id);
    must(place != kNoPlace, "a request's task is on disk: " + request.task_id);
    must(world.target.sent_by_task[request.task_id] <= run->state.at(place).attempts,
         "an attempt is recorded before it is sent, and sent once: " + request.task_id);
    must(request.key.empty() || request.key == request.task_id, "the key is the task's id");
  }

  std::vector<RunRow> all_runs() {
    std::vector<RunRow> rows;
    RunFilter filter;
    filter.size = 1000;
    const auto error =
        world.disk.read([&](store::Transaction& tx) { rows = list_runs(tx, filter); });
    must(!error, "runs can be listed");
    return rows;
  }

  void check_all() {
    std::map<std::string, std::int64_t> busy;
    std::set<std::string> there;
    for (const RunRow& row : all_runs()) {
      there.insert(row.run_id);
      check_sent(check_run(world, row.run_id), world.target.sent_by_task);
      const auto known = runs_.find(row.run_id);
      const bool revived = known != runs_.end() && known->second.revived;
      if (!revived && (row.status == RunStatus::running || row.status == RunStatus::paused)) {
        ++busy[row.definition_id];
      }
    }
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      must(plans_[i].max_concurrent == 0 || busy[ids_[i]] <= plans_[i].max_concurrent,
           "no more runs at once than the definition allows");
    }
    for (const auto& [run_id, known] : runs_) {
      must(known.maybe_removed || there.contains(run_id), "an acknowledged run is not lost");
      must(!known.removed || !there.contains(run_id), "a removed run stays away");
    }
  }

  void check_end() {
    check_all();
    must(unanswered_ == 0, "every call is answered");
    must(world.engine->active() == 0,
         "runs that have ended leave the memory: " + std::to_string(world.engine->active()));
    std::map<std::string, std::int64_t> handlers;
    std::map<std::string, std::int64_t> bad_ends;
    for (const RunRow& row : all_runs()) {
      must(is_final(row.status),
           "every run ends: " + row.run_id + " is " + std::string(name_of(row.status)));
      const auto run = world.engine->load(row.run_id, Engine::History::keep);
      check_result(*run);
      count_failures(*run, handlers, bad_ends);
    }
    for (const std::string& run_id : awaited_) {
      must(runs_.at(run_id).maybe_removed, "who waits for a run's end is told: " + run_id);
    }
    must(handlers == bad_ends, "each bad end starts its failure workflow once");
  }

  void count_failures(const Engine::Loaded& run, std::map<std::string, std::int64_t>& handlers,
                      std::map<std::string, std::int64_t>& bad_ends) {
    const json::Value* of = json::find(run.transitions.front().data, "failureOf");
    if (of != nullptr) {
      const std::string failed(of->get_string());
      const auto known = runs_.find(failed);
      if (known == runs_.end() || !known->second.maybe_removed) {
        ++handlers[failed];
      }
      return;
    }
    const auto known = runs_.find(run.state.id);
    if (run.definition->definition.failure_workflow.empty() ||
        (known != runs_.end() && known->second.maybe_removed)) {
      return;
    }
    for (const Transition& one : run.transitions) {
      if (one.type == TransitionType::workflow_failed ||
          one.type == TransitionType::workflow_timed_out) {
        ++bad_ends[run.state.id];
      }
    }
  }

  void check_result(const Engine::Loaded& run) {
    const auto known = runs_.find(run.state.id);
    if (known == runs_.end() || known->second.input < 0) {
      return;
    }
    const Plan& plan = plans_[known->second.plan];
    const Expected expected = expect(plan, known->second.input);
    if (calm_) {
      must(run.state.status == RunStatus::completed,
           "without faults a run completes: " + run.state.id + " " + run.state.failed_reason);
    }
    if (run.state.status != RunStatus::completed) {
      return;
    }
    must(!expected.fails, "a run that must fail does not complete: " + run.state.id);
    must(run.state.output == json::Value(json::Object{{"v", expected.value}}),
         "the output is the plan's: " + run.state.id + " " + json::print(run.state.output));
    std::map<std::string, int> visits;
    for (const TaskRun& task : run.state.tasks) {
      const std::string& name = run.definition->definition.task(task.task).name;
      if (!task.superseded && !name.starts_with("Loop")) {
        must(task.status == TaskStatus::completed, "no task is left over: " + name);
        ++visits[name];
      }
    }
    must(visits == expected.visits, "the tasks visited are the plan's: " + run.state.id);
  }

  bool calm_ = false;
  bool disk_fills_ = false;
  std::size_t crash_percent_ = 0;
  std::vector<Plan> plans_;
  std::vector<std::string> ids_;
  std::map<std::string, Known> runs_;
  std::map<std::string, std::string> by_key_;
  std::set<std::string> awaited_;     // whose `ended` is due in this life of the engine
  std::set<std::string> early_ends_;  // told before the start was
  int unanswered_ = 0;
};

// A breach inside the engine stops the process: say first which seed it was.
std::uint64_t running_seed = 0;
void say_seed(int) {
  std::fprintf(stderr, "TARTAN_SEED=%llu stopped the process\n",
               static_cast<unsigned long long>(running_seed));
}

std::string run_seed(std::uint64_t seed, store::Database& disk) {
  running_seed = seed;
  const auto error = disk.write([](store::Transaction& tx) {
    for (const Statement& statement : kEmpty) {
      tx.execute(statement, {});
    }
    return store::Outcome::keep;
  });
  if (error) {
    return error->message;
  }
  std::unique_ptr<History> history;
  try {
    history = std::make_unique<History>(seed, disk);
    history->run();
    return "";
  } catch (const Broken& broken) {
    std::string told = "TARTAN_SEED=" + std::to_string(seed) + ": broken: " + broken.what() + "\n";
    const std::vector<std::string> none;
    const auto& steps = history ? history->world.steps : none;
    const char* all = std::getenv("TARTAN_SEED");
    const std::size_t shown =
        all != nullptr ? steps.size() : std::min<std::size_t>(40, steps.size());
    for (std::size_t i = steps.size() - shown; i < steps.size(); ++i) {
      told += "  " + steps[i] + "\n";
    }
    return told;
  }
}

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::strtoull(value, nullptr, 10);
}

TEST(WorkflowSimulation, EverySeedKeepsItsPromises) {
  constexpr std::uint64_t seeds = 2'000;
  constexpr int failures_shown = 5;
  test::TemporaryDirectory folder;
  store::SqliteOptions options;
  options.synchronous = false;
  auto disk = store::open_sqlite(folder.path() / "simulation.db", migrations(), options);
  ASSERT_TRUE(disk.ok());
  const auto before = std::signal(SIGABRT, say_seed);
  const std::uint64_t first = number_from("TARTAN_SEED", 1);
  const std::uint64_t count =
      std::getenv("TARTAN_SEED") != nullptr ? 1 : number_from("TARTAN_SEEDS", seeds);
  std::uint64_t broken = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string told = run_seed(seed, **disk);
    if (!told.empty() && ++broken <= failures_shown) {
      ADD_FAILURE() << told;
    }
  }
  EXPECT_EQ(broken, 0U) << "of " << count << " seeds";
  std::signal(SIGABRT, before);
}

}  // namespace
}  // namespace tartan::workflow::simulation
