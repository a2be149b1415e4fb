#include "catalog/schema.h"

namespace tartan::catalog {
namespace {

constexpr std::string_view kTables = R"sql(
  CREATE TABLE documents (
    document_id BIGINT NOT NULL PRIMARY KEY,
    document_key TEXT NOT NULL UNIQUE,
    api TEXT NOT NULL,
    title TEXT NOT NULL,
    version TEXT NOT NULL,
    source TEXT NOT NULL,
    source_digest {{blob}} NOT NULL,
    written_as TEXT NOT NULL,
    preferred INTEGER NOT NULL,
    description TEXT NOT NULL,
    servers TEXT NOT NULL,
    logo TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    operations BIGINT NOT NULL,
    imported_at BIGINT NOT NULL,
    findings TEXT NOT NULL
  );
  CREATE TABLE numbers (
    name TEXT NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
  ) {{clustered}};
  INSERT INTO numbers (name, next) VALUES ('document', 1);
  CREATE INDEX documents_by_api ON documents (api);
  CREATE INDEX documents_by_source ON documents (source);
  CREATE TABLE document_blocks (
    document_id BIGINT NOT NULL,
    first_pointer TEXT NOT NULL,
    packed {{blob}} NOT NULL,
    PRIMARY KEY (document_id, first_pointer)
  ) {{clustered}};
  CREATE TABLE operations (
    document_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    operation_id TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    name TEXT NOT NULL,
    summary TEXT NOT NULL,
    description TEXT NOT NULL,
    tags TEXT NOT NULL,
    deprecated INTEGER NOT NULL,
    fingerprint {{blob}} NOT NULL,
    PRIMARY KEY (document_id, number)
  ) {{clustered}};
  CREATE UNIQUE INDEX operations_by_id ON operations (operation_id);
  CREATE TABLE imports (
    import_id TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    progress TEXT NOT NULL,
    report TEXT NOT NULL
  ) {{clustered}};
)sql";

}  // namespace

std::span<const store::Migration> migrations() {
  static const store::Migration all[] = {{1, kTables}};
  return all;
}

}  // namespace tartan::catalog
