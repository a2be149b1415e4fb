#pragma once

#include <span>

#include "store/database.h"

namespace tartan::workflow {

// The schema of the workflow database: definitions, runs, their events, open tasks, attachments,
// credentials, audit. docs/formats/workflow-database.md describes it.
std::span<const store::Migration> migrations();

}  // namespace tartan::workflow
