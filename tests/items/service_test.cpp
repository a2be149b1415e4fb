// The request path in front of a disk that fails: the caller gets an error, earlier data is whole,
// and the service goes on when the disk does.
#include "items/service.h"

#include <gtest/gtest.h>

#include <future>

#include "access/tokens.h"
#include "items/schema.h"
#include "store/fault_vfs.h"
#include "store/sqlite/sqlite_database.h"
#include "support/temporary_directory.h"

namespace tartan::items {
namespace {

class Ignore final : public RequestObserver {
 public:
  void on_request(const RequestReport&) override {}
};

struct Caught final : http::Responder::Target {
  void answer(http::Reply reply) override { promise.set_value(std::move(reply)); }
  void abandon() override { promise.set_value({599, "text/plain", "abandoned", {}}); }
  std::shared_ptr<http::Stream> open_stream(std::string_view) override { return nullptr; }
  std::promise<http::Reply> promise;
};

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    access_ = *store::open_sqlite(folder_.path() / "access.db", access::migrations());
    clients_ = std::make_unique<access::Clients>(*access_, vault_, clock_, random_);
    store::SqliteOptions options;
    options.vfs = store::fault_vfs();
    items_ = *store::open_sqlite(folder_.path() / "items.db", migrations(), options);
    auto made = clients_->create({}, access::kLocal);
    client_ = *std::move(made);
    service_ = std::make_unique<Service>(access::Environment::sandbox, *clients_, *items_,
                                         Services{vault_, clock_, random_}, observer_);
  }
  ~ServiceTest() override { store::set_disk_fault(store::DiskFault::none); }

  http::Reply post(std::string_view path, json::Object body) {
    body["client_id"] = client_.client.client_id;
    body["secret"] = client_.secrets.sandbox;
    const std::string text = json::print(body);
    http::Request request;
    request.method = http::Method::post;
    request.path = path;
    request.body = text;
    request.headers = {{"Content-Type", "application/json"}};
    request.request_id = "request01234567";
    auto caught = std::make_shared<Caught>();
    auto answered = caught->promise.get_future();
    service_->handle(request, http::Responder(caught));
    return answered.get();
  }

  test::TemporaryDirectory folder_;
  ManualClock clock_{1'790'000'000'000};
  SystemRandom random_;
  crypto::Vault vault_{crypto::Key{}};
  Ignore observer_;
  std::unique_ptr<store::Database> access_;
  std::unique_ptr<store::Database> items_;
  std::unique_ptr<access::Clients> clients_;
  access::NewClient client_;
  std::unique_ptr<Service> service_;
};

TEST_F(ServiceTest, AFailingDiskAnswersAnErrorAndLosesNothing) {
  const http::Reply created = post("/user/create", {{"client_user_id", "before"}});
  ASSERT_EQ(created.status, 201);
  const std::string user_id(json::parse(created.body)->at("user_id").get_string());
  for (const store::DiskFault fault :
       {store::DiskFault::full, store::DiskFault::read_only, store::DiskFault::sync_fails}) {
    store::set_disk_fault(fault);
    const http::Reply refused = post("/user/create", {{"client_user_id", "during"}});
    EXPECT_EQ(refused.status, 500);
    EXPECT_NE(refused.body.find("INTERNAL_SERVER_ERROR"), std::string::npos);
    EXPECT_EQ(post("/user/get", {{"user_id", user_id}}).status, 200);
  }
  store::set_disk_fault(store::DiskFault::none);
  EXPECT_EQ(post("/user/create", {{"client_user_id", "during"}}).status, 201);
  EXPECT_EQ(post("/user/get", {{"user_id", user_id}}).status, 200);
}

TEST_F(ServiceTest, AStoppedStoreAnswersThatItIsStopping) {
  items_->stop();
  EXPECT_EQ(post("/user/create", {{"client_user_id", "late"}}).status, 503);
}

TEST_F(ServiceTest, ASandboxLoginExpiresAfterThirtyDays) {
  const auto value = [](const http::Reply& reply, const char* name) {
    return json::parse(reply.body)->at(name);
  };
  const auto made = post("/sandbox/public_token/create",
                         {{"institution_id", "ins_109508"}, {"initial_products", {"auth"}}});
  const auto exchanged =
      post("/item/public_token/exchange", {{"public_token", value(made, "public_token")}});
  const json::Object token{{"access_token", value(exchanged, "access_token")}};
  EXPECT_EQ(post("/accounts/get", token).status, 200);
  clock_.advance(31LL * 24 * 60 * 60 * 1000);
  EXPECT_NE(post("/accounts/get", token).body.find("ITEM_LOGIN_REQUIRED"), std::string::npos);
  const http::Reply item = post("/item/get", token);
  EXPECT_EQ(item.status, 200);
  EXPECT_NE(item.body.find("ITEM_LOGIN_REQUIRED"), std::string::npos);
}

TEST_F(ServiceTest, APublicTokenExpiresAfterThirtyMinutes) {
  const auto made = post("/sandbox/public_token/create",
                         {{"institution_id", "ins_109508"}, {"initial_products", {"auth"}}});
  clock_.advance(31LL * 60 * 1000);
  const auto late = post("/item/public_token/exchange",
                         {{"public_token", json::parse(made.body)->at("public_token")}});
  EXPECT_NE(late.body.find("INVALID_PUBLIC_TOKEN"), std::string::npos);
}

}  // namespace
}  // namespace tartan::items
