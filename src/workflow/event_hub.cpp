#include "workflow/event_hub.h"

#include "workflow/view.h"

namespace tartan::workflow {
namespace {

// Keeps proxies from cutting an idle stream, and finds readers that are gone.
constexpr std::int64_t kBeatMs = 15'000;
// What is sent before a look whether the reader keeps up.
constexpr std::size_t kPieceBytes = http::Stream::kWaitingBytesMax / 2;

std::string event_text(std::int64_t number, std::string_view type, const json::Object& data) {
  return "id: " + std::to_string(number) + "\nevent: " + std::string(type) +
         "\ndata: " + json::print(json::Value(data)) + "\n\n";
}

std::string run_event(const RunState& state, const Definition& definition,
                      const Transition& transition, std::int64_t number) {
  return event_text(number, name_of(transition.type),
                    view_transition(state, definition, transition, number));
}

bool keeps_up(const http::Stream& stream) { return stream.waiting_bytes() < kPieceBytes; }

const std::string& end_event() {
  static const std::string text = "event: end\ndata: {}\n\n";
  return text;
}

}  // namespace

EventHub::EventHub(Engine& engine) : engine_(engine) { engine.observe(*this); }

void EventHub::follow(const std::shared_ptr<http::Stream>& stream, const std::string& run_id,
                      std::int64_t from) {
  auto follower = std::make_shared<Follower>(Follower{stream, run_id, from, false, 0});
  {
    // On the list first: what happens while the history is read is noted for it.
    const std::lock_guard lock(mutex_);
    followers_.push_back(follower);
  }
  beat();
  tell_history(follower);
}

// Only one at a time for a follower, and only until it has caught up.
void EventHub::tell_history(const FollowerPointer& follower) {
  auto loaded = engine_.load(follower->run_id, Engine::History::keep);
  if (!loaded) {
    follower->stream->close();
    forget(follower);
    return;
  }
  const auto count = static_cast<std::int64_t>(loaded->transitions.size());
  std::int64_t number = follower->next;
  for (; number < count && keeps_up(*follower->stream); ++number) {
    follower->stream->send(run_event(loaded->state, loaded->definition->definition,
                                     loaded->transitions[static_cast<std::size_t>(number)],
                                     number));
  }
  const bool in_time = keeps_up(*follower->stream);
  bool caught_up = false;
  {
    const std::lock_guard lock(mutex_);
    follower->next = number;
    follower->happened = std::max(follower->happened, count);
    caught_up = follower->caught_up = in_time && number >= follower->happened;
  }
  const bool ended = caught_up && is_final(loaded->state.status);
  if (ended) {
    follower->stream->send(end_event());
    follower->stream->close();
    forget(follower);
  } else if (!follower->stream->is_open()) {
    forget(follower);
  } else if (!in_time) {
    tell_rest_later(follower);
  } else if (!caught_up) {
    tell_history(follower);  // it went on while this was read
  }
}

void EventHub::tell_rest_later(const FollowerPointer& follower) {
  follower->stream->when_drained([this, follower] {
    engine_.parts().executor.run([this, follower] { tell_history(follower); });
  });
}

void EventHub::forget(const FollowerPointer& follower) {
  const std::lock_guard lock(mutex_);
  std::erase(followers_, follower);
}

void EventHub::follow_all(std::shared_ptr<http::Stream> stream) {
  stream->send(": following every workflow\n\n");
  {
    const std::lock_guard lock(mutex_);
    followers_.push_back(std::make_shared<Follower>(Follower{std::move(stream), "", 0, true, 0}));
  }
  beat();
}

// With the lock held.
void EventHub::tell(const FollowerPointer& follower, std::int64_t number,
                    const std::string& event) {
  follower->happened = std::max(follower->happened, number + 1);
  if (!follower->caught_up || number < follower->next) {
    return;
  }
  if (keeps_up(*follower->stream)) {
    follower->stream->send(event);
    follower->next = number + 1;
  } else {
    fall_behind(follower);
  }
}

// With the lock held.
void EventHub::fall_behind(const FollowerPointer& follower) {
  follower->caught_up = false;
  tell_rest_later(follower);
}

void EventHub::on_transitions(const RunView& run, std::span<const Transition> transitions) {
  const std::lock_guard lock(mutex_);
  if (followers_.empty()) {
    return;
  }
  std::int64_t number = run.state.transitions - static_cast<std::int64_t>(transitions.size());
  for (const Transition& transition : transitions) {
    std::string own;
    std::string short_one;
    for (const FollowerPointer& follower : followers_) {
      if (follower->run_id == run.state.id) {
        if (own.empty()) {
          own = run_event(run.state, run.definition.definition, transition, number);
        }
        tell(follower, number, own);
      } else if (follower->run_id.empty()) {
        if (short_one.empty()) {
          json::Object data{{"workflowId", run.state.id},
                            {"workflowDefinitionId", run.state.definition_id},
                            {"status", name_of(run.state.status)},
                            {"at", format_utc_ms(transition.at)}};
          if (transition.place != kNoPlace) {
            data["taskName"] =
                run.definition.definition.task(run.state.at(transition.place).task).name;
          }
          short_one = event_text(number, name_of(transition.type), data);
        }
        follower->stream->send(short_one);
      }
    }
    ++number;
  }
  if (is_final(run.state.status)) {
    std::erase_if(followers_, [&](const FollowerPointer& follower) {
      if (follower->run_id != run.state.id || !follower->caught_up) {
        return false;
      }
      if (!keeps_up(*follower->stream)) {
        fall_behind(follower);
        return false;
      }
      follower->stream->send(end_event());
      follower->stream->close();
      return true;
    });
  }
}

void EventHub::beat() {
  {
    const std::lock_guard lock(mutex_);
    if (beating_ || followers_.empty()) {
      return;
    }
    beating_ = true;
  }
  engine_.parts().timers.at(engine_.parts().clock.now() + kBeatMs, [this] {
    {
      const std::lock_guard lock(mutex_);
      beating_ = false;
      std::erase_if(followers_, [](const FollowerPointer& follower) {
        return follower->caught_up ? !follower->stream->send(": still here\n\n")
                                   : !follower->stream->is_open();
      });
    }
    beat();
  });
}

}  // namespace tartan::workflow
