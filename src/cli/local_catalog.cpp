#include "cli/local_catalog.h"

#include <array>
#include <future>

#include "catalog/api.h"
#include "catalog/catalog.h"
#include "http/client/client.h"
#include "workbench_routes.h"

namespace tartan::cli {
namespace {

// A whole catalogue's index is made anew in a few seconds.
constexpr int kIndexMs = 120'000;

class Waiting final : public http::Responder::Target {
 public:
  void answer(http::Reply reply) override { reply_.set_value(std::move(reply)); }
  void abandon() override {
    reply_.set_value({500, "application/json; charset=utf-8", R"({"message":"no answer"})"});
  }
  std::shared_ptr<http::Stream> open_stream(std::string_view) override { return nullptr; }
  http::Reply wait() { return reply_.get_future().get(); }

 private:
  std::promise<http::Reply> reply_;
};

http::Method method_of(const std::string& name) {
  return name == "POST"     ? http::Method::post
         : name == "DELETE" ? http::Method::delete_
                            : http::Method::get;
}

http::Reply call(catalog::Catalog& catalog, const AdminCall& call) {
  ThreadPool threads(1);
  contract::Router router(workbench_api::routes(), threads, [](const http::Request&) {
    return contract::Caller{"local", "command line", contract::Scope::admin};
  });
  catalog::bind(catalog, router);
  const std::string body = call.method == "POST" ? json::print(call.body) : "";
  http::Request request;
  request.method = method_of(call.method);
  request.path = call.path;
  request.query = call.query;
  request.body = body;
  request.headers = {{"Content-Type", "application/json"}};
  request.request_id = "local";
  const auto waiting = std::make_shared<Waiting>();
  router.handle(request, http::Responder(waiting));
  http::Reply reply = waiting->wait();
  threads.stop();
  return reply;
}

}  // namespace

bool is_of_catalog(const AdminCall& call) { return call.path.starts_with("/api/catalog/"); }

Result<http::Reply> call_local_catalog(const server::DataFiles& files, const AdminCall& wanted) {
  auto core = server::Core::open(files);
  if (!core) {
    return std::move(core).error();
  }
  const http::EgressPolicy policy;
  http::Client client(policy);
  catalog::Catalog catalog({(*core)->catalog(), (*core)->clock(), (*core)->random(), client,
                            files.catalog_index(),
                            [] { return std::vector<catalog::SavedCredential>{}; }});
  catalog.search().start();
  catalog.search().wait_up_to_date(kIndexMs);
  http::Reply reply = call(catalog, wanted);
  catalog.stop();
  client.stop();
  (*core)->stop();
  return reply;
}

}  // namespace tartan::cli
