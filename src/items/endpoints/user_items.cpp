// /user/items/get, remove, associate.
#include "items/deed.h"
#include "items/item.h"
#include "items/user.h"
#include "users_items.h"

namespace tartan::items {

PlaidResult<Reply> user_items_get(Call& call, const api::UserItemsGetRequest& request) {
  auto user = find_user(call, request.user_id, request.user_token);
  if (!user) {
    return std::move(user).error();
  }
  return make_reply(call, [&](json::Writer& out) {
    out.key("items").begin_array();
    for (const Item& item : items_of(call, *user)) {
      write_item(out, call, item, ItemShape::plain);
    }
    out.end_array();
  });
}

PlaidResult<Reply> user_items_remove(Call& call, const api::UserItemsRemoveRequest& request) {
  auto user = find_user(call, request.user_id, request.user_token);
  if (!user) {
    return std::move(user).error();
  }
  if (auto removed = remove_items(call, *user, request.item_ids); !removed) {
    return std::move(removed).error();
  }
  return empty_reply(call);
}

PlaidResult<Reply> user_items_associate(Call& call, const api::UserItemsAssociateRequest& request) {
  auto user = find_user(call, request.user_id);
  if (!user) {
    return std::move(user).error();
  }
  if (auto associated = associate_items(call, *user, request.item_ids); !associated) {
    return std::move(associated).error();
  }
  record_deed(call, {"user.items.associate", user->user_id, request.item_ids});
  return empty_reply(call);
}

}  // namespace tartan::items
