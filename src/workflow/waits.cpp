#include "workflow/waits.h"

#include <vector>

namespace tartan::workflow {

Waits::Id Waits::add(UnixMs until, UniqueFunction<void()> expired) {
  Id id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = ++last_id_;
    waits_[id].expired = std::move(expired);
    if (!closed_) {
      waits_[id].timer = timers_.at(until, [this, id] { expire(id); });
      return id;
    }
  }
  expire(id);
  return id;
}

void Waits::cancel(Id id) {
  Wait dropped;  // let go without the lock
  const std::lock_guard lock(mutex_);
  const auto found = waits_.find(id);
  if (found != waits_.end()) {
    dropped = std::move(found->second);
    waits_.erase(found);
    if (dropped.timer) {
      timers_.cancel(*dropped.timer);
    }
  }
}

void Waits::expire(Id id) {
  UniqueFunction<void()> expired;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waits_.find(id);
    if (found == waits_.end()) {
      return;
    }
    expired = std::move(found->second.expired);
    waits_.erase(found);
  }
  executor_.run(std::move(expired));
}

void Waits::expire_all() {
  std::vector<Id> all;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [id, wait] : waits_) {
      all.push_back(id);
    }
  }
  for (const Id id : all) {
    expire(id);
  }
}

}  // namespace tartan::workflow
