#include "items/custom_user.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>

namespace tartan::items {
namespace {

// As many accounts as the real sandbox allows a custom user.
constexpr std::size_t kAccountsMax = 10;

const std::map<std::string_view, std::set<std::string_view>>& subtypes() {
  static const std::map<std::string_view, std::set<std::string_view>> all = {
      {"depository",
       {"checking", "savings", "hsa", "cd", "money market", "paypal", "prepaid", "cash management",
        "ebt"}},
      {"credit", {"credit card", "paypal", "charge card"}},
      {"loan",
       {"auto", "business", "commercial", "construction", "consumer", "home equity", "loan",
        "mortgage", "overdraft", "line of credit", "student", "other"}},
      {"investment",
       {"401a", "401k", "403B", "457b", "529", "brokerage", "hsa", "ira", "roth", "roth 401k",
        "sep ira", "simple ira", "mutual fund", "pension", "trust", "other"}},
      {"other", {"other"}}};
  return all;
}

// Collects the first thing that is wrong while the description is read.
class Reader {
 public:
  explicit Reader(const json::Array& default_owners) : default_owners_(default_owners) {}

  PlaidResult<std::vector<Account>> read(std::string_view description) {
    auto parsed = json::parse(description);
    if (!parsed || !parsed->is_object()) {
      return bad("must be a JSON object with override_accounts, as user_custom wants it" +
                 (parsed ? std::string() : ": " + parsed.error().message));
    }
    const json::Object& root = parsed->get_object();
    only(root, "", {"override_accounts", "version", "seed"});
    const json::Value* accounts = json::find(root, "override_accounts");
    if (accounts == nullptr || !accounts->is_array() || accounts->get_array().empty() ||
        accounts->get_array().size() > kAccountsMax) {
      return bad("needs override_accounts, an array of 1 to 10 accounts");
    }
    std::vector<Account> made;
    for (std::size_t i = 0; i < accounts->get_array().size() && problem_.empty(); ++i) {
      const std::string path = "override_accounts[" + std::to_string(i) + "]";
      const json::Value& element = accounts->get_array()[i];
      if (!element.is_object()) {
        return bad(path + " must be an object");
      }
      made.push_back(account(element.get_object(), path, i));
    }
    if (!problem_.empty()) {
      return bad(problem_);
    }
    return made;
  }

 private:
  static PlaidError bad(const std::string& what) {
    return {Code::invalid_field, "options.override_password " + what};
  }
  void refuse(std::string what) {
    if (problem_.empty()) {
      problem_ = std::move(what);
    }
  }

  void only(const json::Object& object, const std::string& path,
            std::initializer_list<std::string_view> known) {
    for (const auto& member : object) {
      const std::string_view name(member.key().data(), member.key().size());
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        refuse((path.empty() ? "" : path + ".") + std::string(name.substr(0, 60)) +
               ": Tartan's sandbox has no use for this member; leave it out");
      }
    }
  }

  std::optional<std::string> text(const json::Object& object, const std::string& path,
                                  std::string_view name) {
    const json::Value* value = json::find(object, name);
    if (value == nullptr || value->is_null()) {
      return std::nullopt;
    }
    if (!value->is_string()) {
      refuse(path + "." + std::string(name) + " must be a string");
      return std::nullopt;
    }
    return std::string(value->get_string());
  }
  std::optional<double> number(const json::Object& object, const std::string& path,
                               std::string_view name) {
    const json::Value* value = json::find(object, name);
    if (value == nullptr || value->is_null()) {
      return std::nullopt;
    }
    if (!value->is_number()) {
      refuse(path + "." + std::string(name) + " must be a number");
      return std::nullopt;
    }
    return value->to_number<double>();
  }
  const json::Object* object(const json::Object& parent, const std::string& path,
                             std::string_view name) {
    const json::Value* value = json::find(parent, name);
    if (value == nullptr || value->is_null()) {
      return nullptr;
    }
    if (!value->is_object()) {
      refuse(path + "." + std::string(name) + " must be an object");
      return nullptr;
    }
    return &value->get_object();
  }

  Account account(const json::Object& given, const std::string& path, std::size_t index) {
    only(given, path,
         {"type", "subtype", "starting_balance", "force_available_balance", "currency", "meta",
          "numbers", "identity"});
    Account made;
    made.type = text(given, path, "type").value_or("depository");
    made.subtype = text(given, path, "subtype").value_or("checking");
    const auto allowed = subtypes().find(made.type);
    if (allowed == subtypes().end() || !allowed->second.contains(made.subtype)) {
      refuse(path + " has no valid type and subtype, for example depository and checking");
    }
    made.current = number(given, path, "starting_balance").value_or(0);
    made.available = number(given, path, "force_available_balance");
    if (!made.available && made.type == "depository") {
      made.available = made.current;
    }
    made.iso_currency_code = text(given, path, "currency").value_or("USD");
    made.mask = std::to_string(1000 + index);
    made.name = "Custom " + made.subtype;
    made.owners = default_owners_;
    if (const json::Object* meta = object(given, path, "meta")) {
      read_meta(made, *meta, path + ".meta");
    }
    if (const json::Object* numbers = object(given, path, "numbers")) {
      read_numbers(made, *numbers, path + ".numbers");
    }
    if (const json::Object* identity = object(given, path, "identity")) {
      read_identity(made, *identity, path + ".identity");
    }
    return made;
  }

  void read_meta(Account& made, const json::Object& meta, const std::string& path) {
    only(meta, path, {"name", "official_name", "limit", "mask"});
    made.name = text(meta, path, "name").value_or(made.name);
    made.official_name = text(meta, path, "official_name");
    made.limit = number(meta, path, "limit");
    made.mask = text(meta, path, "mask").value_or(made.mask);
  }

  void read_numbers(Account& made, const json::Object& numbers, const std::string& path) {
    only(numbers, path, {"account", "ach_routing", "ach_wire_routing"});
    AccountNumbers given;
    given.account = text(numbers, path, "account").value_or("");
    given.routing = text(numbers, path, "ach_routing").value_or("011401533");
    given.wire_routing = text(numbers, path, "ach_wire_routing").value_or("021000021");
    if (given.account.size() >= 4) {
      made.mask = given.account.substr(given.account.size() - 4);
    }
    made.numbers = std::move(given);
  }

  void read_identity(Account& made, const json::Object& identity, const std::string& path) {
    only(identity, path, {"names", "emails", "phone_numbers", "addresses"});
    json::Object owner = made.owners.front().get_object();
    for (const auto& member : identity) {
      if (!member.value().is_array()) {
        refuse(path + "." + std::string(member.key()) + " must be an array");
        return;
      }
      owner[member.key()] = member.value();
    }
    made.owners = json::Array{std::move(owner)};
  }

  const json::Array& default_owners_;
  std::string problem_;
};

}  // namespace

PlaidResult<std::vector<Account>> make_custom_accounts(std::string_view description,
                                                       const json::Array& owners) {
  return Reader(owners).read(description);
}

}  // namespace tartan::items
