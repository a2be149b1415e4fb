// From an operation to an Http task that can be tried: the server chosen, parameters as
// placeholders with matching input parameters, a sample body, and what the request needs to prove
// who asks.
//
// The task is JSON as a workflow definition holds it (docs/workflows.md); features meet at that
// form.
#pragma once

#include <optional>

#include "catalog/reference.h"
#include "catalog/template_text.h"

namespace tartan::catalog {

// A credential that is saved, as far as the catalogue needs to know it.
struct SavedCredential {
  std::string id;
  std::string name;
  std::string type;  // "Bearer", "Basic", "ApiKey", "OAuth2ClientCredentials"
  std::vector<std::string> hosts;
  std::vector<std::pair<std::string, std::string>> keys;  // of an ApiKey: where, and its name
};

struct PrepareOptions {
  std::string server;        // one of the operation's, or another base address; empty: the first
  std::string content_type;  // empty: the one that fits best
};

// {"name", "task", "credentials", "warnings", "parameters", "servers", "contentTypes"}: see
// api/workbench.yaml, PreparedTask. Errors: invalid when the operation has no such content type.
Result<json::Object> prepare(openapi::Library& library, const openapi::Operation& operation,
                             const FoundOperation& found, const std::vector<SavedCredential>& saved,
                             const PrepareOptions& options);

}  // namespace tartan::catalog
