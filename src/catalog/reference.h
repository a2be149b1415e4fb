// The reference page of an operation, as data.
#pragma once

#include "catalog/document_store.h"
#include "openapi/operation.h"

namespace tartan::catalog {

// Where requests of an operation go, as a template of a task: "https://{region}.example.com/v1"
// becomes "https://eu.example.com/v1" where the document gives a default.
struct ResolvedServer {
  std::string url;  // without a slash at its end; may hold {variables} without a default
  std::string description;
  bool is_absolute = true;  // false: the document does not say where the API is
};
std::vector<ResolvedServer> servers_of(const openapi::Operation& operation,
                                       const DocumentRow& document, openapi::Library& library);

// Headers that a request of the operation carries by its description: declared ones, Content-Type
// and Accept. The content type that is taken when the caller does not choose.
const openapi::MediaType* preferred_body(const openapi::Operation& operation);
std::string preferred_answer(const openapi::Operation& operation);

// {"id", "api", …}: see api/workbench.yaml, CatalogOperation.
json::Object reference_of(openapi::Library& library, const openapi::Operation& operation,
                          const FoundOperation& found);

}  // namespace tartan::catalog
