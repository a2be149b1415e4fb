#include "items/item.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/deflate.h"
#include "items/deed.h"
#include "items/token.h"

namespace tartan::items {
namespace {

using store::Blob;
using store::Cursor;
using store::Statement;

// An Item's id begins with its place: when its User was made (milliseconds in 7 digits of base 62,
// until the year 2081) and the end of the User's id. So the Items of one person lie together in
// every table, whatever else was made meanwhile, and are found by that place without an index. An
// Item that was given to its User later keeps its place; an index finds it.
constexpr std::size_t kTimeDigits = 7;
constexpr std::size_t kUserDigits = 4;
constexpr std::size_t kRandomDigits = 26;

// A sandbox Item's login expires by itself (facts, section 4.4).
constexpr UnixMs kSandboxLoginLifeMs = 30LL * 24 * 60 * 60 * 1000;

// An Item's data, unpacked.
constexpr std::size_t kDataBytesMax = 16 * 1024 * 1024;

constexpr Statement kInsert{
    "INSERT INTO items (item_id, client_id, user_id, institution_id, state, webhook, products,"
    " created_at, login_at, wrapped_key, sealed)"
    " VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?7, ?8, ?9)"};
constexpr Statement kById{
    "SELECT item_id, user_id, institution_id, state, webhook, error_code, products, created_at,"
    " login_at FROM items WHERE item_id = ?1 AND client_id = ?2"};
constexpr Statement kByPlace{
    "SELECT item_id, user_id, institution_id, state, webhook, error_code, products, created_at,"
    " login_at FROM items WHERE item_id >= ?1 AND item_id < ?2 AND user_id = ?3 AND given = 0"};
constexpr Statement kGiven{
    "SELECT item_id, user_id, institution_id, state, webhook, error_code, products, created_at,"
    " login_at FROM items WHERE user_id = ?1 AND given = 1"};
constexpr Statement kOwner{"SELECT user_id FROM items WHERE item_id = ?1"};
constexpr Statement kData{"SELECT wrapped_key, sealed FROM items WHERE item_id = ?1"};
constexpr Statement kSetWebhook{"UPDATE items SET webhook = ?2 WHERE item_id = ?1"};
constexpr Statement kSetError{"UPDATE items SET error_code = ?2 WHERE item_id = ?1"};
constexpr Statement kTerminate{"UPDATE items SET state = 1 WHERE item_id = ?1"};
constexpr Statement kDelete{"DELETE FROM items WHERE item_id = ?1"};
constexpr Statement kDeleteOfUser{"DELETE FROM items WHERE item_id = ?1 AND user_id = ?2"};
constexpr Statement kAssociate{
    "UPDATE items SET user_id = ?3, given = 1 WHERE item_id = ?1 AND client_id = ?2"};

Item read_row(const Cursor& row) {
  Item item;
  item.item_id = row.text(0);
  item.user_id = row.text_or_nothing(1);
  item.institution_id = row.text(2);
  item.state = row.integer(3) == 0 ? ItemState::active : ItemState::terminated;
  item.webhook = row.text_or_nothing(4);
  item.error_code = row.is_null(5) ? "" : std::string(row.text(5));
  item.products = row.text(6);
  item.created_at = row.integer(7);
  item.login_at = row.integer(8);
  return item;
}

std::string join(const std::vector<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    text.append(text.empty() ? "" : ",").append(name);
  }
  return text;
}

template <typename Each>
void for_each_product(std::string_view products, Each&& each) {
  while (!products.empty()) {
    const auto comma = products.find(',');
    each(products.substr(0, comma));
    products.remove_prefix(comma == std::string_view::npos ? products.size() : comma + 1);
  }
}

bool contains(std::string_view products, std::string_view wanted) {
  bool found = false;
  for_each_product(products, [&](std::string_view one) { found = found || one == wanted; });
  return found;
}

}  // namespace

std::string place_of(const User& user) {
  const std::string_view id = user.user_id;
  return ordered_base62(static_cast<std::uint64_t>(user.created_at), kTimeDigits) +
         std::string(id.substr(id.size() - std::min(id.size(), kUserDigits)));
}

PlaidError not_items_of_user(std::span<const std::string_view> ids) {
  constexpr std::size_t named_max = 20;
  std::string message =
      "nothing was changed: these item_ids are not Items associated with this User now: ";
  for (std::size_t i = 0; i < std::min(ids.size(), named_max); ++i) {
    message.append(i == 0 ? "" : ", ").append(ids[i].substr(0, 100));
  }
  if (ids.size() > named_max) {
    message += " and " + std::to_string(ids.size() - named_max) + " more";
  }
  return {Code::item_not_found, std::move(message)};
}

std::string create_item(Call& call, const NewItem& fresh) {
  std::string item_id = fresh.user != nullptr
                            ? place_of(*fresh.user)
                            : ordered_base62(static_cast<std::uint64_t>(call.now), kTimeDigits) +
                                  random_base62(call.services.random, kUserDigits);
  item_id += random_base62(call.services.random, kRandomDigits);
  const auto user_id = fresh.user != nullptr ? std::optional(fresh.user->user_id) : std::nullopt;
  const crypto::ObjectKey key = call.services.vault.make_object_key(call.services.random, item_id);
  const std::string sealed =
      crypto::seal(key.key, call.services.random, item_id, deflate(print_accounts(fresh.accounts)));
  const std::string products = join(fresh.products);
  call.tx.execute(kInsert, {std::string_view(item_id), std::string_view(call.client.client_id),
                            store::text_or_null(user_id), fresh.institution.id,
                            store::text_or_null(fresh.webhook), std::string_view(products),
                            call.now, Blob{key.wrapped}, Blob{sealed}});
  start_subscriptions(call, item_id, user_id, fresh.products);
  return item_id;
}

PlaidResult<Item> find_item(const Call& call, std::string_view access_token) {
  auto item_id = item_of_access_token(call, access_token);
  if (!item_id) {
    return std::move(item_id).error();
  }
  Cursor row =
      call.tx.query(kById, {std::string_view(*item_id), std::string_view(call.client.client_id)});
  if (row.next()) {
    Item item = read_row(row);
    if (item.state == ItemState::active) {
      return item;
    }
  }
  return PlaidError{Code::item_not_found,
                    "the Item that this access_token belongs to has been removed"};
}

bool can_exchange(const Call& call, std::string_view item_id) {
  Cursor row = call.tx.query(kById, {item_id, std::string_view(call.client.client_id)});
  return row.next() && read_row(row).state == ItemState::active;
}

PlaidResult<std::vector<Account>> read_accounts(const Call& call, const Item& item) {
  const auto damaged = [] {
    return PlaidError{Code::internal_server_error, "the stored data of this Item can't be read"};
  };
  std::string wrapped;
  std::string sealed;
  {
    Cursor row = call.tx.query(kData, {std::string_view(item.item_id)});
    if (!row.next()) {
      return damaged();
    }
    wrapped = row.blob(0);
    sealed = row.blob(1);
  }
  auto key = call.services.vault.unwrap(wrapped, item.item_id);
  if (!key) {
    return damaged();
  }
  auto plain = crypto::open_sealed(*key, item.item_id, sealed);
  if (!plain) {
    return damaged();
  }
  const auto text = inflate(*plain, kDataBytesMax);
  if (!text) {
    return damaged();
  }
  auto parsed = json::parse(*text);
  if (!parsed) {
    return damaged();
  }
  return read_accounts(*parsed);
}

std::optional<PlaidError> item_error(const Call& call, const Item& item) {
  const bool expired = call.environment == access::Environment::sandbox &&
                       call.now - item.login_at > kSandboxLoginLifeMs;
  if (item.error_code == "ITEM_LOGIN_REQUIRED" || expired) {
    return PlaidError{Code::item_login_required,
                      "the login details of this Item have changed (credentials, MFA, or required "
                      "user action) and a user login is required to update it; use Link's update "
                      "mode"};
  }
  if (!item.error_code.empty()) {
    return PlaidError{Code::item_failure, "the Item is in an error state", item.error_code};
  }
  return std::nullopt;
}

void set_webhook(Call& call, Item& item, std::optional<std::string_view> webhook) {
  call.tx.execute(kSetWebhook, {std::string_view(item.item_id), store::text_or_null(webhook)});
  item.webhook = webhook ? std::optional<std::string>(*webhook) : std::nullopt;
}

void set_login_required(Call& call, const Item& item) {
  call.tx.execute(kSetError,
                  {std::string_view(item.item_id), std::string_view("ITEM_LOGIN_REQUIRED")});
}

void terminate_item(Call& call, const Item& item) {
  call.tx.execute(kTerminate, {std::string_view(item.item_id)});
  end_subscriptions(call, item.item_id, EndCause::item_terminated);
}

void remove_item(Call& call, const Item& item, EndCause cause) {
  call.tx.execute(kDelete, {std::string_view(item.item_id)});
  end_subscriptions(call, item.item_id, cause);
}

PlaidResult<Done> remove_items(Call& call, const User& user,
                               std::span<const std::string_view> item_ids) {
  std::unordered_set<std::string_view> seen;
  std::vector<std::string_view> strangers;
  for (const std::string_view item_id : item_ids) {
    if (!seen.insert(item_id).second) {
      continue;
    }
    if (call.tx.execute(kDeleteOfUser, {item_id, std::string_view(user.user_id)}) == 0) {
      strangers.push_back(item_id);
    } else if (strangers.empty()) {
      end_subscriptions(call, item_id, EndCause::user_items_removed);
    }
  }
  if (!strangers.empty()) {
    return not_items_of_user(strangers);
  }
  record_deed(call, {"user.items.remove", user.user_id, item_ids});
  return Done{};
}

std::vector<std::string> remove_all_items(Call& call, const User& user) {
  std::vector<std::string> removed;
  for (const Item& item : items_of(call, user)) {
    remove_item(call, item, EndCause::user_removed);
    removed.push_back(item.item_id);
  }
  return removed;
}

PlaidResult<std::vector<std::string>> remove_user(Call& call, const User& user) {
  auto profile = open_profile(call, user);
  if (!profile) {
    return std::move(profile).error();
  }
  std::vector<std::string> removed = remove_all_items(call, user);
  end_subscriptions(call, user.user_id, EndCause::user_removed);
  delete_user(call, user, *profile);
  const std::vector<std::string_view> ids(removed.begin(), removed.end());
  record_deed(call, {"user.remove", user.user_id, ids});
  return removed;
}

PlaidResult<Done> associate_items(Call& call, const User& user,
                                  std::span<const std::string_view> item_ids) {
  std::vector<std::string_view> strangers;
  for (const std::string_view item_id : item_ids) {
    if (call.tx.execute(kAssociate, {item_id, std::string_view(call.client.client_id),
                                     std::string_view(user.user_id)}) == 0) {
      strangers.push_back(item_id);
    }
  }
  if (!strangers.empty()) {
    PlaidError error = not_items_of_user(strangers);
    const auto colon = error.message.rfind(": ");
    error.message = "nothing was changed: these item_ids are not Items of this client" +
                    error.message.substr(colon);
    return error;
  }
  return Done{};
}

std::vector<Item> items_of(const Call& call, const User& user) {
  std::vector<Item> all;
  const auto take = [&](Cursor row) {
    while (row.next()) {
      all.push_back(read_row(row));
    }
  };
  const std::string place = place_of(user);
  const std::string behind = place + '~';  // after every letter and digit
  take(call.tx.query(kByPlace, {std::string_view(place), std::string_view(behind),
                                std::string_view(user.user_id)}));
  take(call.tx.query(kGiven, {std::string_view(user.user_id)}));
  std::sort(all.begin(), all.end(), [](const Item& a, const Item& b) {
    return std::tie(a.created_at, a.item_id) < std::tie(b.created_at, b.item_id);
  });
  return all;
}

std::optional<Item> find_item_of(const Call& call, const User& user, std::string_view item_id) {
  Cursor row = call.tx.query(kById, {item_id, std::string_view(call.client.client_id)});
  if (row.next()) {
    Item item = read_row(row);
    if (item.user_id == user.user_id) {
      return item;
    }
  }
  return std::nullopt;
}

std::optional<std::string> owner_of_item(store::Transaction& tx, std::string_view item_id) {
  Cursor row = tx.query(kOwner, {item_id});
  return row.next() ? row.text_or_nothing(0) : std::nullopt;
}

std::vector<std::string_view> products_of(const Item& item) {
  std::vector<std::string_view> all;
  for_each_product(item.products, [&](std::string_view product) { all.push_back(product); });
  return all;
}

std::vector<std::string_view> billed_products_of(const Item& item) {
  std::vector<std::string_view> billed = products_of(item);
  std::erase_if(billed, [](std::string_view one) { return billing_of(one) == Billing::per_call; });
  return billed;
}

namespace {

// The three product lists of an Item as JSON. They depend on the institution and the products that
// the Item was made with alone, few combinations occur, and printing them took longer than reading
// the Item: each thread keeps those it has met.
struct ProductLists {
  std::string available;
  std::string billed;
  std::string all;
};

ProductLists print_products(const Institution* institution, std::string_view products) {
  ProductLists lists;
  json::Writer available(lists.available);
  json::Writer billed(lists.billed);
  json::Writer all(lists.all);
  available.begin_array();
  billed.begin_array();
  all.begin_array();
  if (institution != nullptr) {
    for (const std::string_view product : institution->products) {
      if (!contains(products, product)) {
        available.string(product);
      }
    }
  }
  for_each_product(products, [&](std::string_view product) {
    all.string(product);
    if (billing_of(product) != Billing::per_call) {
      billed.string(product);
    }
  });
  available.end_array();
  billed.end_array();
  all.end_array();
  return lists;
}

const ProductLists& product_lists(const Institution* institution, const Item& item) {
  constexpr std::size_t kept_max = 256;
  thread_local std::unordered_map<std::string, ProductLists> kept;
  thread_local std::string key;
  key.assign(item.institution_id).append("|").append(item.products);
  const auto found = kept.find(key);
  if (found != kept.end()) {
    return found->second;
  }
  if (kept.size() >= kept_max) {
    kept.clear();
  }
  return kept.emplace(key, print_products(institution, item.products)).first->second;
}

}  // namespace

void write_item(json::Writer& out, const Call& call, const Item& item, ItemShape shape) {
  const Institution* institution = find_institution(item.institution_id);
  const auto error = item_error(call, item);
  out.begin_object();
  const ProductLists& products = product_lists(institution, item);
  out.key("available_products").raw(products.available);
  out.key("billed_products").raw(products.billed);
  out.key("consent_expiration_time").null();
  if (shape == ItemShape::with_consent) {
    out.key("created_at").string(format_utc(item.created_at));
  }
  out.key("error");
  if (error) {
    out.raw(render_item_error(*error));
  } else {
    out.null();
  }
  out.key("institution_id").string(item.institution_id);
  out.key("institution_name")
      .string_or_null(institution != nullptr, institution != nullptr ? institution->name : "");
  out.key("item_id").string(item.item_id);
  out.key("products").raw(products.all);
  out.key("update_type").string("background");
  out.key("webhook").string_or_null(item.webhook.has_value(), item.webhook.value_or(""));
  out.end_object();
}

}  // namespace tartan::items
