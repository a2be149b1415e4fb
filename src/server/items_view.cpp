#include "server/items_view.h"

#include <algorithm>

#include "items/sandbox_item.h"
#include "items/token.h"

namespace tartan::server {
namespace {

using items::Call;
using items::Item;
using items::User;
using json::Array;
using json::Object;
using json::Value;

// Items of one User that a page shows, and that a removal takes at once.
constexpr std::size_t kItemsMax = 1000;

template <typename Text>
Array texts(const std::vector<Text>& all) {
  Array printed;
  for (const auto& one : all) {
    printed.emplace_back(std::string_view(one));
  }
  return printed;
}

Value text_or_null(const std::optional<std::string>& text) {
  return text ? Value(*text) : Value(nullptr);
}

Value time_or_null(const std::optional<UnixMs>& time) {
  return time ? Value(format_utc_ms(*time)) : Value(nullptr);
}

Value number_or_null(const std::optional<double>& number) {
  return number ? Value(*number) : Value(nullptr);
}

Object masked_token(items::TokenKind kind, const Call& call, const std::optional<UnixMs>& time) {
  return {{"masked", items::start_of(kind, call.environment) + "••••"},
          {"createdAt", time_or_null(time)}};
}

Object print_user_row(const Call& call, const User& user, const std::string& client_user_id,
                      std::size_t items) {
  return {{"userId", user.user_id},
          {"clientId", call.client.client_id},
          {"clientName", call.client.name},
          {"clientUserId", client_user_id},
          {"legacy", user.generation == access::Generation::legacy},
          {"createdAt", format_utc_ms(user.created_at)},
          {"updatedAt", time_or_null(user.updated_at)},
          {"itemCount", items}};
}

Array names_of_identity(const items::Profile& profile) {
  std::vector<std::string> names;
  for (const auto* identity : {&profile.identity, &profile.legacy_identity}) {
    if (*identity) {
      for (const auto& member : **identity) {
        names.emplace_back(member.key());
      }
    }
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return texts(names);
}

std::string status_of(const Item& item, const std::optional<items::PlaidError>& error) {
  if (item.state == items::ItemState::terminated) {
    return "terminated";
  }
  return error ? "error" : "healthy";
}

Object view_whole_item(const Call& call, const Item& item) {
  Object view = view_item(call, item);
  view["error"] = nullptr;
  if (const auto error = items::item_error(call, item)) {
    const items::Wire named = items::wire(*error);
    view["error"] = Object{{"type", named.type}, {"code", named.code}, {"message", error->message}};
  }
  view["billedProducts"] = texts(items::billed_products_of(item));
  view["webhook"] = text_or_null(item.webhook);
  view["loginAt"] = format_utc_ms(item.login_at);
  const auto accounts = items::read_accounts(call, item);
  view["accounts"] = accounts ? view_accounts(*accounts) : Array{};
  view["accountsProblem"] = accounts ? Value(nullptr) : Value(accounts.error().message);
  Array tokens;
  for (const auto& issued_at : items::working_tokens(call, item)) {
    tokens.push_back(masked_token(items::TokenKind::access, call, issued_at));
  }
  view["accessTokens"] = std::move(tokens);
  return view;
}

std::string quoted_for_shell(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return out + "'";
}

// How a request of its client names the User.
Object body_of(const User& user) {
  return user.generation == access::Generation::legacy ? Object{{"user_token", "YOUR_USER_TOKEN"}}
                                                       : Object{{"user_id", user.user_id}};
}

// POST to `url` as a client sends it.
Object view_call(const Call& call, const std::string& url, Object body) {
  const std::pair<std::string, std::string> headers[] = {{"Content-Type", "application/json"},
                                                         {"PLAID-CLIENT-ID", call.client.client_id},
                                                         {"PLAID-SECRET", "YOUR_SECRET"}};
  std::string curl = "curl -X POST " + quoted_for_shell(url);
  Array fields;
  for (const auto& [name, value] : headers) {
    curl += " \\\n  -H " + quoted_for_shell(name + ": " + value);
    fields.push_back(Object{{"name", name}, {"value", value}});
  }
  curl += " \\\n  -d " + quoted_for_shell(json::print(body));
  return {{"method", "POST"},
          {"url", url},
          {"headers", std::move(fields)},
          {"body", std::move(body)},
          {"curl", std::move(curl)}};
}

// `subscriptions` that end beside those of the Items.
Object view_totals(const items::RemovalPreview& preview, std::size_t subscriptions) {
  std::size_t accounts = 0;
  std::size_t tokens = 0;
  for (const items::DoomedItem& one : preview.items) {
    accounts += one.accounts.size();
    tokens += one.access_tokens;
    subscriptions += one.ending.size();
  }
  return {{"items", preview.items.size()},
          {"accounts", accounts},
          {"accessTokens", tokens},
          {"subscriptions", subscriptions},
          {"webhooks", 0}};
}

std::string count(std::size_t number, std::string_view one, std::string_view many) {
  return std::to_string(number) + " " + std::string(number == 1 ? one : many);
}

Array view_headers(std::string_view lines) {
  Array fields;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    const auto colon = line.find(": ");
    fields.push_back(Object{{"name", line.substr(0, colon)}, {"value", line.substr(colon + 2)}});
  }
  return fields;
}

std::string_view name_of(http::Method method) {
  constexpr std::string_view names[] = {"GET",   "HEAD",   "POST",    "PUT",
                                        "PATCH", "DELETE", "OPTIONS", "OTHER"};
  return names[static_cast<std::size_t>(method)];
}

Value filled_or_null(std::string_view text) { return text.empty() ? Value(nullptr) : Value(text); }

}  // namespace

Object view_user_row(const Call& call, const User& user) {
  const auto profile = items::open_profile(call, user);
  return print_user_row(call, user, profile ? profile->client_user_id : "",
                        items::items_of(call, user).size());
}

Object view_user(const Call& call, const User& user) {
  const auto profile = items::open_profile(call, user);
  const std::vector<Item> items = items::items_of(call, user);
  Object view = print_user_row(call, user, profile ? profile->client_user_id : "", items.size());
  view["identityFields"] = profile ? names_of_identity(*profile) : Array{};
  view["userToken"] = user.generation == access::Generation::legacy
                          ? Value(masked_token(items::TokenKind::user, call, user.created_at))
                          : Value(nullptr);
  Array shown;
  for (const Item& item : std::span(items).first(std::min(items.size(), kItemsMax))) {
    shown.push_back(view_whole_item(call, item));
  }
  view["items"] = std::move(shown);
  view["subscriptions"] = view_subscriptions(items::subscriptions_of(call, user, items));
  return view;
}

Object view_item(const Call& call, const Item& item) {
  const items::Institution* institution = items::find_institution(item.institution_id);
  return {{"itemId", item.item_id},
          {"institutionId", item.institution_id},
          {"institutionName",
           institution != nullptr ? institution->name : std::string_view(item.institution_id)},
          {"status", status_of(item, items::item_error(call, item))},
          {"products", texts(items::products_of(item))},
          {"createdAt", format_utc_ms(item.created_at)}};
}

Array view_accounts(const std::vector<items::Account>& accounts) {
  Array printed;
  for (const items::Account& account : accounts) {
    printed.push_back(Object{{"accountId", account.account_id},
                             {"mask", account.mask},
                             {"name", account.name},
                             {"officialName", text_or_null(account.official_name)},
                             {"type", account.type},
                             {"subtype", account.subtype},
                             {"available", number_or_null(account.available)},
                             {"current", number_or_null(account.current)},
                             {"limit", number_or_null(account.limit)},
                             {"currency", account.iso_currency_code}});
  }
  return printed;
}

Array view_subscriptions(const std::vector<items::Subscription>& subscriptions) {
  Array printed;
  for (const items::Subscription& one : subscriptions) {
    printed.push_back(Object{{"subscriptionId", one.subscription_id},
                             {"product", one.product},
                             {"level", one.item_id ? "item" : "user"},
                             {"itemId", text_or_null(one.item_id)},
                             {"status", one.ended_at ? "ended" : "active"},
                             {"startedAt", format_utc_ms(one.started_at)},
                             {"endedAt", time_or_null(one.ended_at)},
                             {"endedCause", filled_or_null(one.ended_cause)}});
  }
  return printed;
}

Object view_institution(const items::Institution& institution) {
  constexpr std::string_view health[] = {"healthy", "degraded", "down"};
  return {{"institutionId", institution.id},
          {"name", institution.name},
          {"products", texts(items::products_to_choose(institution))},
          {"countryCodes", texts(institution.country_codes)},
          {"oauth", institution.oauth},
          {"health", health[static_cast<std::size_t>(institution.health)]}};
}

Object view_user_preview(const Call& call, const User& user, const items::RemovalPreview& preview,
                         const std::string& base_url) {
  return {{"userId", user.user_id},
          {"clientId", call.client.client_id},
          {"totals", view_totals(preview, preview.user_subscriptions.size())},
          {"effects", texts(items::describe_user_removal(user, preview))},
          {"call", view_call(call, base_url + "/user/remove", body_of(user))}};
}

Object view_preview(const Call& call, const User& user, const items::RemovalPreview& preview,
                    const std::vector<std::string_view>& item_ids, const std::string& base_url) {
  Array doomed;
  for (const items::DoomedItem& one : preview.items) {
    Object view = view_item(call, one.item);
    view["accounts"] = view_accounts(one.accounts);
    view["accessTokens"] = one.access_tokens;
    view["subscriptions"] = view_subscriptions(one.ending);
    doomed.push_back(std::move(view));
  }
  Object body = body_of(user);
  body["item_ids"] = texts(item_ids);
  const std::vector<std::string_view> strangers(preview.strangers.begin(), preview.strangers.end());
  return {{"userId", user.user_id},
          {"clientId", call.client.client_id},
          {"removable", strangers.empty()},
          {"problem",
           strangers.empty() ? Value(nullptr) : Value(items::not_items_of_user(strangers).message)},
          {"strangers", texts(strangers)},
          {"items", std::move(doomed)},
          {"kept", Object{{"items", preview.items_kept},
                          {"userSubscriptions", view_subscriptions(preview.user_subscriptions)}}},
          {"totals", view_totals(preview, 0)},
          {"effects", texts(items::describe(preview))},
          {"call", view_call(call, base_url + "/user/items/remove", std::move(body))}};
}

std::string say_removal(const items::Removal& removal) {
  const std::string items = count(removal.item_ids.size(), "Item", "Items");
  const bool one = removal.item_ids.size() == 1;
  if (removal.action == "item.remove") {
    return "An Item was removed";
  }
  if (removal.action == "user.items.remove") {
    return items + (one ? " was" : " were") + " removed from a User";
  }
  if (removal.action == "user.remove") {
    return removal.item_ids.empty() ? "A User was removed" : "A User was removed, with " + items;
  }
  if (removal.action == "user.identity.remove") {
    return "The personal details of a User were removed";
  }
  return removal.action == "item.products.terminate" ? "The products of an Item were terminated"
                                                     : "The products of a User were terminated";
}

Object view_journal_row(const items::JournalEntry& entry) {
  constexpr double micros_per_ms = 1000;
  const auto millis = static_cast<UnixMs>(entry.micros / 1000);
  return {{"id", entry.id},
          {"at", format_utc_ms(entry.at - millis)},
          {"method", name_of(entry.method)},
          {"path", entry.path},
          {"operation", filled_or_null(entry.operation)},
          {"clientId", filled_or_null(entry.client_id)},
          {"status", entry.status},
          {"errorCode", filled_or_null(entry.error_code)},
          {"requestId", entry.request_id},
          {"durationMs", static_cast<double>(entry.micros) / micros_per_ms},
          {"requestBytes", entry.request_bytes},
          {"responseBytes", entry.reply_bytes}};
}

Object view_journal_entry(const items::JournalEntry& entry) {
  const auto body = [](const std::string& text, std::size_t bytes, bool cut) {
    return Object{{"text", text}, {"bytes", bytes}, {"cut", cut}};
  };
  return {{"entry", view_journal_row(entry)},
          {"query", entry.query},
          {"requestHeaders", view_headers(entry.request_headers)},
          {"requestBody", body(entry.request_body, entry.request_bytes, entry.request_cut)},
          {"responseHeaders", view_headers(entry.reply_headers)},
          {"responseBody", body(entry.reply_body, entry.reply_bytes, entry.reply_cut)}};
}

}  // namespace tartan::server
