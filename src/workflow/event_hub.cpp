#include "workflow/event_hub.h"

#include "workflow/view.h"

namespace tartan::workflow {
namespace {

// Keeps proxies from cutting an idle stream, and finds readers that are gone.
constexpr std::int64_t kBeatMs = 15'000;

std::string event_text(std::int64_t number, std::string_view type, const json::Object& data) {
  return "id: " + std::to_string(number) + "\nevent: " + std::string(type) +
         "\ndata: " + json::print(json::Value(data)) + "\n\n";
}

std::string run_event(const RunState& state, const Definition& definition,
                      const Transition& transition, std::int64_t number) {
  return event_text(number, name_of(transition.type),
                    view_transition(state, definition, transition, number));
}

const std::string& end_event() {
  static const std::string text = "event: end\ndata: {}\n\n";
  return text;
}

}  // namespace

EventHub::EventHub(Engine& engine) : engine_(engine) { engine.observe(*this); }

void EventHub::follow(const std::shared_ptr<http::Stream>& stream, const std::string& run_id,
                      std::int64_t from) {
  std::list<Follower>::iterator follower;
  {
    // On the list first: what happens while the history is read is kept for it.
    const std::lock_guard lock(mutex_);
    followers_.push_back({stream, run_id, from, false, {}, false});
    follower = std::prev(followers_.end());
  }
  beat();
  auto loaded = engine_.load(run_id, Engine::History::keep);
  const std::lock_guard lock(mutex_);
  if (!loaded) {
    stream->close();
    followers_.erase(follower);
    return;
  }
  const auto count = static_cast<std::int64_t>(loaded->transitions.size());
  for (std::int64_t number = from; number < count; ++number) {
    stream->send(run_event(loaded->state, loaded->definition->definition,
                           loaded->transitions[static_cast<std::size_t>(number)], number));
  }
  follower->next = std::max(from, count);
  for (const auto& [number, text] : follower->meanwhile) {
    if (number >= follower->next) {
      stream->send(text);
      follower->next = number + 1;
    }
  }
  follower->meanwhile.clear();
  follower->caught_up = true;
  if (is_final(loaded->state.status) || follower->ended_meanwhile) {
    stream->send(end_event());
    stream->close();
    followers_.erase(follower);
  }
}

void EventHub::follow_all(std::shared_ptr<http::Stream> stream) {
  stream->send(": following every workflow\n\n");
  {
    const std::lock_guard lock(mutex_);
    followers_.push_back({std::move(stream), "", 0, true, {}, false});
  }
  beat();
}

void EventHub::on_transitions(const RunView& run, std::span<const Transition> transitions) {
  const std::lock_guard lock(mutex_);
  if (followers_.empty()) {
    return;
  }
  const bool ended = is_final(run.state.status);
  std::int64_t number = run.state.transitions - static_cast<std::int64_t>(transitions.size());
  for (const Transition& transition : transitions) {
    std::string own;
    std::string short_one;
    for (Follower& follower : followers_) {
      if (follower.run_id == run.state.id) {
        if (own.empty()) {
          own = run_event(run.state, run.definition.definition, transition, number);
        }
        if (!follower.caught_up) {
          follower.meanwhile.emplace_back(number, own);
          follower.ended_meanwhile = ended;
        } else if (number >= follower.next) {
          follower.stream->send(own);
          follower.next = number + 1;
        }
      } else if (follower.run_id.empty()) {
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
        follower.stream->send(short_one);
      }
    }
    ++number;
  }
  if (ended) {
    std::erase_if(followers_, [&](const Follower& follower) {
      if (follower.run_id != run.state.id || !follower.caught_up) {
        return false;
      }
      follower.stream->send(end_event());
      follower.stream->close();
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
      std::erase_if(followers_, [](const Follower& follower) {
        return follower.caught_up && !follower.stream->send(": still here\n\n");
      });
    }
    beat();
  });
}

}  // namespace tartan::workflow
