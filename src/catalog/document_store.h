// Documents as they are kept: what describes each, its operations, and its text in packed blocks of
// parts (openapi/library.h), so that opening an operation reads a few blocks and never the
// document.
//
// A document's number is never used again: the search index names documents by it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/zstd.h"
#include "crypto/digest.h"
#include "openapi/library.h"
#include "store/database.h"

namespace tartan::catalog {

struct OperationRow {
  std::string id;      // "stripe.com-postrefunds-post-1f0c9a2b7d"
  std::string method;  // "POST"
  std::string path;
  std::string name;  // operationId as written
  std::string summary;
  std::string description;  // its beginning
  std::vector<std::string> tags;
  bool deprecated = false;
  crypto::Hash fingerprint{};  // of the operation and all that it refers to
};

struct DocumentRow {
  std::int64_t number = 0;
  std::string key;  // the API and, where several versions stand side by side, the version
  std::string api;  // provider, with /service where there is one
  std::string title;
  std::string version;
  std::string source;  // a file's path, a URL, or "built-in:NAME"
  crypto::Hash source_digest{};
  std::string written_as;
  bool preferred = false;
  std::string description;  // its beginning
  std::vector<std::string> servers;
  std::string logo;
  std::int64_t bytes = 0;
  std::int64_t operations = 0;
  UnixMs imported_at = 0;
};

struct Block {
  std::string first_pointer;
  std::string packed;
};

// All of a document that goes into the store.
struct PreparedDocument {
  DocumentRow row;
  std::vector<OperationRow> operations;
  std::vector<Block> blocks;
  std::string findings;  // a JSON array
};

// What a replacement changed.
struct Changes {
  bool is_new = true;
  bool is_same = false;  // as what was there already, from another place: nothing was stored
  std::vector<std::string> added;  // operations as "POST /path"
  std::vector<std::string> removed;
  std::vector<std::string> changed;
  std::int64_t replaced = 0;  // number of the document before, or 0
};

// Packs the parts of a document, which come in the byte order of their pointers.
class BlockWriter {
 public:
  void add(const std::string& pointer, std::string_view text);
  std::vector<Block> take();

 private:
  void flush();

  Packer packer_;
  std::string open_;  // the block that grows
  std::string first_pointer_;
  std::vector<Block> blocks_;
};

// Stores `document` in the place of the one with its key, if there is one. Gives it its number.
Changes put_document(store::Transaction& tx, PreparedDocument& document);
// False when there is none.
bool remove_document(store::Transaction& tx, std::int64_t number);

std::optional<DocumentRow> find_document(store::Transaction& tx, std::int64_t number);
std::optional<DocumentRow> find_document_by_source(store::Transaction& tx, std::string_view source);
std::optional<DocumentRow> find_document_by_key(store::Transaction& tx, std::string_view key);
std::vector<DocumentRow> documents_of_api(store::Transaction& tx, std::string_view api);
// In the order of their APIs, after the key `after`.
std::vector<DocumentRow> list_documents(store::Transaction& tx, std::string_view after,
                                        std::string_view api_prefix, std::size_t size);
struct ProviderRow {
  std::string name;   // what stands before the slash of its APIs
  std::string title;  // of its only document; empty when it has several
  std::int64_t documents = 0;
  std::int64_t operations = 0;
};
// By name; those whose name, or a document's title, holds `text` in any case.
std::vector<ProviderRow> list_providers(store::Transaction& tx, std::string_view text);
std::vector<std::int64_t> document_numbers(store::Transaction& tx);
std::vector<OperationRow> operations_of(store::Transaction& tx, std::int64_t document);
// JSON array of {"kind", "pointer", "message"}.
std::string findings_of(store::Transaction& tx, std::int64_t document);

struct FoundOperation {
  OperationRow operation;
  DocumentRow document;
};
std::optional<FoundOperation> find_operation(store::Transaction& tx, std::string_view id);

// The parts of one stored document. Lives within a read.
class StoredParts final : public openapi::Parts {
 public:
  StoredParts(store::Transaction& tx, std::int64_t document) : tx_(tx), document_(document) {}
  std::optional<std::string> load(const std::string& pointer) override;

 private:
  const std::string* block_with(const std::string& pointer);

  store::Transaction& tx_;
  std::int64_t document_;
  Unpacker unpacker_;
  std::map<std::string, std::string> blocks_;  // by first pointer, unpacked
};

}  // namespace tartan::catalog
