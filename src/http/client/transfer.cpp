#include "http/client/transfer.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "http/client/redirect.h"

namespace tartan::http {
namespace {

using Kind = OutboundError::Kind;

// How long a request may wait for its turn among too many others.
constexpr int kQueueMs = 60'000;
// Longest idle time of a kept connection that a request is put on. Servers close idle connections
// without a word; a request that must not go out twice is lost when it crosses with that, so it
// takes only connections that were used a moment ago.
constexpr long kIdleSafeSeconds = 50;
constexpr long kIdleUnsafeSeconds = 3;
// A safe request may go out once more when its kept connection turns out to be dead.
constexpr int kSendsSafeMax = 2;

constexpr std::string_view kLineEnds = "\r\n";

double milliseconds(CURL* handle, CURLINFO what) {
  curl_off_t microseconds = 0;
  curl_easy_getinfo(handle, what, &microseconds);
  return static_cast<double>(microseconds) / 1000.0;
}

}  // namespace

Transfer::Transfer(OutboundRequest request, Sender::Done done, TransferSettings& settings)
    : request_(std::move(request)), done_(std::move(done)), settings_(settings) {}

Transfer::~Transfer() { settings_.deadlines.drop(*this, deadline_); }

std::optional<OutboundError> Transfer::check() {
  Result<Target> target = parse_target(request_.url);
  if (!target) {
    return error(Kind::bad_url, "The URL can't be used: " + target.error().message,
                 "Give an absolute http or https URL.");
  }
  target_ = *std::move(target);
  if (auto trouble = trouble_with_headers(request_)) {
    return error(Kind::bad_header, "The request can't be sent: " + *trouble,
                 "Mend the method or header named.");
  }
  return std::nullopt;
}

void Transfer::wait() {
  state_ = State::waiting;
  settings_.deadlines.set(*this, deadline_, kQueueMs);
}

void Transfer::start(CURL* handle) {
  state_ = State::running;
  handle_ = handle;
  sent_ = 0;
  sockets_ = 0;
  too_large_body_ = false;
  too_large_headers_ = false;
  headers_done_ = false;
  interim_ = false;
  cut_after_headers_ = false;
  header_bytes_ = 0;
  refusal_.reset();
  reply_.headers.clear();
  reply_.body.clear();
  curl_error_[0] = '\0';
  set_connection(handle);
  set_message(handle);
  settings_.deadlines.set(*this, deadline_, request_.connection_timeout_ms);
}

void Transfer::set_connection(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_PRIVATE, this);
  curl_easy_setopt(handle, CURLOPT_URL, target_.url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer holds up its own request only, not the thread.
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, curl_error_.data());
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_2TLS});
  curl_easy_setopt(handle, CURLOPT_MAXAGE_CONN,
                   is_safe(request_.method) ? kIdleSafeSeconds : kIdleUnsafeSeconds);
  curl_easy_setopt(handle, CURLOPT_RESOLVE, settings_.resolve.get());
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, &Transfer::open_socket);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, this);
  if (!settings_.authorities.empty()) {
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_FUNCTION, &Transfer::prepare_tls);
    curl_easy_setopt(handle, CURLOPT_SSL_CTX_DATA, this);
  }
  curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, &Transfer::before_request);
  curl_easy_setopt(handle, CURLOPT_PREREQDATA, this);
}

void Transfer::set_message(CURL* handle) {
  headers_ = to_curl(request_.headers, request_.secret_headers);
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers_.get());
  curl_easy_setopt(handle, CURLOPT_USERAGENT, kUserAgent);
  if (!has_header(request_.headers, "Accept-Encoding") &&
      !has_header(request_.secret_headers, "Accept-Encoding")) {
    curl_easy_setopt(handle, CURLOPT_ACCEPT_ENCODING, kDecodable);
  }
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &Transfer::take_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Transfer::take_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);

  const std::string& method = request_.method;
  const bool wants_length = method == "POST" || method == "PUT" || method == "PATCH";
  // curl's NOBODY is "none in either direction": a HEAD with a body goes out as another method
  // would, and is cut off after the headers of its answer.
  if (method == "HEAD" && !request_.has_body) {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (request_.has_body || wants_length) {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                     request_.has_body ? static_cast<curl_off_t>(request_.body.size()) : 0);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request_.has_body ? request_.body.data() : "");
  }
  curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, method.c_str());
}

curl_socket_t Transfer::open_socket(void* self, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.sent_ > 0 && !is_safe(transfer.request_.method)) {
    return CURL_SOCKET_BAD;
  }
  if (auto refusal = transfer.settings_.policy.refuse(address->addr, transfer.target_.host)) {
    transfer.refusal_ = std::move(refusal);
    return CURL_SOCKET_BAD;
  }
  ++transfer.sockets_;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// curl has put the system's certificate authorities into the context before.
CURLcode Transfer::prepare_tls(CURL*, void* tls_context, void* self) {
  const auto& transfer = *static_cast<Transfer*>(self);
  return transfer.settings_.authorities.add_to(tls_context) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
}

// curl calls this with a connection ready, new or kept, and before the first byte of a request. It
// also does so when it wants to send the request again by itself, on a fresh connection, because
// the kept one ended before any byte of an answer. Nothing tells whether the other side had read
// and acted on the first, so only a safe request is let through.
int Transfer::before_request(void* self, char*, char*, int, int) {
  auto& transfer = *static_cast<Transfer*>(self);
  const int sends_max = is_safe(transfer.request_.method) ? kSendsSafeMax : 1;
  if (transfer.sent_ >= sends_max) {
    return CURL_PREREQFUNC_ABORT;
  }
  if (transfer.sent_ > 0) {
    ++transfer.reply_.resends;
  }
  ++transfer.sent_;
  transfer.may_have_arrived_ = true;
  transfer.settings_.deadlines.set(transfer, transfer.deadline_, transfer.request_.read_timeout_ms);
  return CURL_PREREQFUNC_OK;
}

std::size_t Transfer::take_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  return transfer.add_header_line({data, size * count}) ? size * count : 0;
}

bool Transfer::add_header_line(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > request_.limits.header_bytes_max) {
    too_large_headers_ = true;
    return false;
  }
  line = line.substr(0, line.find_last_not_of(kLineEnds) + 1);
  if (headers_done_ && !line.starts_with("HTTP/")) {
    return true;  // a trailer
  }
  if (line.starts_with("HTTP/")) {
    // The final answer after an interim one (1xx).
    reply_.headers.clear();
    headers_done_ = false;
    interim_ = line.substr(std::min(line.find(' '), line.size())).starts_with(" 1");
    return true;
  }
  if (line.empty()) {
    headers_done_ = !interim_;
    cut_after_headers_ = headers_done_ && request_.method == "HEAD" && request_.has_body;
    return !cut_after_headers_;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) {
    return true;
  }
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  value = value.substr(0, value.find_last_not_of(" \t") + 1);
  reply_.headers.emplace_back(line.substr(0, colon), value);
  return true;
}

std::size_t Transfer::take_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  std::string& body = transfer.reply_.body;
  if (size * count > transfer.request_.limits.response_bytes_max - body.size()) {
    transfer.too_large_body_ = true;
    return 0;
  }
  body.append(data, size * count);
  return size * count;
}

std::optional<Outcome> Transfer::hop_ended(CURLcode code) {
  settings_.deadlines.drop(*this, deadline_);
  read_timings();
  // curl takes a connection that ends inside the headers for an answer.
  const bool whole = headers_done_ && (code == CURLE_OK || cut_after_headers_);
  std::optional<Outcome> outcome = whole ? answered() : Outcome(failed(code));
  handle_ = nullptr;
  return outcome;
}

std::optional<Outcome> Transfer::answered() {
  long status = 0;
  curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
  reply_.status = static_cast<int>(status);
  const auto location =
      std::find_if(reply_.headers.begin(), reply_.headers.end(), [](const auto& header) {
        return header.first.size() == 8 && curl_strequal(header.first.c_str(), "Location") != 0;
      });
  if (!is_redirect(reply_.status) || location == reply_.headers.end()) {
    reply_.url = target_.url;
    return std::move(reply_);
  }
  Result<Target, RedirectRefusal> to =
      follow_redirect(request_, target_, reply_.status, location->second, reply_.redirects.size());
  if (!to) {
    return error(to.error().kind, to.error().message, to.error().hint);
  }
  reply_.redirects.push_back({reply_.status, target_.url});
  target_ = *std::move(to);
  earlier_hops_ms_ = reply_.timings.total;
  return std::nullopt;
}

void Transfer::read_timings() {
  reply_.timings = {.dns = milliseconds(handle_, CURLINFO_NAMELOOKUP_TIME_T),
                    .connect = milliseconds(handle_, CURLINFO_CONNECT_TIME_T),
                    .tls = milliseconds(handle_, CURLINFO_APPCONNECT_TIME_T),
                    .first_byte = milliseconds(handle_, CURLINFO_STARTTRANSFER_TIME_T),
                    .total = earlier_hops_ms_ + milliseconds(handle_, CURLINFO_TOTAL_TIME_T)};
}

void Transfer::answer(Outcome outcome) {
  Sender::Done done = std::move(done_);
  done(std::move(outcome));
}

}  // namespace tartan::http
