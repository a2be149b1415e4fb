// Random histories of several clients against a small in-memory model: every answer and every list
// of Items must be the model's. Histories shrink on failure. Concurrent ones must equal some serial
// order.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "items/schema.h"
#include "items/service.h"
#include "store/sqlite/sqlite_database.h"
#include "support/temporary_directory.h"

namespace tartan::items {
namespace {

enum class Kind {
  create_user,
  create_item,        // for a User
  create_free_item,   // for nobody
  remove_items,       // of a User, some of the client's
  remove_with_other,  // the same with an Item that may be another's
  remove_item,        // by access token
  associate,
  terminate_item,
  invalidate,
  remove_user,
  end
};

// One step; the numbers choose among what exists when it runs, so that a shorter history still
// means something.
struct Step {
  Kind kind;
  std::uint32_t a, b, c;
};

// NOLINTNEXTLINE(readability-identifier-naming): RapidCheck looks for this name.
void showValue(const Step& step, std::ostream& out) {
  out << "{" << static_cast<int>(step.kind) << ", " << step.a << ", " << step.b << ", " << step.c
      << "}";
}

struct ModelItem {
  std::optional<std::string> user;  // name of its User in the model
  bool active = true;
  bool removed = false;
};

// What the API is expected to hold for one client, by the names the test gives.
struct Model {
  std::map<std::string, bool> users;  // name -> exists
  std::map<std::string, ModelItem> items;

  std::set<std::string> items_of(const std::string& user) const {
    std::set<std::string> names;
    for (const auto& [name, item] : items) {
      if (!item.removed && item.user == user) {
        names.insert(name);
      }
    }
    return names;
  }

  std::string remove_items(const std::string& user, const std::set<std::string>& names) {
    if (!users.at(user)) {
      return "USER_NOT_FOUND";
    }
    for (const std::string& name : names) {
      const auto found = items.find(name);
      if (found == items.end() || found->second.removed || found->second.user != user) {
        return "ITEM_NOT_FOUND";
      }
    }
    for (const std::string& name : names) {
      items.at(name).removed = true;
    }
    return "ok";
  }

  std::string remove_item(const std::string& name) {
    ModelItem& item = items.at(name);
    if (item.removed || !item.active) {
      return "ITEM_NOT_FOUND";
    }
    item.removed = true;
    return "ok";
  }

  std::string terminate_item(const std::string& name) {
    ModelItem& item = items.at(name);
    if (item.removed || !item.active) {
      return "ITEM_NOT_FOUND";
    }
    item.active = false;
    return "ok";
  }

  std::string associate(const std::string& user, const std::string& name) {
    if (!users.at(user)) {
      return "USER_NOT_FOUND";
    }
    ModelItem& item = items.at(name);
    if (item.removed) {
      return "ITEM_NOT_FOUND";
    }
    item.user = user;
    return "ok";
  }

  std::string remove_user(const std::string& user) {
    if (!users.at(user)) {
      return "USER_NOT_FOUND";
    }
    users.at(user) = false;
    for (auto& [name, item] : items) {
      item.removed = item.removed || item.user == user;
    }
    return "ok";
  }
};

// The real thing, called as a client would, with the ids behind the model's names.
class System {
 public:
  System() : vault_(crypto::Key{}), clock_(1'790'000'000'000), random_(42) {
    store::SqliteOptions options;
    options.synchronous = false;  // durability is the crash test's business
    auto opened = store::open_sqlite(folder_.path() / "items.db", migrations(), options);
    EXPECT_TRUE(opened.ok());
    database_ = *std::move(opened);
  }

  // Answers "ok" or the error_code; the reply goes to `reply`.
  std::string call(const access::Client& client, std::string_view path, const json::Object& body,
                   json::Object* reply = nullptr) {
    auto result = run_operation(path, json::print(body), client, access::Environment::sandbox,
                                *database_, {vault_, clock_, random_});
    if (!result) {
      return std::string(wire(result.error()).code);
    }
    if (reply != nullptr) {
      *reply = json::parse(result->body)->get_object();
    }
    return "ok";
  }

 private:
  test::TemporaryDirectory folder_;
  crypto::Vault vault_;
  ManualClock clock_;
  SeededRandom random_;
  std::unique_ptr<store::Database> database_;
};

// One client's side of a history.
class Player {
 public:
  Player(System& system, std::string client_id) : system_(system) {
    client_.client_id = std::move(client_id);
  }

  void play(const Step& step, const Player& other) {
    switch (step.kind) {
      case Kind::create_user:
        create_user();
        break;
      case Kind::create_item:
        create_item(pick_user(step.a));
        break;
      case Kind::create_free_item:
        create_item(std::nullopt);
        break;
      case Kind::remove_items:
        remove_some(step, {});
        break;
      case Kind::remove_with_other:
        remove_some(step,
                    other.item_ids_.empty() ? "no-such-item" : other.item_ids_.begin()->second);
        break;
      default:
        change(step);
    }
  }

  void check_lists() {
    for (const auto& [user, exists] : model_.users) {
      json::Object reply;
      const std::string code =
          system_.call(client_, "/user/items/get", {{"user_id", user_ids_.at(user)}}, &reply);
      RC_ASSERT(code == (exists ? "ok" : "USER_NOT_FOUND"));
      if (!exists) {
        continue;
      }
      std::set<std::string> listed;
      for (const json::Value& item : reply.at("items").get_array()) {
        listed.insert(std::string(item.get_object().at("item_id").get_string()));
      }
      std::set<std::string> expected;
      for (const std::string& name : model_.items_of(user)) {
        expected.insert(item_ids_.at(name));
      }
      RC_ASSERT(listed == expected);
    }
    for (const auto& [name, item] : model_.items) {
      const std::string code =
          system_.call(client_, "/item/get", {{"access_token", tokens_.at(name)}});
      RC_ASSERT(code == (item.removed || !item.active ? "ITEM_NOT_FOUND" : "ok"));
    }
  }

 private:
  std::optional<std::string> pick_user(std::uint32_t number) const {
    if (model_.users.empty()) {
      return std::nullopt;
    }
    auto found = model_.users.begin();
    std::advance(found, number % model_.users.size());
    return found->first;
  }
  std::optional<std::string> pick_item(std::uint32_t number) const {
    if (model_.items.empty()) {
      return std::nullopt;
    }
    auto found = model_.items.begin();
    std::advance(found, number % model_.items.size());
    return found->first;
  }

  void create_user() {
    const std::string name = "u" + std::to_string(model_.users.size());
    json::Object reply;
    RC_ASSERT(system_.call(client_, "/user/create", {{"client_user_id", name}}, &reply) == "ok");
    user_ids_[name] = std::string(reply.at("user_id").get_string());
    model_.users[name] = true;
  }

  void create_item(const std::optional<std::string>& user) {
    json::Object body{{"institution_id", "ins_109508"}, {"initial_products", {"transactions"}}};
    if (user) {
      body["user_id"] = user_ids_.at(*user);
    }
    json::Object reply;
    const std::string code = system_.call(client_, "/sandbox/public_token/create", body, &reply);
    if (user && !model_.users.at(*user)) {
      RC_ASSERT(code == "USER_NOT_FOUND");
      return;
    }
    RC_ASSERT(code == "ok");
    const json::Object exchange{{"public_token", reply.at("public_token")}};
    RC_ASSERT(system_.call(client_, "/item/public_token/exchange", exchange, &reply) == "ok");
    const std::string name = "i" + std::to_string(model_.items.size());
    item_ids_[name] = std::string(reply.at("item_id").get_string());
    tokens_[name] = std::string(reply.at("access_token").get_string());
    model_.items[name].user = user;
    RC_ASSERT(system_.call(client_, "/item/public_token/exchange", exchange) ==
              "INVALID_PUBLIC_TOKEN");
  }

  void remove_some(const Step& step, const std::string& stranger) {
    const auto user = pick_user(step.a);
    if (!user) {
      return;
    }
    // The bits of `b` choose among the User's Items, with one more by `c` that may be anyone's.
    std::set<std::string> names;
    json::Array ids;
    std::uint32_t bits = step.b;
    for (const std::string& name : model_.items_of(*user)) {
      if ((bits & 1U) != 0) {
        names.insert(name);
        ids.emplace_back(item_ids_.at(name));
        ids.emplace_back(item_ids_.at(name));  // a repeated id counts once
      }
      bits >>= 1U;
    }
    if (const auto any = pick_item(step.c); any && step.c % 3 == 0) {
      names.insert(*any);
      ids.emplace_back(item_ids_.at(*any));
    }
    if (!stranger.empty()) {
      names.insert("stranger");
      ids.emplace_back(stranger);
    }
    if (ids.empty()) {
      return;
    }
    const std::string expected = model_.remove_items(*user, names);
    RC_ASSERT(system_.call(client_, "/user/items/remove",
                           {{"user_id", user_ids_.at(*user)}, {"item_ids", ids}}) == expected);
  }

  void change(const Step& step) {
    const auto user = pick_user(step.a);
    const auto item = pick_item(step.b);
    if (step.kind == Kind::remove_user && user) {
      RC_ASSERT(system_.call(client_, "/user/remove", {{"user_id", user_ids_.at(*user)}}) ==
                model_.remove_user(*user));
      return;
    }
    if (!item) {
      return;
    }
    const json::Object token{{"access_token", tokens_.at(*item)}};
    if (step.kind == Kind::remove_item) {
      RC_ASSERT(system_.call(client_, "/item/remove", token) == model_.remove_item(*item));
    } else if (step.kind == Kind::terminate_item) {
      json::Object body = token;
      body["reason_code"] = "USER_OFFBOARDING";
      RC_ASSERT(system_.call(client_, "/item/products/terminate", body) ==
                model_.terminate_item(*item));
    } else if (step.kind == Kind::invalidate) {
      invalidate(*item, token);
    } else if (step.kind == Kind::associate && user) {
      RC_ASSERT(system_.call(client_, "/user/items/associate",
                             {{"user_id", user_ids_.at(*user)},
                              {"item_ids", json::Array{json::Value(item_ids_.at(*item))}}}) ==
                model_.associate(*user, *item));
    }
  }

  void invalidate(const std::string& item, const json::Object& token) {
    json::Object reply;
    const std::string code = system_.call(client_, "/item/access_token/invalidate", token, &reply);
    const ModelItem& expected = model_.items.at(item);
    if (expected.removed || !expected.active) {
      RC_ASSERT(code == "ITEM_NOT_FOUND");
      return;
    }
    RC_ASSERT(code == "ok");
    tokens_[item] = std::string(reply.at("new_access_token").get_string());
    RC_ASSERT(system_.call(client_, "/item/get", token) == "INVALID_ACCESS_TOKEN");
  }

  System& system_;
  access::Client client_;
  Model model_;
  std::map<std::string, std::string> user_ids_;
  std::map<std::string, std::string> item_ids_;
  std::map<std::string, std::string> tokens_;
};

rc::Gen<Step> any_step() {
  // Most steps make or remove; the others occur often enough to meet them.
  return rc::gen::map(
      rc::gen::tuple(rc::gen::weightedElement<Kind>({{3, Kind::create_user},
                                                     {8, Kind::create_item},
                                                     {2, Kind::create_free_item},
                                                     {6, Kind::remove_items},
                                                     {3, Kind::remove_with_other},
                                                     {3, Kind::remove_item},
                                                     {3, Kind::associate},
                                                     {2, Kind::terminate_item},
                                                     {2, Kind::invalidate},
                                                     {1, Kind::remove_user}}),
                     rc::gen::inRange<std::uint32_t>(0, 64), rc::gen::inRange<std::uint32_t>(0, 64),
                     rc::gen::inRange<std::uint32_t>(0, 64)),
      [](const std::tuple<Kind, std::uint32_t, std::uint32_t, std::uint32_t>& parts) {
        return Step{std::get<0>(parts), std::get<1>(parts), std::get<2>(parts), std::get<3>(parts)};
      });
}

TEST(ItemsModel, ThousandsOfHistoriesAnswerAsTheModelDoes) {
  System system;
  int history = 0;
  const auto holds = rc::detail::checkTestable(
      [&] {
        const auto steps = *rc::gen::container<std::vector<Step>>(any_step());
        ++history;
        Player first(system, "first" + std::to_string(history));
        Player second(system, "second" + std::to_string(history));
        for (std::size_t i = 0; i < steps.size(); ++i) {
          Player& player = i % 3 == 2 ? second : first;
          player.play(steps[i], i % 3 == 2 ? first : second);
        }
        first.check_lists();
        second.check_lists();
      },
      rc::detail::TestMetadata{"items model", "histories"},
      [] {
        rc::detail::TestParams params = rc::detail::configuration().testParams;
        params.maxSuccess = 2000;
        params.maxSize = 40;
        return params;
      }());
  if (!holds.template is<rc::detail::SuccessResult>()) {
    std::ostringstream message;
    rc::detail::printResultMessage(holds, message);
    FAIL() << message.str();
  }
  EXPECT_GE(history, 2000);
}

// Concurrent operations on two Users with four Items.
struct Operation {
  enum class Type { remove_two, remove_item, remove_user, associate, end } type;
  std::uint32_t choice;
};

constexpr int kItems = 4;

struct Arena {
  Model model;
  std::map<std::string, std::string> user_ids, item_ids, tokens;
};

std::string item_name(std::uint32_t number) { return "i" + std::to_string(number % kItems); }

std::string in_model(Model& model, const Operation& operation) {
  const std::string user = operation.choice % 2 == 0 ? "u0" : "u1";
  switch (operation.type) {
    case Operation::Type::remove_two:
      return model.remove_items(user,
                                {item_name(operation.choice), item_name(operation.choice + 1)});
    case Operation::Type::remove_item:
      return model.remove_item(item_name(operation.choice));
    case Operation::Type::remove_user:
      return model.remove_user(user);
    default:
      return model.associate(user, item_name(operation.choice / 2));
  }
}

std::string in_system(System& system, const access::Client& client, const Arena& arena,
                      const Operation& operation) {
  const std::string& user = arena.user_ids.at(operation.choice % 2 == 0 ? "u0" : "u1");
  const auto id = [&](std::uint32_t number) {
    return json::Value(arena.item_ids.at(item_name(number)));
  };
  switch (operation.type) {
    case Operation::Type::remove_two:
      return system.call(
          client, "/user/items/remove",
          {{"user_id", user},
           {"item_ids", json::Array{id(operation.choice), id(operation.choice + 1)}}});
    case Operation::Type::remove_item:
      return system.call(client, "/item/remove",
                         {{"access_token", arena.tokens.at(item_name(operation.choice))}});
    case Operation::Type::remove_user:
      return system.call(client, "/user/remove", {{"user_id", user}});
    default:
      return system.call(client, "/user/items/associate",
                         {{"user_id", user}, {"item_ids", json::Array{id(operation.choice / 2)}}});
  }
}

Arena make_arena(System& system, const access::Client& client) {
  Arena arena;
  for (const char* name : {"u0", "u1"}) {
    json::Object reply;
    EXPECT_EQ(system.call(client, "/user/create", {{"client_user_id", name}}, &reply), "ok");
    arena.user_ids[name] = std::string(reply.at("user_id").get_string());
    arena.model.users[name] = true;
  }
  for (int i = 0; i < kItems; ++i) {
    const std::string user = i < 3 ? "u0" : "u1";
    json::Object reply;
    EXPECT_EQ(system.call(client, "/sandbox/public_token/create",
                          {{"institution_id", "ins_109508"},
                           {"initial_products", {"transactions"}},
                           {"user_id", arena.user_ids.at(user)}},
                          &reply),
              "ok");
    EXPECT_EQ(system.call(client, "/item/public_token/exchange",
                          {{"public_token", reply.at("public_token")}}, &reply),
              "ok");
    const std::string name = "i" + std::to_string(i);
    arena.item_ids[name] = std::string(reply.at("item_id").get_string());
    arena.tokens[name] = std::string(reply.at("access_token").get_string());
    arena.model.items[name].user = user;
  }
  return arena;
}

// The state that a caller can see: who exists and which tokens still work.
std::string observe(System& system, const access::Client& client, const Arena& arena) {
  std::string seen;
  for (const auto& [name, id] : arena.user_ids) {
    json::Object reply;
    seen += name + ":" + system.call(client, "/user/items/get", {{"user_id", id}}, &reply) + " ";
    std::set<std::string> listed;
    if (const json::Value* items = json::find(reply, "items")) {
      for (const json::Value& item : items->get_array()) {
        for (const auto& [item_name, item_id] : arena.item_ids) {
          if (item.get_object().at("item_id").get_string() == item_id) {
            listed.insert(item_name);
          }
        }
      }
    }
    for (const std::string& item : listed) {
      seen += item + " ";
    }
  }
  return seen;
}

std::string observe(const Model& model) {
  std::string seen;
  for (const auto& [name, exists] : model.users) {
    seen += name + ":" + (exists ? "ok" : "USER_NOT_FOUND") + " ";
    if (exists) {
      for (const std::string& item : model.items_of(name)) {
        seen += item + " ";
      }
    }
  }
  return seen;
}

TEST(ItemsModel, ConcurrentOperationsEqualSomeSerialOrder) {
  System system;
  SeededRandom random(7);
  constexpr int rounds = 300;
  constexpr std::size_t at_once = 5;
  for (int round = 0; round < rounds; ++round) {
    access::Client client;
    client.client_id = "round" + std::to_string(round);
    const Arena arena = make_arena(system, client);
    std::vector<Operation> operations;
    for (std::size_t i = 0; i < at_once; ++i) {
      const std::uint64_t word = random.next();
      operations.push_back(
          {static_cast<Operation::Type>(word % static_cast<std::uint64_t>(Operation::Type::end)),
           static_cast<std::uint32_t>((word >> 32U) % 8)});
    }
    std::vector<std::string> answers(at_once);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < at_once; ++i) {
      threads.emplace_back(
          [&, i] { answers[i] = in_system(system, client, arena, operations[i]); });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    const std::string outcome = observe(system, client, arena);
    std::vector<std::size_t> order = {0, 1, 2, 3, 4};
    bool explained = false;
    do {
      Model model = arena.model;
      bool same = true;
      for (const std::size_t i : order) {
        same = same && in_model(model, operations[i]) == answers[i];
      }
      explained = same && observe(model) == outcome;
    } while (!explained && std::next_permutation(order.begin(), order.end()));
    ASSERT_TRUE(explained) << "round " << round << ": no serial order gives " << outcome;
  }
}

}  // namespace
}  // namespace tartan::items
