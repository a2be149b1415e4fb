#include "server/items_pages.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_set>

#include "base/ascii.h"
#include "items/sandbox_item.h"
#include "items/service.h"
#include "items/token.h"
#include "server/items_view.h"
#include "workflow/api.h"

namespace tartan::server {
namespace {

using contract::ApiError;
using contract::ApiReply;
using contract::ApiResult;
using contract::Call;
using json::Array;
using json::Object;
using json::Value;
using workflow::bad_cursor;
using workflow::json_reply;
using workflow::text_member;

std::size_t page_size(const Call& call, std::size_t usual) {
  return static_cast<std::size_t>(
      call.query_integer("size").value_or(static_cast<std::int64_t>(usual)));
}

// The whole of `text` as a number of 1 or more.
std::optional<std::int64_t> number_of(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = problem == std::errc() && end == text.data() + text.size() && number > 0;
  return whole ? std::optional(number) : std::nullopt;
}

ApiError error_of(const items::PlaidError& error) {
  const items::Wire named = items::wire(error);
  const bool missing =
      error.code == items::Code::item_not_found || error.code == items::Code::user_not_found;
  const std::string message = std::string(named.code) + ": " + error.message;
  switch (named.status) {
    case 500:
      return {Fault::internal, message};
    case 503:
      return {Fault::unavailable, message};
    default:
      return {missing ? Fault::not_found : Fault::invalid, message};
  }
}

std::vector<std::string_view> texts_of(const Object& body, std::string_view name) {
  std::vector<std::string_view> texts;
  if (const Value* value = json::find(body, name)) {
    for (const Value& one : value->get_array()) {
      texts.emplace_back(one.get_string().data(), one.get_string().size());
    }
  }
  return texts;
}

std::vector<std::string_view> without_repeats(const std::vector<std::string_view>& all) {
  std::vector<std::string_view> once;
  std::unordered_set<std::string_view> seen;
  for (const std::string_view one : all) {
    if (seen.insert(one).second) {
      once.push_back(one);
    }
  }
  return once;
}

bool holds(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Requests that hold the text: in what a list shows of them in any case of letters, in their bodies
// as it stands.
items::Journal::Wanted wanted_requests(const std::string& text,
                                       const std::vector<access::Client>& clients) {
  if (text.empty()) {
    return {};
  }
  const std::string lower = to_lower(text);
  std::unordered_set<std::string> client_ids;
  for (const access::Client& client : clients) {
    if (holds(to_lower(client.name), lower)) {
      client_ids.insert(client.client_id);
    }
  }
  return [text, lower, client_ids](const items::JournalEntry& entry) {
    const std::string_view shown[] = {entry.path, entry.operation, entry.client_id,
                                      entry.error_code, entry.request_id};
    return std::to_string(entry.status) == text || client_ids.contains(entry.client_id) ||
           std::ranges::any_of(shown,
                               [&](std::string_view one) { return holds(to_lower(one), lower); }) ||
           holds(entry.request_body, text) || holds(entry.reply_body, text);
  };
}

ApiReply removal_reply(const items::Call& made, Array item_ids) {
  return json_reply(Object{{"itemIds", std::move(item_ids)},
                           {"removedAt", format_utc_ms(made.now)},
                           {"requestId", made.request_id}});
}

}  // namespace

void ItemsPages::bind(contract::Router& router) {
  using Handler = ApiResult (ItemsPages::*)(Call&, Environment);
  const std::pair<const char*, Handler> handlers[] = {
      {"listUsers", &ItemsPages::list_users},
      {"createUser", &ItemsPages::create_user},
      {"getUser", &ItemsPages::get_user},
      {"createSandboxItem", &ItemsPages::create_item},
      {"previewItemsRemoval", &ItemsPages::preview_removal},
      {"removeUserItems", &ItemsPages::remove_items},
      {"previewUserRemoval", &ItemsPages::preview_user_removal},
      {"removeUser", &ItemsPages::remove_user},
      {"listRemovals", &ItemsPages::list_removals},
      {"listInstitutions", &ItemsPages::list_institutions},
      {"listJournal", &ItemsPages::list_journal},
      {"getJournalEntry", &ItemsPages::get_journal_entry}};
  for (const auto& [operation, handler] : handlers) {
    router.bind(operation, [this, handler = handler](Call& call) -> ApiResult {
      const std::string& name = call.path("environment");
      for (const Environment environment : {Environment::sandbox, Environment::production}) {
        if (name == name_of(environment)) {
          return (this->*handler)(call, environment);
        }
      }
      return ApiError(Fault::not_found, "there is no such environment: sandbox or production");
    });
  }
}

access::Client ItemsPages::client_of(std::string_view client_id) const {
  for (access::Client& client : core_.clients().list()) {
    if (client.client_id == client_id) {
      return std::move(client);
    }
  }
  access::Client unknown;
  unknown.client_id = client_id;
  return unknown;
}

ApiResult ItemsPages::with_user(const Call& call, Environment environment, store::Transaction& tx,
                                const Use& use) {
  const auto owned = items::find_owned_user(tx, call.path("userId"));
  if (!owned) {
    return ApiError(Fault::not_found, "there is no User with this id in the " +
                                          std::string(name_of(environment)) +
                                          " environment; it was never made, or has been removed");
  }
  const items::Services services = core_.services();
  const access::Client client = client_of(owned->client_id);
  const Object no_body;
  items::Call made{services,
                   tx,
                   no_body,
                   client,
                   environment,
                   call.request->request_id,
                   core_.clock().now(),
                   call.caller.id};
  return use(made, owned->user);
}

ApiResult ItemsPages::read_user(const Call& call, Environment environment, const Use& use) {
  ApiResult result = ApiReply{};
  const auto error = core_.items(environment).read([&](store::Transaction& tx) {
    result = with_user(call, environment, tx, use);
  });
  return error ? ApiResult(ApiError(*error)) : result;
}

ApiResult ItemsPages::change_user(const Call& call, Environment environment, const Use& use) {
  ApiResult result = ApiReply{};
  const auto error = core_.items(environment).write([&](store::Transaction& tx) {
    result = with_user(call, environment, tx, use);
    return result ? store::Outcome::keep : store::Outcome::undo;
  });
  return error ? ApiResult(ApiError(*error)) : result;
}

ApiResult ItemsPages::list_users(Call& call, Environment environment) {
  const std::string text = call.query("q").value_or("");
  const std::string wanted = call.query("clientId").value_or("");
  const std::string next = call.query("next").value_or("");
  const items::Services services = core_.services();
  std::map<std::string, access::Client> clients;
  std::vector<std::string> client_ids;
  for (access::Client& client : core_.clients().list()) {
    if (wanted.empty() || client.client_id == wanted) {
      client_ids.push_back(client.client_id);
      clients.emplace(client.client_id, std::move(client));
    }
  }
  const Object no_body;
  Array content;
  Result<items::UserPage> page = items::UserPage{};
  const auto error = core_.items(environment).read([&](store::Transaction& tx) {
    page = items::list_users(tx, core_.vault(), {text, client_ids, next, page_size(call, 50)});
    if (!page) {
      return;
    }
    for (const items::OwnedUser& owned : page->users) {
      const items::Call made{services,
                             tx,
                             no_body,
                             clients[owned.client_id],
                             environment,
                             call.request->request_id,
                             core_.clock().now()};
      content.push_back(view_user_row(made, owned.user));
    }
  });
  if (error) {
    return ApiError(*error);
  }
  if (!page) {
    return ApiError(std::move(page).error());
  }
  return workflow::page_reply(std::move(content), page->next);
}

ApiResult ItemsPages::create_user(Call& call, Environment environment) {
  const Object& body = call.object();
  const std::string wanted = text_member(body, "clientId");
  const std::vector<access::Client> clients = core_.clients().list();
  const auto client = wanted.empty()
                          ? clients.begin()
                          : std::find_if(clients.begin(), clients.end(),
                                         [&](const auto& one) { return one.client_id == wanted; });
  if (client == clients.end()) {
    return ApiError(Fault::not_found, "there is no client with this clientId");
  }
  const Value* legacy = json::find(body, "legacy");
  const bool older = legacy != nullptr && legacy->get_bool();
  if (older && client->generation != access::Generation::legacy) {
    return ApiError(Fault::invalid,
                    "legacy: this client speaks the current User API; leave it out");
  }
  const Object request{{"client_user_id", text_member(body, "clientUserId")},
                       {"with_upgraded_user", !older}};
  const auto reply = items::run_operation("/user/create", json::print(request), *client,
                                          environment, core_.items(environment), core_.services(),
                                          {call.request->request_id, call.caller.id});
  if (!reply) {
    return error_of(reply.error());
  }
  const auto made = json::parse(reply->body);
  const Object& answer = made->get_object();
  const Value* token = json::find(answer, "user_token");
  return json_reply(
      Object{{"userId", text_member(answer, "user_id")},
             {"created", token != nullptr || reply->kind == items::Reply::Kind::created},
             {"userToken", token != nullptr ? *token : Value(nullptr)}});
}

ApiResult ItemsPages::get_user(Call& call, Environment environment) {
  return read_user(call, environment, [](items::Call& made, const items::User& user) -> ApiResult {
    return json_reply(view_user(made, user));
  });
}

ApiResult ItemsPages::create_item(Call& call, Environment environment) {
  if (environment != Environment::sandbox) {
    return ApiError(Fault::invalid,
                    "Items are made in the sandbox only; in production people link their own");
  }
  const std::string institution_id = text_member(call.object(), "institutionId");
  const std::string webhook = text_member(call.object(), "webhook");
  items::SandboxItemChoice choice;
  choice.institution_id = institution_id;
  choice.products = texts_of(call.object(), "products");
  if (!webhook.empty()) {
    choice.webhook = webhook;
  }
  return change_user(
      call, environment, [&](items::Call& made, const items::User& user) -> ApiResult {
        choice.user = &user;
        const auto item_id = items::make_sandbox_item(made, choice);
        if (!item_id) {
          return error_of(item_id.error());
        }
        return json_reply(Object{{"itemId", *item_id},
                                 {"accessToken", items::issue_access_token(made, *item_id)}});
      });
}

ApiResult ItemsPages::preview_removal(Call& call, Environment environment) {
  const auto item_ids = without_repeats(texts_of(call.object(), "itemIds"));
  const std::string base = url_of(addresses_.of(environment));
  return read_user(call, environment, [&](items::Call& made, const items::User& user) -> ApiResult {
    return json_reply(
        view_preview(made, user, items::preview_removal(made, user, item_ids), item_ids, base));
  });
}

ApiResult ItemsPages::remove_items(Call& call, Environment environment) {
  const auto item_ids = without_repeats(texts_of(call.object(), "itemIds"));
  return change_user(call, environment,
                     [&](items::Call& made, const items::User& user) -> ApiResult {
                       if (auto removed = items::remove_items(made, user, item_ids); !removed) {
                         return error_of(removed.error());
                       }
                       return removal_reply(made, Array(item_ids.begin(), item_ids.end()));
                     });
}

ApiResult ItemsPages::preview_user_removal(Call& call, Environment environment) {
  const std::string base = url_of(addresses_.of(environment));
  return read_user(call, environment, [&](items::Call& made, const items::User& user) -> ApiResult {
    return json_reply(view_user_preview(made, user, items::preview_user_removal(made, user), base));
  });
}

ApiResult ItemsPages::remove_user(Call& call, Environment environment) {
  return change_user(call, environment,
                     [](items::Call& made, const items::User& user) -> ApiResult {
                       const auto removed = items::remove_user(made, user);
                       return removed ? removal_reply(made, Array(removed->begin(), removed->end()))
                                      : ApiResult(error_of(removed.error()));
                     });
}

ApiResult ItemsPages::list_removals(Call& call, Environment environment) {
  const auto user_id = call.query("userId");
  const auto client_id = call.query("clientId");
  items::RemovalFilter filter;
  filter.user_id = user_id;
  filter.client_id = client_id;
  filter.size = page_size(call, 50);
  if (const auto next = call.query("next"); next && !next->empty()) {
    const auto before = number_of(*next);
    if (!before) {
      return bad_cursor();
    }
    filter.before = *before;
  }
  items::RemovalPage page;
  const auto error = core_.items(environment).read([&](store::Transaction& tx) {
    page = items::list_removals(tx, filter);
  });
  if (error) {
    return ApiError(*error);
  }
  Array content;
  for (const items::Removal& removal : page.removals) {
    content.push_back(view_removal(removal));
  }
  return json_reply(Object{
      {"content", std::move(content)},
      {"next", page.next ? Value(std::to_string(*page.next)) : Value(nullptr)},
      {"searchedTo", page.searched_to ? Value(format_utc_ms(*page.searched_to)) : Value(nullptr)}});
}

Object ItemsPages::view_removal(const items::Removal& removal) const {
  const std::string client_name = client_of(removal.client_id).name;
  Object by{{"kind", "client"}, {"id", removal.client_id}, {"name", client_name}};
  if (!removal.done_by.empty()) {
    const auto token = core_.tokens().find_by_id(removal.done_by);
    by = {{"kind", "token"},
          {"id", removal.done_by},
          {"name", removal.done_by == access::kLocalToken ? std::string("command line")
                   : token && *token                      ? (*token)->name
                                                          : std::string()}};
  }
  return {{"id", std::to_string(removal.number)},
          {"at", format_utc_ms(removal.at)},
          {"action", removal.action},
          {"what", say_removal(removal)},
          {"clientId", removal.client_id},
          {"clientName", client_name},
          {"by", std::move(by)},
          {"userId", removal.user_id ? Value(*removal.user_id) : Value(nullptr)},
          {"itemIds", Array(removal.item_ids.begin(), removal.item_ids.end())},
          {"itemCount", removal.item_ids.size()},
          {"reasonCode", removal.reason_code ? Value(*removal.reason_code) : Value(nullptr)},
          {"subscriptionsEnded", removal.subscriptions_ended},
          {"requestId", removal.request_id}};
}

ApiResult ItemsPages::list_institutions(Call& call, Environment) {
  const std::string text = call.query("q").value_or("");
  std::vector<const items::Institution*> found;
  if (text.empty()) {
    for (const items::Institution& one : items::institutions()) {
      found.push_back(&one);
    }
  } else {
    found = items::search_institutions(text);
  }
  std::erase_if(
      found, [](const items::Institution* one) { return items::products_to_choose(*one).empty(); });
  std::size_t begin = 0;
  if (const auto next = call.query("next"); next && !next->empty()) {
    const auto offset = number_of(*next);
    if (!offset) {
      return bad_cursor();
    }
    begin = std::min(found.size(), static_cast<std::size_t>(*offset));
  }
  const std::size_t end = std::min(found.size(), begin + page_size(call, 50));
  Array content;
  for (std::size_t i = begin; i < end; ++i) {
    content.push_back(view_institution(*found[i]));
  }
  return workflow::page_reply(std::move(content), end < found.size() ? std::to_string(end) : "");
}

ApiResult ItemsPages::list_journal(Call& call, Environment environment) {
  items::Journal* journal = journals_.of(environment);
  std::int64_t before = INT64_MAX;
  if (const auto next = call.query("next"); next && !next->empty()) {
    const auto id = number_of(*next);
    if (!id) {
      return bad_cursor();
    }
    before = *id;
  }
  items::Journal::Page page;
  if (journal != nullptr) {
    page = journal->list(call.query_integer("since").value_or(0), before, page_size(call, 100),
                         wanted_requests(call.query("q").value_or(""), core_.clients().list()));
  }
  Array content;
  for (const items::JournalEntry& entry : page.entries) {
    content.push_back(view_journal_row(entry));
  }
  return json_reply(
      Object{{"content", std::move(content)},
             {"next", page.more ? Value(std::to_string(page.entries.back().id)) : Value(nullptr)},
             {"last", page.last},
             {"enabled", journal != nullptr},
             {"capacity", items::Journal::kCapacity}});
}

ApiResult ItemsPages::get_journal_entry(Call& call, Environment environment) {
  items::Journal* journal = journals_.of(environment);
  const auto id = number_of(call.path("entryId"));
  const auto entry = journal != nullptr && id ? journal->find(*id) : std::nullopt;
  if (!entry) {
    const bool had = journal != nullptr && id && journal->has_had(*id);
    return ApiError(
        Fault::not_found,
        had ? "newer requests have pushed it out of the journal, which keeps the last 1,000"
            : "there is no such request since the server started");
  }
  return json_reply(view_journal_entry(*entry));
}

}  // namespace tartan::server
