#include "server/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <mutex>

namespace tartan::server {
namespace {

// Seconds. Reads take some 20 microseconds, commits about a millisecond.
const prometheus::Histogram::BucketBoundaries kLatencyBuckets = {
    0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5};
const prometheus::Histogram::BucketBoundaries kBatchBuckets = {1,  2,  4,   8,   16,
                                                               32, 64, 128, 256, 512};
constexpr double kMicrosPerSecond = 1e6;

}  // namespace

struct Metrics::State {
  // What one operation of one environment counts, found once.
  struct Series {
    prometheus::Counter* succeeded;
    prometheus::Histogram* latency;
  };

  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      prometheus::BuildCounter()
          .Name("tartan_requests_total")
          .Help("Requests by environment, operation and outcome (ok or error_code)")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& latency =
      prometheus::BuildHistogram()
          .Name("tartan_request_seconds")
          .Help("Time from the parsed request to its answer")
          .Register(registry);
  prometheus::Family<prometheus::Histogram>& batch = prometheus::BuildHistogram()
                                                         .Name("tartan_commit_writes")
                                                         .Help("Writes in one commit")
                                                         .Register(registry);
  prometheus::Family<prometheus::Histogram>& commit = prometheus::BuildHistogram()
                                                          .Name("tartan_commit_seconds")
                                                          .Help("Time of a commit")
                                                          .Register(registry);
  prometheus::Family<prometheus::Gauge>& queue = prometheus::BuildGauge()
                                                     .Name("tartan_write_queue_depth")
                                                     .Help("Writes that wait for a commit")
                                                     .Register(registry);
  prometheus::Family<prometheus::Counter>& transitions =
      prometheus::BuildCounter()
          .Name("tartan_workflow_transitions_total")
          .Help("Steps of workflows by definition, task and kind")
          .Register(registry);
  prometheus::Gauge& connections = prometheus::BuildGauge()
                                       .Name("tartan_open_connections")
                                       .Help("Open client connections")
                                       .Register(registry)
                                       .Add({});

  std::mutex mutex;
  // Keyed by environment and operation, whose names are static text.
  std::map<std::pair<const char*, const char*>, Series> series;
  // By definition, task and kind; found by name, since they come and go.
  std::map<std::string, prometheus::Counter*, std::less<>> transition_series;
  std::vector<std::pair<store::Database*, prometheus::Gauge*>> queues;
  std::function<std::size_t()> open_connections;

  Series find(std::string_view environment, std::string_view operation) {
    const std::lock_guard lock(mutex);
    auto& found = series[{environment.data(), operation.data()}];
    if (found.succeeded == nullptr) {
      const prometheus::Labels labels = {{"environment", std::string(environment)},
                                         {"operation", std::string(operation)}};
      prometheus::Labels ok = labels;
      ok["outcome"] = "ok";
      found = {&requests.Add(ok), &latency.Add(labels, kLatencyBuckets)};
    }
    return found;
  }
};

Metrics::Metrics(Log& log) : log_(log), state_(std::make_unique<State>()) {}

Metrics::~Metrics() = default;

void Metrics::on_request(const items::RequestReport& report) {
  const std::string_view operation = report.operation.empty() ? "unknown" : report.operation;
  const State::Series series = state_->find(report.environment, operation);
  series.latency->Observe(static_cast<double>(report.micros) / kMicrosPerSecond);
  if (report.error_code.empty()) {
    series.succeeded->Increment();
  } else {
    state_->requests
        .Add({{"environment", std::string(report.environment)},
              {"operation", std::string(operation)},
              {"outcome", std::string(report.error_code)}})
        .Increment();
  }
  const LogLevel level = report.status >= 500 ? LogLevel::error : LogLevel::info;
  if (log_.enabled(level)) {
    log_.write(level, "request",
               {{"request_id", report.request_id},
                {"environment", report.environment},
                {"operation", operation},
                {"client", report.client_id.empty() ? "-" : report.client_id},
                {"status", std::int64_t{report.status}},
                {"outcome", report.error_code.empty() ? "ok" : report.error_code},
                {"duration_us", static_cast<std::int64_t>(report.micros)}});
    if (!report.detail.empty()) {
      log_.write(level, "the store failed",
                 {{"request_id", report.request_id}, {"reason", report.detail}});
    }
  }
}

void Metrics::watch(store::Database& database, std::string_view name) {
  const prometheus::Labels labels = {{"database", std::string(name)}};
  prometheus::Histogram& batch = state_->batch.Add(labels, kBatchBuckets);
  prometheus::Histogram& commit = state_->commit.Add(labels, kLatencyBuckets);
  state_->queues.emplace_back(&database, &state_->queue.Add(labels));
  database.observe_commits([&batch, &commit](std::size_t writes, std::uint64_t micros) {
    batch.Observe(static_cast<double>(writes));
    commit.Observe(static_cast<double>(micros) / kMicrosPerSecond);
  });
}

void Metrics::watch_connections(std::function<std::size_t()> open_connections) {
  state_->open_connections = std::move(open_connections);
}

void Metrics::count_transition(std::string_view definition, std::string_view task,
                               std::string_view transition) {
  // A definition with a thousand tasks is someone's right; a million series is not.
  constexpr std::size_t series_max = 20'000;
  std::string key;
  key.append(definition).append("\n").append(task).append("\n").append(transition);
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->transition_series.find(key);
  if (found != state_->transition_series.end()) {
    found->second->Increment();
    return;
  }
  const bool room = state_->transition_series.size() < series_max;
  prometheus::Counter& counter =
      state_->transitions.Add({{"definition", room ? std::string(definition) : "other"},
                               {"task", room ? std::string(task) : ""},
                               {"transition", std::string(transition)}});
  counter.Increment();
  if (room) {
    state_->transition_series.emplace(std::move(key), &counter);
  }
}

std::string Metrics::print() {
  for (const auto& [database, gauge] : state_->queues) {
    gauge->Set(static_cast<double>(database->queue_depth()));
  }
  if (state_->open_connections) {
    state_->connections.Set(static_cast<double>(state_->open_connections()));
  }
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace tartan::server
