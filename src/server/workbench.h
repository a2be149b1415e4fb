// The workbench listener: health, metrics, the administration API.
#pragma once

#include <atomic>

#include "http/server/server.h"
#include "server/admin.h"
#include "server/metrics.h"

namespace tartan::server {

class Workbench final : public http::Handler {
 public:
  Workbench(Core& core, Metrics& metrics, std::string local_token)
      : core_(core), metrics_(metrics), admin_(core), local_token_(std::move(local_token)) {}

  void handle(const http::Request& request, http::Responder respond) override;
  http::Reply refuse(http::Refusal why, std::string_view request_id) override;

  void set_ready(bool ready) { ready_ = ready; }

 private:
  http::Reply answer(const http::Request& request);
  bool is_authorized(const http::Request& request) const;

  Core& core_;
  Metrics& metrics_;
  Admin admin_;
  const std::string local_token_;
  std::atomic<bool> ready_ = false;
};

}  // namespace tartan::server
