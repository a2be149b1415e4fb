#include "contract/field.h"
#include "workflow/api.h"
#include "workflow/task_board.h"

namespace tartan::workflow {
namespace {

using contract::ApiError;
using contract::ApiResult;
using contract::Call;

constexpr std::int64_t kLeaseSeconds = 60;

std::int64_t integer_member(const json::Object& object, std::string_view name,
                            std::int64_t otherwise) {
  const json::Value* value = json::find(object, name);
  if (value != nullptr && value->is_number()) {
    contract::read(*value, otherwise);
  }
  return otherwise;
}

ApiResult list(const Api& api, Call& call) {
  auto loaded = api.engine.load(call.path("workflowId"), Engine::History::drop);
  if (!loaded) {
    return ApiError(std::move(loaded).error());
  }
  // Newest first: the cursor is how many tasks are older than the page.
  const std::string next = call.query("next").value_or("");
  std::size_t end = loaded->state.tasks.size();
  if (!next.empty()) {
    if (next.size() > 9 || next.find_first_not_of("0123456789") != std::string::npos) {
      return bad_cursor();
    }
    end = std::min(end, static_cast<std::size_t>(std::stoul(next)));
  }
  const std::size_t begin = end - std::min(end, page_size(call));
  json::Array content;
  for (std::size_t place = end; place-- > begin;) {
    content.push_back(view_task_row(loaded->state, loaded->definition->definition,
                                    static_cast<int>(place), api.viewer));
  }
  return page_reply(std::move(content), begin > 0 ? std::to_string(begin) : "");
}

ApiResult get(const Api& api, Call& call) {
  auto loaded = api.engine.load(call.path("workflowId"), Engine::History::drop);
  if (!loaded) {
    return ApiError(std::move(loaded).error());
  }
  const int place = loaded->state.find_task(call.path("taskId"));
  if (place == kNoPlace) {
    return ApiError(Fault::not_found, "there is no such task in this workflow");
  }
  return json_reply(view_task(loaded->state, loaded->definition->definition, place, api.viewer));
}

void change(const Api& api, Event::Type type, json::Object data, Call call) {
  Command command;
  command.run_id = call.path("workflowId");
  command.task_id = call.path("taskId");
  command.event.type = type;
  const std::string token = text_member(call.object(), "leaseToken");
  if (!token.empty()) {
    data["lease"] = api.board.lease_of(token);
  }
  command.event.data = std::move(data);
  auto held = std::make_shared<Call>(std::move(call));
  api.engine.command(
      std::move(command), [&api, held, task_id = held->path("taskId")](Result<RunView> run) {
        if (!run) {
          held->answer(ApiError(std::move(run).error()));
          return;
        }
        held->answer(json_reply(view_task(run->state, run->definition.definition,
                                          run->state.find_task(task_id), api.viewer)));
      });
}

void complete(const Api& api, Call call) {
  const json::Value* output = json::find(call.object(), "output");
  json::Object data{{"by", call.caller.id}};
  data["output"] = output != nullptr && !output->is_null() ? *output : json::Value(json::Object{});
  change(api, Event::Type::complete, std::move(data), std::move(call));
}

void fail(const Api& api, Call call) {
  std::string reason = text_member(call.object(), "reason");
  json::Object data{{"by", call.caller.id},
                    {"reason", reason.empty() ? "failed without a reason given" : reason}};
  change(api, Event::Type::fail, std::move(data), std::move(call));
}

void heartbeat(const Api& api, Call call) {
  const std::int64_t seconds = integer_member(call.object(), "leaseSeconds", kLeaseSeconds);
  json::Object data{{"until", api.engine.parts().clock.now() + seconds * 1000}};
  change(api, Event::Type::heartbeat, std::move(data), std::move(call));
}

void poll(const Api& api, const TaskBoard::Ticket& ticket, Call call) {
  Poll poll;
  poll.definition_id = text_member(call.object(), "workflowDefinitionId");
  poll.task_name = text_member(call.object(), "taskName");
  poll.worker_id = text_member(call.object(), "workerId");
  if (poll.worker_id.empty()) {
    poll.worker_id = call.caller.id;
  }
  poll.wait_seconds = integer_member(call.object(), "waitSeconds", 0);
  poll.lease_seconds = integer_member(call.object(), "leaseSeconds", kLeaseSeconds);
  auto held = std::make_shared<Call>(std::move(call));
  api.board.poll(
      ticket, std::move(poll), [&api, held](Result<std::optional<TaskBoard::Leased>> leased) {
        if (!leased) {
          held->answer(ApiError(std::move(leased).error()));
          return;
        }
        if (!*leased) {
          held->answer(no_content());
          return;
        }
        const TaskBoard::Leased& got = **leased;
        const TaskRun& task = got.run.state.at(got.place);
        held->answer(json_reply(json::Object{
            {"task",
             view_task(got.run.state, got.run.definition.definition, got.place, api.viewer)},
            {"leaseToken", got.lease_token},
            {"leasedUntil", format_utc_ms(task.leased_until.value_or(0))}}));
      });
}

// "RUN.PLACE", the end of an earlier page.
std::optional<TaskPlace> read_place(const std::string& next) {
  if (next.empty()) {
    return TaskPlace{};
  }
  const auto dot = next.find('.');
  const std::string digits = dot == std::string::npos ? "" : next.substr(dot + 1);
  if (digits.empty() || digits.size() > 8 ||
      digits.find_first_not_of("0123456789") != std::string::npos ||
      !is_run_cursor(next.substr(0, dot))) {
    return std::nullopt;
  }
  return TaskPlace{next.substr(0, dot), std::stoi(digits)};
}

ApiResult list_open(const Api& api, Call& call) {
  const std::size_t size = page_size(call);
  const auto after = read_place(call.query("next").value_or(""));
  if (!after) {
    return bad_cursor();
  }
  std::vector<OpenTask> tasks;
  auto error = api.engine.parts().database.read([&](store::Transaction& tx) {
    tasks = list_open_tasks(tx, call.query("workflowDefinitionId").value_or(""),
                            call.query("taskName").value_or(""), *after, size + 1);
  });
  if (error) {
    return ApiError(*std::move(error));
  }
  std::string next;
  if (tasks.size() > size) {
    tasks.pop_back();
    next = tasks.back().run_id + "." + std::to_string(tasks.back().place);
  }
  json::Array content;
  for (const OpenTask& task : tasks) {
    content.push_back(json::Object{
        {"id", task.task_id},
        {"workflowId", task.run_id},
        {"workflowDefinitionId", task.definition_id},
        {"taskName", task.task_name},
        {"createdOn", format_utc_ms(task.created_at)},
        {"workerId", task.worker_id.empty() ? json::Value(nullptr) : json::Value(task.worker_id)},
        {"leasedUntil", task.leased_until ? json::Value(format_utc_ms(*task.leased_until))
                                          : json::Value(nullptr)}});
  }
  return page_reply(std::move(content), next);
}

}  // namespace

void Api::bind_tasks(contract::Router& router) {
  router.bind("listTasks", [this](Call& call) { return list(*this, call); });
  router.bind("getTask", [this](Call& call) { return get(*this, call); });
  router.bind("listOpenTasks", [this](Call& call) { return list_open(*this, call); });
  router.bind_async("completeTask", [this](Call call) { complete(*this, std::move(call)); });
  router.bind_async("failTask", [this](Call call) { fail(*this, std::move(call)); });
  router.bind_async("heartbeatTask", [this](Call call) { heartbeat(*this, std::move(call)); });
  router.bind_async("pollTask", [this](Call call) {
    const TaskBoard::Ticket ticket = TaskBoard::make_ticket();
    call.on_gone([this, ticket] { board.leave(ticket); });
    auto held = std::make_shared<Call>(std::move(call));
    engine.parts().executor.run([this, ticket, held] { poll(*this, ticket, std::move(*held)); });
  });
}

}  // namespace tartan::workflow
