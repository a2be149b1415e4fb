#include "access/audit.h"
#include "contract/field.h"
#include "workflow/api.h"

namespace tartan::workflow {
namespace {

using contract::ApiError;
using contract::ApiResult;
using contract::Call;

// The answer to a start that waits: given once, by the end of the run or by the timer.
struct WaitedStart {
  std::mutex mutex;
  std::optional<Call> call;
  std::string run_id;
  Engine::EndWaitId wait = 0;
  std::optional<Waits::Id> timer;

  std::optional<Call> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(call, std::nullopt);
  }
};

StartRequest start_request(const Call& call) {
  StartRequest request;
  request.definition_id = text_member(call.object(), "workflowDefinitionId");
  const json::Value* version = json::find(call.object(), "workflowDefinitionVersion");
  if (version != nullptr && version->is_number()) {
    contract::read(*version, request.version.emplace());
  }
  const json::Value* input = json::find(call.object(), "input");
  if (input != nullptr && input->is_object()) {
    request.input = input->get_object();
  }
  request.started_by = call.caller.id;
  request.idempotency_key = call.header("idempotency-key");
  return request;
}

ApiResult view_of(const Api& api, const std::string& run_id) {
  auto loaded = api.engine.load(run_id, Engine::History::drop);
  if (!loaded) {
    return ApiError(std::move(loaded).error());
  }
  return json_reply(view_run(loaded->state, api.viewer));
}

void answer_when_ended(const Api& api, const std::shared_ptr<WaitedStart>& waited,
                       std::int64_t wait_ms) {
  const Waits::Id timer = api.waits.add(api.engine.parts().clock.now() + wait_ms, [&api, waited] {
    if (auto call = waited->take()) {
      api.engine.cancel(waited->run_id, waited->wait);
      call->answer(view_of(api, waited->run_id));
    }
  });
  const std::lock_guard lock(waited->mutex);
  waited->timer = timer;
}

Engine::Ended answer_with_end(const Api& api, const std::shared_ptr<WaitedStart>& waited) {
  return [&api, waited](const RunView& run) {
    std::optional<Waits::Id> timer;
    {
      const std::lock_guard lock(waited->mutex);
      timer = waited->timer;
    }
    if (timer) {
      api.waits.cancel(*timer);
    }
    if (auto held = waited->take()) {
      held->answer(json_reply(view_run(run.state, api.viewer)));
    }
  };
}

// A repeated start waits for the first one's end.
void wait_for_existing(const Api& api, const std::shared_ptr<WaitedStart>& waited,
                       const std::string& run_id, std::int64_t wait_ms) {
  waited->run_id = run_id;
  waited->wait = api.engine.on_end(run_id, answer_with_end(api, waited));
  answer_when_ended(api, waited, wait_ms);
  // It may have ended before anyone listened.
  auto loaded = api.engine.load(run_id, Engine::History::drop);
  if (loaded && !is_final(loaded->state.status)) {
    return;
  }
  api.engine.cancel(run_id, waited->wait);
  if (auto held = waited->take()) {
    held->answer(loaded ? ApiResult(json_reply(view_run(loaded->state, api.viewer)))
                        : ApiResult(ApiError(loaded.error())));
  }
}

void start(const Api& api, Call call) {
  StartRequest request = start_request(call);
  const std::int64_t wait_seconds = call.query_integer("wait").value_or(0);
  auto waited = std::make_shared<WaitedStart>();
  waited->call.emplace(std::move(call));
  Engine::Ended ended;
  if (wait_seconds > 0) {
    ended = answer_with_end(api, waited);
  }
  api.engine.start(
      std::move(request),
      [&api, waited, wait_seconds](Result<Started> started) {
        if (started && wait_seconds > 0 && started->existed) {
          wait_for_existing(api, waited, started->run_id, wait_seconds * 1000);
          return;
        }
        if (started && wait_seconds > 0) {
          waited->run_id = started->run_id;
          waited->wait = started->wait;
          answer_when_ended(api, waited, wait_seconds * 1000);
          return;
        }
        auto held = waited->take();
        if (!held) {
          return;
        }
        if (!started) {
          held->answer(ApiError(std::move(started).error()));
        } else {
          held->answer(json_reply(json::Value(started->run_id)));
        }
      },
      std::move(ended));
}

ApiResult list(const Api& api, RunFilter filter, Call& call) {
  if (const auto version = call.query_integer("workflowDefinitionVersion")) {
    filter.version = version;
  }
  filter.sequence_number = call.query_integer("sequenceNumber");
  if (const auto status = call.query("status")) {
    filter.status = run_status_of(*status);
  }
  for (const auto& [name, target] : {std::pair{"startedAfter", &filter.started_from},
                                     std::pair{"startedBefore", &filter.started_before}}) {
    if (const auto text = call.query(name)) {
      *target = parse_date_time(*text);
    }
  }
  filter.before_run = call.query("next").value_or("");
  if (!is_run_cursor(filter.before_run)) {
    return bad_cursor();
  }
  const std::size_t size = page_size(call);
  filter.size = size + 1;
  std::vector<RunRow> rows;
  auto error = api.engine.parts().database.read(
      [&](store::Transaction& tx) { rows = list_runs(tx, filter); });
  if (error) {
    return ApiError(*std::move(error));
  }
  std::string next;
  if (rows.size() > size) {
    rows.pop_back();
    next = rows.back().run_id;
  }
  json::Array content;
  for (const RunRow& row : rows) {
    content.push_back(view_run(row, api.viewer));
  }
  return page_reply(std::move(content), next);
}

ApiResult list_of_definition(const Api& api, Call& call) {
  auto info = api.engine.definitions().info(call.path("definitionId"));
  if (!info) {
    return ApiError(std::move(info).error());
  }
  RunFilter filter;
  filter.definition_id = info->definition_id;
  filter.version = call.query_integer("version").value_or(info->version);
  return list(api, std::move(filter), call);
}

ApiResult count(const Api& api, Call& call) {
  json::Object counts;
  for (const RunStatus status :
       {RunStatus::scheduled, RunStatus::running, RunStatus::paused, RunStatus::completed,
        RunStatus::failed, RunStatus::timed_out, RunStatus::terminated}) {
    counts[name_of(status)] = 0;
  }
  auto error = api.engine.parts().database.read([&](store::Transaction& tx) {
    for (const auto& [status, number] :
         count_runs(tx, call.query("workflowDefinitionId").value_or(""))) {
      counts[name_of(status)] = number;
    }
  });
  if (error) {
    return ApiError(*std::move(error));
  }
  return json_reply(json::Object{{"counts", std::move(counts)}});
}

ApiResult history(const Api& api, Call& call) {
  auto loaded = api.engine.load(call.path("workflowId"), Engine::History::keep);
  if (!loaded) {
    return ApiError(std::move(loaded).error());
  }
  json::Array transitions;
  std::int64_t number = 0;
  for (const Transition& transition : loaded->transitions) {
    transitions.push_back(
        view_transition(loaded->state, loaded->definition->definition, transition, number++));
  }
  return json_reply(
      json::Object{{"workflowId", loaded->state.id}, {"transitions", std::move(transitions)}});
}

// Who ended, paused or repeated a run stands in its history; what deletes it in the audit log.
void control(const Api& api, Event::Type type, json::Object data, const std::string& task_id,
             Call call) {
  Command command;
  command.run_id = call.path("workflowId");
  command.task_id = task_id;
  command.event.type = type;
  data["by"] = call.caller.id;
  command.event.data = std::move(data);
  auto held = std::make_shared<Call>(std::move(call));
  api.engine.command(std::move(command), [&api, held](Result<RunView> run) {
    held->answer(run ? ApiResult(json_reply(view_run(run->state, api.viewer)))
                     : ApiResult(ApiError(std::move(run).error())));
  });
}

void remove(const Api& api, Call call) {
  const std::string run_id = call.path("workflowId");
  auto held = std::make_shared<Call>(std::move(call));
  api.engine.remove(run_id, [&api, held, run_id](Result<Done> done) {
    if (!done) {
      held->answer(ApiError(std::move(done).error()));
      return;
    }
    const auto error = api.engine.parts().database.write([&](store::Transaction& tx) {
      access::record(tx, {api.engine.parts().clock.now(), held->caller.id,
                          held->request->request_id, "workflow.delete", run_id});
      return store::Outcome::keep;
    });
    held->answer(error ? ApiResult(ApiError(*error)) : ApiResult(no_content()));
  });
}

void restart(const Api& api, Call call) {
  auto loaded = api.engine.load(call.path("workflowId"), Engine::History::drop);
  if (!loaded) {
    call.answer(ApiError(std::move(loaded).error()));
    return;
  }
  StartRequest request;
  request.definition_id = loaded->state.definition_id;
  request.started_by = call.caller.id;
  for (const auto& member : loaded->state.input.as_object()) {
    if (!std::string_view(member.key()).starts_with("swf:")) {
      request.input[member.key()] = member.value();
    }
  }
  auto held = std::make_shared<Call>(std::move(call));
  api.engine.start(std::move(request), [held](Result<Started> started) {
    held->answer(started ? ApiResult(json_reply(json::Value(started->run_id)))
                         : ApiResult(ApiError(std::move(started).error())));
  });
}

}  // namespace

void Api::bind_workflows(contract::Router& router) {
  router.bind_async("startWorkflow", [this](Call call) { start(*this, std::move(call)); });
  router.bind("listWorkflows", [this](Call& call) {
    RunFilter filter;
    filter.definition_id = call.query("workflowDefinitionId").value_or("");
    return list(*this, std::move(filter), call);
  });
  router.bind("listWorkflowsOfDefinition",
              [this](Call& call) { return list_of_definition(*this, call); });
  router.bind("countWorkflows", [this](Call& call) { return count(*this, call); });
  router.bind("getWorkflow",
              [this](Call& call) { return view_of(*this, call.path("workflowId")); });
  router.bind("getWorkflowHistory", [this](Call& call) { return history(*this, call); });
  router.bind_async("deleteWorkflow", [this](Call call) { remove(*this, std::move(call)); });
  router.bind_async("pauseWorkflow", [this](Call call) {
    control(*this, Event::Type::pause, {}, "", std::move(call));
  });
  router.bind_async("resumeWorkflow", [this](Call call) {
    control(*this, Event::Type::resume, {}, "", std::move(call));
  });
  router.bind_async("terminateWorkflow", [this](Call call) {
    json::Object data{{"reason", text_member(call.object(), "reason")}};
    control(*this, Event::Type::terminate, std::move(data), "", std::move(call));
  });
  router.bind_async("retryWorkflow", [this](Call call) {
    control(*this, Event::Type::retry, {}, "", std::move(call));
  });
  router.bind_async("rerunWorkflow", [this](Call call) {
    const std::string task_id = text_member(call.object(), "taskId");
    control(*this, Event::Type::rerun, {}, task_id, std::move(call));
  });
  router.bind_async("restartWorkflow", [this](Call call) {
    auto held = std::make_shared<Call>(std::move(call));
    engine.parts().executor.run([this, held] { restart(*this, std::move(*held)); });
  });
}

}  // namespace tartan::workflow
