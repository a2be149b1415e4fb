#include "server/core.h"

#include "catalog/schema.h"
#include "items/schema.h"
#include "store/sqlite/sqlite_database.h"
#include "workflow/schema.h"

namespace tartan::server {

Result<std::unique_ptr<Core>> Core::open(const DataFiles& files) {
  auto lock = DataLock::take(files);
  if (!lock) {
    return std::move(lock).error();
  }
  SystemRandom random;
  // A key made anew for databases that are there already could not open them.
  std::error_code ignored;
  const auto if_missing = std::filesystem::exists(files.access(), ignored)
                              ? crypto::Vault::IfMissing::fail
                              : crypto::Vault::IfMissing::create;
  auto vault = crypto::Vault::open(files.key(), random, if_missing);
  if (!vault) {
    return std::move(vault).error();
  }
  auto access = store::open_sqlite(files.access(), access::migrations());
  if (!access) {
    return std::move(access).error();
  }
  auto sandbox = store::open_sqlite(files.sandbox(), items::migrations());
  if (!sandbox) {
    return std::move(sandbox).error();
  }
  auto production = store::open_sqlite(files.production(), items::migrations());
  if (!production) {
    return std::move(production).error();
  }
  auto workflow = store::open_sqlite(files.workflow(), workflow::migrations());
  if (!workflow) {
    return std::move(workflow).error();
  }
  // A page of the reference is a few packed blocks: copying them costs nothing beside unpacking,
  // and a mapping of the whole catalogue would stay resident once much of it was read.
  auto catalog = store::open_sqlite(files.catalog(), catalog::migrations(),
                                    {.reader_cache_kib = 2 * 1024, .reader_mapped_bytes_max = 0});
  if (!catalog) {
    return std::move(catalog).error();
  }
  std::unique_ptr<Core> core(new Core(files, *std::move(lock), *vault, *std::move(access),
                                      *std::move(sandbox), *std::move(production),
                                      *std::move(workflow), *std::move(catalog)));
  if (auto error = core->clients_.load()) {
    return *std::move(error);
  }
  return core;
}

Core::Core(DataFiles files, DataLock lock, const crypto::Vault& vault,
           std::unique_ptr<store::Database> access, std::unique_ptr<store::Database> sandbox,
           std::unique_ptr<store::Database> production, std::unique_ptr<store::Database> workflow,
           std::unique_ptr<store::Database> catalog)
    : files_(std::move(files)),
      lock_(std::move(lock)),
      vault_(vault),
      access_(std::move(access)),
      sandbox_(std::move(sandbox)),
      production_(std::move(production)),
      workflow_(std::move(workflow)),
      catalog_(std::move(catalog)),
      clients_(*access_, vault_, clock_, random_),
      tokens_(*access_, vault_, clock_, random_),
      sessions_(*access_, tokens_, vault_, clock_, random_) {}

void Core::stop() {
  sandbox_->stop();
  production_->stop();
  workflow_->stop();
  catalog_->stop();
  access_->stop();
}

}  // namespace tartan::server
