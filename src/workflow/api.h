// The workflow part of the workbench API: one file per family in endpoints/.
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "contract/router.h"
#include "workflow/engine.h"
#include "workflow/http_task_test.h"
#include "workflow/view.h"
#include "workflow/waits.h"

namespace tartan::workflow {

class EventHub;
class TaskBoard;

// What the endpoints share. Lives as long as the listener.
struct Api {
  Engine& engine;
  TaskBoard& board;
  EventHub& events;
  Waits& waits;
  Viewer viewer;
  CheckReference check_reference = {};

  void bind(contract::Router& router);
  void bind_definitions(contract::Router& router);
  void bind_workflows(contract::Router& router);
  void bind_tasks(contract::Router& router);
  void bind_attachments(contract::Router& router);
  void bind_events(contract::Router& router);
  void bind_credentials(contract::Router& router);
  void bind_workbench(contract::Router& router);
};

// Helpers of the endpoints.
contract::ApiReply json_reply(const json::Value& value);
contract::ApiReply no_content();
std::size_t page_size(const contract::Call& call);
// Whether `next` can be an earlier page's end in a list of runs: nothing, or the id of one.
bool is_run_cursor(std::string_view next);
contract::ApiError bad_cursor();
// {"content": [...], "next": cursor or null}.
contract::ApiReply page_reply(json::Array content, const std::string& next);
std::string text_member(const json::Object& object, std::string_view name);

}  // namespace tartan::workflow
