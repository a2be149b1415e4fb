#include "script/helper_process.h"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>

namespace tartan::script {
namespace {

// A machine that is busy with something else may take its time.
constexpr std::chrono::seconds kStartTimeout{10};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;  // leaves it somewhere to write its reports
#else
constexpr bool kSanitized = false;
#endif

Error failed(const char* what, int error) {
  return {Fault::unavailable,
          std::string("the script engine can't start: ") + what + ": " + std::strerror(error)};
}

// posix_spawn() with what a helper gets. No code of ours runs between fork and exec, so other
// threads may hold any lock.
class Spawn {
 public:
  explicit Spawn(int socket) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_adddup2(&actions_, socket, wire::kHelperSocket);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, wire::kHelperSocket + 1);
    for (int standard = 0; standard < (kSanitized ? 2 : 3); ++standard) {
      ::posix_spawn_file_actions_addclose(&actions_, standard);
    }
    sigset_t all;
    sigfillset(&all);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    // These reach every process of the terminal or the service; a helper still has to finish what
    // the stopping server waits for.
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
      sigaddset(&blocked, signal);
    }
    ::posix_spawnattr_setsigmask(&attributes_, &blocked);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  int run(const std::string& executable, pid_t& process) {
    std::string name = "tartan";
    std::string subcommand = "script-helper";
    char* arguments[] = {name.data(), subcommand.data(), nullptr};
    char* environment[] = {nullptr};
    return ::posix_spawn(&process, executable.c_str(), &actions_, &attributes_, arguments,
                         environment);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

iovec part(const void* data, std::size_t size) {
  iovec made{};
  std::memcpy(&made.iov_base, &data, sizeof(data));  // the interface is older than const
  made.iov_len = size;
  return made;
}

}  // namespace

Result<std::unique_ptr<HelperProcess>> HelperProcess::start(const std::string& executable) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return failed("socketpair()", errno);
  }
  pid_t process = -1;
  const int error = Spawn(ends[1]).run(executable, process);
  ::close(ends[1]);
  if (error != 0) {
    ::close(ends[0]);
    return failed("posix_spawn()", error);
  }
  return std::unique_ptr<HelperProcess>(new HelperProcess(process, ends[0]));
}

HelperProcess::~HelperProcess() {
  if (process_ != 0) {
    kill();
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  ::close(socket_);
}

void HelperProcess::kill() { ::kill(process_, SIGKILL); }

bool HelperProcess::is_gone() {
  if (process_ != 0 && ::waitpid(process_, nullptr, WNOHANG) != 0) {
    process_ = 0;
  }
  return process_ == 0;
}

Result<Done> HelperProcess::await_ready() {
  if (ready_) {
    return Done{};
  }
  auto reply = receive_reply(0, Clock::now() + kStartTimeout);
  if (!reply) {
    return Error{Fault::unavailable, reply.error() == Failure::late
                                         ? "the script engine did not start in time"
                                         : "the script engine ended while it started"};
  }
  if (reply->reply.kind != wire::ReplyKind::ready) {
    return Error{Fault::unavailable, reply->text};
  }
  ready_ = true;
  return Done{};
}

bool HelperProcess::is_alive() const {
  // An idle helper says nothing: whatever can be read is its end.
  pollfd state{socket_, POLLIN, 0};
  return !ready_ || ::poll(&state, 1, 0) == 0;
}

Result<HelperProcess::Answer, HelperProcess::Failure> HelperProcess::exchange(
    const wire::Request& request, const Texts& texts, Clock::time_point deadline) {
  if (auto sent = send(request, texts, deadline); !sent) {
    return sent.error();
  }
  return receive_reply(request.output_bytes, deadline);
}

Result<Done, HelperProcess::Failure> HelperProcess::await(short events,
                                                          Clock::time_point deadline) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd state{socket_, events, 0};
    const int ready = ::poll(&state, 1, std::max(0, static_cast<int>(left.count())));
    if (ready > 0) {
      return Done{};
    }
    if (ready == 0) {
      return Failure::late;
    }
    if (errno != EINTR) {
      return Failure::broken;
    }
  }
}

Result<Done, HelperProcess::Failure> HelperProcess::send(const wire::Request& request,
                                                         const Texts& texts,
                                                         Clock::time_point deadline) {
  iovec parts[] = {part(&request, sizeof(request)), part(texts[0].data(), texts[0].size()),
                   part(texts[1].data(), texts[1].size()), part(texts[2].data(), texts[2].size())};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = std::size(parts);
  for (;;) {
    const ssize_t sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
      return Failure::ended;
    }
    auto done = static_cast<std::size_t>(std::max<ssize_t>(sent, 0));
    while (message.msg_iovlen > 0 && done >= message.msg_iov->iov_len) {
      done -= message.msg_iov->iov_len;
      ++message.msg_iov;
      --message.msg_iovlen;
    }
    if (message.msg_iovlen == 0) {
      return Done{};
    }
    message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + done;
    message.msg_iov->iov_len -= done;
    if (auto writable = await(POLLOUT, deadline); !writable) {
      return writable;
    }
  }
}

Result<Done, HelperProcess::Failure> HelperProcess::receive(void* to, std::size_t size,
                                                            Clock::time_point deadline) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = ::recv(socket_, at, size, MSG_DONTWAIT);
    if (got > 0) {
      at += got;
      size -= static_cast<std::size_t>(got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      return Failure::ended;
    } else if (auto readable = await(POLLIN, deadline); !readable) {
      return readable;
    }
    if (size > 0 && Clock::now() > deadline) {
      return Failure::late;
    }
  }
  return Done{};
}

Result<HelperProcess::Answer, HelperProcess::Failure> HelperProcess::receive_reply(
    std::size_t text_max, Clock::time_point deadline) {
  Answer answer;
  wire::Reply& reply = answer.reply;
  if (auto readable = await(POLLIN, deadline); !readable) {
    return readable.error();
  }
  if (auto got = receive(&reply, sizeof(reply), deadline); !got) {
    return got.error();
  }
  const std::size_t most = reply.kind == wire::ReplyKind::value ? text_max : wire::kMessageMax;
  if (reply.kind > wire::ReplyKind::failed || reply.text_size > most ||
      reply.code_size > wire::kCodeMax) {
    return Failure::broken;
  }
  answer.text.resize(reply.text_size);
  answer.code.resize(reply.code_size);
  for (std::string* text : {&answer.text, &answer.code}) {
    if (auto got = receive(text->data(), text->size(), deadline); !got) {
      return got.error();
    }
  }
  return answer;
}

}  // namespace tartan::script
