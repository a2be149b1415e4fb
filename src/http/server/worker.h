// One thread with its event loop, its connections and its coarse clock. Private to http/server.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/burst.h"
#include "base/random.h"
#include "http/server/server.h"

namespace tartan::http {

class Connection;

class Worker final : public Burst::Action {
 public:
  Worker(const Limits& limits, std::uint64_t seed, std::atomic<std::size_t>& open_connections);
  ~Worker() override;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // Takes over an accepted socket. Any thread.
  void adopt(boost::asio::ip::tcp::socket socket, Handler& handler);
  // Closes what is idle, and everything else once it is answered. Any thread.
  void begin_drain();
  void stop_now();
  void join();

  // A reply made on another thread: sent from this one. Replies that come in one burst (a group
  // commit) cost one wake-up together.
  void deliver(std::shared_ptr<Connection> connection, Reply reply);
  bool on_own_thread() const { return std::this_thread::get_id() == thread_id_; }

  boost::asio::io_context& context() { return context_; }
  const Limits& limits() const { return limits_; }
  bool draining() const { return draining_; }
  void forget(const std::shared_ptr<Connection>& connection);
  std::string make_request_id();

  void at_burst_end() override;

 private:
  void sweep();
  void sweep_later();
  void deliver_all();

  const Limits limits_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer sweep_timer_;
  std::chrono::milliseconds sweep_interval_;
  SeededRandom ids_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::atomic<std::size_t>& open_connections_;
  bool sweeps_ = false;  // nothing is looked at while there are no connections
  bool draining_ = false;
  std::mutex mailbox_mutex_;
  std::vector<std::pair<std::shared_ptr<Connection>, Reply>> mailbox_;
  std::thread thread_;
  std::atomic<std::thread::id> thread_id_;
};

}  // namespace tartan::http
