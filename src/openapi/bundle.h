// Takes the files that a document refers to into the document.
#pragma once

#include "openapi/document.h"

namespace tartan::openapi {

// Each file becomes a member of `x-tartan-files` at the root, named by its path, and references to
// it become internal ones. What can't be loaded is reported; its reference stays as it was.
void take_in_files(Document& document, Files* files, const DocumentLimits& limits);

// JSON when it begins with a brace or bracket, else YAML.
Result<json::Lenient, json::SyntaxError> parse_text(std::string_view text, json::Storage storage,
                                                    const DocumentLimits& limits);

}  // namespace tartan::openapi
