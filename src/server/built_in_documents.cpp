#include "server/built_in_documents.h"

#include "base/check.h"
#include "json/json.h"
#include "users_items.h"
#include "workbench_routes.h"

namespace tartan::server {
namespace {

std::string with_servers(std::string_view document, json::Array servers) {
  auto parsed = json::parse(document, {}, {64, 1'000'000});
  check(parsed.ok(), "Tartan's own documents can be parsed");
  parsed->get_object()["servers"] = std::move(servers);
  return json::print(*parsed);
}

}  // namespace

std::string users_items_document(const std::string& sandbox_url,
                                 const std::string& production_url) {
  return with_servers(items::api::document(),
                      {json::Object{{"url", sandbox_url}, {"description", "sandbox"}},
                       json::Object{{"url", production_url}, {"description", "production"}}});
}

std::string workbench_document(const std::string& workbench_url) {
  return with_servers(workbench_api::document(), {json::Object{{"url", workbench_url}}});
}

}  // namespace tartan::server
