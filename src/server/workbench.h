// The workbench listener: health, metrics, and the API of api/workbench.yaml.
#pragma once

#include <atomic>

#include "catalog/api.h"
#include "contract/router.h"
#include "http/server/server.h"
#include "server/about.h"
#include "server/admin.h"
#include "server/items_pages.h"
#include "server/metrics.h"
#include "server/pages.h"
#include "server/sign_in.h"
#include "workflow/api.h"

namespace tartan::server {

class Workbench final : public http::Handler {
 public:
  Workbench(Core& core, Metrics& metrics, workflow::Api& workflows, catalog::Catalog& catalog,
            Executor& executor, const Journals& journals, std::string local_token,
            const Config& config);

  // Before the first request.
  void announce(const Addresses& addresses) { about_.addresses = addresses; }

  void handle(const http::Request& request, http::Responder respond) override;
  http::Reply refuse(http::Refusal why, std::string_view request_id) override;
  std::uint64_t body_bytes_most(std::uint64_t usual) const override;
  std::uint64_t body_bytes_max(http::Method method, std::string_view path,
                               std::uint64_t usual) const override;

  void set_ready(bool ready) { ready_ = ready; }

 private:
  std::optional<http::Reply> answer_probe(const http::Request& request) const;
  std::optional<http::Reply> answer_plain(const http::Request& request);
  void bind_administration();
  contract::ApiResult list_audit(contract::Call& call);

  Core& core_;
  Metrics& metrics_;
  Admin admin_;
  SignIn sign_in_;
  Pages pages_;
  About about_;
  ItemsPages items_pages_;
  const std::uint64_t attachment_bytes_max_;
  contract::Router router_;
  std::atomic<bool> ready_ = false;
};

}  // namespace tartan::server
