#include "workflow/attachment.h"

#include "json/json.h"

namespace tartan::workflow {
namespace {

using store::Blob;
using store::Cursor;
using store::Statement;

constexpr Statement kInsert{
    "INSERT INTO attachments (run_id, attachment_id, task_id, size_bytes, created_at, about,"
    " content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"};
constexpr Statement kOfTask{
    "SELECT attachment_id, task_id, size_bytes, created_at, about FROM attachments"
    " WHERE run_id = ?1 AND task_id = ?2 ORDER BY created_at, attachment_id"};
constexpr Statement kFind{
    "SELECT attachment_id, task_id, size_bytes, created_at, about, content FROM attachments"
    " WHERE run_id = ?1 AND attachment_id = ?2"};
constexpr Statement kDelete{
    "DELETE FROM attachments WHERE run_id = ?1 AND attachment_id = ?2"
    " AND task_id = ?3"};

std::string about_context(std::string_view id) { return "attachment " + std::string(id); }
std::string content_context(std::string_view id) { return "content " + std::string(id); }

std::optional<Attachment> read(const Cursor& row, const crypto::Key& key) {
  Attachment one;
  one.attachment_id = row.text(0);
  one.task_id = row.text(1);
  one.size_bytes = static_cast<std::size_t>(row.integer(2));
  one.created_at = row.integer(3);
  auto plain = crypto::open_sealed(key, about_context(one.attachment_id), row.blob(4));
  auto about = plain ? json::parse(*plain) : json::SyntaxError{};
  if (!about || !about->is_object()) {
    return std::nullopt;
  }
  const json::Object& object = about->get_object();
  one.file_name = std::string(json::find(object, "fileName")->as_string());
  one.content_type = std::string(json::find(object, "contentType")->as_string());
  return one;
}

}  // namespace

std::string seal_about(const crypto::Key& key, Random& random, const Attachment& about) {
  const json::Value plain =
      json::Object{{"fileName", about.file_name}, {"contentType", about.content_type}};
  return crypto::seal(key, random, about_context(about.attachment_id), json::print(plain));
}

std::string seal_content(const crypto::Key& key, Random& random, std::string_view attachment_id,
                         std::string_view content) {
  return crypto::seal(key, random, content_context(attachment_id), content);
}

void insert_attachment(store::Transaction& tx, std::string_view run_id, const Attachment& about,
                       std::string_view sealed_about, std::string_view sealed_content) {
  tx.execute(kInsert, {run_id, std::string_view(about.attachment_id),
                       std::string_view(about.task_id), static_cast<std::int64_t>(about.size_bytes),
                       about.created_at, Blob{sealed_about}, Blob{sealed_content}});
}

std::vector<Attachment> list_attachments(store::Transaction& tx, const crypto::Key& key,
                                         std::string_view run_id, std::string_view task_id) {
  std::vector<Attachment> all;
  Cursor row = tx.query(kOfTask, {run_id, task_id});
  while (row.next()) {
    if (auto one = read(row, key)) {
      all.push_back(*std::move(one));
    }
  }
  return all;
}

std::optional<AttachmentContent> find_attachment(store::Transaction& tx, const crypto::Key& key,
                                                 std::string_view run_id,
                                                 std::string_view attachment_id) {
  Cursor row = tx.query(kFind, {run_id, attachment_id});
  if (!row.next()) {
    return std::nullopt;
  }
  auto about = read(row, key);
  auto content = crypto::open_sealed(key, content_context(attachment_id), row.blob(5));
  if (!about || !content) {
    return std::nullopt;
  }
  return AttachmentContent{*std::move(about), *std::move(content)};
}

bool delete_attachment(store::Transaction& tx, std::string_view run_id, std::string_view task_id,
                       std::string_view attachment_id) {
  return tx.execute(kDelete, {run_id, attachment_id, task_id}) > 0;
}

}  // namespace tartan::workflow
