#include "workflow/simulated_world.h"

#include <algorithm>

#include "json/json.h"

namespace tartan::workflow::simulation {
namespace {

using http::OutboundError;
using http::OutboundReply;

std::int64_t number_in(const json::Object& object, std::string_view name, std::int64_t otherwise) {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_int64() ? value->get_int64() : otherwise;
}

const json::Object* object_in(const json::Object* object, std::string_view name) {
  const json::Value* value = object == nullptr ? nullptr : json::find(*object, name);
  return value == nullptr ? nullptr : value->if_object();
}

OutboundError failure(OutboundError::Kind kind, bool may_have_arrived) {
  OutboundError error;
  error.kind = kind;
  error.message = std::string(http::name_of(kind));
  error.may_have_arrived = may_have_arrived;
  return error;
}

OutboundReply reply(int status) {
  OutboundReply made;
  made.status = status;
  made.headers = {{"Content-Type", "application/json"}};
  made.body = "{}";
  return made;
}

OutboundReply success(const std::string& body) {
  const json::Value asked = *json::parse(body);
  const json::Object& object = asked.get_object();
  const std::int64_t n = number_in(object, "n", 1);
  const std::string task(json::find(object, "task")->get_string());
  OutboundReply made = reply(200);
  made.body = json::print(json::Object{{"value", value_of(task, number_in(object, "in", -1), n)},
                                       {"n", n},
                                       {"more", n < number_in(object, "limit", 1)}});
  return made;
}

// http://target.test/RUN/TASK/NAME
Target::Request request_of(const http::OutboundRequest& sent) {
  Target::Request request;
  constexpr std::string_view prefix = "http://target.test/";
  must(sent.url.starts_with(prefix), "a request goes to the target");
  const std::string path = sent.url.substr(prefix.size());
  const auto first = path.find('/');
  const auto second = path.find('/', first + 1);
  request.run_id = path.substr(0, first);
  request.task_id = path.substr(first + 1, second - first - 1);
  request.task_name = path.substr(second + 1);
  request.method = sent.method;
  request.body = sent.body;
  for (const auto& [name, value] : sent.headers) {
    if (name == "Idempotency-Key") {
      request.key = value;
    }
  }
  return request;
}

}  // namespace

std::int64_t value_of(std::string_view task, std::int64_t in, std::int64_t n) {
  std::uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 1099511628211ULL; };
  for (const char c : task) {
    mix(static_cast<unsigned char>(c));
  }
  mix(static_cast<std::uint64_t>(in));
  mix(static_cast<std::uint64_t>(n));
  return static_cast<std::int64_t>((hash >> 20) % 10'007);
}

// Timers and database

Timers::Id SimulatedTimers::at(UnixMs time, UniqueFunction<void()> call) {
  calls.emplace(++last_, std::pair(time, std::move(call)));
  return last_;
}

void SimulatedDatabase::commit_next(Disk disk) {
  auto [body, done] = std::move(writes.front());
  writes.pop_front();
  if (disk == Disk::full) {
    answers.emplace_back(std::move(done), Error{Fault::full, "no space left"});
    return;
  }
  auto error = disk_.write(std::move(body));
  answers.emplace_back(std::move(done), std::move(error));
}

void SimulatedDatabase::answer_next() {
  auto [done, error] = std::move(answers.front());
  answers.pop_front();
  done(error);
}

// Target

void Target::send(http::OutboundRequest request, Done done) {
  Request made = request_of(request);
  ++sent_by_task[made.task_id];
  const auto known = key_by_task.emplace(made.task_id, made.key);
  must(known.first->second == made.key, "every attempt of a task has the same Idempotency-Key");
  must(is_safe(made.method) || !made.key.empty(), "an unsafe request has an Idempotency-Key");
  if (on_send) {
    on_send(made);
  }
  travelling_.push_back({std::move(made), std::move(done)});
}

Target::Outcome Target::decide(const Request& request, UnixMs& at, bool& arrives) {
  arrives = true;
  const std::size_t roll = mood == Mood::friendly ? 0 : choices_.below(100);
  if (roll < 55) {
    return success(request.body);
  }
  if (roll < 65) {
    at += choices_.between(1'000, 9'000);
    return success(request.body);
  }
  if (roll < 72) {
    OutboundReply busy = reply(choices_.percent(50) ? 429 : 408);
    busy.headers.emplace_back("Retry-After", std::to_string(choices_.between(0, 8)));
    return busy;
  }
  if (roll < 80) {
    return reply(choices_.percent(50) ? 500 : 503);
  }
  if (roll < 84) {
    return reply(404);
  }
  if (roll < 90) {
    arrives = false;
    return failure(OutboundError::Kind::connect_failed, false);
  }
  if (roll < 95) {
    return failure(OutboundError::Kind::broken, true);
  }
  at += 10'000;
  return failure(OutboundError::Kind::read_timeout, true);
}

std::string Target::arrive() {
  const std::size_t index = choices_.below(travelling_.size());
  Travelling one = std::move(travelling_[index]);
  travelling_.erase(travelling_.begin() + static_cast<std::ptrdiff_t>(index));
  UnixMs at = clock_.now();
  bool arrives = true;
  Outcome outcome = decide(one.request, at, arrives);
  std::string name = one.request.task_name + " of " + one.request.run_id;
  std::string what = (arrives ? "arrives: " : "is refused: ") + name;
  if (arrives) {
    got.push_back(std::move(one.request));
  }
  if (one.done) {
    answering_.push_back({at, std::move(name), std::move(outcome), std::move(one.done)});
  }
  return what;
}

bool Target::can_answer() const {
  const auto next = next_answer();
  return next && *next <= clock_.now();
}

std::optional<UnixMs> Target::next_answer() const {
  std::optional<UnixMs> soonest;
  for (const Answering& one : answering_) {
    if (!soonest || one.at < *soonest) {
      soonest = one.at;
    }
  }
  return soonest;
}

std::string Target::answer() {
  std::vector<std::size_t> due;
  for (std::size_t i = 0; i < answering_.size(); ++i) {
    if (answering_[i].at <= clock_.now()) {
      due.push_back(i);
    }
  }
  const std::size_t index = choices_.any(due);
  Answering one = std::move(answering_[index]);
  answering_.erase(answering_.begin() + static_cast<std::ptrdiff_t>(index));
  std::string what = "answer to " + one.name + ": " +
                     (one.outcome ? std::to_string(one.outcome->status)
                                  : std::string(http::name_of(one.outcome.error().kind)));
  one.done(std::move(one.outcome));
  return what;
}

void Target::forget_callers() {
  answering_.clear();
  std::vector<Travelling> left;
  for (Travelling& one : travelling_) {
    if (choices_.percent(50)) {
      left.push_back({std::move(one.request), {}});
    }
  }
  travelling_ = std::move(left);
}

// Scripts

Result<script::ScriptResult, script::ScriptError> LookupScripts::evaluate(
    const script::ScriptRequest& request) {
  if (!available) {
    script::ScriptError error;
    error.kind = script::ScriptError::Kind::unavailable;
    error.message = "no scripts now";
    return error;
  }
  script::ScriptResult result;
  const json::Value data = *json::parse(request.data_json);
  const auto next = request.expression.find("next ");
  if (next != std::string_view::npos) {
    const std::string name(request.expression.substr(next + 5));
    const json::Object* body =
        object_in(object_in(object_in(data.if_object(), name), "output"), "body");
    result.json = std::to_string(body == nullptr ? 1 : number_in(*body, "n", 0) + 1);
    result.truthy = true;
    return result;
  }
  if (request.expression == "$.body.more") {
    const json::Object* body = object_in(data.if_object(), "body");
    const json::Value* more = body == nullptr ? nullptr : json::find(*body, "more");
    result.truthy = more != nullptr && more->is_bool() && more->get_bool();
  } else {
    const json::Value bindings = *json::parse(request.bindings_json);
    const json::Object* input = object_in(bindings.if_object(), "input");
    result.truthy = input != nullptr && number_in(*input, "v", 1) % 2 == 0;
  }
  result.json = result.truthy ? "true" : "false";
  return result;
}

// World

World::World(std::uint64_t seed, store::Database& real_disk)
    : choices(seed),
      random(seed ^ 0x9e3779b97f4a7c15ULL),
      vault(crypto::Key{1, 2, 3}),
      disk(real_disk),
      database(real_disk),
      target(choices, clock) {}

void World::boot() {
  engine = std::make_unique<Engine>(
      EngineParts{database, vault, clock, random, scripts, target, executor, timers});
  if (on_boot) {
    on_boot();
  }
  const auto error = engine->recover();
  must(!error, "the engine recovers");
}

void World::crash() {
  note("crash");
  executor.queue.clear();
  timers.calls.clear();
  database.writes.clear();
  database.answers.clear();
  target.forget_callers();
  engine.reset();
}

void World::note(std::string what) {
  steps.push_back(std::to_string(clock.now() % 1'000'000'000) + " " + std::move(what));
}

void World::move_clock(std::int64_t ms) {
  clock.advance(ms);
  note("clock " + std::to_string(ms));
}

std::optional<Timers::Id> World::due_timer() const {
  for (const auto& [id, call] : timers.calls) {
    if (call.first <= clock.now()) {
      return id;
    }
  }
  return std::nullopt;
}

void World::collect(std::vector<What>& possible) const {
  const auto offer = [&](bool can, What what, std::size_t weight) {
    if (can) {
      possible.insert(possible.end(), weight, what);
    }
  };
  offer(!executor.queue.empty(), What::work, 6);
  offer(!database.writes.empty(), What::commit, 4);
  offer(!database.answers.empty(), What::committed, 4);
  offer(target.can_arrive(), What::arrival, 3);
  offer(target.can_answer(), What::answer, 3);
  offer(due_timer().has_value(), What::alarm, 3);
}

void World::work() {
  const std::size_t index =
      order == Order::any ? choices.below(executor.queue.size()) : std::size_t{0};
  auto item = std::move(executor.queue[index]);
  executor.queue.erase(executor.queue.begin() + static_cast<std::ptrdiff_t>(index));
  note("work " + std::to_string(index) + " of " + std::to_string(executor.queue.size() + 1));
  item();
}

bool World::step() {
  std::vector<What> possible;
  collect(possible);
  if (possible.empty()) {
    return false;
  }
  switch (choices.any(possible)) {
    case What::work:
      work();
      break;
    case What::commit: {
      const bool full = choices.percent(full_disk_percent);
      note(full ? "commit fails" : "commit");
      database.commit_next(full ? SimulatedDatabase::Disk::full : SimulatedDatabase::Disk::good);
      break;
    }
    case What::committed:
      note("commit answered");
      database.answer_next();
      break;
    case What::arrival:
      note(target.arrive());
      break;
    case What::answer:
      note(target.answer());
      break;
    case What::alarm: {
      const Timers::Id id = *due_timer();
      auto call = std::move(timers.calls.at(id).second);
      timers.calls.erase(id);
      note("alarm");
      call();
      break;
    }
  }
  return true;
}

bool World::wait() {
  std::optional<UnixMs> soonest = target.next_answer();
  for (const auto& [id, call] : timers.calls) {
    if (!soonest || call.first < *soonest) {
      soonest = call.first;
    }
  }
  if (!soonest) {
    return false;
  }
  move_clock(std::max<std::int64_t>(0, *soonest - clock.now()));
  return true;
}

}  // namespace tartan::workflow::simulation
