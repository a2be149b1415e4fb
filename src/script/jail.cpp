#include "script/jail.h"

#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string>

#include "script/wire.h"

namespace tartan::script {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// A sanitizer maps terabytes of shadow memory and makes system calls of its own.
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// The linear memory (64 MB), the image, the engine thread's stack (32 MB) and the executable's own.
constexpr rlim_t kDataBytes = rlim_t{256} * 1024 * 1024;

Error refused(const char* what, int error) {
  return {Fault::unavailable,
          std::string("the script engine's jail needs ") + what + ": " + std::strerror(error)};
}

Result<Done> limit(int resource, rlim_t most, const char* name) {
  const rlimit value{most, most};
  // The parameter's type is an enum in C++.
  if (::setrlimit(static_cast<__rlimit_resource>(resource), &value) != 0) {
    return refused(name, errno);
  }
  return Done{};
}

struct Release {
  void operator()(void* filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, Release>;

int allow(const Filter& filter, int call) {
  return ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
}

// Only on the one socket.
int allow_on_socket(const Filter& filter, int call) {
  return ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1,
                            SCMP_A0(SCMP_CMP_EQ, wire::kHelperSocket));
}

// Memory calls whose third argument is a protection: never executable.
int allow_without_exec(const Filter& filter, int call) {
  return ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

Result<Done> filter_calls() {
  const Filter filter(::seccomp_init(SCMP_ACT_KILL_PROCESS));
  if (!filter) {
    return refused("a seccomp filter", ENOMEM);
  }
  int error = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  for (const int call : {SCMP_SYS(read), SCMP_SYS(sendmsg)}) {
    error = error != 0 ? error : allow_on_socket(filter, call);
  }
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
    error = error != 0 ? error : allow_without_exec(filter, call);
  }
  for (const int call :
       {SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(setitimer),
        SCMP_SYS(rt_sigreturn), SCMP_SYS(restart_syscall), SCMP_SYS(futex), SCMP_SYS(clock_gettime),
        SCMP_SYS(exit), SCMP_SYS(exit_group)}) {
    error = error != 0 ? error : allow(filter, call);
  }
  error = error != 0 ? error : ::seccomp_load(filter.get());
  if (error != 0) {
    return refused("a seccomp filter", -error);
  }
  return Done{};
}

}  // namespace

Result<Done> enter_jail() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    return refused("prctl()", errno);
  }
  if (kSanitized) {
    return Done{};
  }
  struct Limit {
    int resource;
    rlim_t most;
    const char* name;
  };
  for (const Limit& one :
       {Limit{RLIMIT_CORE, 0, "RLIMIT_CORE"}, Limit{RLIMIT_NOFILE, 0, "RLIMIT_NOFILE"},
        Limit{RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"}, Limit{RLIMIT_DATA, kDataBytes, "RLIMIT_DATA"}}) {
    if (auto limited = limit(one.resource, one.most, one.name); !limited) {
      return limited;
    }
  }
  return filter_calls();
}

}  // namespace tartan::script
