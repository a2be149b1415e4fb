// The fields of an Http task in a definition.
#pragma once

#include "workflow/field_reader.h"

namespace tartan::workflow {

// Reads what an Http task has beyond the common fields into `task`, which knows its pointer.
void read_http_task(FieldReader& fields, const json::Object& object, Task& task);

}  // namespace tartan::workflow
