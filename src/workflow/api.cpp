#include "workflow/api.h"

#include <algorithm>

namespace tartan::workflow {

void Api::bind(contract::Router& router) {
  bind_definitions(router);
  bind_workflows(router);
  bind_tasks(router);
  bind_attachments(router);
  bind_events(router);
  bind_credentials(router);
  bind_workbench(router);
}

contract::ApiReply json_reply(const json::Value& value) {
  contract::ApiReply reply;
  reply.body = json::print(value);
  return reply;
}

contract::ApiReply no_content() {
  contract::ApiReply reply;
  reply.status = 204;
  return reply;
}

std::size_t page_size(const contract::Call& call) {
  return static_cast<std::size_t>(call.query_integer("size").value_or(100));
}

bool is_run_cursor(std::string_view next) {
  constexpr std::size_t id_length = 22;
  return next.empty() ||
         (next.size() == id_length && std::all_of(next.begin(), next.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
          }));
}

contract::ApiError bad_cursor() {
  return {Fault::invalid, "next must be the `next` of an earlier page"};
}

contract::ApiReply page_reply(json::Array content, const std::string& next) {
  return json_reply(
      json::Object{{"content", std::move(content)},
                   {"next", next.empty() ? json::Value(nullptr) : json::Value(next)}});
}

std::string text_member(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

}  // namespace tartan::workflow
