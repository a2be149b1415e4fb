// Counters and histograms in Prometheus' text format, and the log line of each request.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "items/service.h"
#include "store/database.h"

namespace tartan::server {

class Metrics final : public items::RequestObserver {
 public:
  explicit Metrics(Log& log);
  ~Metrics() override;

  void on_request(const items::RequestReport& report) override;
  // Counts the commits of a database; `name` is its label.
  void watch(store::Database& database, std::string_view name);
  // What is read when the metrics are asked for.
  void watch_connections(std::function<std::size_t()> open_connections);

  // A step of a workflow: `task` is empty when it concerns the run as a whole.
  void count_transition(std::string_view definition, std::string_view task,
                        std::string_view transition);

  std::string print();

 private:
  struct State;
  Log& log_;
  std::unique_ptr<State> state_;
};

}  // namespace tartan::server
