// /link/token/create, /link/token/get. Facts, section 4.
#include <algorithm>
#include <array>

#include "items/identity.h"
#include "items/item.h"
#include "items/link_token.h"
#include "items/user.h"
#include "users_items.h"

namespace tartan::items {
namespace {

using contract::Field;
using Names = std::vector<std::string_view>;

constexpr UnixMs kMinute = 60 * 1000;
constexpr UnixMs kNewItemLife = 4 * 60 * kMinute;
constexpr UnixMs kUpdateModeLife = 30 * kMinute;

bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The product lists, and that none of them overlap or hold what Link can't start with.
PlaidResult<Done> check_products(const api::LinkTokenCreateRequest& request) {
  constexpr std::array<std::string_view, 4> refused = {"balance", "recurring_transactions",
                                                       "monitor", "investments_refresh"};
  const std::array<std::pair<std::string_view, Names>, 4> lists = {{
      {"products", request.products.value_or({})},
      {"required_if_supported_products", request.required_if_supported_products.value_or({})},
      {"optional_products", request.optional_products.value_or({})},
      {"additional_consented_products", request.additional_consented_products.value_or({})},
  }};
  Names seen;
  for (const auto& [field, products] : lists) {
    const Names before = seen;
    for (const std::string_view product : products) {
      const std::string quoted = "'" + std::string(product.substr(0, 60)) + "'";
      if (std::find(refused.begin(), refused.end(), product) != refused.end() ||
          !is_known_product(product)) {
        return PlaidError{Code::invalid_product, std::string(field) + ": " + quoted +
                                                     " is not a product that Link can start with"};
      }
      if (contains(before, product)) {
        return PlaidError{Code::invalid_field,
                          std::string(field) + ": " + quoted + " stands in another list already"};
      }
      seen.push_back(product);
    }
  }
  return Done{};
}

// Which User, if any, the session is for. Errors when none of the ways to say so is used.
PlaidResult<std::optional<std::string>> session_user(const Call& call,
                                                     const api::LinkTokenCreateRequest& request) {
  if (request.user_id || request.user_token) {
    auto user = find_user(call, request.user_id, request.user_token);
    if (!user) {
      return std::move(user).error();
    }
    return std::optional(user->user_id);
  }
  if (!request.user) {
    return PlaidError{Code::missing_fields,
                      "the following required fields are missing: user (with client_user_id) or "
                      "user_id"};
  }
  const json::Object& user = **request.user;
  const json::Value* id = json::find(user, "client_user_id");
  if (id == nullptr) {
    return PlaidError{Code::missing_fields,
                      "the following required fields are missing: user.client_user_id"};
  }
  if (id->get_string().empty()) {
    return PlaidError{Code::invalid_field, "user.client_user_id must not be blank"};
  }
  if (looks_personal({id->get_string().data(), id->get_string().size()})) {
    return PlaidError{Code::invalid_field,
                      "user.client_user_id must not be personal information such as an email "
                      "address, a phone number or a social security number"};
  }
  if (auto checked = check_link_user(user); !checked) {
    return std::move(checked).error();
  }
  return std::optional<std::string>();
}

// Update mode names an Item by its access token; `products` is then left out.
PlaidResult<Done> check_mode(const Call& call, const api::LinkTokenCreateRequest& request) {
  const bool by_user = request.update && request.update->user.value_or(false);
  if (request.access_token) {
    if (auto item = find_item(call, *request.access_token); !item) {
      return std::move(item).error();
    }
    return Done{};
  }
  if (!by_user && (!request.products || request.products->empty())) {
    return PlaidError{request.products ? Code::invalid_field : Code::missing_fields,
                      request.products ? "products must not be empty, except in update mode"
                                       : "the following required fields are missing: products"};
  }
  if (request.redirect_uri && request.redirect_uri->find('?') != std::string_view::npos) {
    return PlaidError{Code::invalid_field, "redirect_uri must have no query part"};
  }
  return Done{};
}

void write_names(json::Writer& out, const Names& names) {
  out.begin_array();
  for (const std::string_view name : names) {
    out.string(name);
  }
  out.end_array();
}

void write_text(json::Writer& out, const Field<std::string_view>& text) {
  out.string_or_null(text.has_value(), text.value_or(""));
}

// The metadata of /link/token/get: the create call repeated, without who the person is.
std::string metadata_of(const Call& call, const api::LinkTokenCreateRequest& request) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  if (const json::Value* given = json::find(call.body, "account_filters")) {
    json::Object filters = given->is_object() ? given->get_object() : json::Object();
    filters.erase("other");  // not part of the answer
    out.key("account_filters").value(filters);
  }
  out.key("client_name").string(request.client_name);
  out.key("country_codes");
  write_names(out, request.country_codes);
  out.key("initial_products");
  write_names(out, request.products.value_or({}));
  if (request.institution_data) {
    out.key("institution_data").begin_object();
    if (request.institution_data->routing_number) {
      out.key("routing_number").string(*request.institution_data->routing_number);
    }
    out.end_object();
  }
  out.key("language").string(request.language);
  out.key("redirect_uri");
  write_text(out, request.redirect_uri);
  out.key("webhook");
  write_text(out, request.webhook);
  out.end_object();
  return text;
}

}  // namespace

PlaidResult<Reply> link_token_create(Call& call, const api::LinkTokenCreateRequest& request) {
  if (request.hosted_link) {
    return PlaidError{Code::invalid_configuration,
                      "hosted_link: this version of Tartan has no hosted Link pages yet; leave it "
                      "out, or make Items with /sandbox/public_token/create"};
  }
  auto user_id = session_user(call, request);
  if (!user_id) {
    return std::move(user_id).error();
  }
  if (auto known = check_products(request); !known) {
    return std::move(known).error();
  }
  if (auto mode = check_mode(call, request); !mode) {
    return std::move(mode).error();
  }
  const bool update_mode = request.access_token || request.update;
  const LinkToken made = issue_link_token(
      call, *user_id, update_mode ? kUpdateModeLife : kNewItemLife, metadata_of(call, request));
  return make_reply(call, [&](json::Writer& out) {
    out.key("expiration").string(format_utc(made.expires_at));
    out.key("link_token").string(made.token);
    if (made.user_id) {
      out.key("user_id").string(*made.user_id);
    }
  });
}

PlaidResult<Reply> link_token_get(Call& call, const api::LinkTokenGetRequest& request) {
  auto found = find_link_token(call, request.link_token);
  if (!found) {
    return std::move(found).error();
  }
  return make_reply(call, [&](json::Writer& out) {
    out.key("created_at").string(format_utc(found->created_at));
    out.key("expiration").string(format_utc(found->expires_at));
    out.key("link_sessions").begin_array().end_array();
    out.key("link_token").string(found->token);
    out.key("metadata").raw(found->request);
    if (found->user_id) {
      out.key("user_id").string(*found->user_id);
    }
  });
}

}  // namespace tartan::items
