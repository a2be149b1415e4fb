#include "items/plaid_error.h"

#include <algorithm>

#include "json/json.h"

namespace tartan::items {
namespace {

constexpr std::string_view kRequest = "INVALID_REQUEST";
constexpr std::string_view kInput = "INVALID_INPUT";
constexpr std::string_view kItem = "ITEM_ERROR";

// "https://plaid.com/docs/?ref=error#invalid-request-errors", as every Plaid error carries.
std::string documentation_url(std::string_view type) {
  std::string anchor(type);
  if (anchor.ends_with("_ERROR")) {
    anchor.resize(anchor.size() - std::string_view("_ERROR").size());
  }
  std::transform(anchor.begin(), anchor.end(), anchor.begin(),
                 [](char c) { return c == '_' ? '-' : static_cast<char>(c | 0x20); });
  return "https://plaid.com/docs/?ref=error#" + anchor + "-errors";
}

}  // namespace

Wire wire(const PlaidError& error) {
  switch (error.code) {
    case Code::missing_fields:
      return {400, kRequest, "MISSING_FIELDS"};
    case Code::unknown_fields:
      return {400, kRequest, "UNKNOWN_FIELDS"};
    case Code::invalid_field:
      return {400, kRequest, "INVALID_FIELD"};
    case Code::invalid_body:
      return {400, kRequest, "INVALID_BODY"};
    case Code::invalid_headers:
      return {400, kRequest, "INVALID_HEADERS"};
    case Code::invalid_configuration:
      return {400, kRequest, "INVALID_CONFIGURATION"};
    case Code::sandbox_only:
      return {400, kRequest, "SANDBOX_ONLY"};
    case Code::not_found:
      return {404, kRequest, "NOT_FOUND"};
    case Code::body_too_large:
      return {413, kRequest, "INVALID_BODY"};
    case Code::headers_too_large:
      return {431, kRequest, "INVALID_HEADERS"};
    case Code::request_timeout:
      return {408, kRequest, "INVALID_BODY"};
    case Code::invalid_api_keys:
      return {400, kInput, "INVALID_API_KEYS"};
    case Code::unauthorized_route_access:
      return {400, kInput, "UNAUTHORIZED_ROUTE_ACCESS"};
    case Code::invalid_access_token:
      return {400, kInput, "INVALID_ACCESS_TOKEN"};
    case Code::invalid_public_token:
      return {400, kInput, "INVALID_PUBLIC_TOKEN"};
    case Code::invalid_link_token:
      return {400, kInput, "INVALID_LINK_TOKEN"};
    case Code::invalid_user_id:
      return {400, kInput, "INVALID_USER_ID"};
    case Code::invalid_user_token:
      return {400, kInput, "INVALID_USER_TOKEN"};
    case Code::invalid_account_id:
      return {400, kInput, "INVALID_ACCOUNT_ID"};
    case Code::invalid_institution:
      return {400, kInput, "INVALID_INSTITUTION"};
    case Code::invalid_product:
      return {400, kInput, "INVALID_PRODUCT"};
    case Code::user_not_found:
      return {400, "USER_ERROR", "USER_NOT_FOUND"};
    case Code::invalid_user_identity_data:
      return {403, "USER_ERROR", "INVALID_USER_IDENTITY_DATA"};
    case Code::item_not_found:
      return {400, kItem, "ITEM_NOT_FOUND"};
    case Code::item_login_required:
      return {400, kItem, "ITEM_LOGIN_REQUIRED"};
    case Code::item_concurrently_deleted:
      return {400, kItem, "ITEM_CONCURRENTLY_DELETED"};
    case Code::products_not_supported:
      return {400, kItem, "PRODUCTS_NOT_SUPPORTED"};
    case Code::item_failure:
      return {400, kItem, error.item_code};
    case Code::institution_failure:
      return {400, "INSTITUTION_ERROR", error.item_code};
    case Code::internal_server_error:
      return {500, "API_ERROR", "INTERNAL_SERVER_ERROR"};
    case Code::planned_maintenance:
      return {503, "API_ERROR", "PLANNED_MAINTENANCE"};
  }
  return {500, "API_ERROR", "INTERNAL_SERVER_ERROR"};
}

std::string_view display_message(const PlaidError& error) {
  if (error.code == Code::item_login_required) {
    return "The login details of this account have changed. Please update your account connection.";
  }
  return {};
}

namespace {

// Members stand in alphabetical order, as Plaid prints them.
void write_error(json::Writer& out, const PlaidError& error, std::string_view request_id) {
  const Wire named = wire(error);
  const std::string_view shown = display_message(error);
  out.begin_object();
  out.key("display_message").string_or_null(!shown.empty(), shown);
  out.key("documentation_url").string(documentation_url(named.type));
  out.key("error_code").string(named.code);
  out.key("error_message").string(error.message);
  out.key("error_type").string(named.type);
  if (!request_id.empty()) {
    out.key("request_id").string(request_id);
  }
  out.key("suggested_action").null();
  out.end_object();
}

}  // namespace

std::string render(const PlaidError& error, std::string_view request_id) {
  std::string body;
  json::Writer out(body);
  write_error(out, error, request_id);
  return body;
}

std::string render_item_error(const PlaidError& error) { return render(error, {}); }

}  // namespace tartan::items
