#include "server/config.h"

#include "http/client/authorities.h"
#include "http/client/egress.h"

#include <toml++/toml.h>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <sstream>

namespace tartan::server {
namespace {

constexpr Setting kSettings[] = {
    {"data", "folder of the databases and the key file"},
    {"ephemeral", "keep everything in a private temporary folder, removed at exit", false, true},
    {"ready_file", "write this JSON file once every listener accepts"},
    {"workbench_listen", "host:port of the workbench, health and metrics (0 picks a port)"},
    {"sandbox_listen", "host:port of the sandbox environment (0 picks a port)"},
    {"production_listen", "host:port of the production environment (0 picks a port)"},
    {"client_id", "id of the first client, 24 letters and digits"},
    {"secret_sandbox", "sandbox secret of the first client", true},
    {"secret_production", "production secret of the first client", true},
    {"workers", "threads that serve connections (0: one for each core)"},
    {"log_level", "debug, info, warn, error or off"},
    {"log_format", "console or json"},
    {"header_timeout_ms", "time for a request's headers to arrive"},
    {"body_timeout_ms", "time for a request's body to arrive"},
    {"idle_timeout_ms", "time a connection may wait for its next request"},
    {"write_timeout_ms", "time for a client to take an answer"},
    {"header_bytes_max", "largest headers of a request"},
    {"body_bytes_max", "largest body of a request"},
    {"attachment_bytes_max", "largest attachment of a task"},
    {"connections_max", "most connections at once"},
    {"egress_allow", "CIDR, address or host (with :port) that outbound requests may reach", false,
     false, true},
    {"catalog_import", "file, folder or URL of API documents, imported once in the background",
     false, false, true},
    {"workbench_hosts",
     "name by which browsers reach the workbench, beside addresses and localhost", false, false,
     true},
    {"egress_ca_file", "PEM file of certificate authorities that outbound requests trust, too"},
    {"items_journal", "keep the last 1,000 requests of each environment in memory (true or false)"},
    {"retention_days", "delete finished workflows after so many days (0: never)"},
    {"retention_count", "keep so many finished workflows at most (0: all)"},
};

Error bad(std::string_view key, std::string_view expected) {
  return {Fault::invalid, "setting " + std::string(key) + ": expected " + std::string(expected)};
}

template <typename Number>
Result<Number> parse_number(std::string_view key, const std::string& text, Number low,
                            Number high) {
  Number number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < low || number > high) {
    return bad(key, "a number from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return number;
}

Result<http::Address> parse_address(std::string_view key, const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return bad(key, "host:port, for example 127.0.0.1:8081");
  }
  auto port = parse_number<std::uint16_t>(key, text.substr(colon + 1), 0, 65535);
  if (!port) {
    return std::move(port).error();
  }
  std::string host = text.substr(0, colon);
  if (host == "localhost") {
    host = "127.0.0.1";
  } else if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  return http::Address{host, *port};
}

using Apply = std::optional<Error> (*)(Config&, std::string_view key, const std::string& text);

template <auto Member>
std::optional<Error> take_text(Config& config, std::string_view, const std::string& text) {
  config.*Member = text;
  return std::nullopt;
}

template <auto Member>
std::optional<Error> take_address(Config& config, std::string_view key, const std::string& text) {
  auto address = parse_address(key, text);
  if (!address) {
    return std::move(address).error();
  }
  config.*Member = *std::move(address);
  return std::nullopt;
}

template <auto Member>
std::optional<Error> take_limit(Config& config, std::string_view key, const std::string& text) {
  auto number = parse_number<std::int64_t>(key, text, 1, 1'000'000'000);
  if (!number) {
    return std::move(number).error();
  }
  using Field = std::remove_reference_t<decltype(config.limits.*Member)>;
  config.limits.*Member = static_cast<Field>(*number);
  return std::nullopt;
}

std::optional<Error> take_workers(Config& config, std::string_view key, const std::string& text) {
  auto number = parse_number<std::size_t>(key, text, 0, 256);
  if (!number) {
    return std::move(number).error();
  }
  config.workers = *number;
  return std::nullopt;
}

template <auto Member>
std::optional<Error> take_truth(Config& config, std::string_view key, const std::string& text) {
  if (text != "true" && text != "false" && text != "1" && text != "0") {
    return bad(key, "true or false");
  }
  config.*Member = text == "true" || text == "1";
  return std::nullopt;
}

std::optional<Error> take_level(Config& config, std::string_view key, const std::string& text) {
  static const std::map<std::string, LogLevel, std::less<>> levels = {{"debug", LogLevel::debug},
                                                                      {"info", LogLevel::info},
                                                                      {"warn", LogLevel::warn},
                                                                      {"error", LogLevel::error},
                                                                      {"off", LogLevel::off}};
  const auto found = levels.find(text);
  if (found == levels.end()) {
    return bad(key, "debug, info, warn, error or off");
  }
  config.log_level = found->second;
  return std::nullopt;
}

std::optional<Error> take_format(Config& config, std::string_view key, const std::string& text) {
  if (text != "console" && text != "json") {
    return bad(key, "console or json");
  }
  config.log_format = text == "json" ? LogFormat::json : LogFormat::console;
  return std::nullopt;
}

std::vector<std::string> split_list(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    if (!part.empty()) {
      all.push_back(part);
    }
  }
  return all;
}

std::optional<Error> take_egress(Config& config, std::string_view, const std::string& text) {
  config.egress_allow = split_list(text);
  if (auto policy = http::EgressPolicy::make(config.egress_allow); !policy) {
    return std::move(policy).error();
  }
  return std::nullopt;
}

std::optional<Error> take_hosts(Config& config, std::string_view key, const std::string& text) {
  config.workbench_hosts = split_list(text);
  for (const std::string& host : config.workbench_hosts) {
    if (host.find_first_of("/: ") != std::string::npos) {
      return bad(key, "names without scheme and port, for example tartan.example");
    }
  }
  return std::nullopt;
}

std::optional<Error> take_catalog(Config& config, std::string_view, const std::string& text) {
  config.catalog_sources = split_list(text);
  for (std::string& source : config.catalog_sources) {
    if (!source.starts_with("https://") && !source.starts_with("http://")) {
      source = std::filesystem::absolute(source).string();
    }
  }
  return std::nullopt;
}

std::optional<Error> take_authorities(Config& config, std::string_view key,
                                      const std::string& text) {
  config.egress_ca_file = text;
  if (text.empty()) {
    return std::nullopt;
  }
  auto read = http::Authorities::read(text);
  if (!read) {
    return Error{Fault::invalid, "setting " + std::string(key) + ": " + read.error().message};
  }
  return std::nullopt;
}

template <auto Member, std::int64_t Least = 0>
std::optional<Error> take_count(Config& config, std::string_view key, const std::string& text) {
  auto number = parse_number<std::int64_t>(key, text, Least, 1'000'000'000);
  if (!number) {
    return std::move(number).error();
  }
  config.*Member = *number;
  return std::nullopt;
}

Apply taker_of(std::string_view key) {
  static const std::map<std::string_view, Apply> takers = {
      {"data", take_text<&Config::data>},
      {"ephemeral", take_truth<&Config::ephemeral>},
      {"ready_file", take_text<&Config::ready_file>},
      {"workbench_listen", take_address<&Config::workbench_listen>},
      {"sandbox_listen", take_address<&Config::sandbox_listen>},
      {"production_listen", take_address<&Config::production_listen>},
      {"client_id", take_text<&Config::client_id>},
      {"secret_sandbox", take_text<&Config::secret_sandbox>},
      {"secret_production", take_text<&Config::secret_production>},
      {"workers", take_workers},
      {"log_level", take_level},
      {"log_format", take_format},
      {"header_timeout_ms", take_limit<&http::Limits::header_timeout_ms>},
      {"body_timeout_ms", take_limit<&http::Limits::body_timeout_ms>},
      {"idle_timeout_ms", take_limit<&http::Limits::idle_timeout_ms>},
      {"write_timeout_ms", take_limit<&http::Limits::write_timeout_ms>},
      {"header_bytes_max", take_limit<&http::Limits::header_bytes_max>},
      {"body_bytes_max", take_limit<&http::Limits::body_bytes_max>},
      {"attachment_bytes_max", take_count<&Config::attachment_bytes_max, 1>},
      {"connections_max", take_limit<&http::Limits::connections_max>},
      {"egress_allow", take_egress},
      {"catalog_import", take_catalog},
      {"workbench_hosts", take_hosts},
      {"egress_ca_file", take_authorities},
      {"items_journal", take_truth<&Config::items_journal>},
      {"retention_days", take_count<&Config::retention_days>},
      {"retention_count", take_count<&Config::retention_count>},
  };
  const auto found = takers.find(key);
  return found == takers.end() ? nullptr : found->second;
}

std::string print_address(const http::Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::string print_level(LogLevel level) {
  constexpr const char* names[] = {"debug", "info", "warn", "error", "off"};
  return names[static_cast<int>(level)];
}

}  // namespace

std::span<const Setting> settings() { return kSettings; }

std::string variable_of(const Setting& setting) {
  std::string name = "TARTAN_";
  for (const char c : setting.key) {
    name.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 0x20) : c);
  }
  return name;
}

std::string flag_of(const Setting& setting) {
  std::string name = "--";
  for (const char c : setting.key) {
    name.push_back(c == '_' ? '-' : c);
  }
  return name;
}

namespace {

bool is_list(std::string_view key) {
  for (const Setting& setting : kSettings) {
    if (setting.key == key) {
      return setting.is_list;
    }
  }
  return false;
}

// [egress] allow = … is another spelling of egress_allow = …
void flatten_tables(toml::table& table) {
  for (const char* group : {"egress", "items", "retention"}) {
    const toml::table* inner = table[group].as_table();
    if (inner == nullptr) {
      continue;
    }
    const toml::table copy = *inner;
    table.erase(group);
    for (const auto& [key, node] : copy) {
      table.insert_or_assign(std::string(group) + "_" + std::string(key.str()), node);
    }
  }
}

}  // namespace

Result<Values> read_config_file(const std::string& path) {
  Values values;
  try {
    toml::table table = toml::parse_file(path);
    flatten_tables(table);
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (taker_of(name) == nullptr) {
        return Error{Fault::invalid, path + ": unknown key '" + name +
                                         "' (tartan serve --print-config lists them)"};
      }
      if (const auto* text = node.as_string()) {
        values[name] = text->get();
      } else if (const auto* number = node.as_integer()) {
        values[name] = std::to_string(number->get());
      } else if (const auto* truth = node.as_boolean()) {
        values[name] = truth->get() ? "true" : "false";
      } else if (const auto* list = node.as_array(); list != nullptr && is_list(name)) {
        for (const auto& one : *list) {
          values[name] += (values[name].empty() ? "" : ",") + one.value_or(std::string("?"));
        }
      } else {
        return Error{Fault::invalid,
                     path + ": key '" + name + "' must be a string, a whole number or a boolean"};
      }
    }
  } catch (const toml::parse_error& problem) {
    std::ostringstream where;
    where << problem.source().begin;
    return Error{Fault::invalid,
                 path + ": " + std::string(problem.description()) + " (" + where.str() + ")"};
  }
  return values;
}

Values read_variables() {
  Values values;
  for (const Setting& setting : kSettings) {
    if (const char* text = std::getenv(variable_of(setting).c_str())) {
      values[std::string(setting.key)] = text;
    }
  }
  return values;
}

Result<Config> make_config(std::span<const Values* const> sources) {
  Config config;
  for (const Values* source : sources) {
    for (const auto& [key, text] : *source) {
      if (auto error = taker_of(key)(config, key, text)) {
        return *std::move(error);
      }
    }
  }
  if (config.data.empty()) {
    config.data = default_data_directory();
  }
  return config;
}

std::string print_config(const Config& config) {
  const auto quoted = [](const std::string& text) { return "\"" + text + "\""; };
  const auto list = [&](const std::vector<std::string>& texts) {
    std::string text;
    for (const std::string& one : texts) {
      text += (text.empty() ? "" : ", ") + quoted(one);
    }
    return "[" + text + "]";
  };
  const auto masked = [&](const std::string& text) {
    return text.empty() ? quoted("") : quoted("********");
  };
  std::ostringstream out;
  out << "data = " << quoted(config.data) << "\n"
      << "ephemeral = " << (config.ephemeral ? "true" : "false") << "\n"
      << "ready_file = " << quoted(config.ready_file) << "\n"
      << "workbench_listen = " << quoted(print_address(config.workbench_listen)) << "\n"
      << "sandbox_listen = " << quoted(print_address(config.sandbox_listen)) << "\n"
      << "production_listen = " << quoted(print_address(config.production_listen)) << "\n"
      << "client_id = " << quoted(config.client_id) << "\n"
      << "secret_sandbox = " << masked(config.secret_sandbox) << "\n"
      << "secret_production = " << masked(config.secret_production) << "\n"
      << "workers = " << config.workers << "\n"
      << "log_level = " << quoted(print_level(config.log_level)) << "\n"
      << "log_format = " << quoted(config.log_format == LogFormat::json ? "json" : "console")
      << "\n"
      << "header_timeout_ms = " << config.limits.header_timeout_ms << "\n"
      << "body_timeout_ms = " << config.limits.body_timeout_ms << "\n"
      << "idle_timeout_ms = " << config.limits.idle_timeout_ms << "\n"
      << "write_timeout_ms = " << config.limits.write_timeout_ms << "\n"
      << "header_bytes_max = " << config.limits.header_bytes_max << "\n"
      << "body_bytes_max = " << config.limits.body_bytes_max << "\n"
      << "attachment_bytes_max = " << config.attachment_bytes_max << "\n"
      << "connections_max = " << config.limits.connections_max << "\n"
      << "egress_allow = " << list(config.egress_allow) << "\n"
      << "catalog_import = " << list(config.catalog_sources) << "\n"
      << "workbench_hosts = " << list(config.workbench_hosts) << "\n"
      << "items_journal = " << (config.items_journal ? "true" : "false") << "\n"
      << "egress_ca_file = " << quoted(config.egress_ca_file) << "\n"
      << "retention_days = " << config.retention_days << "\n"
      << "retention_count = " << config.retention_count << "\n";
  return out.str();
}

std::string default_data_directory() {
  if (const char* base = std::getenv("XDG_DATA_HOME"); base != nullptr && *base != '\0') {
    return std::string(base) + "/tartan";
  }
  const char* home = std::getenv("HOME");
  return std::string(home != nullptr ? home : ".") + "/.local/share/tartan";
}

}  // namespace tartan::server
