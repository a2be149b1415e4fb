#include "access/clients.h"

#include <algorithm>
#include <cstring>

namespace tartan::access {
namespace {

using store::Blob;
using store::Statement;

constexpr std::string_view kHashPurpose = "client-secret";
constexpr std::size_t kSecretLength = 30;
constexpr std::size_t kSecretLengthMin = 16;

constexpr Statement kInsert{
    "INSERT INTO clients (client_id, name, legacy, created_at, secret_sandbox, secret_production)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)"};
constexpr Statement kExists{"SELECT 1 FROM clients WHERE client_id = ?1"};
constexpr Statement kAll{
    "SELECT client_id, name, legacy, created_at, secret_sandbox, secret_production FROM clients"};
constexpr Statement kRotateSandbox{"UPDATE clients SET secret_sandbox = ?2 WHERE client_id = ?1"};
constexpr Statement kRotateProduction{
    "UPDATE clients SET secret_production = ?2 WHERE client_id = ?1"};

crypto::Hash to_hash(std::string_view bytes) {
  crypto::Hash hash{};
  std::memcpy(hash.data(), bytes.data(), std::min(bytes.size(), hash.size()));
  return hash;
}

bool is_alphanumeric(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

std::optional<Error> check_choice(const ClientChoice& choice) {
  if (!choice.client_id.empty() &&
      (choice.client_id.size() != kClientIdLength || !is_alphanumeric(choice.client_id))) {
    return Error{Fault::invalid, "client_id must be 24 letters and digits"};
  }
  for (const std::string* secret : {&choice.secrets.sandbox, &choice.secrets.production}) {
    if (!secret->empty() && secret->size() < kSecretLengthMin) {
      return Error{Fault::invalid, "a secret must have at least " +
                                       std::to_string(kSecretLengthMin) + " characters"};
    }
  }
  if (!choice.secrets.sandbox.empty() && choice.secrets.sandbox == choice.secrets.production) {
    return Error{Fault::invalid, "the sandbox and the production secret must differ"};
  }
  return std::nullopt;
}

}  // namespace

Clients::Clients(store::Database& database, const crypto::Vault& vault, const Clock& clock,
                 Random& random)
    : database_(database),
      vault_(vault),
      clock_(clock),
      random_(random),
      table_(std::make_shared<Table>()) {}

std::shared_ptr<const Clients::Table> Clients::table() const {
  const std::lock_guard lock(mutex_);
  return table_;
}

std::optional<Error> Clients::load() {
  auto fresh = std::make_shared<Table>();
  auto error = database_.read([&](store::Transaction& tx) {
    fresh->clear();
    store::Cursor row = tx.query(kAll, {});
    while (row.next()) {
      Client client{std::string(row.text(0)), std::string(row.text(1)),
                    row.integer(2) != 0 ? Generation::legacy : Generation::current, row.integer(3)};
      std::string id = client.client_id;
      fresh->emplace(std::move(id), Entry{std::make_shared<const Client>(std::move(client)),
                                          to_hash(row.blob(4)), to_hash(row.blob(5))});
    }
  });
  if (!error) {
    const std::lock_guard lock(mutex_);
    table_ = std::move(fresh);
  }
  return error;
}

std::shared_ptr<const Client> Clients::authenticate(std::string_view client_id,
                                                    std::string_view secret,
                                                    Environment environment) const {
  const auto clients = table();
  const auto found = clients->find(std::string(client_id));
  const crypto::Hash given = vault_.hash(kHashPurpose, secret);
  if (found == clients->end()) {
    return nullptr;
  }
  const crypto::Hash& expected =
      environment == Environment::sandbox ? found->second.sandbox : found->second.production;
  return crypto::equal(crypto::view(given), crypto::view(expected)) ? found->second.client
                                                                    : nullptr;
}

Result<NewClient> Clients::create(const ClientChoice& choice, const Actor& by) {
  if (auto error = check_choice(choice)) {
    return *std::move(error);
  }
  NewClient made;
  made.client = {choice.client_id, choice.name, choice.generation, clock_.now()};
  made.secrets = choice.secrets;
  if (made.client.client_id.empty()) {
    made.client.client_id = random_base62(random_, kClientIdLength);
  }
  for (std::string* secret : {&made.secrets.sandbox, &made.secrets.production}) {
    if (secret->empty()) {
      *secret = random_base62(random_, kSecretLength);
    }
  }
  const crypto::Hash sandbox = vault_.hash(kHashPurpose, made.secrets.sandbox);
  const crypto::Hash production = vault_.hash(kHashPurpose, made.secrets.production);
  bool taken = false;
  auto error = database_.write([&](store::Transaction& tx) {
    const Client& client = made.client;
    taken = tx.query(kExists, {std::string_view(client.client_id)}).next();
    if (taken) {
      return store::Outcome::undo;
    }
    tx.execute(kInsert, {std::string_view(client.client_id), std::string_view(client.name),
                         std::int64_t{client.generation == Generation::legacy}, client.created_at,
                         Blob{crypto::view(sandbox)}, Blob{crypto::view(production)}});
    record(tx, {client.created_at, by.id, by.request_id, "client.create", client.client_id});
    return store::Outcome::keep;
  });
  if (!error && taken) {
    error = Error{Fault::conflict, "a client with the id " + made.client.client_id + " exists"};
  }
  if (!error) {
    error = load();
  }
  if (error) {
    return *std::move(error);
  }
  return made;
}

std::vector<Client> Clients::list() const {
  std::vector<Client> all;
  for (const auto& [id, entry] : *table()) {
    all.push_back(*entry.client);
  }
  std::sort(all.begin(), all.end(), [](const Client& a, const Client& b) {
    return std::tie(a.created_at, a.client_id) < std::tie(b.created_at, b.client_id);
  });
  return all;
}

Result<std::string> Clients::rotate_secret(std::string_view client_id, Environment environment,
                                           const Actor& by) {
  std::string secret = random_base62(random_, kSecretLength);
  const crypto::Hash hash = vault_.hash(kHashPurpose, secret);
  const bool sandbox = environment == Environment::sandbox;
  const UnixMs now = clock_.now();
  std::int64_t changed = 0;
  auto error = database_.write([&](store::Transaction& tx) {
    changed = tx.execute(sandbox ? kRotateSandbox : kRotateProduction,
                         {client_id, Blob{crypto::view(hash)}});
    record(tx, {now, by.id, by.request_id,
                sandbox ? "client.rotate-sandbox-secret" : "client.rotate-production-secret",
                client_id});
    return changed > 0 ? store::Outcome::keep : store::Outcome::undo;
  });
  if (!error && changed == 0) {
    error = Error{Fault::not_found, "there is no client with the id " + std::string(client_id)};
  }
  if (!error) {
    error = load();
  }
  if (error) {
    return *std::move(error);
  }
  return secret;
}

bool Clients::empty() const { return table()->empty(); }

}  // namespace tartan::access
