// Serves an API from its contract: finds the operation, asks who calls, checks query and body, and
// hands a call to the handler that is bound to it. Errors become HTTP in one place, as
// {"status", "error", "message", "requestId"}.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/executor.h"
#include "contract/schema.h"
#include "http/server/server.h"

namespace tartan::contract {

// What a token must be allowed to do. Each includes the ones before it; `open` takes no token.
enum class Scope { open, read, run, edit, admin };

struct QueryParameter {
  enum class Kind { text, integer, boolean };
  std::string_view name;
  const Schema* schema;
  Kind kind;
  bool required;
};

struct Route {
  enum class Body { none, json, json_if_any, raw };
  http::Method method;
  std::string_view pattern;  // "/api/workflows/{workflowId}"
  std::string_view id;       // operationId
  Scope scope;
  Body body;
  const Schema* schema;
  std::span<const QueryParameter> query;
};

struct Caller {
  std::string id;    // of the token
  std::string name;  // for people
  Scope scope = Scope::open;
};

struct ApiError {
  ApiError(Fault fault, std::string message) : error{fault, std::move(message)} {}
  ApiError(Error from) : error(std::move(from)) {}
  Error error;
  json::Array problems;         // {"pointer", "message", "hint"}; may be empty
  std::string allowed_methods;  // of a path that does not take the method; as in Allow
};

struct ApiReply {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string_view, std::string>> headers = {};
};
using ApiResult = Result<ApiReply, ApiError>;

// Told of every request when it is answered.
struct Answered {
  std::string_view operation;  // operationId; empty when there is none at the path
  std::string_view caller;
  std::string_view request_id;
  int status = 200;
  std::uint64_t micros = 0;
};
using OnAnswered = std::function<void(const Answered&)>;

// A request that has passed every check of its contract.
class Call {
 public:
  const Route* route = nullptr;
  const http::Request* request = nullptr;  // valid until the call is answered
  Caller caller;
  json::Value body;  // null when there is none

  // A path parameter, percent-decoded.
  const std::string& path(std::string_view name) const;
  // Query parameters; they have passed their schema.
  std::optional<std::string> query(std::string_view name) const;
  std::optional<std::int64_t> query_integer(std::string_view name) const;
  bool query_flag(std::string_view name) const;
  std::string header(std::string_view name) const;
  const json::Object& object() const { return body.get_object(); }

  // Answers, once, from any thread.
  void answer(ApiResult result);
  // As http::Responder::on_gone; before the handler, bound by bind_async, returns.
  void on_gone(UniqueFunction<void()> gone) { responder_->on_gone(std::move(gone)); }
  // Takes the responder over, for a stream.
  http::Responder take_responder() { return std::move(*std::exchange(responder_, nullptr)); }

 private:
  friend class Router;
  std::vector<std::pair<std::string_view, std::string>> path_;
  std::vector<std::pair<std::string_view, std::string>> query_;
  std::unique_ptr<http::Responder> responder_;  // gone when answered, or moved on
  const OnAnswered* on_answered_ = nullptr;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

class Router {
 public:
  using AsyncHandler = std::function<void(Call call)>;
  using Handler = std::function<ApiResult(Call& call)>;
  // Who calls. Errors: no_access.
  using Authenticate = std::function<Result<Caller>(const http::Request& request)>;

  Router(std::span<const Route> routes, Executor& executor, Authenticate authenticate);

  // The handler answers when it likes; it is called on the listener's thread and must not wait.
  void bind_async(std::string_view operation, AsyncHandler handler);
  // The handler may wait: it runs on the executor.
  void bind(std::string_view operation, Handler handler);
  // Before the first request; called on any thread, must be quick.
  void observe(OnAnswered on_answered) { on_answered_ = std::move(on_answered); }
  // Runs `handler` on the executor, for a call that turned out to need it.
  void run_on_executor(Call call, Handler handler);
  // Operations of the contract without a handler.
  std::vector<std::string_view> unbound() const;

  void handle(const http::Request& request, http::Responder respond);
  // The operation at a path; empty when there is none.
  std::string_view operation_at(http::Method method, std::string_view path) const;

 private:
  struct Entry {
    const Route* route;
    std::vector<std::string_view> segments;
    AsyncHandler handler;
  };
  struct Match {
    const Entry* entry = nullptr;
    std::string allowed_methods;  // of the path, when no entry takes the method
  };

  Entry& entry_of(std::string_view operation);
  static bool fits(const Entry& entry, const std::vector<std::string_view>& segments);
  Match find(const http::Request& request, Call& call) const;
  std::optional<ApiError> verify(Call& call) const;
  std::optional<ApiError> check_query(Call& call) const;
  std::optional<ApiError> check_body(Call& call) const;

  Executor& executor_;
  Authenticate authenticate_;
  OnAnswered on_answered_;
  std::vector<Entry> entries_;
};

// How an error reads on the wire; the only place that knows HTTP's codes.
http::Reply render(const ApiError& error, std::string_view request_id);
int status_of(Fault fault);

// Percent-decoded; nothing when malformed or not UTF-8.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

}  // namespace tartan::contract
