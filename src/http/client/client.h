// Outbound HTTP: many requests at a time on one thread, with kept connections, bounded in every
// direction, each socket under the egress policy.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_function.h"
#include "http/client/authorities.h"
#include "http/client/egress.h"

namespace tartan::http {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

struct OutboundLimits {
  std::size_t response_bytes_max = 8 * 1024 * 1024;  // after decompression
  std::size_t header_bytes_max = 64 * 1024;
  int redirects_max = 5;
};

struct OutboundRequest {
  std::string method = "GET";
  std::string url;  // http or https
  HeaderList headers;
  std::string body;
  bool has_body = false;
  // What proves who asks, apart from `headers`: goes to the origin of `url` only. A redirect to
  // another origin loses them (and any Authorization, Proxy-Authorization and Cookie header).
  HeaderList secret_headers;
  // The body or the URL's query holds a secret: a redirect to another origin is an error then,
  // unless it drops both (303, or 301 and 302 of a POST).
  bool secret_in_body = false;
  int connection_timeout_ms = 5'000;  // name, connect and TLS, each hop
  int read_timeout_ms = 10'000;       // from then to the end of the answer, each hop
  OutboundLimits limits;
};

struct Timings {  // milliseconds from the start of the last hop; total over all hops
  double dns = 0;
  double connect = 0;
  double tls = 0;
  double first_byte = 0;
  double total = 0;
};

struct Redirect {
  int status = 0;
  std::string url;  // where it came from
};

struct OutboundReply {
  int status = 0;
  HeaderList headers;  // as received, in order; names as sent
  std::string body;    // decompressed
  std::string url;     // of the last hop
  std::vector<Redirect> redirects;
  // How often a safe request (GET, HEAD, OPTIONS) went out again because the kept connection it was
  // put on ended before any answer. Other requests are never sent again.
  int resends = 0;
  Timings timings;
};

struct OutboundError {
  enum class Kind {
    bad_url,          // not an absolute http or https URL, or with credentials in it
    bad_header,       // a method, header name or header value that HTTP cannot carry
    refused,          // by the egress policy; the message says by which rule
    name_not_found,   // the host's name has no address
    connect_failed,   // refused, unreachable
    connect_timeout,  // or no free place among the parallel requests
    tls_failed,       // certificate or handshake
    read_timeout,     // connected, but the answer did not end in time
    broken,           // the connection ended before the answer did
    too_large,        // the answer's body or headers
    too_many_redirects,
    redirect_refused,  // it would carry a secret to another origin, or leads to no http URL
    cancelled,
  };
  Kind kind = Kind::broken;
  std::string message;  // what happened, in words; never a secret
  std::string hint;     // what to do about it
  // Whether the other side may have got the request and acted on it.
  bool may_have_arrived = false;
  std::string url;  // of the hop that failed, without its query; empty if it could not be read
  Timings timings;
};
std::string_view name_of(OutboundError::Kind kind);  // "readTimeout"

// The headers that the client adds when the request has none of the name.
HeaderList default_headers();

// Who sends requests; tests and simulations bring their own.
class Sender {
 public:
  using Done = UniqueFunction<void(Result<OutboundReply, OutboundError>)>;
  virtual ~Sender() = default;
  // Any thread. `done` is called once, on the sender's own thread; it must be quick.
  virtual void send(OutboundRequest request, Done done) = 0;
};

struct ClientOptions {
  // What bounds sockets and memory. Requests beyond wait their turn, outside their timeouts.
  std::size_t parallel_max = 1024;
  std::size_t parallel_per_origin_max = 256;
  // Names that have these addresses whatever a name server says, as "name:port:address": for tests.
  std::vector<std::string> resolve = {};
  // Trusted beside the system's certificate authorities.
  Authorities authorities = {};
};

// Headers that belong to the connection are the client's own: Content-Length, Connection,
// Keep-Alive, Proxy-Connection and Expect are left out of what the caller gives; Transfer-Encoding,
// TE, Trailer, Upgrade and HTTP2-Settings, and Host twice, are errors.
class Client final : public Sender {
 public:
  // `policy` outlives the client and is not changed any more.
  explicit Client(const EgressPolicy& policy, ClientOptions options = {});
  ~Client() override;

  void send(OutboundRequest request, Done done) override;
  // Ends every request as cancelled and joins the thread. Requests sent later end so at once, on
  // the caller's thread. Not to be called from a `done`.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tartan::http
