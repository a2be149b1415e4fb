// Everything that works on one data directory: lock, key, databases, clients, tokens. The server
// and, while none runs, the command line open it.
#pragma once

#include <memory>

#include "access/clients.h"
#include "access/sessions.h"
#include "access/tokens.h"
#include "base/clock.h"
#include "base/random.h"
#include "crypto/vault.h"
#include "items/endpoints/call.h"
#include "server/data_directory.h"
#include "store/database.h"

namespace tartan::server {

class Core {
 public:
  // Makes what is missing. Errors: conflict when another process works on the directory or its data
  // is newer than this program; damaged; full; internal.
  static Result<std::unique_ptr<Core>> open(const DataFiles& files);

  store::Database& items(access::Environment environment) {
    return environment == access::Environment::sandbox ? *sandbox_ : *production_;
  }
  store::Database& access() { return *access_; }
  store::Database& workflow() { return *workflow_; }
  store::Database& catalog() { return *catalog_; }
  access::Clients& clients() { return clients_; }
  access::PersonalTokens& tokens() { return tokens_; }
  access::Sessions& sessions() { return sessions_; }
  items::Services services() { return {vault_, clock_, random_}; }
  const crypto::Vault& vault() const { return vault_; }
  const Clock& clock() const { return clock_; }
  Random& random() { return random_; }
  const DataFiles& files() const { return files_; }

  // Writes what is queued and closes the databases.
  void stop();

 private:
  Core(DataFiles files, DataLock lock, const crypto::Vault& vault,
       std::unique_ptr<store::Database> access, std::unique_ptr<store::Database> sandbox,
       std::unique_ptr<store::Database> production, std::unique_ptr<store::Database> workflow,
       std::unique_ptr<store::Database> catalog);

  DataFiles files_;
  DataLock lock_;
  SystemClock clock_;
  SystemRandom random_;
  crypto::Vault vault_;
  std::unique_ptr<store::Database> access_;
  std::unique_ptr<store::Database> sandbox_;
  std::unique_ptr<store::Database> production_;
  std::unique_ptr<store::Database> workflow_;
  std::unique_ptr<store::Database> catalog_;
  access::Clients clients_;
  access::PersonalTokens tokens_;
  access::Sessions sessions_;
};

}  // namespace tartan::server
