// What an operation's security schemes ask for, as credentials that can be saved.
#pragma once

#include "catalog/prepare.h"

namespace tartan::catalog {

struct CredentialNeed {
  json::Array described;              // see api/workbench.yaml, PreparedTask: credentials
  std::optional<std::string> chosen;  // the saved credential that fits, if exactly one does
  std::vector<std::string> warnings;
};

// `base` is where the request goes, as an absolute URL; it may be empty.
CredentialNeed credential_need(const openapi::Operation& operation, const std::string& base,
                               const std::vector<SavedCredential>& saved);

// Those of `saved` that may be sent to `host` and are what `wanted` describes, by its "type" and
// the keys of its "values": {"id", "name"}.
json::Array matching_credentials(const std::vector<SavedCredential>& saved,
                                 const json::Object& wanted, const std::string& host);

}  // namespace tartan::catalog
