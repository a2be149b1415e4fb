#include "http/server/connection.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

#include "http/server/gzip.h"

namespace tartan::http {
namespace {

namespace beast = boost::beast;
using boost::system::error_code;

// Answers to pipelined requests are gathered up to this size before they are sent.
constexpr std::size_t kFlushAbove = 64 * 1024;
// What a refused client may still send before the connection is cut: cut earlier, a client that
// writes its whole body first would see a broken connection instead of the answer. It costs no
// memory, and the time is bounded as well.
constexpr std::size_t kLingerBytesMax = 64 * 1024 * 1024;
constexpr int kLingerTimeoutMs = 2000;

Method method_of(beast::http::verb verb) {
  switch (verb) {
    case beast::http::verb::get:
      return Method::get;
    case beast::http::verb::head:
      return Method::head;
    case beast::http::verb::post:
      return Method::post;
    case beast::http::verb::put:
      return Method::put;
    case beast::http::verb::patch:
      return Method::patch;
    case beast::http::verb::delete_:
      return Method::delete_;
    case beast::http::verb::options:
      return Method::options;
    default:
      return Method::other;
  }
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

Refusal refusal_of(const error_code& ec) {
  if (ec == beast::http::error::header_limit) {
    return Refusal::headers_too_large;
  }
  if (ec == beast::http::error::body_limit) {
    return Refusal::body_too_large;
  }
  return Refusal::malformed;
}

void append_number(std::string& out, std::uint64_t number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

bool is_encoded(const Reply& reply) {
  return std::any_of(reply.headers.begin(), reply.headers.end(),
                     [](const auto& header) { return header.first == "Content-Encoding"; });
}

}  // namespace

Connection::Connection(Worker& worker, boost::asio::ip::tcp::socket socket, Handler& handler)
    : worker_(worker), socket_(std::move(socket)), handler_(handler) {}

void Connection::start() {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  start_request();
  enter(Phase::idle, worker_.limits().header_timeout_ms);
  read_more();
}

void Connection::enter(Phase phase, int timeout_ms) {
  phase_ = phase;
  deadline_ = timeout_ms > 0
                  ? std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms)
                  : Moment::max();
}

void Connection::check_deadline(Moment now) {
  if (now >= write_deadline_) {
    close();
  }
  if (now < deadline_ || !socket_.is_open()) {
    return;
  }
  if (phase_ == Phase::headers || phase_ == Phase::body) {
    refuse(Refusal::too_slow);
  } else {
    close();
  }
}

void Connection::drain() {
  if (phase_ == Phase::idle || phase_ == Phase::streaming) {
    close();
  }
}

void Connection::close() {
  stream_open_ = false;
  if (!socket_.is_open()) {
    return;
  }
  error_code ignored;
  socket_.close(ignored);
  const auto self = shared_from_this();
  worker_.forget(self);
  drained_ = {};
  tell_gone();
}

void Connection::tell_gone() {
  if (auto gone = std::exchange(gone_, {})) {
    gone();
  }
}

void Connection::on_gone(UniqueFunction<void()> gone) {
  gone_ = std::move(gone);
  watch_other_side();
}

// While a request is with its handler nothing is read; this only looks whether the end has come.
void Connection::watch_other_side() {
  if (watches_) {
    return;
  }
  watches_ = true;
  socket_.async_wait(boost::asio::socket_base::wait_read,
                     [self = shared_from_this()](const error_code& ec) {
                       self->watches_ = false;
                       if (ec || !self->gone_ || !self->socket_.is_open()) {
                         return;
                       }
                       char next = 0;
                       const ssize_t got =
                           ::recv(self->socket_.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
                       if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
                         self->tell_gone();
                       } else if (got < 0) {
                         self->watch_other_side();
                       }  // else the next request has come already: its sender is there
                     });
}

void Connection::start_request() {
  parser_.emplace();
  parser_->header_limit(worker_.limits().header_bytes_max);
  body_bytes_max_ = handler_.body_bytes_most(worker_.limits().body_bytes_max);
  parser_->body_limit(body_bytes_max_);
  parser_->eager(true);
  headers_seen_ = false;
  request_id_ = worker_.make_request_id();
}

void Connection::read_more() {
  socket_.async_read_some(boost::asio::buffer(read_buffer_),
                          [self = shared_from_this()](const error_code& ec, std::size_t size) {
                            if (!ec) {
                              self->on_read(size);
                            } else {
                              self->close();
                            }
                          });
}

void Connection::on_read(std::size_t size) {
  if (!socket_.is_open()) {
    return;
  }
  if (phase_ == Phase::lingering) {
    lingered_bytes_ += size;
    if (lingered_bytes_ > kLingerBytesMax) {
      close();
    } else {
      read_more();
    }
    return;
  }
  if (phase_ == Phase::streaming) {
    read_more();  // only its end is of interest
    return;
  }
  input_.erase(0, input_used_);
  input_used_ = 0;
  input_.append(read_buffer_.data(), size);
  serve_input();
}

// Parses and dispatches what is in `input_`, request after request, until more bytes, the handler
// or the other side must be waited for.
void Connection::serve_input() {
  in_serve_ = true;
  const auto self = shared_from_this();  // closing drops the worker's reference
  for (;;) {
    if (!socket_.is_open() || close_after_output_) {
      break;
    }
    if (phase_ == Phase::idle && input_used_ < input_.size()) {
      enter(Phase::headers, worker_.limits().header_timeout_ms);
    }
    if (phase_ == Phase::idle || !parse()) {
      break;
    }
    dispatch();
    if (phase_ == Phase::handling || output_.size() - output_sent_ > kFlushAbove) {
      break;
    }
  }
  in_serve_ = false;
  if (!socket_.is_open()) {
    return;
  }
  if (output_.size() > output_sent_) {
    flush();
  } else if (phase_ != Phase::handling) {
    read_more();
  }
}

// Feeds the parser. True when a whole request is there.
bool Connection::parse() {
  while (!parser_->is_done()) {
    error_code ec;
    const std::size_t left = input_.size() - input_used_;
    if (left == 0) {
      return false;
    }
    const std::size_t used =
        parser_->put(boost::asio::const_buffer(input_.data() + input_used_, left), ec);
    input_used_ += used;
    if ((parser_->is_header_done() && !headers_seen_ && !on_headers()) || !body_fits()) {
      refuse(Refusal::body_too_large);
      return false;
    }
    if (ec == beast::http::error::need_more) {
      return false;
    }
    if (ec) {
      const Refusal why = refusal_of(ec);
      refuse(why == Refusal::malformed && headers_seen_ ? Refusal::malformed_body : why);
      return false;
    }
    if (used == 0 && !parser_->is_done()) {
      return false;
    }
  }
  return true;
}

// False when the body that is announced is larger than the path takes.
bool Connection::on_headers() {
  headers_seen_ = true;
  enter(Phase::body, worker_.limits().body_timeout_ms);
  const auto& fields = parser_->get();
  const std::string_view target = view(fields.target());
  body_bytes_max_ =
      handler_.body_bytes_max(method_of(fields.method()), target.substr(0, target.find('?')),
                              worker_.limits().body_bytes_max);
  const auto announced = parser_->content_length();
  if (announced && *announced > body_bytes_max_) {
    return false;
  }
  if (!parser_->is_done() && fields.version() == 11 &&
      equal_ignoring_case(view(fields[beast::http::field::expect]), "100-continue")) {
    output_.append("HTTP/1.1 100 Continue\r\n\r\n");
  }
  return true;
}

// What has come of a body in chunks, which is announced piece by piece.
bool Connection::body_fits() {
  return !headers_seen_ || parser_->get().body().size() <= body_bytes_max_;
}

void Connection::dispatch() {
  const auto& message = parser_->get();
  const std::string_view target = view(message.target());
  const auto question = target.find('?');
  request_.method = method_of(message.method());
  request_.path = target.substr(0, question);
  request_.query =
      question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
  request_.body = message.body();
  request_.request_id = request_id_;
  request_.headers.clear();
  for (const auto& field : message) {
    request_.headers.push_back({view(field.name_string()), view(field.value())});
  }
  keep_alive_ = message.keep_alive();
  gone_ = {};
  enter(Phase::handling, 0);
  handler_.handle(request_, Responder(shared_from_this()));
}

void Connection::refuse(Refusal why) {
  keep_alive_ = false;
  refused_ = true;
  request_.method = Method::post;
  request_.headers.clear();
  append_reply(handler_.refuse(why, request_id_));
  if (!in_serve_) {
    flush();
  }
}

void Connection::answer(Reply reply) {
  if (worker_.on_own_thread()) {
    send(std::move(reply));
  } else {
    worker_.deliver(shared_from_this(), std::move(reply));
  }
}

void Connection::abandon() { answer(handler_.refuse(Refusal::unanswered, request_id_)); }

void Connection::send(Reply reply) {
  if (!socket_.is_open()) {
    return;
  }
  append_reply(std::move(reply));
  if (!in_serve_) {
    flush();
  }
}

// What is left of a connection for whoever feeds its stream.
class Connection::OpenStream final : public Stream {
 public:
  explicit OpenStream(std::weak_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~OpenStream() override { OpenStream::close(); }

  bool send(std::string text) override {
    const auto connection = connection_.lock();
    if (!connection || !connection->stream_open_) {
      return false;
    }
    if (connection->stream_waiting_bytes_.fetch_add(text.size()) > kWaitingBytesMax) {
      connection->stream_open_ = false;
      boost::asio::post(connection->worker_.context(), [connection] { connection->close(); });
      return false;
    }
    boost::asio::post(connection->worker_.context(),
                      [connection, held = std::move(text)] { connection->send_more(held); });
    return true;
  }

  std::size_t waiting_bytes() const override {
    const auto connection = connection_.lock();
    return connection ? connection->stream_waiting_bytes_.load() : 0;
  }

  void when_drained(UniqueFunction<void()> drained) override {
    if (const auto connection = connection_.lock()) {
      auto held = std::make_shared<UniqueFunction<void()>>(std::move(drained));
      boost::asio::post(connection->worker_.context(), [connection, held] {
        connection->drained_ = std::move(*held);
        connection->tell_drained();
      });
    }
  }

  bool is_open() const override {
    const auto connection = connection_.lock();
    return connection && connection->stream_open_;
  }

  void close() override {
    const auto connection = connection_.lock();
    if (connection && connection->stream_open_.exchange(false)) {
      boost::asio::post(connection->worker_.context(), [connection] { connection->end_stream(); });
    }
  }

 private:
  std::weak_ptr<Connection> connection_;
};

std::shared_ptr<Stream> Connection::open_stream(std::string_view content_type) {
  stream_open_ = true;
  boost::asio::post(
      worker_.context(),
      [self = shared_from_this(), type = std::string(content_type)] { self->begin_stream(type); });
  return std::make_shared<OpenStream>(weak_from_this());
}

void Connection::begin_stream(std::string_view content_type) {
  if (!socket_.is_open()) {
    return;
  }
  keep_alive_ = false;
  output_.append("HTTP/1.1 200 OK\r\nContent-Type: ").append(content_type);
  output_.append("\r\nX-Request-Id: ").append(request_id_);
  output_.append("\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n");
  stream_waiting_bytes_ += output_.size() - output_sent_;
  enter(Phase::streaming, 0);
  flush();
  if (socket_.is_open()) {
    read_more();
  }
}

void Connection::send_more(const std::string& text) {
  if (socket_.is_open() && phase_ == Phase::streaming) {
    // A reader that is slow and never quite there must not make what it has read stay.
    if (output_sent_ > kFlushAbove) {
      output_.erase(0, std::exchange(output_sent_, 0));
    }
    output_.append(text);
    flush();
  }
}

void Connection::tell_drained() {
  if (!socket_.is_open()) {
    drained_ = {};
  } else if (drained_ && stream_waiting_bytes_ == 0) {
    std::exchange(drained_, {})();
  }
}

void Connection::end_stream() {
  if (!socket_.is_open() || phase_ != Phase::streaming) {
    return;
  }
  close_after_output_ = true;
  if (output_.size() == output_sent_) {
    close();
  }
}

void Connection::append_reply(Reply reply) {
  keep_alive_ = keep_alive_ && !worker_.draining();
  bool compressed = false;
  if (reply.body.size() > worker_.limits().gzip_above_bytes && !is_encoded(reply)) {
    const std::string_view* accepted = request_.header("accept-encoding");
    if (accepted != nullptr && accepts_gzip(*accepted)) {
      reply.body = gzip(reply.body);
      compressed = true;
    }
  }
  output_.append("HTTP/1.1 ");
  append_number(output_, static_cast<std::uint64_t>(reply.status));
  output_.append(" ").append(reason_phrase(reply.status));
  constexpr int no_content = 204;  // has neither type nor length (RFC 9110, section 8.6)
  if (reply.status != no_content) {
    output_.append("\r\nContent-Type: ").append(reply.content_type);
    output_.append("\r\nContent-Length: ");
    append_number(output_, reply.body.size());
  }
  output_.append("\r\nX-Request-Id: ").append(request_id_);
  for (const auto& [name, value] : reply.headers) {
    output_.append("\r\n").append(name).append(": ").append(value);
  }
  output_.append(compressed ? "\r\nContent-Encoding: gzip" : "");
  output_.append("\r\nVary: Accept-Encoding");
  output_.append(keep_alive_ ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  if (request_.method != Method::head) {
    output_.append(reply.body);
  }
  if (keep_alive_) {
    start_request();
    enter(Phase::idle, worker_.limits().idle_timeout_ms);
  } else {
    close_after_output_ = true;
    enter(Phase::closing, 0);
  }
}

// Sends what the socket takes at once; the rest when it takes more.
void Connection::flush() {
  if (write_waits_) {
    return;
  }
  const ssize_t sent = ::send(socket_.native_handle(), output_.data() + output_sent_,
                              output_.size() - output_sent_, MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR) {
    close();
    return;
  }
  const std::size_t taken = sent > 0 ? static_cast<std::size_t>(sent) : 0;
  output_sent_ += taken;
  if (phase_ == Phase::streaming) {
    stream_waiting_bytes_ -= taken;
  }
  if (output_sent_ == output_.size()) {
    write_deadline_ = Moment::max();
    on_written();
    return;
  }
  write_waits_ = true;
  write_deadline_ = std::chrono::steady_clock::now() +
                    std::chrono::milliseconds(worker_.limits().write_timeout_ms);
  socket_.async_wait(boost::asio::socket_base::wait_write,
                     [self = shared_from_this()](const error_code& ec) {
                       self->write_waits_ = false;
                       if (ec || !self->socket_.is_open()) {
                         self->close();
                       } else {
                         self->flush();
                       }
                     });
}

void Connection::on_written() {
  // A large answer's memory is given back; a usual one's is kept for the next.
  if (output_.capacity() > kFlushAbove) {
    std::string().swap(output_);
  }
  output_.clear();
  output_sent_ = 0;
  if (phase_ != Phase::handling) {
    gone_ = {};  // it is answered
  }
  if (phase_ == Phase::streaming && !close_after_output_) {
    tell_drained();
    return;
  }
  if (close_after_output_) {
    // Closing with input unread resets the connection and may destroy the answer on its way.
    if (refused_ || input_used_ < input_.size()) {
      linger();
    } else {
      close();
    }
    return;
  }
  if (phase_ == Phase::handling) {
    return;  // only "100 Continue" went out, or an answer before the one that is awaited
  }
  if (phase_ == Phase::idle) {
    enter(Phase::idle, worker_.limits().idle_timeout_ms);
  }
  if (input_used_ < input_.size() && phase_ == Phase::idle) {
    // Pipelined requests: from the loop, so that a long row of them can't grow the stack.
    boost::asio::post(worker_.context(), [self = shared_from_this()] {
      if (self->socket_.is_open()) {
        self->serve_input();
      }
    });
    return;
  }
  if (phase_ == Phase::idle) {
    input_.clear();
    input_used_ = 0;
    if (worker_.draining()) {
      close();
      return;
    }
  }
  read_more();
}

void Connection::linger() {
  error_code ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  enter(Phase::lingering, kLingerTimeoutMs);
  read_more();
}

}  // namespace tartan::http
