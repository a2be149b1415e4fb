#include "cli/watch.h"

#include <unistd.h>

#include <cstdio>

#include "http/client/fetch.h"

namespace tartan::cli {
namespace {

std::string text(const json::Object& event, std::string_view name) {
  const json::Value* value = json::find(event, name);
  return value != nullptr && !value->is_null() ? text_of(*value) : "";
}

// "2026-05-02T09:14:07.250Z" as "09:14:07.250".
std::string time_of(const json::Object& event) {
  const std::string at = text(event, "at");
  return at.size() == 24 ? at.substr(11, 12) : at;
}

// What a step is called for people, and how it is coloured.
struct Look {
  const char* words;
  const char* colour;
};

Look look_of(const std::string& type) {
  constexpr const char* good = "\033[32m";
  constexpr const char* bad = "\033[31m";
  constexpr const char* calm = "\033[2m";
  static const std::pair<const char*, Look> looks[] = {
      {"WorkflowStarted", {"started", ""}},
      {"WorkflowReleased", {"has its place, runs", ""}},
      {"TaskScheduled", {"begins", calm}},
      {"AttemptStarted", {"request sent", calm}},
      {"AttemptEnded", {"request ended", calm}},
      {"WaitStarted", {"waits", calm}},
      {"LeaseGranted", {"leased", calm}},
      {"LeaseExtended", {"lease extended", calm}},
      {"LeaseExpired", {"lease expired", bad}},
      {"BranchEnded", {"branch ended", calm}},
      {"TaskCompleted", {"completed", good}},
      {"TaskFailed", {"failed", bad}},
      {"TaskTimedOut", {"timed out", bad}},
      {"TaskCancelled", {"cancelled", calm}},
      {"AttachmentAdded", {"file attached", calm}},
      {"AttachmentRemoved", {"file removed", calm}},
      {"WorkflowCompleted", {"completed", good}},
      {"WorkflowFailed", {"failed", bad}},
      {"WorkflowTimedOut", {"timed out", bad}},
      {"WorkflowTerminated", {"terminated", bad}},
      {"WorkflowPaused", {"paused", ""}},
      {"WorkflowResumed", {"resumed", ""}},
      {"WorkflowRetried", {"retried", ""}},
      {"WorkflowRerun", {"runs anew", ""}},
      {"FailureWorkflowSkipped", {"its failure workflow was not started", bad}}};
  for (const auto& [name, look] : looks) {
    if (type == name) {
      return look;
    }
  }
  return {"", ""};
}

std::string detail_of(const std::string& type, const json::Object& event) {
  if (type == "AttemptStarted") {
    const std::string because = text(event, "because");
    return "attempt " + text(event, "attempt") + (because.empty() ? "" : ", because: " + because);
  }
  if (type == "AttemptEnded") {
    const std::string status = text(event, "status");
    const std::string again = text(event, "retryAt");
    return (status.empty() ? text(event, "outcome") : "status " + status) +
           (again.empty() ? "" : ", again at " + again);
  }
  if (type == "WaitStarted") {
    return "until " + text(event, "until");
  }
  if (type == "LeaseGranted") {
    return "to " + text(event, "workerId") + " until " + text(event, "until");
  }
  if (type == "TaskCompleted") {
    const std::string next = text(event, "next");
    return next.empty() ? "" : "-> " + next;
  }
  if (type == "WorkflowCompleted") {
    return text(event, "output");
  }
  return text(event, "reason");
}

class Watch {
 public:
  explicit Watch(bool as_json) : as_json_(as_json), colours_(::isatty(STDOUT_FILENO) != 0) {}

  // Takes the stream as it comes, in pieces of any size.
  bool take(std::string_view piece) {
    pending_.append(piece);
    for (auto end = pending_.find("\n\n"); end != std::string::npos; end = pending_.find("\n\n")) {
      show(pending_.substr(0, end));
      pending_.erase(0, end + 2);
    }
    return true;
  }

  bool completed() const { return last_ == "WorkflowCompleted"; }

 private:
  void show(const std::string& event) {
    const auto at = event.find("data: ");
    if (at == std::string::npos) {
      return;
    }
    const std::string data = event.substr(at + 6);
    const auto parsed = json::parse(data, {}, {512, 10'000'000});
    if (!parsed || !parsed->is_object() || parsed->get_object().empty()) {
      return;
    }
    const json::Object& object = parsed->get_object();
    const std::string type = text(object, "type");
    last_ = type;
    if (as_json_) {
      std::printf("%s\n", data.c_str());
    } else {
      const Look look = look_of(type);
      const std::string task = text(object, "taskName");
      std::printf("%s  %-24s %s%s%s  %s\n", time_of(object).c_str(),
                  task.empty() ? "workflow" : task.c_str(), colours_ ? look.colour : "", look.words,
                  colours_ ? "\033[0m" : "", detail_of(type, object).c_str());
    }
    std::fflush(stdout);
  }

  const bool as_json_;
  const bool colours_;
  std::string pending_;
  std::string last_;
};

}  // namespace

int watch(const Common& common, const std::string& workflow_id) {
  const auto server = find_server(common.data);
  if (!server) {
    return complain(server.error(), common.json);
  }
  // A first call says in words what is wrong, which a stream can't.
  auto known = call_admin(common.data, {"GET", "/api/workflows/" + workflow_id});
  if (!known) {
    return complain(known.error(), common.json);
  }
  Watch shown(common.json);
  http::Fetch request;
  request.url = server->url + "/api/workflows/" + workflow_id + "/events";
  request.headers = {"Authorization: Bearer " + server->token, "Accept: text/event-stream"};
  request.timeout_ms = 0;
  request.on_data = [&](std::string_view piece) { return shown.take(piece); };
  if (auto fetched = http::fetch(request); !fetched) {
    return complain(fetched.error(), common.json);
  }
  return shown.completed() ? 0 : kFailed;
}

}  // namespace tartan::cli
