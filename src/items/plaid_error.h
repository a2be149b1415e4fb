// Plaid's errors as values. Handlers return one; `render` below is the only place that knows HTTP
// statuses and the shape of the error body. Source: facts of Plaid's error reference, "Errors".
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace tartan::items {

enum class Code {
  // INVALID_REQUEST
  missing_fields,
  unknown_fields,
  invalid_field,
  invalid_body,
  invalid_headers,
  invalid_configuration,
  sandbox_only,
  not_found,
  body_too_large,     // 413 INVALID_BODY
  headers_too_large,  // 431 INVALID_HEADERS
  request_timeout,    // 408 INVALID_BODY: the request did not arrive in time
  // INVALID_INPUT
  invalid_api_keys,
  unauthorized_route_access,
  invalid_access_token,
  invalid_public_token,
  invalid_link_token,
  invalid_user_id,
  invalid_user_token,
  invalid_account_id,
  invalid_institution,
  invalid_product,
  // USER_ERROR
  user_not_found,
  invalid_user_identity_data,
  // ITEM_ERROR
  item_not_found,
  item_login_required,
  item_concurrently_deleted,
  products_not_supported,
  item_failure,         // another ITEM_ERROR that an Item carries, named by PlaidError::item_code
  institution_failure,  // an INSTITUTION_ERROR that an Item carries, named by PlaidError::item_code
  // API_ERROR
  internal_server_error,
  planned_maintenance,
};

struct PlaidError {
  Code code = Code::internal_server_error;
  std::string message;  // for the developer who reads it: what is wrong and what was expected
  std::string item_code = {};  // the error_code where `code` is one of the two *_failure
};

template <typename T>
using PlaidResult = Result<T, PlaidError>;

struct Wire {
  int status;             // HTTP
  std::string_view type;  // error_type
  std::string_view code;  // error_code
};

Wire wire(const PlaidError& error);

// The flat JSON body, with every member that Plaid's errors carry.
std::string render(const PlaidError& error, std::string_view request_id);

// The same as the `error` member of an Item, which has no request_id.
std::string render_item_error(const PlaidError& error);

// What the user of the app may be shown; empty where Plaid sends null.
std::string_view display_message(const PlaidError& error);

}  // namespace tartan::items
