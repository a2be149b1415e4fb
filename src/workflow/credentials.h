// Saved credentials: sealed at rest, write-only through the API, bound to the hosts that they may
// be sent to. An Http task names one by its id.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "crypto/vault.h"
#include "http/client/client.h"
#include "store/database.h"
#include "workflow/tasks/http_task.h"

namespace tartan::workflow {

enum class CredentialType { basic, bearer, api_key, oauth2_client_credentials };
std::string_view name_of(CredentialType type);  // "Basic"

// What the API shows of one: never a secret.
struct CredentialInfo {
  std::string credential_id;
  std::string name;
  CredentialType type = CredentialType::bearer;
  std::vector<std::string> hosts;
  UnixMs created_at = 0;
  UnixMs updated_at = 0;
  json::Object shown;  // the parts of its type that are no secret, such as username or tokenUrl
};

class Credentials {
 public:
  Credentials(store::Database& database, const crypto::Vault& vault, const Clock& clock,
              Random& random, http::Sender& sender)
      : database_(database), vault_(vault), clock_(clock), random_(random), sender_(sender) {}

  // `body`: {"name", "type", "hosts", …} as api/workbench.yaml describes. Errors: invalid, naming
  // the field.
  Result<std::string> create(const json::Object& body, std::string_view by);
  // Replaces it whole. Errors: not_found too.
  Result<Done> put(std::string_view id, const json::Object& body, std::string_view by);
  Result<Done> remove(std::string_view id, std::string_view by);
  Result<CredentialInfo> get(std::string_view id) const;
  Result<std::vector<CredentialInfo>> list() const;

  // What the credential adds to a request to `url`. `use` is called once, perhaps on another
  // thread: OAuth may have to fetch a token first. Errors: not_found; invalid when it is not bound
  // to the URL's host; unavailable when no token could be had.
  enum class Token { cached, fresh };
  using Use = std::function<void(Result<Secrets>)>;
  void secrets_for(const std::string& id, const std::string& url, Token token, Use use);

 private:
  struct Stored {
    CredentialInfo info;
    json::Object fields;  // all parts, secrets too
  };
  struct CachedToken {
    std::string token;
    UnixMs expires_at = 0;
    UnixMs of = 0;  // the credential's last change
  };

  Result<Stored> load(std::string_view id) const;
  Result<Stored> open_row(const store::Cursor& row) const;
  std::string seal_fields(std::string_view id, const json::Object& fields, std::string& wrapped);
  Result<Done> change(std::string_view id, std::string_view by, std::string_view action, UnixMs now,
                      const std::function<std::int64_t(store::Transaction&)>& execute);
  std::string kept_token(const CredentialInfo& info);
  void fetch_token(const Stored& stored, Use use);
  Result<Secrets> take_token(const Stored& stored, const http::OutboundReply& reply);
  void answer_all(const std::string& id, const Result<Secrets>& secrets);

  store::Database& database_;
  const crypto::Vault& vault_;
  const Clock& clock_;
  Random& random_;
  http::Sender& sender_;
  std::mutex mutex_;
  std::map<std::string, CachedToken> tokens_;
  std::map<std::string, std::vector<Use>> fetching_;  // who waits for a token that is on its way
};

}  // namespace tartan::workflow
