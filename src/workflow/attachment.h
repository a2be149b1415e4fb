// Files attached to tasks, sealed with their run's key.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "crypto/vault.h"
#include "store/database.h"

namespace tartan::workflow {

constexpr std::size_t kAttachmentsPerTask = 100;

struct Attachment {
  std::string attachment_id;
  std::string task_id;
  std::string file_name;
  std::string content_type;
  std::size_t size_bytes = 0;
  UnixMs created_at = 0;
};

void insert_attachment(store::Transaction& tx, std::string_view run_id, const Attachment& about,
                       std::string_view sealed_about, std::string_view sealed_content);
std::string seal_about(const crypto::Key& key, Random& random, const Attachment& about);
std::string seal_content(const crypto::Key& key, Random& random, std::string_view attachment_id,
                         std::string_view content);
std::vector<Attachment> list_attachments(store::Transaction& tx, const crypto::Key& key,
                                         std::string_view run_id, std::string_view task_id);
struct AttachmentContent {
  Attachment about;
  std::string content;
};
std::optional<AttachmentContent> find_attachment(store::Transaction& tx, const crypto::Key& key,
                                                 std::string_view run_id,
                                                 std::string_view attachment_id);
bool delete_attachment(store::Transaction& tx, std::string_view run_id, std::string_view task_id,
                       std::string_view attachment_id);

}  // namespace tartan::workflow
