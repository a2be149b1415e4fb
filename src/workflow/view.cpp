#include "workflow/view.h"

#include <array>

namespace tartan::workflow {
namespace {

json::Value time_or_null(const std::optional<UnixMs>& time) {
  return time ? json::Value(format_utc_ms(*time)) : json::Value(nullptr);
}

json::Value text_or_null(const std::string& text) {
  return text.empty() ? json::Value(nullptr) : json::Value(text);
}

json::Object view_user(const std::string& id, const Viewer& viewer) {
  const std::string name = viewer.name_of_user ? viewer.name_of_user(id) : "";
  return {{"id", id},
          {"organizationId", viewer.organization_id},
          {"fullName", name.empty() ? id : name},
          {"email", nullptr},
          {"disabled", false},
          {"locked", false}};
}

// The fields of a definition and of a task, in the order in which the public API writes them.
constexpr const char* kDefinitionFields[] = {"name",
                                             "description",
                                             "startTask",
                                             "tasks",
                                             "timeoutSeconds",
                                             "failureWorkflow",
                                             "failureWorkflowVersion",
                                             "maxConcurrentWorkflows",
                                             "variables",
                                             "metadata"};
constexpr const char* kCommonFields[] = {"type", "description", "inputParameters", "retry",
                                         "metadata"};
struct TypeFields {
  std::string_view type;
  std::array<const char*, 8> fields;
};
constexpr TypeFields kTypeFields[] = {
    {"Simple", {"nextTask", "end"}},
    {"Http",
     {"credentials", "httpRequest", "connectionTimeoutSeconds", "readTimeoutSeconds",
      "successStatuses", "idempotent", "nextTask", "end"}},
    {"Decision", {"choices", "defaultTask"}},
    {"Parallel", {"branches", "nextTask"}},
    {"Wait",
     {"seconds", "secondsExpression", "timestamp", "timestampExpression", "nextTask", "end"}},
    {"Terminate", {"terminationStatus", "workflowOutput"}}};

void fill(json::Object& object, const char* name) { object.emplace(name, nullptr); }

void fill_tasks(json::Value* tasks);

void fill_task(json::Value& task) {
  json::Object* object = task.if_object();
  if (object == nullptr) {
    return;
  }
  for (const char* name : kCommonFields) {
    fill(*object, name);
  }
  // A copy: what is filled in moves the object's members.
  const json::Value* found = json::find(*object, "type");
  const std::string type =
      found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
  for (const auto& [name, fields] : kTypeFields) {
    if (type == name) {
      for (const char* field : fields) {
        if (field != nullptr) {
          fill(*object, field);
        }
      }
    }
  }
  if (json::Value* branches = object->if_contains("branches"); branches && branches->is_array()) {
    for (json::Value& branch : branches->get_array()) {
      if (branch.is_object()) {
        fill_tasks(branch.get_object().if_contains("tasks"));
      }
    }
  }
}

void fill_tasks(json::Value* tasks) {
  if (tasks != nullptr && tasks->is_object()) {
    for (auto& task : tasks->get_object()) {
      fill_task(task.value());
    }
  }
}

}  // namespace

json::Object view_run(const RunRow& row, const Viewer& viewer) {
  return {{"id", row.run_id},
          {"organizationId", viewer.organization_id},
          {"workflowDefinitionId", row.definition_id},
          {"workflowDefinitionVersion", row.definition_version},
          {"sequenceNumber", row.sequence_number},
          {"status", name_of(row.status)},
          {"startedTime", time_or_null(row.started_at)},
          {"endedTime", time_or_null(row.ended_at)}};
}

json::Object view_run(const RunState& state, const Viewer& viewer) {
  return {{"id", state.id},
          {"organizationId", viewer.organization_id},
          {"workflowDefinitionId", state.definition_id},
          {"workflowDefinitionVersion", state.definition_version},
          {"sequenceNumber", state.sequence_number},
          {"input", state.input},
          {"output", state.output},
          {"status", name_of(state.status)},
          {"failedReason", text_or_null(state.failed_reason)},
          {"failedCause", text_or_null(state.failed_cause)},
          {"failedTaskId", text_or_null(state.failed_task_id)},
          {"startedTime", time_or_null(state.started_at)},
          {"endedTime", time_or_null(state.ended_at)},
          {"createdOn", format_utc_ms(state.created_at)},
          {"startedBy", state.started_by}};
}

json::Object view_task_row(const RunState& state, const Definition& definition, int place,
                           const Viewer& viewer) {
  const TaskRun& task = state.at(place);
  return {{"id", task.id},
          {"workflowId", state.id},
          {"organizationId", viewer.organization_id},
          {"workflowDefinitionId", state.definition_id},
          {"workflowDefinitionVersion", state.definition_version},
          {"taskName", definition.task(task.task).name},
          {"taskType", name_of(definition.task(task.task).type)},
          {"status", name_of(task.status)},
          {"superseded", task.superseded},
          {"createdOn", format_utc_ms(task.created_at)},
          {"modifiedOn", format_utc_ms(task.modified_at)}};
}

json::Object view_task(const RunState& state, const Definition& definition, int place,
                       const Viewer& viewer) {
  const TaskRun& task = state.at(place);
  const Task& defined = definition.task(task.task);
  json::Object view = view_task_row(state, definition, place, viewer);
  const json::Object user = view_user(state.started_by, viewer);
  json::Value input = task.input;
  if (json::Object* object = input.if_object()) {
    (*object)["swf:taskName"] = defined.name;
    (*object)["swf:workflowId"] = state.id;
    (*object)["swf:createdOn"] = format_utc_ms(task.created_at);
    (*object)["swf:updatedOn"] = format_utc_ms(task.modified_at);
    (*object)["swf:createdBy"] = user;
    (*object)["swf:updatedBy"] = user;
  }
  view["input"] = std::move(input);
  view["output"] = task.output;
  view["systemTask"] = defined.type != TaskType::simple;
  view["createdBy"] = user;
  view["modifiedBy"] = user;
  view["failedReason"] = text_or_null(task.reason);
  view["failedCause"] = text_or_null(task.cause);
  view["attempts"] = task.attempts;
  view["dueOn"] = time_or_null(task.due_at);
  view["workerId"] = text_or_null(task.worker_id);
  view["leasedUntil"] = time_or_null(task.leased_until);
  return view;
}

json::Object view_transition(const RunState& state, const Definition& definition,
                             const Transition& transition, std::int64_t number) {
  json::Object view{
      {"number", number}, {"type", name_of(transition.type)}, {"at", format_utc_ms(transition.at)}};
  if (transition.place != kNoPlace &&
      static_cast<std::size_t>(transition.place) < state.tasks.size()) {
    const TaskRun& task = state.at(transition.place);
    view["place"] = transition.place;
    view["taskId"] = task.id;
    view["taskName"] = definition.task(task.task).name;
  }
  for (const auto& member : transition.data) {
    const std::string_view name(member.key().data(), member.key().size());
    const bool is_time = name == "until" || name == "retryAt";
    if (name == "lease" || name == "id") {
      continue;
    }
    // The attempt's own number; `number` is the transition's.
    view[name == "number" ? "attempt" : name] =
        is_time && member.value().is_int64()
            ? json::Value(format_utc_ms(member.value().get_int64()))
            : member.value();
  }
  return view;
}

json::Value view_definition(const DefinitionStore::Document& stored, const Viewer& viewer) {
  json::Value document = stored.document;
  json::Object& object = document.as_object();
  for (const char* name : kDefinitionFields) {
    fill(object, name);
  }
  fill_tasks(object.if_contains("tasks"));
  object["id"] = stored.info.definition_id;
  object["version"] = stored.info.version;
  object["disabled"] = stored.info.disabled;
  object["createdOn"] = format_utc_ms(stored.info.created_at);
  object["organizationId"] = viewer.organization_id;
  return document;
}

}  // namespace tartan::workflow
