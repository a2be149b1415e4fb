// Which operation of the catalogue a request is.
#pragma once

#include <optional>

#include "catalog/document_store.h"
#include "catalog/template_text.h"

namespace tartan::catalog {

// The operation whose server, method and path fit an address best: the one with the most of it
// spelled out. Looks at a bounded number of documents, and of a document at the paths of one method
// only.
std::optional<std::string> match_operation(store::Transaction& tx, std::string_view method,
                                           const Text& url);

// "/users/{id}.json" fits "/users/7.json". Gives how many characters are spelled out; placeholders
// of the address stand for whole parameters. Nothing when it does not fit.
std::optional<std::size_t> fit_path(std::string_view pattern, std::string_view path);

// What a placeholder of an address is in `path` of `fit_path`.
inline constexpr char kAnyValue = '\x01';

}  // namespace tartan::catalog
