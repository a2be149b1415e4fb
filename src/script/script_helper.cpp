// The helper process: reads requests from its one socket, runs them in the engine, answers.
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <semaphore>
#include <string>

#include "script/engine/quickjs.h"
#include "script/jail.h"
#include "script/script_host.h"
#include "script/wire.h"

namespace tartan::script {
namespace {

// Translated recursion takes several times what it would natively.
constexpr std::size_t kStackBytes = 32UL * 1024 * 1024;

// The server is gone or wants this helper no longer.
[[noreturn]] void leave() { ::_exit(0); }

void read_all(void* to, std::size_t size) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t got = ::read(wire::kHelperSocket, at, size);
    if (got > 0) {
      at += got;
      size -= static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      leave();
    }
  }
}

iovec part(const void* data, std::size_t size) {
  iovec made{};
  std::memcpy(&made.iov_base, &data, sizeof(data));  // the interface is older than const
  made.iov_len = size;
  return made;
}

void send_all(wire::Reply reply, std::string_view text, std::string_view code) {
  reply.text_size = static_cast<std::uint32_t>(text.size());
  reply.code_size = static_cast<std::uint32_t>(code.size());
  iovec parts[] = {part(&reply, sizeof(reply)), part(text.data(), text.size()),
                   part(code.data(), code.size())};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = std::size(parts);
  while (message.msg_iovlen > 0) {
    const ssize_t sent = ::sendmsg(wire::kHelperSocket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno != EINTR) {
      leave();
    }
    auto done = static_cast<std::size_t>(sent < 0 ? 0 : sent);
    while (message.msg_iovlen > 0 && done >= message.msg_iov->iov_len) {
      done -= message.msg_iov->iov_len;
      ++message.msg_iov;
      --message.msg_iovlen;
    }
    if (message.msg_iovlen > 0) {
      message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + done;
      message.msg_iov->iov_len -= done;
    }
  }
}

// Ends this process after `ms` more of processor time, unless set again; 0 takes it back. It is
// what stops an expression within one of the engine's native loops, even with the server gone.
void set_end(int ms) {
  itimerval timer{};
  timer.it_value.tv_sec = ms / 1000;
  timer.it_value.tv_usec = (ms % 1000) * 1000;
  ::setitimer(ITIMER_PROF, &timer, nullptr);
}

wire::ReplyKind kind_of(QuickJs::Answer::Kind kind) {
  using Kind = QuickJs::Answer::Kind;
  switch (kind) {
    case Kind::value:
      return wire::ReplyKind::value;
    case Kind::syntax:
      return wire::ReplyKind::syntax;
    case Kind::runtime:
      return wire::ReplyKind::runtime;
    case Kind::time_limit:
      return wire::ReplyKind::time_limit;
    case Kind::memory_limit:
      break;
  }
  return wire::ReplyKind::memory_limit;
}

void skip(std::size_t size) {
  char buffer[4096];
  while (size > 0) {
    const std::size_t now = std::min(size, sizeof(buffer));
    read_all(buffer, now);
    size -= now;
  }
}

void answer(QuickJs& engine, const wire::Request& request) {
  const auto start = ProcessorClock::now();
  set_end(static_cast<int>(request.time_ms) + wire::kHelperGraceMs);
  const QuickJs::Limits limits{start + std::chrono::milliseconds(request.time_ms),
                               static_cast<std::size_t>(request.memory_bytes)};
  QuickJs::Call call;
  call.language = request.is_javascript != 0 ? Language::javascript : Language::jsonata;
  call.evaluate = request.evaluate != 0;
  call.now = request.now;
  call.seed = request.seed;
  call.expression = engine.allocate(request.expression_size, limits);
  call.data = engine.allocate(request.data_size, limits);
  call.bindings = engine.allocate(request.bindings_size, limits);
  bool fits = true;
  const std::pair<const QuickJs::Text*, std::size_t> texts[] = {
      {&call.expression, request.expression_size},
      {&call.data, request.data_size},
      {&call.bindings, request.bindings_size}};
  for (const auto& [text, size] : texts) {
    if (text->address != 0) {
      read_all(text->bytes.data(), size);
    } else {
      skip(size);
      fits = false;
    }
  }
  wire::Reply reply;
  if (!fits) {
    reply.kind = wire::ReplyKind::memory_limit;
    set_end(0);
    send_all(reply, {}, {});
    return;
  }
  const QuickJs::Answer result = engine.run(call, limits);
  set_end(0);
  reply.kind = kind_of(result.kind);
  reply.undefined = result.undefined ? 1 : 0;
  reply.truthy = result.truthy ? 1 : 0;
  reply.position = result.position;
  if (reply.kind == wire::ReplyKind::value && result.text.size() > request.output_bytes) {
    reply.kind = wire::ReplyKind::size_limit;
    send_all(reply, {}, {});
  } else {
    send_all(reply, result.text, result.code);
  }
}

// The jail applies to the first thread, too, so that has to be where it stays: in pthread_join().
std::binary_semaphore first_thread_rests(0);

void* serve(void*) {
  first_thread_rests.acquire();
  if (auto jailed = enter_jail(); !jailed) {
    send_all({}, jailed.error().message, {});
    leave();
  }
  QuickJs engine;
  wire::Reply ready;
  ready.kind = wire::ReplyKind::ready;
  send_all(ready, {}, {});
  for (;;) {
    wire::Request request;
    read_all(&request, sizeof(request));
    answer(engine, request);
    engine.restore();
  }
}

}  // namespace

int run_script_helper() {
  ::prctl(PR_SET_NAME, "script-helper");
  pthread_attr_t attributes;
  pthread_t thread = 0;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStackBytes);
  if (const int error = ::pthread_create(&thread, &attributes, serve, nullptr); error != 0) {
    send_all({}, std::string("the script engine's thread can't start: ") + std::strerror(error),
             {});
    return 1;
  }
  first_thread_rests.release();
  ::pthread_join(thread, nullptr);
  return 0;
}

}  // namespace tartan::script
