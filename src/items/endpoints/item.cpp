// /item/get, remove, webhook/update, access_token/invalidate, public_token/exchange,
// public_token/create, products/terminate; /accounts/get.
#include "items/item.h"

#include <algorithm>

#include "items/deed.h"
#include "items/token.h"
#include "users_items.h"

namespace tartan::items {
namespace {

void log_deed(Call& call, std::string_view action, const Item& item,
              std::string_view reason_code = {}) {
  const std::string_view id = item.item_id;
  const std::string_view user_id = item.user_id ? std::string_view(*item.user_id) : "";
  record_deed(call, {action, user_id, std::span(&id, 1), reason_code});
}

// When data of a product was last fetched: the sandbox fetches once, when the Item is made.
void write_product_status(json::Writer& out, const Item& item, std::string_view product) {
  const std::string listed = "," + item.products + ",";
  out.key(product);
  if (listed.find("," + std::string(product) + ",") == std::string::npos) {
    out.null();
    return;
  }
  out.begin_object();
  out.key("last_failed_update").null();
  out.key("last_successful_update").string(format_utc(item.created_at));
  out.end_object();
}

}  // namespace

PlaidResult<Reply> item_get(Call& call, const api::ItemGetRequest& request) {
  auto item = find_item(call, request.access_token);
  if (!item) {
    return std::move(item).error();
  }
  return make_reply(call, [&](json::Writer& out) {
    out.key("item");
    write_item(out, call, *item, ItemShape::with_consent);
    out.key("status").begin_object();
    write_product_status(out, *item, "investments");
    write_product_status(out, *item, "transactions");
    out.key("last_webhook").null();
    out.end_object();
  });
}

PlaidResult<Reply> item_remove(Call& call, const api::ItemRemoveRequest& request) {
  auto item = find_item(call, request.access_token);
  if (!item) {
    return std::move(item).error();
  }
  remove_item(call, *item, EndCause::item_removed);
  log_deed(call, "item.remove", *item, request.reason_code.value_or(""));
  return empty_reply(call);
}

PlaidResult<Reply> item_webhook_update(Call& call, const api::ItemWebhookUpdateRequest& request) {
  auto item = find_item(call, request.access_token);
  if (!item) {
    return std::move(item).error();
  }
  set_webhook(call, *item,
              request.webhook ? std::optional<std::string_view>(*request.webhook) : std::nullopt);
  return make_reply(call, [&](json::Writer& out) {
    out.key("item");
    write_item(out, call, *item, ItemShape::plain);
  });
}

PlaidResult<Reply> item_access_token_invalidate(
    Call& call, const api::ItemAccessTokenInvalidateRequest& request) {
  auto item = find_item(call, request.access_token);
  if (!item) {
    return std::move(item).error();
  }
  forget_access_token(call, request.access_token);
  const std::string fresh = issue_access_token(call, item->item_id);
  log_deed(call, "item.access_token.invalidate", *item);
  return make_reply(call, [&](json::Writer& out) { out.key("new_access_token").string(fresh); });
}

PlaidResult<Reply> item_public_token_exchange(Call& call,
                                              const api::ItemPublicTokenExchangeRequest& request) {
  auto item_id = redeem_public_token(call, request.public_token);
  if (!item_id) {
    return std::move(item_id).error();
  }
  if (!can_exchange(call, *item_id)) {
    return PlaidError{Code::invalid_public_token, "the Item of this public_token has been removed"};
  }
  const std::string token = issue_access_token(call, *item_id);
  return make_reply(call, [&](json::Writer& out) {
    out.key("access_token").string(token);
    out.key("item_id").string(*item_id);
  });
}

PlaidResult<Reply> item_create_public_token(Call& call,
                                            const api::ItemPublicTokenCreateRequest& request) {
  auto item = find_item(call, request.access_token);
  if (!item) {
    return std::move(item).error();
  }
  const PublicToken made = issue_public_token(call, item->item_id);
  return make_reply(call, [&](json::Writer& out) {
    out.key("public_token").string(made.token);
    out.key("expiration").string(format_utc(made.expires_at));
  });
}

PlaidResult<Reply> item_products_terminate(Call& call,
                                           const api::ItemProductsTerminateRequest& request) {
  auto item = find_item(call, request.access_token);
  if (!item) {
    return std::move(item).error();
  }
  terminate_item(call, *item);
  log_deed(call, "item.products.terminate", *item, request.reason_code);
  return empty_reply(call);
}

PlaidResult<Reply> accounts_get(Call& call, const api::AccountsGetRequest& request) {
  auto item = find_item(call, request.access_token);
  if (!item) {
    return std::move(item).error();
  }
  if (auto error = item_error(call, *item)) {
    return *std::move(error);
  }
  auto accounts = read_accounts(call, *item);
  if (!accounts) {
    return std::move(accounts).error();
  }
  std::vector<std::string_view> wanted;
  if (request.options && request.options->account_ids) {
    wanted = *request.options->account_ids;
  }
  for (const std::string_view id : wanted) {
    if (!is_account_id(id)) {
      return PlaidError{Code::invalid_field,
                        "options.account_ids: an account id is 37 letters and digits"};
    }
    if (std::none_of(accounts->begin(), accounts->end(),
                     [&](const Account& account) { return account.account_id == id; })) {
      return PlaidError{Code::invalid_account_id,
                        "options.account_ids: one of these is no account of this Item"};
    }
  }
  return make_reply(call, [&](json::Writer& out) {
    out.key("accounts").begin_array();
    for (const Account& account : *accounts) {
      if (wanted.empty() ||
          std::find(wanted.begin(), wanted.end(), account.account_id) != wanted.end()) {
        write_account(out, account);
      }
    }
    out.end_array();
    out.key("item");
    write_item(out, call, *item, ItemShape::plain);
  });
}

}  // namespace tartan::items
