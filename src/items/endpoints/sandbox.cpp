// /sandbox/public_token/create, /sandbox/item/reset_login.
#include "items/item.h"
#include "items/sandbox_item.h"
#include "items/token.h"
#include "items/user.h"
#include "users_items.h"

namespace tartan::items {

PlaidResult<Reply> sandbox_public_token_create(
    Call& call, const api::SandboxPublicTokenCreateRequest& request) {
  SandboxItemChoice choice;
  choice.institution_id = request.institution_id;
  choice.products = request.initial_products;
  std::optional<User> user;
  if (request.user_id || request.user_token) {
    auto found = find_user(call, request.user_id, request.user_token);
    if (!found) {
      return std::move(found).error();
    }
    user = *std::move(found);
    choice.user = &*user;
  }
  if (request.options) {
    choice.username = request.options->override_username.value_or(choice.username);
    choice.password = request.options->override_password.value_or(choice.password);
    if (request.options->webhook) {
      choice.webhook = *request.options->webhook;
    }
  }
  auto item_id = make_sandbox_item(call, choice);
  if (!item_id) {
    return std::move(item_id).error();
  }
  const PublicToken made = issue_public_token(call, *item_id);
  return make_reply(call, [&](json::Writer& out) { out.key("public_token").string(made.token); });
}

PlaidResult<Reply> sandbox_item_reset_login(Call& call,
                                            const api::SandboxItemResetLoginRequest& request) {
  auto item = find_item(call, request.access_token);
  if (!item) {
    return std::move(item).error();
  }
  set_login_required(call, *item);
  return make_reply(call, [](json::Writer& out) { out.key("reset_login").boolean(true); });
}

}  // namespace tartan::items
