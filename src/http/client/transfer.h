// One request on its way: its hops, what came back so far, and how it ended. The client's thread
// only.
#pragma once

#include <curl/curl.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "http/client/client.h"
#include "http/client/deadlines.h"
#include "http/client/outbound_headers.h"
#include "http/client/target.h"

namespace tartan::http {

using Outcome = Result<OutboundReply, OutboundError>;

// What all transfers of a client share.
struct TransferSettings {
  const EgressPolicy& policy;
  Deadlines& deadlines;
  CurlList resolve;
  const Authorities& authorities;
};

class Transfer {
 public:
  enum class State { waiting, running };

  Transfer(OutboundRequest request, Sender::Done done, TransferSettings& settings);
  ~Transfer();
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Why this request can't go out as it is.
  std::optional<OutboundError> check();

  void wait();               // for its turn
  void start(CURL* handle);  // the current hop; a fresh or reset handle, its own until `hop_ended`
  // The outcome, or nothing if a redirect leads to another hop, which then waits to be started.
  std::optional<Outcome> hop_ended(CURLcode code);
  // The outcome of a transfer that takes too long where it stands now.
  OutboundError timed_out();
  OutboundError cancelled();
  // Calls `done`. The last thing that happens to a transfer.
  void answer(Outcome outcome);

  State state() const { return state_; }
  CURL* handle() const { return handle_; }
  // Counted together for the limit on parallel requests.
  std::string origin() const { return target_.origin(); }

 private:
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static CURLcode prepare_tls(CURL* handle, void* tls_context, void* self);
  static int before_request(void* self, char* to, char* from, int to_port, int from_port);
  static std::size_t take_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);

  void set_connection(CURL* handle);
  void set_message(CURL* handle);
  bool add_header_line(std::string_view line);
  std::optional<Outcome> answered();
  OutboundError failed(CURLcode code);
  OutboundError failed_before_sending(CURLcode code);
  OutboundError failed_after_sending(CURLcode code);
  std::string tls_hint(CURLcode code) const;
  OutboundError error(OutboundError::Kind kind, std::string message, std::string hint) const;
  void read_timings();

  OutboundRequest request_;
  Sender::Done done_;
  TransferSettings& settings_;
  State state_ = State::waiting;
  Target target_;
  CURL* handle_ = nullptr;
  CurlList headers_;
  Deadlines::Slot deadline_;
  std::array<char, CURL_ERROR_SIZE> curl_error_{};

  // Of the hop under way.
  int sent_ = 0;     // how often the request was handed to a connection
  int sockets_ = 0;  // how many the policy let open
  bool too_large_body_ = false;
  bool too_large_headers_ = false;
  bool headers_done_ = false;  // of the final answer
  bool interim_ = false;       // the headers being read are of an interim answer (1xx)
  bool cut_after_headers_ = false;
  std::size_t header_bytes_ = 0;
  std::optional<std::string> refusal_;

  // Of all hops.
  bool may_have_arrived_ = false;
  double earlier_hops_ms_ = 0;
  OutboundReply reply_;
};

}  // namespace tartan::http
