#include "server/about.h"

#include <sstream>

#include "items/demo.h"
#include "server/version.h"

namespace tartan::server {
namespace {

json::Array print_clients(const std::vector<access::Client>& clients) {
  json::Array printed;
  for (const access::Client& client : clients) {
    printed.push_back(json::Object{{"clientId", client.client_id},
                                   {"name", client.name},
                                   {"legacy", client.generation == access::Generation::legacy},
                                   {"createdAt", format_utc_ms(client.created_at)}});
  }
  return printed;
}

// Every setting with its value as print_config writes it, so that secrets are masked here, too.
json::Array print_settings(const Config& config) {
  Values values;
  std::istringstream lines(print_config(config));
  for (std::string line; std::getline(lines, line);) {
    if (const auto equals = line.find(" = "); equals != std::string::npos) {
      values[line.substr(0, equals)] = line.substr(equals + 3);
    }
  }
  json::Array printed;
  for (const Setting& setting : settings()) {
    json::Object one{{"key", setting.key},
                     {"value", values[std::string(setting.key)]},
                     {"what", setting.help},
                     {"variable", variable_of(setting)}};
    if (!setting.secret) {
      one["flag"] = flag_of(setting);
    }
    printed.push_back(std::move(one));
  }
  return printed;
}

}  // namespace

std::string url_of(const http::Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return "http://" + (v6 ? "[" + address.host + "]" : address.host) + ":" +
         std::to_string(address.port);
}

contract::ApiReply About::answer() {
  const std::vector<access::Client> clients = core.clients().list();
  json::Object body{
      {"version", kVersion},
      {"startedAt", format_utc_ms(started_at)},
      {"dataDirectory", core.files().folder.string()},
      {"ephemeral", config.ephemeral},
      {"environments",
       json::Array{json::Object{{"name", "sandbox"}, {"url", url_of(addresses.sandbox)}},
                   json::Object{{"name", "production"}, {"url", url_of(addresses.production)}}}},
      {"clients", print_clients(clients)},
      {"egressAllow", json::Array(config.egress_allow.begin(), config.egress_allow.end())},
      {"settings", print_settings(config)}};
  if (const auto demo = items::find_demo(clients.front(), core.items(access::Environment::sandbox),
                                         core.services())) {
    body["demo"] =
        json::Object{{"clientId", clients.front().client_id},
                     {"userId", demo->user_id},
                     {"itemIds", json::Array(demo->item_ids.begin(), demo->item_ids.end())}};
  }
  contract::ApiReply reply;
  reply.body = json::print(body);
  return reply;
}

}  // namespace tartan::server
