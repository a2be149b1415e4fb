// Makes of a document what the catalogue keeps: whose API it is, its operations with ids and
// fingerprints, its text in blocks.
#pragma once

#include "catalog/document_store.h"
#include "openapi/document.h"

namespace tartan::catalog {

// Where a document comes from.
struct Origin {
  std::string source;  // path, URL or "built-in:NAME"; kept with the document
  std::string api;     // "provider/service" when the source says so; else the document does
  std::string name;    // the file's name without folder and extension, for a document that says
                       // nothing of itself
};

// `row.key` and `row.number` are left to the importer, who knows what is there; so are the ids of
// operations, which hold the key (see `give_ids`).
PreparedDocument take_in(const openapi::Document& document, const Origin& origin,
                         std::string_view text);

// Ids that stay the same for the same key, method and path.
void give_ids(PreparedDocument& document);

// The API of a document: x-providerName and x-serviceName, or the host of its first server, or its
// title.
std::string api_of(const openapi::Document& document, const Origin& origin);

}  // namespace tartan::catalog
