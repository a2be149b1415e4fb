#include "workflow/schema.h"

#include <string>

#include "access/audit.h"

namespace tartan::workflow {
namespace {

// Ids of runs begin with the time of their start, so that the rows of runs that live at the same
// time lie together, and that the order of ids is the order of starts.
constexpr std::string_view kTables = R"sql(
  CREATE TABLE definitions (
    definition_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    latest_version BIGINT NOT NULL,
    disabled INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL
  ) {{clustered}};
  CREATE INDEX definitions_by_update ON definitions (updated_at, definition_id);
  CREATE TABLE definition_versions (
    definition_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    PRIMARY KEY (definition_id, version)
  ) {{clustered}};
  CREATE TABLE runs (
    run_id TEXT NOT NULL PRIMARY KEY,
    definition_id TEXT NOT NULL,
    definition_version BIGINT NOT NULL,
    sequence_number BIGINT NOT NULL,
    status INTEGER NOT NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT,
    wake_at BIGINT,
    in_flight INTEGER NOT NULL,
    start_key {{blob}},
    wrapped_key {{blob}} NOT NULL
  ) {{clustered}};
  CREATE INDEX runs_by_definition ON runs (definition_id, sequence_number);
  CREATE INDEX runs_by_status ON runs (status, run_id);
  CREATE INDEX runs_by_wake ON runs (wake_at) WHERE wake_at IS NOT NULL;
  CREATE INDEX runs_in_flight ON runs (run_id) WHERE in_flight <> 0;
  CREATE UNIQUE INDEX runs_by_start_key ON runs (start_key) WHERE start_key IS NOT NULL;
  CREATE TABLE run_events (
    run_id TEXT NOT NULL,
    number BIGINT NOT NULL,
    sealed {{blob}} NOT NULL,
    PRIMARY KEY (run_id, number)
  ) {{clustered}};
  CREATE TABLE open_tasks (
    run_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    task_id TEXT NOT NULL,
    definition_id TEXT NOT NULL,
    task_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    leased_until BIGINT,
    worker_id TEXT,
    PRIMARY KEY (run_id, place)
  ) {{clustered}};
  CREATE INDEX open_tasks_by_name ON open_tasks (definition_id, task_name, run_id);
  CREATE TABLE attachments (
    run_id TEXT NOT NULL,
    attachment_id TEXT NOT NULL,
    task_id TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    about {{blob}} NOT NULL,
    content {{blob}} NOT NULL,
    PRIMARY KEY (run_id, attachment_id)
  ) {{clustered}};
  CREATE TABLE credentials (
    credential_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    hosts TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    wrapped_key {{blob}} NOT NULL,
    sealed {{blob}} NOT NULL
  ) {{clustered}};
)sql";

}  // namespace

std::span<const store::Migration> migrations() {
  static const std::string first = std::string(kTables) + std::string(access::kAuditTable);
  static const store::Migration all[] = {{1, first}};
  return all;
}

}  // namespace tartan::workflow
