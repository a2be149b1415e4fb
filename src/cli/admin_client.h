// The command line's way to the administration API: a server named by TARTAN_URL and TARTAN_TOKEN,
// the one that runs on the data directory, or, when none does, the data directory itself.
#pragma once

#include <string>

#include "base/result.h"
#include "json/json.h"

namespace tartan::cli {

struct AdminCall {
  std::string method = "GET";
  std::string path;
  std::string query = {};
  json::Object body = {};
};

// Errors carry the server's message.
Result<json::Value> call_admin(const std::string& data_directory, const AdminCall& call);

}  // namespace tartan::cli
