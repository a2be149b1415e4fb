// One helper process as the server sees it: started, given requests, killed. What it sends is
// bounded and checked: a helper that was taken over can answer wrongly what it is given, and
// nothing else. Callers take care of locking: one thread at a time uses it.
#pragma once

#include <sys/types.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "script/wire.h"

namespace tartan::script {

class HelperProcess {
 public:
  using Clock = std::chrono::steady_clock;

  // Starts one with an empty environment, its socket as the only open descriptor and the signals
  // of a stopping server blocked: it goes when its socket closes. Does not wait until it is ready.
  // Errors: unavailable.
  static Result<std::unique_ptr<HelperProcess>> start(const std::string& executable);

  HelperProcess(const HelperProcess&) = delete;
  HelperProcess& operator=(const HelperProcess&) = delete;
  ~HelperProcess();  // kills it, and waits until it is gone

  // Kills it without waiting. Nothing but is_gone() and the destructor may follow.
  void kill();
  // Whether a killed one is gone, so that the destructor won't wait.
  bool is_gone();

  // Waits until it has loaded the engine. Errors: unavailable, with the helper's own words.
  Result<Done> await_ready();

  // Whether it can be given a request: it did not end while nobody used it.
  bool is_alive() const;

  struct Answer {
    wire::Reply reply;
    std::string text;
    std::string code;
  };
  enum class Failure { late, ended, broken };  // no use after any of them
  using Texts = std::array<std::string_view, 3>;
  Result<Answer, Failure> exchange(const wire::Request& request, const Texts& texts,
                                   Clock::time_point deadline);

 private:
  HelperProcess(pid_t process, int socket) : process_(process), socket_(socket) {}

  Result<Done, Failure> send(const wire::Request& request, const Texts& texts,
                             Clock::time_point deadline);
  Result<Done, Failure> receive(void* to, std::size_t size, Clock::time_point deadline);
  Result<Answer, Failure> receive_reply(std::size_t text_max, Clock::time_point deadline);
  Result<Done, Failure> await(short events, Clock::time_point deadline) const;

  pid_t process_;  // 0 once it was reaped
  int socket_;
  bool ready_ = false;
};

}  // namespace tartan::script
