// The workflow engine with all that it runs on: threads, timers, scripts, outbound HTTP.
#pragma once

#include "http/client/client.h"
#include "script/script_host.h"
#include "server/config.h"
#include "server/core.h"
#include "server/metrics.h"
#include "workflow/api.h"
#include "workflow/event_hub.h"
#include "workflow/task_board.h"

namespace tartan::server {

class Workflows {
 public:
  Workflows(Core& core, http::EgressPolicy policy, http::ClientOptions outbound,
            const Config& config, Metrics& metrics, Log& log);
  ~Workflows();

  // Before `start`.
  void allow_listener(const http::Address& address) { policy_.allow_listener(address); }
  // Takes up what an earlier process left.
  std::optional<Error> start();
  // Answers who waits for a task or for the end of a run.
  void begin_drain() { waits_.expire_all(); }
  // After the listeners have drained, before the databases stop.
  void stop();

  workflow::Api& api() { return api_; }
  http::Sender& sender() { return sender_; }
  workflow::Credentials& credentials() { return engine_.credentials(); }
  Executor& executor() { return executor_; }

 private:
  void delete_old();

  Core& core_;
  const std::int64_t retention_days_;
  const std::int64_t retention_count_;
  http::EgressPolicy policy_;
  const http::ClientOptions outbound_;
  ThreadPool executor_;
  ThreadTimers timers_;
  script::ScriptHost scripts_;
  std::unique_ptr<http::Client> client_;
  // Stands for the client, which is made when the policy is complete.
  struct LateSender final : http::Sender {
    http::Client* client = nullptr;
    void send(http::OutboundRequest request, Done done) override {
      client->send(std::move(request), std::move(done));
    }
  } sender_;
  workflow::Engine engine_;
  workflow::Waits waits_;
  workflow::TaskBoard board_;
  workflow::EventHub events_;
  workflow::Api api_;
  std::unique_ptr<workflow::RunObserver> observer_;
  bool stopped_ = false;
};

}  // namespace tartan::server
