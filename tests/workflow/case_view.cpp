#include "workflow/case_view.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "workflow/match.h"
#include "workflow/yaml.h"

namespace tartan::cases {
namespace {

json::Value text_or_null(const std::string& text) {
  return text.empty() ? json::Value(nullptr) : json::Value(text);
}

// "TaskScheduled Ask" stands for {TaskScheduled: Ask}, "WorkflowPaused" for {WorkflowPaused: null}.
// '!absent'}.
json::Value expected_transition(const json::Value& written) {
  if (!written.is_string()) {
    return written;
  }
  const std::string text(written.get_string());
  const auto blank = text.find(' ');
  if (blank == std::string::npos) {
    return json::Object{{text, nullptr}};
  }
  return json::Object{{text.substr(0, blank), text.substr(blank + 1)}};
}

json::Array expected_history(const json::Value& written) {
  json::Array expected;
  for (const json::Value& one : written.as_array()) {
    expected.push_back(expected_transition(one));
  }
  return expected;
}

// The first of `expected` that does not follow in `came`, which may have more in between.
std::optional<std::string> missing_in_order(const json::Array& expected, const json::Array& came) {
  std::size_t at = 0;
  for (const json::Value& one : expected) {
    while (at < came.size() && difference(one, &came[at])) {
      ++at;
    }
    if (at == came.size()) {
      return "does not come, or not in this order: " + json::print(one);
    }
    ++at;
  }
  return std::nullopt;
}

}  // namespace

int place_named(const workflow::Definition& definition, const workflow::RunState& state,
                const std::string& label) {
  const auto mark = label.rfind('#');
  const std::string name = label.substr(0, mark);
  const int visit = mark == std::string::npos ? 0 : std::stoi(label.substr(mark + 1));
  for (std::size_t i = state.tasks.size(); i-- > 0;) {
    const workflow::TaskRun& one = state.tasks[i];
    if (definition.task(one.task).name == name && (visit == 0 || one.visit == visit)) {
      return static_cast<int>(i);
    }
  }
  throw std::runtime_error("the run has no task '" + label + "'");
}

json::Value seconds_after(UnixMs start, UnixMs time) {
  const std::int64_t ms = time - start;
  if (ms % 1000 == 0) {
    return ms / 1000;
  }
  return static_cast<double>(ms) / 1000;
}

json::Object shown_request(const std::string& task, const http::OutboundRequest& request,
                           const json::Value& at) {
  json::Object headers;
  for (const auto& [name, value] : request.headers) {
    headers[name] = value;
  }
  json::Object shown{{"task", task},
                     {"at", at},
                     {"method", request.method},
                     {"url", request.url},
                     {"headers", std::move(headers)},
                     {"connectionTimeoutSeconds", request.connection_timeout_ms / 1000},
                     {"readTimeoutSeconds", request.read_timeout_ms / 1000}};
  if (request.has_body) {
    auto parsed = json::parse(request.body);
    shown["body"] = parsed ? *std::move(parsed) : json::Value(request.body);
  }
  return shown;
}

std::string CaseView::label(int place) const {
  const workflow::TaskRun& one = state.at(place);
  const std::string& name = definition.task(one.task).name;
  return one.visit == 1 ? name : name + "#" + std::to_string(one.visit);
}

json::Object CaseView::shown_task(int place) const {
  const workflow::TaskRun& one = state.at(place);
  json::Object shown{{"status", name_of(one.status)},
                     {"input", one.input},
                     {"output", one.output},
                     {"cause", text_or_null(one.cause)},
                     {"reason", text_or_null(one.reason)},
                     {"attempts", one.attempts},
                     {"visit", one.visit},
                     {"superseded", one.superseded},
                     {"worker", text_or_null(one.worker_id)},
                     {"createdAt", seconds_after(start, one.created_at)},
                     {"modifiedAt", seconds_after(start, one.modified_at)}};
  shown["dueAt"] = one.due_at ? seconds_after(start, *one.due_at) : json::Value(nullptr);
  shown["leasedUntil"] =
      one.leased_until ? seconds_after(start, *one.leased_until) : json::Value(nullptr);
  return shown;
}

json::Object CaseView::shown_transition(const workflow::Transition& transition) const {
  json::Object shown;
  shown[name_of(transition.type)] = transition.place == workflow::kNoPlace
                                        ? json::Value(nullptr)
                                        : json::Value(label(transition.place));
  shown["at"] = seconds_after(start, transition.at);
  const auto name_place = [&](const json::Value& place) {
    return json::Value(label(static_cast<int>(place.as_int64())));
  };
  for (const auto& member : transition.data) {
    const std::string_view name(member.key());
    const json::Value& value = member.value();
    if (name == "after" || name == "parent" || name == "from") {
      shown[name] = name_place(value);
    } else if (name == "again" || name == "reopened") {
      json::Array places;
      for (const json::Value& one : value.as_array()) {
        places.push_back(name_place(one));
      }
      shown[name] = std::move(places);
    } else if (name == "until" || name == "retryAt") {
      shown[name] = seconds_after(start, value.as_int64());
    } else if (name == "id" || name == "taskId" || name == "idempotencyKey") {
      shown[name] = label(state.find_task(std::string(value.as_string())));
    } else {
      shown[name] = value;
    }
  }
  return shown;
}

json::Object CaseView::summary() const {
  json::Object tasks;
  for (std::size_t i = 0; i < state.tasks.size(); ++i) {
    const int place = static_cast<int>(i);
    json::Object shown = shown_task(place);
    const std::string& name = definition.task(state.at(place).task).name;
    tasks[name + "#" + std::to_string(state.at(place).visit)] = shown;
    tasks[name] = std::move(shown);  // the latest visit
  }
  json::Array transitions;
  for (const workflow::Transition& one : history) {
    transitions.push_back(shown_transition(one));
  }
  const auto time = [&](const std::optional<UnixMs>& at) {
    return at ? seconds_after(start, *at) : json::Value(nullptr);
  };
  const int failed = state.find_task(state.failed_task_id);
  return {{"status", name_of(state.status)},
          {"output", state.output},
          {"failedCause", text_or_null(state.failed_cause)},
          {"failedReason", text_or_null(state.failed_reason)},
          {"failedTask",
           failed == workflow::kNoPlace ? json::Value(nullptr) : json::Value(label(failed))},
          {"startedAt", time(state.started_at)},
          {"endedAt", time(state.ended_at)},
          {"nextWake", time(state.next_wake())},
          {"steps", state.steps},
          {"tasks", std::move(tasks)},
          {"history", std::move(transitions)}};
}

std::vector<std::string> CaseView::compare(const json::Object& expected,
                                           const json::Object& came) const {
  std::vector<std::string_view> known = {"historyContains"};
  for (const auto& member : came) {
    known.emplace_back(member.key());
  }
  check_keys(expected, known, "expect");
  std::vector<std::string> failures;
  for (const auto& member : expected) {
    const std::string name(member.key());
    const bool part = name == "historyContains";
    const json::Value& actual = *json::find(came, part ? "history" : name);
    json::Value wanted = member.value();
    std::optional<std::string> found;
    if (part) {
      found = missing_in_order(expected_history(wanted), actual.as_array());
    } else if (name == "history") {
      found = difference(expected_history(wanted), &actual);
    } else if (name == "failedReason" && wanted.is_string()) {
      const std::string reason(actual.is_string() ? actual.get_string() : "");
      if (reason.find(std::string(wanted.get_string())) == std::string::npos) {
        found = "does not contain what is expected";
      }
    } else {
      found = difference(wanted, &actual);
    }
    if (found) {
      failures.push_back(name + ": " + *found + "\n  expected:\n" + to_yaml(wanted, 4) +
                         "  came:\n" + to_yaml(actual, 4) +
                         (state.failed_reason.empty()
                              ? ""
                              : "  the run's failedReason: " + state.failed_reason + "\n"));
    }
  }
  return failures;
}

}  // namespace tartan::cases
