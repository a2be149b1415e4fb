// A run as the cases speak of it: tasks by name, times in seconds from the start.
#pragma once

#include <string>
#include <vector>

#include "http/client/client.h"
#include "workflow/run.h"

namespace tartan::cases {

// "Name" is its latest visit, "Name#1" its first. Throws std::runtime_error when there is none.
int place_named(const workflow::Definition& definition, const workflow::RunState& state,
                const std::string& label);

json::Value seconds_after(UnixMs start, UnixMs time);

json::Object shown_request(const std::string& task, const http::OutboundRequest& request,
                           const json::Value& at);

struct CaseView {
  const workflow::Definition& definition;
  const workflow::RunState& state;
  const std::vector<workflow::Transition>& history;
  UnixMs start = 0;

  // Everything that `expect` may speak of, but for the requests.
  json::Object summary() const;
  // Each expectation that is not met, as text.
  std::vector<std::string> compare(const json::Object& expected, const json::Object& came) const;

 private:
  std::string label(int place) const;
  json::Object shown_task(int place) const;
  json::Object shown_transition(const workflow::Transition& transition) const;
};

}  // namespace tartan::cases
