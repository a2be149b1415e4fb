#include <sstream>

#include "workflow/api.h"
#include "workflow/definition_schema.h"

namespace tartan::workflow {
namespace {

using contract::ApiError;
using contract::ApiReply;
using contract::ApiResult;
using contract::Call;

json::Array problems_as_json(const std::vector<Problem>& problems) {
  json::Array array;
  for (const Problem& problem : problems) {
    array.push_back(json::Object{
        {"pointer", problem.pointer}, {"message", problem.message}, {"hint", problem.hint}});
  }
  return array;
}

// A failure workflow that is not there would be missed only when it is needed.
std::optional<Problem> check_failure_workflow(Engine& engine, const Definition& definition) {
  if (definition.failure_workflow.empty()) {
    return std::nullopt;
  }
  const auto info = engine.definitions().info(definition.failure_workflow);
  if (!info) {
    return Problem{"/failureWorkflow",
                   "there is no workflow definition '" + definition.failure_workflow + "'",
                   "make the failure workflow first, and give its id"};
  }
  if (definition.failure_workflow_version > info->version) {
    return Problem{"/failureWorkflowVersion",
                   "the failure workflow has no version " +
                       std::to_string(definition.failure_workflow_version),
                   "its latest version is " + std::to_string(info->version)};
  }
  return std::nullopt;
}

// The document as it is stored: without what the API adds when it shows one.
Result<json::Value, ApiError> checked(Engine& engine, const json::Value& body) {
  const std::size_t bytes = json::print(body).size();
  const DefinitionLimits limits;
  if (bytes > limits.document_bytes) {
    return ApiError(Fault::too_large, "the definition is larger than " +
                                          std::to_string(limits.document_bytes) + " bytes");
  }
  auto parsed = parse_definition(body, &engine.parts().scripts, limits);
  if (parsed) {
    if (auto problem = check_failure_workflow(engine, *parsed)) {
      parsed = std::vector<Problem>{*std::move(problem)};
    }
  }
  if (!parsed) {
    const std::size_t count = parsed.error().size();
    ApiError error(Fault::invalid, "the definition has " + std::to_string(count) +
                                       (count == 1 ? " problem: " : " problems; the first: ") +
                                       parsed.error().front().message + " (at " +
                                       parsed.error().front().pointer + ")");
    error.problems = problems_as_json(parsed.error());
    return error;
  }
  json::Value document = body;
  for (const char* shown : {"id", "version", "disabled", "createdOn", "organizationId"}) {
    document.get_object().erase(shown);
  }
  return document;
}

ApiResult create(Engine& engine, Call& call) {
  auto document = checked(engine, call.body);
  if (!document) {
    return std::move(document).error();
  }
  auto id = engine.definitions().create(*document, call.caller.id);
  if (!id) {
    return ApiError(std::move(id).error());
  }
  return json_reply(json::Value(*id));
}

ApiResult validate(Engine& engine, Call& call) {
  auto document = checked(engine, call.body);
  if (!document && document.error().problems.empty()) {
    return std::move(document).error();
  }
  return json_reply(
      json::Object{{"valid", document.ok()},
                   {"problems", document ? json::Array{} : std::move(document.error().problems)}});
}

// The versions that If-Match names (RFC 9110, section 13.1.1), weak tags and bare numbers too;
// nothing when any will do. A tag that is no version matches none.
using ExpectedVersions = std::optional<std::vector<std::int64_t>>;
Result<ExpectedVersions, ApiError> expected_versions(const std::string& header) {
  if (header.empty() || header == "*") {
    return ExpectedVersions();
  }
  constexpr std::size_t digits_max = 15;
  std::vector<std::int64_t> versions;
  std::istringstream tags(header);
  for (std::string tag; std::getline(tags, tag, ',');) {
    const auto first = tag.find_first_not_of(" \t");
    const auto last = tag.find_last_not_of(" \t");
    tag = first == std::string::npos ? "" : tag.substr(first, last - first + 1);
    tag.erase(0, tag.starts_with("W/") ? 2 : 0);
    const bool quoted = tag.size() > 1 && tag.front() == '"' && tag.back() == '"';
    const std::string text = quoted ? tag.substr(1, tag.size() - 2) : tag;
    const bool is_number = !text.empty() && text.size() <= digits_max &&
                           text.find_first_not_of("0123456789") == std::string::npos;
    if (!quoted && !is_number) {
      return ApiError(Fault::invalid, "If-Match must be a version as ETag gives it: \"3\"");
    }
    if (is_number) {
      versions.push_back(std::stoll(text));
    }
  }
  return ExpectedVersions(std::move(versions));
}

ApiResult put(Engine& engine, Call& call) {
  auto expected = expected_versions(call.header("if-match"));
  if (!expected) {
    return std::move(expected).error();
  }
  if (auto info = engine.definitions().info(call.path("definitionId")); !info) {
    return ApiError(std::move(info).error());
  }
  auto document = checked(engine, call.body);
  if (!document) {
    return std::move(document).error();
  }
  auto version =
      engine.definitions().put(call.path("definitionId"), *document, call.caller.id, *expected);
  if (!version) {
    return ApiError(std::move(version).error());
  }
  ApiReply reply;
  reply.headers.emplace_back("ETag", "\"" + std::to_string(*version) + "\"");
  return reply;
}

ApiResult get(const Api& api, Call& call) {
  auto stored =
      api.engine.definitions().get(call.path("definitionId"), call.query_integer("version"));
  if (!stored) {
    return ApiError(std::move(stored).error());
  }
  ApiReply reply = json_reply(view_definition(*stored, api.viewer));
  reply.headers.emplace_back("ETag", "\"" + std::to_string(stored->info.version) + "\"");
  return reply;
}

ApiResult list(Engine& engine, Call& call) {
  std::optional<DefinitionStore::Place> before;
  if (const std::string next = call.query("next").value_or(""); !next.empty()) {
    const auto dot = next.find('.');
    if (dot == std::string::npos || dot == 0 || dot > 15 ||
        next.find_first_not_of("0123456789") != dot) {
      return bad_cursor();
    }
    before = DefinitionStore::Place{std::stoll(next.substr(0, dot)), next.substr(dot + 1)};
  }
  const std::size_t size = page_size(call);
  auto rows = engine.definitions().list(before, call.query("q").value_or(""), size + 1);
  if (!rows) {
    return ApiError(std::move(rows).error());
  }
  std::string next;
  if (rows->size() > size) {
    rows->pop_back();
    next = std::to_string(rows->back().updated_at) + "." + rows->back().definition_id;
  }
  json::Array content;
  for (const DefinitionInfo& row : *rows) {
    content.push_back(json::Object{{"id", row.definition_id},
                                   {"version", row.version},
                                   {"name", row.name},
                                   {"disabled", row.disabled},
                                   {"createdOn", format_utc_ms(row.created_at)},
                                   {"modifiedOn", format_utc_ms(row.updated_at)}});
  }
  return page_reply(std::move(content), next);
}

ApiResult versions(Engine& engine, Call& call) {
  auto all = engine.definitions().versions(call.path("definitionId"));
  if (!all) {
    return ApiError(std::move(all).error());
  }
  json::Array array;
  for (const VersionInfo& one : *all) {
    array.push_back(json::Object{{"version", one.version},
                                 {"createdOn", format_utc_ms(one.created_at)},
                                 {"createdBy", one.created_by}});
  }
  return json_reply(std::move(array));
}

ApiResult done_or_error(Result<Done> done) {
  if (!done) {
    return ApiError(std::move(done).error());
  }
  return no_content();
}

}  // namespace

void Api::bind_definitions(contract::Router& router) {
  router.bind("createWorkflowDefinition", [this](Call& call) { return create(engine, call); });
  router.bind("validateWorkflowDefinition", [this](Call& call) { return validate(engine, call); });
  router.bind("listWorkflowDefinitions", [this](Call& call) { return list(engine, call); });
  router.bind("getWorkflowDefinition", [this](Call& call) { return get(*this, call); });
  router.bind("putWorkflowDefinition", [this](Call& call) { return put(engine, call); });
  router.bind("listWorkflowDefinitionVersions",
              [this](Call& call) { return versions(engine, call); });
  router.bind("deleteWorkflowDefinition", [this](Call& call) {
    return done_or_error(engine.definitions().remove(call.path("definitionId"), call.caller.id));
  });
  router.bind("enableWorkflowDefinition", [this](Call& call) {
    return done_or_error(
        engine.definitions().set_disabled(call.path("definitionId"), false, call.caller.id));
  });
  router.bind("disableWorkflowDefinition", [this](Call& call) {
    return done_or_error(
        engine.definitions().set_disabled(call.path("definitionId"), true, call.caller.id));
  });
  router.bind("getWorkflowDefinitionSchema", [](Call&) -> ApiResult {
    ApiReply reply;
    reply.body = definition_schema();
    reply.content_type = "application/schema+json";
    return reply;
  });
}

}  // namespace tartan::workflow
