#include "access/sessions.h"

#include <algorithm>

#include "crypto/base64.h"

namespace tartan::access {
namespace {

using store::Blob;
using store::Statement;

constexpr std::string_view kSessionPurpose = "session";
constexpr std::string_view kCsrfPurpose = "session-csrf";
constexpr std::string_view kLinkPurpose = "sign-in-link";
// Nobody needs more links at once; the oldest go first.
constexpr std::size_t kLinksMax = 100;

constexpr Statement kInsert{
    "INSERT INTO sessions (hash, token_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)"};
constexpr Statement kForgetExpired{"DELETE FROM sessions WHERE expires_at <= ?1"};
constexpr Statement kFind{
    "SELECT token_id, expires_at FROM sessions WHERE hash = ?1 AND expires_at > ?2"};
constexpr Statement kEnd{"DELETE FROM sessions WHERE hash = ?1"};

}  // namespace

std::optional<std::string> Sessions::redeem(std::string_view code) {
  const crypto::Hash hash = vault_.hash(kLinkPurpose, code);
  const std::lock_guard lock(mutex_);
  const auto found = invitations_.find(crypto::view(hash));
  if (found == invitations_.end()) {
    return std::nullopt;
  }
  const Invitation invitation = std::move(found->second);
  invitations_.erase(found);
  return invitation.expires_at > clock_.now() ? std::optional(invitation.token_id) : std::nullopt;
}

Sessions::Link Sessions::make_link(std::string_view token_id) {
  Link link{random_base62(random_, 32), clock_.now() + kLinkMs};
  const crypto::Hash hash = vault_.hash(kLinkPurpose, link.code);
  const std::lock_guard lock(mutex_);
  if (invitations_.size() >= kLinksMax) {
    invitations_.erase(std::min_element(
        invitations_.begin(), invitations_.end(),
        [](const auto& a, const auto& b) { return a.second.expires_at < b.second.expires_at; }));
  }
  invitations_[std::string(crypto::view(hash))] = {std::string(token_id), link.expires_at};
  return link;
}

Result<std::optional<Session>> Sessions::owner_of(std::string_view token_id) const {
  if (token_id == kLocalToken) {
    return std::optional(Session{std::string(token_id), "command line", TokenScope::admin, 0});
  }
  auto token = tokens_.find_by_id(token_id);
  if (!token) {
    return std::move(token).error();
  }
  if (!*token) {
    return std::optional<Session>();
  }
  return std::optional(Session{(*token)->token_id, (*token)->name, (*token)->scope,
                               (*token)->expires_at.value_or(0)});
}

Result<NewSession> Sessions::begin(std::string_view token_or_code, std::string_view request_id) {
  std::optional<std::string> token_id = redeem(token_or_code);
  if (!token_id) {
    auto token = tokens_.find(token_or_code);
    if (!token) {
      return std::move(token).error();
    }
    if (*token) {
      token_id = (*token)->token_id;
    }
  }
  auto owner = token_id ? owner_of(*token_id) : Result<std::optional<Session>>(std::nullopt);
  if (!owner) {
    return std::move(owner).error();
  }
  if (!*owner) {
    return Error{Fault::no_access,
                 "this is no personal access token and no sign-in link that still works: links "
                 "work once and for 15 minutes; `tartan sign-in` makes a new one"};
  }
  NewSession made;
  made.info = **std::move(owner);
  const UnixMs now = clock_.now();
  const UnixMs at_most = now + kSessionMs;
  made.info.expires_at =
      made.info.expires_at == 0 ? at_most : std::min(at_most, made.info.expires_at);
  made.secret = random_base62(random_, 43);
  const crypto::Hash hash = vault_.hash(kSessionPurpose, made.secret);
  auto error = database_.write([&](store::Transaction& tx) {
    tx.execute(kForgetExpired, {now});
    tx.execute(kInsert, {Blob{crypto::view(hash)}, std::string_view(made.info.token_id), now,
                         made.info.expires_at});
    record(tx, {now, made.info.token_id, request_id, "session.begin", made.info.token_id});
    return store::Outcome::keep;
  });
  if (error) {
    return *std::move(error);
  }
  return made;
}

Result<std::optional<Session>> Sessions::find(std::string_view secret) const {
  const crypto::Hash hash = vault_.hash(kSessionPurpose, secret);
  std::string token_id;
  UnixMs expires_at = 0;
  auto error = database_.read([&](store::Transaction& tx) {
    store::Cursor row = tx.query(kFind, {Blob{crypto::view(hash)}, clock_.now()});
    if (row.next()) {
      token_id = row.text(0);
      expires_at = row.integer(1);
    }
  });
  if (error) {
    return *std::move(error);
  }
  if (token_id.empty()) {
    return std::optional<Session>();
  }
  auto owner = owner_of(token_id);
  if (owner && *owner) {
    (*owner)->expires_at = expires_at;
  }
  return owner;
}

Result<Done> Sessions::end(std::string_view secret, const Actor& by) {
  const crypto::Hash hash = vault_.hash(kSessionPurpose, secret);
  auto error = database_.write([&](store::Transaction& tx) {
    if (tx.execute(kEnd, {Blob{crypto::view(hash)}}) == 0) {
      return store::Outcome::undo;
    }
    record(tx, {clock_.now(), by.id, by.request_id, "session.end", by.id});
    return store::Outcome::keep;
  });
  if (error) {
    return *std::move(error);
  }
  return Done{};
}

std::string Sessions::csrf_token(std::string_view secret) const {
  return crypto::base64_encode(crypto::view(vault_.hash(kCsrfPurpose, secret)));
}

}  // namespace tartan::access
