// The settings of `tartan serve`: flags win over TARTAN_* variables over the configuration file.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "http/server/server.h"

namespace tartan::server {

struct Config {
  std::string data;
  bool ephemeral = false;
  std::string ready_file;
  http::Address workbench_listen{"127.0.0.1", 8080};
  http::Address sandbox_listen{"127.0.0.1", 8081};
  http::Address production_listen{"127.0.0.1", 8082};
  // The first client's credentials; empty: made on the first start.
  std::string client_id;
  std::string secret_sandbox;
  std::string secret_production;
  std::size_t workers = 0;  // 0: one for each core this process may use
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::console;
  http::Limits limits;
  std::vector<std::string> catalog_sources;  // imported at the first start that has them
  std::vector<std::string> workbench_hosts;  // names that the workbench answers to
  std::vector<std::string> egress_allow;     // http::EgressPolicy's rules
  bool items_journal = true;   // whether the last requests of the items listeners are kept
  std::string egress_ca_file;  // certificate authorities beside the system's; empty: none
  std::int64_t attachment_bytes_max = 16LL * 1024 * 1024;  // one row, read whole
  std::int64_t retention_days = 0;   // finished workflows older than this are deleted; 0: never
  std::int64_t retention_count = 0;  // more finished workflows than this are deleted; 0: never
};

// One setting. Its variable is TARTAN_ and its key in capitals, its flag -- and its key with
// dashes.
struct Setting {
  std::string_view key;
  std::string_view help;
  bool secret = false;     // masked when printed; taken from variables and file only
  bool is_switch = false;  // its flag takes no value
  bool is_list = false;    // its flag can be repeated; its values are separated by commas
};
std::span<const Setting> settings();

std::string variable_of(const Setting& setting);
std::string flag_of(const Setting& setting);

// Values as text by key, from one source.
using Values = std::map<std::string, std::string, std::less<>>;

// Errors: invalid, naming the file, the line or key, and what was expected.
Result<Values> read_config_file(const std::string& path);
Values read_variables();

// Later sources win. Errors: invalid, naming the key.
Result<Config> make_config(std::span<const Values* const> sources);

// The effective values, one `key = value` a line, secrets masked.
std::string print_config(const Config& config);

// $XDG_DATA_HOME/tartan, or ~/.local/share/tartan.
std::string default_data_directory();

}  // namespace tartan::server
