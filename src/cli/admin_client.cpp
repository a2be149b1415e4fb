#include "cli/admin_client.h"

#include <cstdlib>

#include "cli/local_catalog.h"
#include "http/client/fetch.h"
#include "server/admin.h"

namespace tartan::cli {
namespace {

Result<http::Reply> call_remote(const std::string& url, const std::string& token,
                                const AdminCall& call) {
  http::Fetch request;
  request.method = call.method;
  request.url = url + call.path + (call.query.empty() ? "" : "?" + call.query);
  request.headers = {"Authorization: Bearer " + token, "Content-Type: application/json"};
  request.headers.insert(request.headers.end(), call.headers.begin(), call.headers.end());
  request.timeout_ms = 90'000;  // a start may wait a minute for its end
  if (call.method != "GET" && call.method != "DELETE") {
    request.body = json::print(call.body);
  }
  auto fetched = http::fetch(request);
  if (!fetched) {
    return std::move(fetched).error();
  }
  http::Reply reply;
  reply.status = fetched->status;
  reply.body = std::move(fetched->body);
  return reply;
}

Result<http::Reply> call_local(const server::DataFiles& files, const AdminCall& call) {
  auto core = server::Core::open(files);
  if (!core) {
    return std::move(core).error();
  }
  server::Admin admin(**core);
  const std::string body = json::print(call.body);
  http::Reply reply = admin.handle(
      {call.method == "GET" ? http::Method::get : http::Method::post, call.path, call.query, body});
  (*core)->stop();
  return reply;
}

Result<http::Reply> call_any(const std::string& data_directory, const AdminCall& call) {
  const auto server = find_server(data_directory);
  if (server) {
    return call_remote(server->url, server->token, call);
  }
  if (call.needs_server) {
    return server.error();
  }
  const server::DataFiles files(std::filesystem::absolute(data_directory));
  return is_of_catalog(call) ? call_local_catalog(files, call) : call_local(files, call);
}

std::string message_in(const json::Value& body) {
  const json::Value* message =
      body.is_object() ? json::find(body.get_object(), "message") : nullptr;
  return message != nullptr && message->is_string() ? std::string(message->get_string())
                                                    : "the server refused";
}

// The problems of a definition, one a line.
std::string problems_in(const json::Value& body) {
  std::string text;
  const json::Value* problems =
      body.is_object() ? json::find(body.get_object(), "problems") : nullptr;
  if (problems != nullptr && problems->is_array()) {
    for (const json::Value& one : problems->get_array()) {
      const auto part = [&](const char* name) { return std::string(one.at(name).as_string()); };
      text += "\n  " + part("pointer") + ": " + part("message") +
              (part("hint").empty() ? "" : "\n      " + part("hint"));
    }
  }
  return text;
}

}  // namespace

Result<ServerAddress> find_server(const std::string& data_directory) {
  const char* url = std::getenv("TARTAN_URL");
  const char* token = std::getenv("TARTAN_TOKEN");
  if (url != nullptr && token != nullptr) {
    return ServerAddress{url, token};
  }
  const server::DataFiles files(std::filesystem::absolute(data_directory));
  if (const auto running = server::find_running(files)) {
    return ServerAddress{running->workbench_url, running->local_token};
  }
  return Error{Fault::unavailable, "no server runs on " + files.folder.string() +
                                       ": start one with tartan serve, name another folder with "
                                       "--data, or set TARTAN_URL and TARTAN_TOKEN"};
}

Result<json::Value> call_admin(const std::string& data_directory, const AdminCall& call) {
  auto answer = call_any(data_directory, call);
  if (!answer) {
    return std::move(answer).error();
  }
  if (answer->body.empty() && answer->status >= 200 && answer->status <= 299) {
    return json::Value(nullptr);
  }
  json::Limits limits{512, 0};
  limits.values_max = 100'000'000;  // our own server's list, however long
  auto parsed = json::parse(answer->body, {}, limits);
  if (!parsed) {
    return Error{Fault::internal, "the answer is not JSON: is TARTAN_URL a Tartan workbench?"};
  }
  if (answer->status < 200 || answer->status > 299) {
    return Error{Fault::invalid, message_in(*parsed) + problems_in(*parsed)};
  }
  return *std::move(parsed);
}

}  // namespace tartan::cli
