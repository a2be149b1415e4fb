// What an operation's security schemes ask for, as credentials that can be saved.
#pragma once

#include "catalog/prepare.h"

namespace tartan::catalog {

struct CredentialNeed {
  json::Array described;              // see api/workbench.yaml, PreparedTask: credentials
  std::optional<std::string> chosen;  // the saved credential that fits, if exactly one does
  std::vector<std::string> warnings;
};

// `host` is where the request goes; it may be empty.
CredentialNeed credential_need(const openapi::Operation& operation, const std::string& host,
                               const std::vector<SavedCredential>& saved);

// Those of `saved` that may be sent to `host` and are of the type: {"id", "name"}.
json::Array matching_credentials(const std::vector<SavedCredential>& saved, std::string_view type,
                                 const std::string& host);

}  // namespace tartan::catalog
