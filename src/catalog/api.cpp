#include "catalog/api.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace tartan::catalog {
namespace {

using contract::ApiError;
using contract::ApiReply;
using contract::ApiResult;
using contract::Call;
using json::Array;
using json::Object;
using json::Value;

// An index that is being made for the first time is waited for, so that a script that imports and
// searches finds what it imported.
constexpr int kFirstIndexMs = 10'000;

ApiReply json_reply(const Value& value, int status = 200) {
  ApiReply reply;
  reply.status = status;
  reply.body = json::print(value);
  return reply;
}

ApiResult reply_or_error(Result<Object> made) {
  if (!made) {
    return ApiError(std::move(made).error());
  }
  return json_reply(*std::move(made));
}

// Pages are numbered rows: the cursor is the number of the next one.
std::optional<std::size_t> offset_of(const Call& call) {
  const std::string next = call.query("next").value_or("");
  if (next.empty()) {
    return 0;
  }
  std::size_t offset = 0;
  const auto read = std::from_chars(next.data(), next.data() + next.size(), offset);
  const bool whole = read.ec == std::errc{} && read.ptr == next.data() + next.size();
  return whole && offset < 1'000'000'000 ? std::optional(offset) : std::nullopt;
}

ApiError bad_cursor() { return {Fault::invalid, "next must be the `next` of an earlier page"}; }

void print_highlights(json::Writer& out, const SearchHit& hit) {
  const std::pair<std::string_view, const std::vector<Highlight>*> fields[] = {
      {"apiTitle", &hit.highlights.api_title},
      {"path", &hit.highlights.path},
      {"operationId", &hit.highlights.operation_id},
      {"summary", &hit.highlights.summary}};
  out.key("highlights").begin_object();
  for (const auto& [name, marks] : fields) {
    if (marks->empty()) {
      continue;
    }
    out.key(name).begin_array();
    for (const Highlight& mark : *marks) {
      out.begin_array()
          .integer(static_cast<std::int64_t>(mark.begin))
          .integer(static_cast<std::int64_t>(mark.end))
          .end_array();
    }
    out.end_array();
  }
  out.end_object();
}

std::string print_page(const SearchPage& page, std::size_t end) {
  std::string text;
  json::Writer out(text);
  out.begin_object().key("content").begin_array();
  for (const SearchHit& hit : page.hits) {
    out.begin_object();
    out.key("id").string(hit.id);
    out.key("api").string(hit.api);
    out.key("apiTitle").string(hit.api_title);
    out.key("version").string(hit.version);
    out.key("method").string(hit.method);
    out.key("path").string(hit.path);
    out.key("operationId").string(hit.operation_id);
    out.key("summary").string(hit.summary);
    print_highlights(out, hit);
    out.end_object();
  }
  out.end_array();
  out.key("next").string_or_null(end < page.total, std::to_string(end));
  out.key("total").integer(static_cast<std::int64_t>(page.total));
  out.key("partial").boolean(page.partial);
  out.end_object();
  return text;
}

// Answers on the listener's own thread: a search takes less than a hand-over is worth.
ApiResult search(Catalog& catalog, Call& call) {
  const auto current = catalog.search().current();
  if (!current) {
    return ApiError(Fault::unavailable, "the search index is being made; try again in a moment");
  }
  const auto offset = offset_of(call);
  if (!offset) {
    return bad_cursor();
  }
  const std::string text = call.query("q").value_or("");
  const auto api = call.query("api");
  auto method = call.query("method");
  const auto tag = call.query("tag");
  if (method) {
    std::transform(method->begin(), method->end(), method->begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  }
  SearchQuery query;
  query.text = text;
  query.offset = *offset;
  query.size = static_cast<std::size_t>(call.query_integer("size").value_or(20));
  if (api && !api->empty()) {
    query.api = *api;
  }
  if (method && !method->empty()) {
    query.method = *method;
  }
  if (tag && !tag->empty()) {
    query.tag = *tag;
  }
  const SearchPage page = current->search(query);
  ApiReply reply;
  reply.body = print_page(page, *offset + page.hits.size());
  return reply;
}

Object document_view(const DocumentRow& row) {
  Array servers;
  for (const std::string& one : row.servers) {
    servers.emplace_back(one);
  }
  return {{"documentId", std::to_string(row.number)},
          {"api", row.api},
          {"title", row.title},
          {"version", row.version},
          {"description", row.description},
          {"source", row.source},
          {"operations", row.operations},
          {"bytes", row.bytes},
          {"writtenAs", row.written_as},
          {"importedOn", format_utc(row.imported_at)},
          {"servers", std::move(servers)}};
}

ApiResult list_apis(Catalog& catalog, Call& call) {
  const auto size = static_cast<std::size_t>(call.query_integer("size").value_or(100));
  const std::string api = call.query("api").value_or("");
  std::vector<DocumentRow> rows;
  auto error = catalog.database().read([&](store::Transaction& tx) {
    rows = list_documents(tx, call.query("next").value_or(""), api, size);
  });
  if (error) {
    return ApiError(*std::move(error));
  }
  Array content;
  for (const DocumentRow& row : rows) {
    content.push_back(document_view(row));
  }
  return json_reply(
      Object{{"content", std::move(content)},
             {"next", rows.size() == size ? Value(rows.back().key) : Value(nullptr)}});
}

ApiResult list_all_providers(Catalog& catalog, Call& call) {
  const auto size = static_cast<std::size_t>(call.query_integer("size").value_or(100));
  const auto offset = offset_of(call);
  if (!offset) {
    return bad_cursor();
  }
  std::vector<ProviderRow> rows;
  auto error = catalog.database().read(
      [&](store::Transaction& tx) { rows = list_providers(tx, call.query("q").value_or("")); });
  if (error) {
    return ApiError(*std::move(error));
  }
  const std::size_t end = std::min(rows.size(), *offset + size);
  Array content;
  for (std::size_t i = *offset; i < end; ++i) {
    content.push_back(Object{{"provider", rows[i].name},
                             {"title", rows[i].title},
                             {"apis", rows[i].documents},
                             {"operations", rows[i].operations}});
  }
  return json_reply(
      Object{{"content", std::move(content)},
             {"next", end < rows.size() ? Value(std::to_string(end)) : Value(nullptr)},
             {"total", rows.size()}});
}

std::int64_t document_number(const Call& call) {
  const std::string& text = call.path("documentId");
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ptr == text.data() + text.size() ? number : 0;
}

ApiError no_document() { return {Fault::not_found, "the catalogue has no such document"}; }

ApiResult get_api(Catalog& catalog, Call& call) {
  std::optional<Object> made;
  auto error = catalog.database().read([&](store::Transaction& tx) {
    const std::int64_t number = document_number(call);
    const auto row = find_document(tx, number);
    if (!row) {
      return;
    }
    std::map<std::string, std::int64_t> counts;
    for (const OperationRow& one : operations_of(tx, number)) {
      for (const std::string& tag : one.tags) {
        ++counts[tag];
      }
    }
    Array tags;
    for (const auto& [name, count] : counts) {
      tags.push_back(Object{{"name", name}, {"operations", count}});
    }
    made = document_view(*row);
    (*made)["tags"] = std::move(tags);
    auto findings = json::parse(findings_of(tx, number));
    (*made)["findings"] = findings ? *std::move(findings) : Value(Array{});
  });
  if (error) {
    return ApiError(*std::move(error));
  }
  return made ? ApiResult(json_reply(*std::move(made))) : ApiResult(no_document());
}

ApiResult remove_api(Catalog& catalog, Call& call) {
  bool removed = false;
  auto error = catalog.database().write([&](store::Transaction& tx) {
    removed = remove_document(tx, document_number(call));
    return store::Outcome::keep;
  });
  if (error) {
    return ApiError(*std::move(error));
  }
  if (!removed) {
    return no_document();
  }
  catalog.search().touch();
  ApiReply reply;
  reply.status = 204;
  return reply;
}

ApiResult prepare_operation(Catalog& catalog, Call& call) {
  PrepareOptions options;
  if (const Object* body = call.body.if_object()) {
    options.server = openapi::text_member(*body, "server");
    options.content_type = openapi::text_member(*body, "contentType");
  }
  if (!options.server.empty() && (!is_url(options.server) || host_of(options.server).empty())) {
    return ApiError(Fault::invalid, "server must begin with https:// or http:// and a host");
  }
  return reply_or_error(catalog.prepared(call.path("operationId"), options));
}

ApiResult from_curl(Catalog& catalog, Call& call) {
  return reply_or_error(catalog.from_curl(openapi::text_member(call.object(), "command")));
}

ApiResult code_of_task(Catalog& catalog, Call& call) {
  const Value* task = json::find(call.object(), "task");
  const Value* credentials = json::find(call.object(), "credentials");
  return reply_or_error(catalog.code(task->get_object(),
                                     credentials != nullptr ? credentials->get_array() : Array{}));
}

Object import_view(const ImportView& view, bool searchable) {
  const ImportProgress& p = view.progress;
  const auto number = [](std::size_t count) { return static_cast<std::int64_t>(count); };
  return {{"id", view.id},
          {"source", view.source},
          {"state", name_of(view.state)},
          {"createdOn", format_utc_ms(view.created_at)},
          {"endedOn", view.ended_at ? Value(format_utc_ms(*view.ended_at)) : Value(nullptr)},
          {"error", view.error},
          {"searchable", searchable},
          {"progress",
           {{"documents", number(p.documents)},
            {"documentsDone", number(p.documents_done)},
            {"bytes", number(p.bytes)},
            {"bytesDone", number(p.bytes_done)},
            {"operations", number(p.operations)},
            {"imported", number(p.imported)},
            {"replaced", number(p.replaced)},
            {"unchanged", number(p.unchanged)},
            {"failed", number(p.failed)},
            {"ignored", number(p.ignored)},
            {"repaired", number(p.repaired)},
            {"skipped", number(p.skipped)},
            {"document", p.document},
            {"elapsedMs", p.elapsed_ms},
            {"leftMs", p.left_ms ? Value(*p.left_ms) : Value(nullptr)}}}};
}

ApiResult show_import(Catalog& catalog, const std::string& id, int status) {
  // Asked before: an import that has ended by then may have touched the index in between.
  const bool searchable = catalog.search().is_up_to_date();
  const auto view = catalog.importer().find(id);
  if (!view) {
    return ApiError(Fault::not_found, "there is no import '" + id.substr(0, 100) + "'");
  }
  return json_reply(import_view(*view, searchable), status);
}

ApiResult start_import(Catalog& catalog, Call& call) {
  auto id = catalog.importer().begin(std::string(openapi::text_member(call.object(), "source")));
  if (!id) {
    ApiError error(std::move(id).error());
    error.error.message.insert(0, "source: ");
    return error;
  }
  return show_import(catalog, *id, 202);
}

ApiResult list_imports(Catalog& catalog, Call&) {
  const bool searchable = catalog.search().is_up_to_date();
  Array content;
  for (const ImportView& view : catalog.importer().list()) {
    content.push_back(import_view(view, searchable));
  }
  return json_reply(Object{{"content", std::move(content)}});
}

ApiResult cancel_import(Catalog& catalog, Call& call) {
  const std::string& id = call.path("importId");
  const auto before = catalog.importer().find(id);
  if (before && !catalog.importer().cancel(id)) {
    return ApiError(Fault::conflict,
                    "the import has ended: it is " + std::string(name_of(before->state)));
  }
  return show_import(catalog, id, 200);
}

ApiResult report_import(Catalog& catalog, Call& call) {
  const auto offset = offset_of(call);
  if (!offset) {
    return bad_cursor();
  }
  const auto size = static_cast<std::size_t>(call.query_integer("size").value_or(100));
  auto lines = catalog.importer().report(call.path("importId"), *offset, size);
  if (!lines) {
    return ApiError(Fault::not_found, "there is no such import");
  }
  Array content;
  for (ReportLine& line : *lines) {
    content.push_back(std::move(line));
  }
  const bool more = content.size() == size;
  return json_reply(
      Object{{"content", std::move(content)},
             {"next", more ? Value(std::to_string(*offset + size)) : Value(nullptr)}});
}

}  // namespace

void bind(Catalog& catalog, contract::Router& router) {
  const auto with = [&](auto handler) {
    return [&catalog, handler](Call& call) -> ApiResult { return handler(catalog, call); };
  };
  router.bind_async("searchCatalog", [&catalog, &router](Call call) {
    if (catalog.search().current() != nullptr) {
      call.answer(search(catalog, call));
      return;
    }
    router.run_on_executor(std::move(call), [&catalog](Call& waiting) {
      (void)catalog.search().wait_up_to_date(kFirstIndexMs);
      return search(catalog, waiting);
    });
  });
  router.bind("listCatalogProviders", with(list_all_providers));
  router.bind("listCatalogApis", with(list_apis));
  router.bind("getCatalogApi", with(get_api));
  router.bind("removeCatalogApi", with(remove_api));
  router.bind("getCatalogOperation", with([](Catalog& c, Call& call) {
                return reply_or_error(
                    c.reference(call.path("operationId"), call.query("since").value_or("")));
              }));
  router.bind("getCatalogSchema", with([](Catalog& c, Call& call) {
                return reply_or_error(
                    c.schema(call.path("operationId"), call.query("pointer").value_or("")));
              }));
  router.bind("prepareCatalogOperation", with(prepare_operation));
  router.bind("httpTaskFromCurl", with(from_curl));
  router.bind("codeOfHttpTask", with(code_of_task));
  router.bind("startCatalogImport", with(start_import));
  router.bind("listCatalogImports", with(list_imports));
  router.bind("getCatalogImport", with([](Catalog& c, Call& call) {
                return show_import(c, call.path("importId"), 200);
              }));
  router.bind("cancelCatalogImport", with(cancel_import));
  router.bind("getCatalogImportReport", with(report_import));
}

}  // namespace tartan::catalog
