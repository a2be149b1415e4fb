// The command line's way to the administration API: a server named by TARTAN_URL and TARTAN_TOKEN,
// the one that runs on the data directory, or, when none does, the data directory itself.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "json/json.h"

namespace tartan::cli {

struct AdminCall {
  std::string method = "GET";
  std::string path;
  std::string query = {};
  json::Object body = {};
  std::vector<std::string> headers = {};  // "Name: value"
  // Whether it takes a running server; what does not works on the data directory itself.
  bool needs_server = false;
};

// How to reach the server: TARTAN_URL and TARTAN_TOKEN, or the data directory's.
struct ServerAddress {
  std::string url;
  std::string token;
};
// Errors: unavailable when none runs.
Result<ServerAddress> find_server(const std::string& data_directory);

// The answer's JSON, null when it is empty. Errors carry the server's message.
Result<json::Value> call_admin(const std::string& data_directory, const AdminCall& call);

}  // namespace tartan::cli
