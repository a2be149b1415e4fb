#include "server/workflows.h"

#include <atomic>

namespace tartan::server {
namespace {

// They wait for scripts and disks; the cores are kept busy by those.
constexpr std::size_t kThreads = 6;
constexpr std::size_t kScriptHelpers = 2;
constexpr std::int64_t kRetentionEveryMs = 60'000;
constexpr std::size_t kRetentionBatch = 500;
constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kIdLength = 22;

// One organization, for as long as the data directory's key lives.
std::string organization_of(const crypto::Vault& vault) {
  const crypto::Hash hash = vault.hash("organization", "");
  std::uint64_t halves[2] = {0, 0};
  for (std::size_t i = 0; i < hash.size(); ++i) {
    halves[i / 8] = halves[i / 8] << 8U | hash[i];
  }
  return ordered_base62(halves[0], kIdLength / 2) + ordered_base62(halves[1], kIdLength / 2);
}

std::string token_name(Core& core, std::string_view id) {
  const auto tokens = core.tokens().list();
  if (tokens) {
    for (const access::PersonalToken& token : *tokens) {
      if (token.token_id == id) {
        return token.name;
      }
    }
  }
  return "";
}

// Counts and logs what runs come to.
class RunMetrics final : public workflow::RunObserver {
 public:
  RunMetrics(Metrics& metrics, Log& log) : metrics_(metrics), log_(log) {}

  void on_transitions(const workflow::RunView& run,
                      std::span<const workflow::Transition> transitions) override {
    for (const workflow::Transition& transition : transitions) {
      count(run, transition);
      if (transition.type == workflow::TransitionType::failure_workflow_skipped) {
        tell_skipped(run, transition);
      }
    }
    if (is_final(run.state.status) && log_.enabled(LogLevel::info)) {
      log_.write(LogLevel::info, "workflow ended",
                 {{"workflow", run.state.id},
                  {"definition", run.state.definition_id},
                  {"version", run.state.definition_version},
                  {"trace", run.trace_id},
                  {"status", name_of(run.state.status)},
                  {"duration_ms", run.state.ended_at.value_or(0) - run.state.created_at}});
    }
  }

 private:
  void tell_skipped(const workflow::RunView& run, const workflow::Transition& transition) {
    const auto text = [&](std::string_view name) {
      const json::Value* value = json::find(transition.data, name);
      return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                    : std::string_view{};
    };
    log_.write(LogLevel::warn, "failure workflow not started",
               {{"workflow", run.state.id},
                {"definition", run.state.definition_id},
                {"version", run.state.definition_version},
                {"trace", run.trace_id},
                {"failure_definition", text("workflowDefinitionId")},
                {"reason", text("reason")}});
  }

  void count(const workflow::RunView& run, const workflow::Transition& transition) {
    using Type = workflow::TransitionType;
    const std::string_view definition = run.state.definition_id;
    std::string_view task;
    if (transition.place != workflow::kNoPlace) {
      task = run.definition.definition.task(run.state.at(transition.place).task).name;
    }
    switch (transition.type) {
      case Type::workflow_started:
      case Type::workflow_completed:
      case Type::workflow_failed:
      case Type::workflow_timed_out:
      case Type::workflow_terminated:
      case Type::task_completed:
      case Type::task_failed:
      case Type::task_timed_out:
      case Type::task_cancelled:
      case Type::attempt_started:
        metrics_.count_transition(definition, task, name_of(transition.type));
        break;
      default:
        break;
    }
  }

  Metrics& metrics_;
  Log& log_;
};

}  // namespace

Workflows::Workflows(Core& core, http::EgressPolicy policy, http::ClientOptions outbound,
                     const Config& config, Metrics& metrics, Log& log)
    : core_(core),
      retention_days_(config.retention_days),
      retention_count_(config.retention_count),
      policy_(std::move(policy)),
      outbound_(std::move(outbound)),
      executor_(kThreads),
      timers_(core.clock()),
      scripts_(kScriptHelpers),
      engine_({core.workflow(), core.vault(), core.clock(), core.random(), scripts_, sender_,
               executor_, timers_}),
      waits_(timers_, executor_),
      board_(engine_, waits_),
      events_(engine_),
      api_{engine_,
           board_,
           events_,
           waits_,
           {organization_of(core.vault()),
            [&core](std::string_view id) { return token_name(core, id); }}},
      observer_(std::make_unique<RunMetrics>(metrics, log)) {
  engine_.observe(*observer_);
}

Workflows::~Workflows() { stop(); }

std::optional<Error> Workflows::start() {
  client_ = std::make_unique<http::Client>(policy_, outbound_);
  sender_.client = client_.get();
  if (auto error = engine_.recover()) {
    return error;
  }
  if (retention_days_ > 0 || retention_count_ > 0) {
    executor_.run([this] { delete_old(); });
  }
  return std::nullopt;
}

void Workflows::stop() {
  if (stopped_) {
    return;
  }
  stopped_ = true;
  engine_.stop();
  timers_.stop();
  if (client_) {
    client_->stop();
  }
  executor_.stop();
}

void Workflows::delete_old() {
  const UnixMs now = core_.clock().now();
  std::vector<std::string> old;
  const auto error = core_.workflow().read([&](store::Transaction& tx) {
    if (retention_days_ > 0) {
      old = workflow::runs_ended_before(tx, now - retention_days_ * kDayMs, kRetentionBatch);
    }
    if (retention_count_ > 0 && old.size() < kRetentionBatch) {
      for (std::string& id : workflow::runs_beyond(tx, retention_count_, kRetentionBatch)) {
        old.push_back(std::move(id));
      }
    }
  });
  for (const std::string& run_id : old) {
    engine_.remove(run_id, [](const Result<Done>&) {});
  }
  const bool more = !error && old.size() >= kRetentionBatch;
  timers_.at(now + (more ? 1000 : kRetentionEveryMs),
             [this] { executor_.run([this] { delete_old(); }); });
}

}  // namespace tartan::server
