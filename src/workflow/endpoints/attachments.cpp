#include "base/utf8.h"
#include "workflow/api.h"
#include "workflow/attachment.h"

namespace tartan::workflow {
namespace {

using contract::ApiError;
using contract::ApiReply;
using contract::ApiResult;
using contract::Call;

json::Object view(const std::string& run_id, const Attachment& one) {
  return {{"id", one.attachment_id},
          {"workflowId", run_id},
          {"taskId", one.task_id},
          {"contentType", one.content_type},
          {"fileName", one.file_name},
          {"sizeInBytes", one.size_bytes},
          {"createdOn", format_utc_ms(one.created_at)}};
}

// The run of the path, when the task of the path is one of its tasks.
Result<Engine::Loaded, ApiError> find_task(const Api& api, const Call& call) {
  auto loaded = api.engine.load(call.path("workflowId"), Engine::History::drop);
  if (!loaded) {
    return ApiError(std::move(loaded).error());
  }
  if (loaded->state.find_task(call.path("taskId")) == kNoPlace) {
    return ApiError(Fault::not_found, "there is no such task in this workflow");
  }
  return *std::move(loaded);
}

ApiResult list(const Api& api, Call& call) {
  auto loaded = find_task(api, call);
  if (!loaded) {
    return std::move(loaded).error();
  }
  json::Array all;
  auto error = api.engine.parts().database.read([&](store::Transaction& tx) {
    for (const Attachment& one :
         list_attachments(tx, loaded->key, loaded->state.id, call.path("taskId"))) {
      all.push_back(view(loaded->state.id, one));
    }
  });
  if (error) {
    return ApiError(*std::move(error));
  }
  return json_reply(std::move(all));
}

// The file is stored; its run is told, so that placeholders and history know it. Called on the
// executor's thread, so the answer is handed on instead of waited for.
ApiResult tell_run(const Api& api, Call& call, Event::Type type, json::Object data,
                   ApiReply reply) {
  Command command;
  command.run_id = call.path("workflowId");
  command.task_id = call.path("taskId");
  command.event.type = type;
  command.event.data = std::move(data);
  auto held = std::make_shared<Call>(std::move(call));
  api.engine.command(std::move(command), [held, reply = std::move(reply)](Result<RunView> run) {
    held->answer(run ? ApiResult(reply) : ApiResult(ApiError(std::move(run).error())));
  });
  return ApiReply{};  // the call has moved on: this answer goes nowhere
}

// A type that a browser may be told: nothing but what a header can hold.
std::string content_type_of(const Call& call) {
  std::string type = call.header("content-type");
  const bool plain =
      type.size() <= 200 && is_utf8(type) && type.find_first_of("\r\n") == std::string::npos;
  return type.empty() || !plain ? "application/octet-stream" : type;
}

ApiResult upload(const Api& api, Call& call) {
  auto loaded = find_task(api, call);
  if (!loaded) {
    return std::move(loaded).error();
  }
  const EngineParts& parts = api.engine.parts();
  Attachment about;
  about.attachment_id = random_base62(parts.random, 22);
  about.task_id = call.path("taskId");
  about.file_name = *call.query("fileName");
  about.content_type = content_type_of(call);
  about.size_bytes = call.request->body.size();
  about.created_at = parts.clock.now();
  const std::string sealed = seal_about(loaded->key, parts.random, about);
  const std::string content =
      seal_content(loaded->key, parts.random, about.attachment_id, call.request->body);
  bool gone = false;
  bool full = false;
  auto error = parts.database.write([&](store::Transaction& tx) {
    gone = !find_run(tx, loaded->state.id);
    full = list_attachments(tx, loaded->key, loaded->state.id, about.task_id).size() >=
           kAttachmentsPerTask;
    if (gone || full) {
      return store::Outcome::undo;
    }
    insert_attachment(tx, loaded->state.id, about, sealed, content);
    return store::Outcome::keep;
  });
  if (error) {
    return ApiError(*std::move(error));
  }
  if (gone) {
    return ApiError(Fault::not_found, "the workflow was deleted meanwhile");
  }
  if (full) {
    return ApiError(Fault::conflict,
                    "a task has at most " + std::to_string(kAttachmentsPerTask) + " attachments");
  }
  return tell_run(api, call, Event::Type::attach,
                  {{"attachment", view(loaded->state.id, about)}, {"by", call.caller.id}},
                  json_reply(json::Value(about.attachment_id)));
}

ApiResult download(const Api& api, Call& call) {
  auto loaded = find_task(api, call);
  if (!loaded) {
    return std::move(loaded).error();
  }
  std::optional<AttachmentContent> found;
  auto error = api.engine.parts().database.read([&](store::Transaction& tx) {
    found = find_attachment(tx, loaded->key, loaded->state.id, call.path("attachmentId"));
  });
  if (error) {
    return ApiError(*std::move(error));
  }
  if (!found || found->about.task_id != call.path("taskId")) {
    return ApiError(Fault::not_found, "there is no such attachment of this task");
  }
  ApiReply reply;
  reply.body = std::move(found->content);
  // Never shown as a page of this origin, whatever it says it is.
  reply.content_type = "application/octet-stream";
  reply.headers.emplace_back("X-Attachment-Content-Type", found->about.content_type);
  reply.headers.emplace_back("Content-Disposition", "attachment");
  reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return reply;
}

ApiResult remove(const Api& api, Call& call) {
  auto loaded = find_task(api, call);
  if (!loaded) {
    return std::move(loaded).error();
  }
  bool found = false;
  auto error = api.engine.parts().database.write([&](store::Transaction& tx) {
    found = delete_attachment(tx, loaded->state.id, call.path("taskId"), call.path("attachmentId"));
    return store::Outcome::keep;
  });
  if (error) {
    return ApiError(*std::move(error));
  }
  if (!found) {
    return ApiError(Fault::not_found, "there is no such attachment of this task");
  }
  return tell_run(api, call, Event::Type::detach,
                  {{"attachmentId", call.path("attachmentId")}, {"by", call.caller.id}},
                  no_content());
}

}  // namespace

void Api::bind_attachments(contract::Router& router) {
  router.bind("listAttachments", [this](Call& call) { return list(*this, call); });
  router.bind("uploadAttachment", [this](Call& call) { return upload(*this, call); });
  router.bind("downloadAttachment", [this](Call& call) { return download(*this, call); });
  router.bind("deleteAttachment", [this](Call& call) { return remove(*this, call); });
}

}  // namespace tartan::workflow
