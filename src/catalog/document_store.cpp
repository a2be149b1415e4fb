#include "catalog/document_store.h"

#include <algorithm>
#include <cctype>

#include "json/json.h"

namespace tartan::catalog {
namespace {

using store::Blob;
using store::Cursor;
using store::Statement;
using store::Transaction;

// Raw bytes of a block: small enough to open in a tenth of a millisecond, large enough to pack
// well.
constexpr std::size_t kBlockBytes = 32UL * 1024;
constexpr std::size_t kBlockBytesMax = 256UL * 1024 * 1024;
constexpr std::size_t kListedMax = 200;  // operations named in a report of changes

constexpr Statement kNextNumber{"SELECT next FROM numbers WHERE name = 'document'"};
constexpr Statement kTakeNumber{"UPDATE numbers SET next = next + 1 WHERE name = 'document'"};
constexpr Statement kInsertDocument{
    "INSERT INTO documents (document_id, document_key, api, title, version, source, source_digest,"
    " written_as, preferred, description, servers, logo, bytes, operations, imported_at, findings)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"};
constexpr Statement kInsertBlock{
    "INSERT INTO document_blocks (document_id, first_pointer, packed) VALUES (?1, ?2, ?3)"};
constexpr Statement kInsertOperation{
    "INSERT INTO operations (document_id, number, operation_id, method, path, name, summary,"
    " description, tags, deprecated, fingerprint)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"};
constexpr Statement kDeleteDocument{"DELETE FROM documents WHERE document_id = ?1"};
constexpr Statement kDeleteBlocks{"DELETE FROM document_blocks WHERE document_id = ?1"};
constexpr Statement kDeleteOperations{"DELETE FROM operations WHERE document_id = ?1"};

#define TARTAN_DOCUMENT                                                                     \
  "SELECT document_id, document_key, api, title, version, source, source_digest,"           \
  " written_as, preferred, description, servers, logo, bytes, operations, imported_at FROM" \
  " documents "
constexpr Statement kDocument{TARTAN_DOCUMENT "WHERE document_id = ?1"};
constexpr Statement kDocumentBySource{TARTAN_DOCUMENT "WHERE source = ?1"};
constexpr Statement kDocumentByKey{TARTAN_DOCUMENT "WHERE document_key = ?1"};
constexpr Statement kDocumentsOfApi{TARTAN_DOCUMENT "WHERE api = ?1 ORDER BY document_key"};
constexpr Statement kDocuments{TARTAN_DOCUMENT
                               "WHERE document_key > ?1 AND (?2 = '' OR api = ?2 OR"
                               " (api >= ?2 || '/' AND api < ?2 || '0'))"
                               " ORDER BY document_key LIMIT ?3"};
#undef TARTAN_DOCUMENT
constexpr Statement kApis{"SELECT api, title, operations FROM documents ORDER BY api"};
constexpr Statement kNumbers{"SELECT document_id FROM documents ORDER BY document_id"};
constexpr Statement kFindings{"SELECT findings FROM documents WHERE document_id = ?1"};

#define TARTAN_OPERATION                                                             \
  "SELECT operation_id, method, path, name, summary, description, tags, deprecated," \
  " fingerprint, document_id FROM operations "
constexpr Statement kOperationsOf{TARTAN_OPERATION "WHERE document_id = ?1 ORDER BY number"};
constexpr Statement kOperation{TARTAN_OPERATION "WHERE operation_id = ?1"};
#undef TARTAN_OPERATION

constexpr Statement kBlock{
    "SELECT first_pointer, packed FROM document_blocks WHERE document_id = ?1 AND first_pointer <="
    " ?2 ORDER BY first_pointer DESC LIMIT 1"};

std::string lower(std::string_view text) {
  std::string lowered(text);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lowered;
}

std::string print_texts(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) {
      out += ',';
    }
    json::append_string(out, text);
  }
  return out + "]";
}

std::vector<std::string> read_texts(std::string_view text) {
  std::vector<std::string> texts;
  if (text == "[]") {
    return texts;
  }
  if (const auto parsed = json::parse(text); parsed && parsed->is_array()) {
    for (const json::Value& one : parsed->get_array()) {
      texts.emplace_back(one.get_string().data(), one.get_string().size());
    }
  }
  return texts;
}

crypto::Hash hash_at(const Cursor& row, int column) {
  crypto::Hash hash{};
  const std::string_view bytes = row.blob(column);
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

DocumentRow read_document_row(const Cursor& row) {
  DocumentRow made;
  made.number = row.integer(0);
  made.key = row.text(1);
  made.api = row.text(2);
  made.title = row.text(3);
  made.version = row.text(4);
  made.source = row.text(5);
  made.source_digest = hash_at(row, 6);
  made.written_as = row.text(7);
  made.preferred = row.integer(8) != 0;
  made.description = row.text(9);
  made.servers = read_texts(row.text(10));
  made.logo = row.text(11);
  made.bytes = row.integer(12);
  made.operations = row.integer(13);
  made.imported_at = row.integer(14);
  return made;
}

OperationRow read_operation_row(const Cursor& row) {
  OperationRow made;
  made.id = row.text(0);
  made.method = row.text(1);
  made.path = row.text(2);
  made.name = row.text(3);
  made.summary = row.text(4);
  made.description = row.text(5);
  made.tags = read_texts(row.text(6));
  made.deprecated = row.integer(7) != 0;
  made.fingerprint = hash_at(row, 8);
  return made;
}

std::optional<DocumentRow> one_document(Transaction& tx, const Statement& statement,
                                        store::Parameter parameter) {
  Cursor row = tx.query(statement, {parameter});
  return row.next() ? std::optional(read_document_row(row)) : std::nullopt;
}

void note(std::vector<std::string>& list, const OperationRow& operation) {
  list.push_back(operation.method + " " + operation.path);
}

Changes compare(const std::vector<OperationRow>& before, const std::vector<OperationRow>& after) {
  std::map<std::string_view, const OperationRow*> old;
  for (const OperationRow& one : before) {
    old.emplace(one.id, &one);
  }
  Changes changes;
  changes.is_new = false;
  for (const OperationRow& one : after) {
    const auto found = old.find(one.id);
    if (found == old.end()) {
      note(changes.added, one);
      continue;
    }
    if (found->second->fingerprint != one.fingerprint) {
      note(changes.changed, one);
    }
    old.erase(found);
  }
  for (const auto& [id, one] : old) {
    note(changes.removed, *one);
  }
  return changes;
}

void insert_document(Transaction& tx, const PreparedDocument& document) {
  const DocumentRow& row = document.row;
  const std::string servers = print_texts(row.servers);
  tx.execute(kInsertDocument,
             {row.number, row.key, row.api, row.title, row.version, row.source,
              Blob{crypto::view(row.source_digest)}, row.written_as,
              std::int64_t{row.preferred ? 1 : 0}, row.description, servers, row.logo, row.bytes,
              row.operations, row.imported_at, document.findings});
  for (const Block& block : document.blocks) {
    tx.execute(kInsertBlock, {row.number, block.first_pointer, Blob{block.packed}});
  }
  std::int64_t number = 0;
  for (const OperationRow& one : document.operations) {
    const std::string tags = print_texts(one.tags);
    tx.execute(
        kInsertOperation,
        {row.number, number++, one.id, one.method, one.path, one.name, one.summary, one.description,
         tags, std::int64_t{one.deprecated ? 1 : 0}, Blob{crypto::view(one.fingerprint)}});
  }
}

void append_length(std::string& out, std::size_t length) {
  for (int shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<char>((length >> static_cast<unsigned>(shift)) & 0xFFU));
  }
}

// Takes one length-prefixed text off the front; nothing when there is none.
std::optional<std::string_view> take_text(std::string_view& bytes) {
  if (bytes.size() < 4) {
    return std::nullopt;
  }
  std::size_t length = 0;
  for (int i = 3; i >= 0; --i) {
    length = length << 8U | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  }
  bytes.remove_prefix(4);
  if (length > bytes.size()) {
    return std::nullopt;
  }
  const std::string_view text = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return text;
}

}  // namespace

void BlockWriter::add(const std::string& pointer, std::string_view text) {
  if (!open_.empty() && open_.size() + text.size() > kBlockBytes) {
    flush();
  }
  if (open_.empty()) {
    first_pointer_ = pointer;
  }
  append_length(open_, pointer.size());
  open_ += pointer;
  append_length(open_, text.size());
  open_ += text;
}

void BlockWriter::flush() {
  blocks_.push_back({first_pointer_, packer_.pack(open_)});
  open_.clear();
}

std::vector<Block> BlockWriter::take() {
  if (!open_.empty()) {
    flush();
  }
  return std::move(blocks_);
}

Changes put_document(Transaction& tx, PreparedDocument& document) {
  Changes changes;
  const auto before = one_document(tx, kDocumentByKey, std::string_view(document.row.key));
  if (before) {
    changes = compare(operations_of(tx, before->number), document.operations);
    changes.replaced = before->number;
    remove_document(tx, before->number);
  }
  {
    Cursor row = tx.query(kNextNumber, {});
    document.row.number = row.next() ? row.integer(0) : 0;
  }
  tx.execute(kTakeNumber, {});
  insert_document(tx, document);
  for (std::vector<std::string>* list : {&changes.added, &changes.removed, &changes.changed}) {
    std::sort(list->begin(), list->end());
    if (list->size() > kListedMax) {
      const std::size_t more = list->size() - kListedMax;
      list->resize(kListedMax);
      list->push_back("and " + std::to_string(more) + " more");
    }
  }
  return changes;
}

bool remove_document(Transaction& tx, std::int64_t number) {
  tx.execute(kDeleteBlocks, {number});
  tx.execute(kDeleteOperations, {number});
  return tx.execute(kDeleteDocument, {number}) > 0;
}

std::optional<DocumentRow> find_document(Transaction& tx, std::int64_t number) {
  return one_document(tx, kDocument, number);
}

std::optional<DocumentRow> find_document_by_source(Transaction& tx, std::string_view source) {
  return one_document(tx, kDocumentBySource, source);
}

std::optional<DocumentRow> find_document_by_key(Transaction& tx, std::string_view key) {
  return one_document(tx, kDocumentByKey, key);
}

std::vector<DocumentRow> documents_of_api(Transaction& tx, std::string_view api) {
  std::vector<DocumentRow> all;
  Cursor row = tx.query(kDocumentsOfApi, {api});
  while (row.next()) {
    all.push_back(read_document_row(row));
  }
  return all;
}

std::vector<DocumentRow> list_documents(Transaction& tx, std::string_view after,
                                        std::string_view api_prefix, std::size_t size) {
  std::vector<DocumentRow> all;
  Cursor row = tx.query(kDocuments, {after, api_prefix, static_cast<std::int64_t>(size)});
  while (row.next()) {
    all.push_back(read_document_row(row));
  }
  return all;
}

std::vector<ProviderRow> list_providers(Transaction& tx, std::string_view text) {
  const std::string wanted = lower(text);
  const auto holds = [&](std::string_view one) {
    return lower(one).find(wanted) != std::string::npos;
  };
  struct Found {
    ProviderRow row;
    bool matches = false;
  };
  std::map<std::string, Found, std::less<>> by_name;
  Cursor row = tx.query(kApis, {});
  while (row.next()) {
    const std::string_view api = row.text(0);
    const std::string_view name = api.substr(0, api.find('/'));
    auto found = by_name.find(name);
    if (found == by_name.end()) {
      found = by_name.emplace(name, Found{{std::string(name), "", 0, 0}, holds(name)}).first;
    }
    Found& provider = found->second;
    provider.matches = provider.matches || holds(row.text(1));
    provider.row.title = provider.row.documents == 0 ? row.text(1) : std::string_view{};
    provider.row.documents += 1;
    provider.row.operations += row.integer(2);
  }
  std::vector<ProviderRow> all;
  for (auto& [name, provider] : by_name) {
    if (provider.matches) {
      all.push_back(std::move(provider.row));
    }
  }
  return all;
}

std::vector<std::int64_t> document_numbers(Transaction& tx) {
  std::vector<std::int64_t> all;
  Cursor row = tx.query(kNumbers, {});
  while (row.next()) {
    all.push_back(row.integer(0));
  }
  return all;
}

std::vector<OperationRow> operations_of(Transaction& tx, std::int64_t document) {
  std::vector<OperationRow> all;
  Cursor row = tx.query(kOperationsOf, {document});
  while (row.next()) {
    all.push_back(read_operation_row(row));
  }
  return all;
}

std::string findings_of(Transaction& tx, std::int64_t document) {
  Cursor row = tx.query(kFindings, {document});
  return row.next() ? std::string(row.text(0)) : "[]";
}

std::optional<FoundOperation> find_operation(Transaction& tx, std::string_view id) {
  FoundOperation found;
  std::int64_t number = 0;
  {
    Cursor row = tx.query(kOperation, {id});
    if (!row.next()) {
      return std::nullopt;
    }
    found.operation = read_operation_row(row);
    number = row.integer(9);
  }
  auto document = find_document(tx, number);
  if (!document) {
    return std::nullopt;
  }
  found.document = *std::move(document);
  return found;
}

const std::string* StoredParts::block_with(const std::string& pointer) {
  // Blocks cut the pointers into ranges; one that was opened may be the one, but only the store
  // knows where its range ends.
  Cursor row = tx_.query(kBlock, {document_, std::string_view(pointer)});
  if (!row.next()) {
    return nullptr;
  }
  const std::string first(row.text(0));
  const auto found = blocks_.find(first);
  if (found != blocks_.end()) {
    return &found->second;
  }
  auto text = unpacker_.unpack(row.blob(1), kBlockBytesMax);
  return text ? &blocks_.emplace(first, *std::move(text)).first->second : nullptr;
}

std::optional<std::string> StoredParts::load(const std::string& pointer) {
  const std::string* block = block_with(pointer);
  std::string_view rest = block != nullptr ? std::string_view(*block) : std::string_view();
  while (!rest.empty()) {
    const auto name = take_text(rest);
    const auto text = name ? take_text(rest) : std::nullopt;
    if (!text) {
      return std::nullopt;
    }
    if (*name == pointer) {
      return std::string(*text);
    }
  }
  return std::nullopt;
}

}  // namespace tartan::catalog
