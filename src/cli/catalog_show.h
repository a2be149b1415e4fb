#pragma once

#include "json/json.h"

namespace tartan::cli {

// The reference of an operation (CatalogOperation in api/workbench.yaml) as a page for a terminal.
void show_operation(const json::Value& reference);

// A page of search results, matches in bold in a terminal.
void show_hits(const json::Value& page);

}  // namespace tartan::cli
