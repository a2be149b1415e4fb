// The HTTP/1.1 server: listeners, worker threads, limits and deadlines. What a request means is its
// listener's Handler's business.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/random.h"
#include "base/result.h"
#include "base/unique_function.h"
#include "http/message.h"

namespace tartan::http {

// Why a request is turned down before it reaches the handler's logic.
enum class Refusal {
  malformed,          // not HTTP/1.1, or framing that could be read in two ways
  malformed_body,     // a broken chunk
  headers_too_large,  // beyond Limits::header_bytes_max
  body_too_large,     // beyond Limits::body_bytes_max
  too_slow,           // the request did not arrive before its deadline
  unanswered,         // the handler gave up without an answer: a defect
};

struct Limits {
  std::uint32_t header_bytes_max = 16 * 1024;
  std::uint64_t body_bytes_max = 1024 * 1024;
  std::size_t connections_max = 20'000;
  std::uint64_t gzip_above_bytes = 8 * 1024;
  // From the first byte of a request to the end of its headers; then to the end of its body.
  int header_timeout_ms = 10'000;
  int body_timeout_ms = 30'000;
  // Between requests on a kept connection.
  int idle_timeout_ms = 120'000;
  // For the other side to take an answer.
  int write_timeout_ms = 30'000;
};

// An answer that goes on: what is sent goes out at once, until either side ends it. Any thread.
class Stream {
 public:
  virtual ~Stream() = default;
  // What may wait for the other side; a text that is larger goes out when nothing else waits.
  static constexpr std::size_t kWaitingBytesMax = 1024 * 1024;

  // False when the other side is gone, or so slow that more than that waits for it: then it is cut
  // off.
  virtual bool send(std::string text) = 0;
  // How much waits now. Who has more to tell than that at once sends a piece, and the next when
  // `drained` is called: once, on the listener's thread, when nothing waits; never when the other
  // side goes before.
  virtual std::size_t waiting_bytes() const = 0;
  virtual void when_drained(UniqueFunction<void()> drained) = 0;
  virtual bool is_open() const = 0;
  // Ends it after what is on its way.
  virtual void close() = 0;
};

// Answers one request, once, from any thread. Dropped without an answer, it answers
// Refusal::unanswered.
class Responder {
 public:
  struct Target {
    virtual ~Target() = default;
    virtual void answer(Reply reply) = 0;
    virtual void abandon() = 0;
    virtual std::shared_ptr<Stream> open_stream(std::string_view content_type) = 0;
    virtual void on_gone(UniqueFunction<void()>) {}  // of one that can tell
  };
  explicit Responder(std::shared_ptr<Target> target) : target_(std::move(target)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) = delete;
  ~Responder() {
    if (target_) {
      target_->abandon();
    }
  }
  void operator()(Reply reply) { std::exchange(target_, nullptr)->answer(std::move(reply)); }
  // Calls `gone`, once and on the listener's thread, when the other side closes its end before it
  // is answered, or when the answer can't be handed to the system whole. What was handed over may
  // be lost all the same. Within Handler::handle; not for streams.
  void on_gone(UniqueFunction<void()> gone) { target_->on_gone(std::move(gone)); }
  // Begins an answer of status 200 that goes on.
  std::shared_ptr<Stream> stream(std::string_view content_type) {
    return std::exchange(target_, nullptr)->open_stream(content_type);
  }

 private:
  std::shared_ptr<Target> target_;
};

class Handler {
 public:
  virtual ~Handler() = default;
  // Called on a worker thread, which must not be kept waiting. `request` stays valid until
  // `respond` is called or dropped.
  virtual void handle(const Request& request, Responder respond) = 0;
  virtual Reply refuse(Refusal why, std::string_view request_id) = 0;
  // The largest body that any request may have, and the one whose head has come; `usual` is
  // Limits::body_bytes_max.
  virtual std::uint64_t body_bytes_most(std::uint64_t usual) const { return usual; }
  virtual std::uint64_t body_bytes_max(Method, std::string_view /*path*/,
                                       std::uint64_t usual) const {
    return usual;
  }
};

struct Address {
  std::string host;  // an IP address
  std::uint16_t port = 0;
};

class Server {
 public:
  Server(const Limits& limits, std::size_t workers, Random& random);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and accepts; answers the address with the port chosen. Connections wait in the kernel
  // until `start`. `handler` outlives the server.
  Result<Address> listen(const Address& address, Handler& handler);

  // Starts the workers.
  void start();

  // Stops accepting, lets requests that are under way be answered for at most `grace_ms`, closes
  // every connection and joins the workers.
  void drain(int grace_ms);

  std::size_t open_connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tartan::http
