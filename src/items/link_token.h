// Link tokens: what a Link session is to do. Facts, section 4.
#pragma once

#include <optional>
#include <string>

#include "items/endpoints/call.h"

namespace tartan::items {

struct LinkToken {
  std::string token;
  UnixMs created_at = 0;
  UnixMs expires_at = 0;
  std::optional<std::string> user_id;
  std::string request;  // JSON of what it was created with; stands in the database only sealed
};

// Stores a new link token. `request` is sealed under a key of its own.
LinkToken issue_link_token(Call& call, const std::optional<std::string>& user_id, UnixMs life_ms,
                           std::string_view request);

// Errors: invalid_field when malformed, invalid_link_token when unknown or long over.
PlaidResult<LinkToken> find_link_token(const Call& call, std::string_view token);

}  // namespace tartan::items
