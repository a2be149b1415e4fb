#pragma once

#include <string>

namespace tartan::workflow {

// The JSON Schema of a definition (api/workflow-definition.schema.json), for editors.
std::string definition_schema();

}  // namespace tartan::workflow
