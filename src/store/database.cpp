#include "store/database.h"

#include <condition_variable>
#include <mutex>

namespace tartan::store {

std::optional<Error> Database::write(WriteBody body) {
  std::mutex mutex;
  std::condition_variable finished;
  bool done = false;
  std::optional<Error> failure;
  write_async(std::move(body), [&](const std::optional<Error>& error) {
    const std::lock_guard lock(mutex);
    failure = error;
    done = true;
    finished.notify_one();
  });
  std::unique_lock lock(mutex);
  finished.wait(lock, [&] { return done; });
  return failure;
}

}  // namespace tartan::store
