#include "catalog/catalog.h"

#include "catalog/credential_need.h"
#include "catalog/curl_command.h"
#include "catalog/fields.h"
#include "catalog/operation_match.h"
#include "catalog/request_check.h"
#include "catalog/snippets.h"
#include "json/text.h"
#include "openapi/operation.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;

constexpr std::int64_t kTouchEveryMs = 15'000;

// Those optional parameters of an operation that a task does not have already.
Array left_out(const Array& parameters, std::string_view url, const Object& request) {
  Array made;
  const Value* headers = json::find(request, "headers");
  for (const Value& one : parameters) {
    const Object& parameter = one.get_object();
    const std::string_view add = view(parameter.at("add"));
    const std::string_view name = add.substr(0, add.find('='));
    const bool is_query = view(parameter.at("in")) == "query";
    const bool has =
        is_query ? url.find("?" + std::string(name.substr(1)) + "=") != std::string::npos ||
                       url.find("&" + std::string(name.substr(1)) + "=") != std::string::npos
                 : headers != nullptr && json::find(headers->get_object(), name) != nullptr;
    if (!has) {
      made.push_back(one);
    }
  }
  return made;
}

// What a saved credential adds, as far as it is known without its secrets.
Array described(const SavedCredential& saved) {
  return {Object{{"scheme", saved.name}, {"type", saved.type}, {"credential", nullptr}}};
}

}  // namespace

Catalog::Catalog(CatalogParts parts)
    : parts_(std::move(parts)),
      search_(parts_.database, parts_.index_folder),
      importer_(
          parts_.database, parts_.clock, parts_.random, parts_.sender,
          [this](std::int64_t, std::int64_t) { on_document(); }, [this] { search_.touch(); }) {}

// During a long import what came so far is found too, but the index is not made anew for each
// document.
void Catalog::on_document() {
  const UnixMs now = parts_.clock.now();
  if (now - touched_at_ >= kTouchEveryMs) {
    touched_at_ = now;
    search_.touch();
  }
}

void Catalog::bring_along(std::string name, std::string api, std::string text) {
  brought_.push_back({std::move(name), std::move(api), std::move(text)});
}

std::optional<Error> Catalog::start() {
  for (const Brought& one : brought_) {
    if (auto taken = importer_.import_text("built-in:" + one.name, one.api, one.text); !taken) {
      return std::move(taken).error();
    }
  }
  search_.start();
  return importer_.start();
}

void Catalog::stop() {
  importer_.stop();
  search_.stop();
}

Result<Object> Catalog::with_operation(std::string_view id, const Use& use) {
  Result<Object> made = Error{
      Fault::not_found, "the catalogue has no operation '" + std::string(id.substr(0, 200)) + "'"};
  auto error = parts_.database.read([&](store::Transaction& tx) {
    const auto found = find_operation(tx, id);
    if (!found) {
      return;
    }
    StoredParts stored(tx, found->document.number);
    openapi::Library library(stored);
    auto operation =
        openapi::read_operation(library, found->operation.path, found->operation.method);
    if (!operation) {
      made = Error{Fault::damaged, "the document of the operation can't be read"};
      return;
    }
    made = use(library, *operation, *found);
  });
  if (error) {
    return *std::move(error);
  }
  return made;
}

Result<Object> Catalog::reference(std::string_view operation_id, std::string_view since) {
  return with_operation(operation_id,
                        [&](openapi::Library& library, const openapi::Operation& operation,
                            const FoundOperation& found) -> Result<Object> {
                          Object made = reference_of(library, operation, found);
                          auto task = prepare(library, operation, found, {}, {});
                          auto code = task ? snippets_of(task->at("task").as_object(),
                                                         task->at("credentials").as_array())
                                           : Result<Object>(task.error());
                          made["code"] = code ? Value(*std::move(code)) : Value(nullptr);
                          if (!since.empty()) {
                            made["referenceChanged"] =
                                crypto::to_hex(crypto::view(found.operation.fingerprint)) != since;
                          }
                          return made;
                        });
}

Result<Object> Catalog::schema(std::string_view operation_id, std::string_view pointer) {
  return with_operation(
      operation_id,
      [&](openapi::Library& library, const openapi::Operation&,
          const FoundOperation&) -> Result<Object> {
        const bool of_request = pointer.starts_with(kRequestMarker);
        const std::string_view place = pointer.substr(of_request ? kRequestMarker.size() : 0);
        const json::Value* value = place.empty() ? nullptr : library.at(place);
        if (value == nullptr || !value->is_object()) {
          return Error{Fault::not_found, "the document has no schema at '" +
                                             std::string(pointer.substr(0, 300)) + "'"};
        }
        return describe_schema(library, value,
                               of_request ? Direction::request : Direction::response);
      });
}

Result<Object> Catalog::prepared(std::string_view operation_id, const PrepareOptions& options) {
  const std::vector<SavedCredential> saved = parts_.credentials();
  return with_operation(operation_id,
                        [&](openapi::Library& library, const openapi::Operation& operation,
                            const FoundOperation& found) {
                          return prepare(library, operation, found, saved, options);
                        });
}

// What the catalogue knows of a request that was made elsewhere.
void Catalog::link(Object& made) {
  // Copies: Boost's objects may move their members even when one that is there gets a value.
  Object task = made.at("task").as_object();
  const Object request = task.at("httpRequest").as_object();
  const std::string url(view(request.at("url")));
  std::optional<std::string> id;
  auto error = parts_.database.read([&](store::Transaction& tx) {
    if (const auto pieces = split_template(url)) {
      id = match_operation(tx, view(request.at("method")), *pieces);
    }
  });
  if (error || !id) {
    return;
  }
  auto reference = with_operation(
      *id, [&](openapi::Library& library, const openapi::Operation& operation,
               const FoundOperation& found) { return prepare(library, operation, found, {}, {}); });
  if (!reference) {
    return;
  }
  const Object& known = reference->at("task").as_object();
  made["operation"] = *id;
  made["name"] = reference->at("name");
  made["parameters"] = left_out(reference->at("parameters").as_array(), url, request);
  made["servers"] = reference->at("servers");
  made["contentTypes"] = reference->at("contentTypes");
  if (const Value* description = json::find(known, "description")) {
    task["description"] = *description;
  }
  task["metadata"] = known.at("metadata");
  made["task"] = std::move(task);
}

Result<Object> Catalog::from_curl(std::string_view command) {
  auto parsed = parse_curl(command);
  if (!parsed) {
    return std::move(parsed).error();
  }
  const std::string url(view(parsed->task.at("httpRequest").as_object().at("url")));
  const std::string host = host_of(url);
  Array warnings;
  for (const std::string& one : parsed->warnings) {
    warnings.emplace_back(one);
  }
  Array servers;
  if (!host.empty()) {
    servers.push_back(
        Object{{"url", url.substr(0, url.find("://") + 3) + host}, {"description", ""}});
  }
  if (!parsed->credentials.empty()) {
    Object& credential = parsed->credentials.front().as_object();
    Array matching = credential.at("credential").is_object()
                         ? matching_credentials(parts_.credentials(),
                                                credential.at("credential").get_object(), host)
                         : Array{};
    if (matching.size() == 1) {
      parsed->task["credentials"] = matching.front().at("id");
    }
    credential["matching"] = std::move(matching);
  }
  Object made{{"name", parsed->name},
              {"task", std::move(parsed->task)},
              {"credentials", std::move(parsed->credentials)},
              {"warnings", std::move(warnings)},
              {"parameters", Array{}},
              {"servers", std::move(servers)},
              {"contentTypes", Array{}},
              {"operation", nullptr}};
  link(made);
  return made;
}

Result<Object> Catalog::code(const Object& task, const Array& credentials) {
  const Value* id = json::find(task, "credentials");
  if (credentials.empty() && id != nullptr && id->is_string()) {
    for (const SavedCredential& one : parts_.credentials()) {
      if (one.id == view(*id)) {
        return snippets_of(task, described(one));
      }
    }
  }
  return snippets_of(task, credentials);
}

json::Array Catalog::check(const Object& task, const Object& request, const json::Value& response) {
  json::Array findings;
  const std::string id = operation_of_task(task);
  if (id.empty()) {
    return findings;
  }
  auto checked = with_operation(id,
                                [&](openapi::Library& library, const openapi::Operation& operation,
                                    const FoundOperation&) -> Result<Object> {
                                  findings = check_exchange(library, operation, request, response);
                                  return Object{};
                                });
  if (!checked) {
    findings.clear();
  }
  return findings;
}

}  // namespace tartan::catalog
