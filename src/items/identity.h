// What Users tell about a person: checked and normalised before it is sealed. Facts, section 2.2.
//
// The contract's schema check has passed types and unknown fields; presence, formats and lengths
// are checked here, because Plaid answers them with 403 INVALID_USER_IDENTITY_DATA.
#pragma once

#include "items/plaid_error.h"
#include "json/json.h"

namespace tartan::items {

// ClientUserIdentity, `identity` of the current User API. Errors: invalid_user_identity_data,
// naming the field by dotted path.
PlaidResult<json::Object> normalize_identity(const json::Object& identity);

// `consumer_report_user_identity` of the legacy User API.
PlaidResult<json::Object> normalize_legacy_identity(const json::Object& identity);

// The personal members of `user` in /link/token/create.
PlaidResult<Done> check_link_user(const json::Object& user);

// Whether a client_user_id is plainly an email address, a phone number or a social security number.
bool looks_personal(std::string_view client_user_id);

// Takes over the fields that `update` gives, arrays whole; null clears a field.
void merge_identity(json::Object& stored, const json::Object& update);

}  // namespace tartan::items
