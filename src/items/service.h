// The Users & Items API of one environment behind a listener: route, check, authenticate, validate,
// run in a transaction, answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "access/clients.h"
#include "http/server/server.h"
#include "items/endpoints/call.h"
#include "items/journal.h"
#include "store/database.h"

namespace tartan::items {

// Told of every request when it is answered.
struct RequestReport {
  std::string_view environment;
  std::string_view operation;  // "user_items_remove"; empty for an unknown path
  std::string_view path;
  std::string_view client_id;  // empty while not authenticated
  std::string_view request_id;
  std::string_view error_code;  // empty on success
  std::string_view detail;      // why the store failed, for the operator; never a value
  int status = 200;
  std::uint64_t micros = 0;
};

class RequestObserver {
 public:
  virtual ~RequestObserver() = default;
  // On the worker's or the writer's thread; quick.
  virtual void on_request(const RequestReport& report) = 0;
};

class Service final : public http::Handler {
 public:
  Service(access::Environment environment, const access::Clients& clients,
          store::Database& database, const Services& services, RequestObserver& observer,
          Journal* journal = nullptr);  // nullptr: none is kept
  ~Service() override;

  void handle(const http::Request& request, http::Responder respond) override;
  http::Reply refuse(http::Refusal why, std::string_view request_id) override;

 private:
  struct Exchange;  // one request under way

  void answer_document(Exchange& exchange);
  void answer_coverage(Exchange& exchange);
  void run(std::unique_ptr<Exchange> exchange);
  void run_read(std::unique_ptr<Exchange> exchange);
  void run_write(std::unique_ptr<Exchange> exchange);
  PlaidResult<Done> prepare(Exchange& exchange) const;
  PlaidResult<Done> route(Exchange& exchange) const;
  PlaidResult<Done> parse(Exchange& exchange) const;
  PlaidResult<Done> authenticate(Exchange& exchange) const;
  PlaidResult<Reply> invoke(Exchange& exchange, store::Transaction& tx) const;
  void finish(Exchange& exchange, PlaidResult<Reply> result) const;
  void send(Exchange& exchange, http::Reply reply, std::string_view error_code) const;

  const access::Environment environment_;
  const access::Clients& clients_;
  store::Database& database_;
  const Services services_;
  RequestObserver& observer_;
  Journal* const journal_;
};

// Who runs an operation outside HTTP.
struct Origin {
  std::string_view request_id = "start";
  std::string_view by = {};  // as Call::by
};

// Runs one operation outside HTTP: for the demo data of the first start, the workbench and tests.
// `body` is the JSON of the request, without credentials.
PlaidResult<Reply> run_operation(std::string_view path, std::string_view body,
                                 const access::Client& client, access::Environment environment,
                                 store::Database& database, const Services& services,
                                 const Origin& origin = {});

}  // namespace tartan::items
