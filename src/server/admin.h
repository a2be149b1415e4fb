// The administration API: clients, personal access tokens, billing. The workbench listener serves
// it under /api; the command line calls it there, or directly while no server runs.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"
#include "server/core.h"

namespace tartan::server {

struct AdminRequest {
  http::Method method = http::Method::get;
  std::string_view path;   // "/api/clients"
  std::string_view query;  // "environment=sandbox&client_id=…"
  std::string_view body;
  access::Actor by = access::kLocal;
};

class Admin {
 public:
  explicit Admin(Core& core) : core_(core) {}
  // Errors are answered as the workbench listener does.
  http::Reply handle(const AdminRequest& request);
  // The reply's JSON.
  Result<std::string> route(const AdminRequest& request);

 private:
  Result<std::string> create_client(const AdminRequest& request);
  std::string list_clients();
  Result<std::string> rotate_secret(std::string_view client_id, const AdminRequest& request);
  Result<std::string> create_token(const AdminRequest& request);
  Result<std::string> list_tokens();
  Result<std::string> revoke_token(std::string_view token_id, const AdminRequest& request);
  Result<std::string> list_billing(std::string_view query);

  Core& core_;
};

}  // namespace tartan::server
