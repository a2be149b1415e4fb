// Clients: who may call the Users & Items API. Each has an id and one secret per environment;
// secrets are stored as keyed hashes.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "access/audit.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/vault.h"
#include "store/database.h"

namespace tartan::access {

enum class Environment { sandbox, production };

constexpr std::string_view name_of(Environment environment) {
  return environment == Environment::sandbox ? "sandbox" : "production";
}

constexpr std::size_t kClientIdLength = 24;

// Which generation of Plaid's User API the client speaks (facts, section 2.1).
enum class Generation { current, legacy };

struct Client {
  std::string client_id;
  std::string name;
  Generation generation = Generation::current;
  UnixMs created_at = 0;
};

struct Secrets {
  std::string sandbox;
  std::string production;
};

struct NewClient {
  Client client;
  Secrets secrets;  // shown once; only their hashes are kept
};

// What a caller may choose about a client in advance; empty means: make one.
struct ClientChoice {
  std::string name;
  Generation generation = Generation::current;
  std::string client_id;
  Secrets secrets;
};

class Clients {
 public:
  Clients(store::Database& database, const crypto::Vault& vault, const Clock& clock,
          Random& random);

  // Reads the clients into memory; also after another process changed them.
  std::optional<Error> load();

  // Who calls, or nothing. Any thread; constant time in the secret.
  std::shared_ptr<const Client> authenticate(std::string_view client_id, std::string_view secret,
                                             Environment environment) const;

  // Both changes are recorded in the audit log as `by`'s.
  // Errors: invalid (id not 24 characters, secret too short), conflict (id taken).
  Result<NewClient> create(const ClientChoice& choice, const Actor& by);
  std::vector<Client> list() const;
  // Replaces one secret; the old one stops working at once. Errors: not_found.
  Result<std::string> rotate_secret(std::string_view client_id, Environment environment,
                                    const Actor& by);

  bool empty() const;

 private:
  struct Entry {
    std::shared_ptr<const Client> client;
    crypto::Hash sandbox;
    crypto::Hash production;
  };
  using Table = std::unordered_map<std::string, Entry>;

  std::shared_ptr<const Table> table() const;

  store::Database& database_;
  const crypto::Vault& vault_;
  const Clock& clock_;
  Random& random_;
  mutable std::mutex mutex_;
  std::shared_ptr<const Table> table_;
};

}  // namespace tartan::access
