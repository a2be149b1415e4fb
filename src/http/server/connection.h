// One client connection: reads requests, hands them to the handler one at a time, writes the
// answers in order. Lives on its worker's thread. Private to http/server.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "http/server/worker.h"

namespace tartan::http {

class Connection final : public Responder::Target, public std::enable_shared_from_this<Connection> {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  Connection(Worker& worker, boost::asio::ip::tcp::socket socket, Handler& handler);

  void start();
  // Closes when the deadline of the present phase is past.
  void check_deadline(Moment now);
  // Ends an idle connection now, and any other after its answer.
  void drain();
  void close();

  void answer(Reply reply) override;
  void abandon() override;
  std::shared_ptr<Stream> open_stream(std::string_view content_type) override;
  void on_gone(UniqueFunction<void()> gone) override;
  // On the worker's thread.
  void send(Reply reply);

 private:
  enum class Phase {
    idle,       // between requests
    headers,    // a request has begun
    body,       // its headers are here
    handling,   // with the handler
    streaming,  // its answer goes on
    closing,    // its answer is the last one and on its way
    lingering   // answered and closing; what still comes is thrown away, so that the answer is read
  };

  void read_more();
  void on_read(std::size_t size);
  void serve_input();
  bool parse();
  bool on_headers();
  bool body_fits();
  void watch_other_side();
  void tell_gone();
  void dispatch();
  void refuse(Refusal why);
  void append_reply(Reply reply);
  void flush();
  void on_written();
  void start_request();
  void linger();
  class OpenStream;
  void begin_stream(std::string_view content_type);
  void send_more(const std::string& text);
  void tell_drained();
  void end_stream();
  void enter(Phase phase, int timeout_ms);

  Worker& worker_;
  boost::asio::ip::tcp::socket socket_;
  Handler& handler_;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  std::optional<Parser> parser_;
  Request request_;
  std::string request_id_;
  // Small: thousands of idle connections have one each. A full one is read again at once.
  std::array<char, 2048> read_buffer_;
  std::string input_;  // bytes read and not parsed yet
  std::size_t input_used_ = 0;
  std::string output_;  // answers not sent yet
  std::size_t output_sent_ = 0;
  bool write_waits_ = false;  // the other side is slow to take the answer
  Moment write_deadline_ = Moment::max();
  Phase phase_ = Phase::idle;
  Moment deadline_ = Moment::max();
  // Told when the other side goes before it has its answer.
  UniqueFunction<void()> gone_;
  bool watches_ = false;              // an operation that waits for its end is under way
  std::uint64_t body_bytes_max_ = 0;  // of the request being read
  bool keep_alive_ = true;
  bool close_after_output_ = false;
  bool refused_ = false;  // its rest is not read as requests
  bool headers_seen_ = false;
  bool in_serve_ = false;  // serve_input is on the stack: an answer given at once must not recurse
  std::size_t lingered_bytes_ = 0;
  // Of a stream: whether it can take more, and how much waits for the other side.
  std::atomic<bool> stream_open_ = false;
  std::atomic<std::size_t> stream_waiting_bytes_ = 0;
  UniqueFunction<void()> drained_;  // told when nothing waits
};

}  // namespace tartan::http
