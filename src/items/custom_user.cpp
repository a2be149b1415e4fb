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

// Facts, section 8.1, with the additions of 1.740.1.
const std::map<std::string_view, std::set<std::string_view>>& subtypes() {
  static const std::map<std::string_view, std::set<std::string_view>> all = {
      {"depository",
       {"checking", "savings", "hsa", "cd", "money market", "paypal", "prepaid", "cash management",
        "ebt", "limited purpose checking"}},
      {"credit", {"credit card", "paypal", "charge card"}},
      {"loan",
       {"auto", "business", "commercial", "commercial line of credit", "construction", "consumer",
        "home equity", "home equity loan", "installment", "line of credit", "loan", "mortgage",
        "other", "overdraft", "student"}},
      {"investment",
       {"401a",
        "401k",
        "403B",
        "457b",
        "529",
        "brokerage",
        "cash isa",
        "crypto exchange",
        "education savings account",
        "fhsa",
        "fixed annuity",
        "gic",
        "health reimbursement arrangement",
        "hsa",
        "ira",
        "isa",
        "keogh",
        "lif",
        "life insurance",
        "line of credit",
        "lira",
        "lrif",
        "lrsp",
        "mutual fund",
        "non-custodial wallet",
        "non-taxable brokerage account",
        "other",
        "other annuity",
        "other insurance",
        "pension",
        "prediction market",
        "prif",
        "profit sharing plan",
        "qshr",
        "rdsp",
        "resp",
        "retirement",
        "rlif",
        "roth",
        "roth 401k",
        "roth 403B",
        "roth 457b",
        "roth pension",
        "roth profit sharing plan",
        "roth thrift savings plan",
        "rrif",
        "rrsp",
        "sarsep",
        "sep ira",
        "simple ira",
        "sipp",
        "stock plan",
        "tfsa",
        "thrift savings plan",
        "trust",
        "ugma",
        "utma",
        "variable annuity"}},
      {"other", {"other"}}};
  return all;
}

// A member of an owner's identity that lists ways to reach the person.
struct Contact {
  const char* member;
  const char* default_type;
  std::set<std::string_view> types;
};

const std::array<Contact, 2>& contacts() {
  static const std::array<Contact, 2> all = {
      Contact{"emails", "primary", {"primary", "secondary", "other"}},
      Contact{"phone_numbers", "mobile", {"home", "work", "office", "mobile", "mobile1", "other"}}};
  return all;
}

// The password is JSON inside JSON: the check of the request has not seen its escapes.
bool has_nul(const json::Value& value) {
  const auto in_text = [](std::string_view text) {
    return text.find('\0') != std::string_view::npos;
  };
  if (const auto* text = value.if_string()) {
    return in_text({text->data(), text->size()});
  }
  if (const json::Array* array = value.if_array()) {
    return std::any_of(array->begin(), array->end(), has_nul);
  }
  if (const json::Object* object = value.if_object()) {
    return std::any_of(object->begin(), object->end(), [&](const auto& member) {
      return in_text({member.key().data(), member.key().size()}) || has_nul(member.value());
    });
  }
  return false;
}

// The start of a name that a caller chose, fit for a message: never half a UTF-8 character.
std::string shortened(std::string_view name) {
  constexpr std::size_t bytes_max = 60;
  std::size_t length = std::min(name.size(), bytes_max);
  while (length < name.size() && length > 0 &&
         (static_cast<unsigned char>(name[length]) & 0xc0U) == 0x80U) {
    --length;
  }
  return std::string(name.substr(0, length));
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
    if (has_nul(*parsed)) {
      return bad("must not contain NUL characters");
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
        refuse((path.empty() ? "" : path + ".") + shortened(name) +
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

  const json::Array* array(const json::Object& parent, const std::string& path,
                           std::string_view name) {
    const json::Value* value = json::find(parent, name);
    if (value == nullptr || value->is_null()) {
      return nullptr;
    }
    if (!value->is_array()) {
      refuse(path + "." + std::string(name) + " must be an array");
      return nullptr;
    }
    return &value->get_array();
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
    if (made.iso_currency_code.size() != 3 ||
        !std::all_of(made.iso_currency_code.begin(), made.iso_currency_code.end(),
                     [](char c) { return c >= 'A' && c <= 'Z'; })) {
      refuse(path + ".currency must be a currency code of three capital letters (ISO 4217)");
    }
    made.mask = std::to_string(1000 + index);
    made.name = "Custom " + made.subtype;
    made.owners = default_owners_;
    // The numbers come first: a mask that the caller names wins over the account number's end.
    if (const json::Object* numbers = object(given, path, "numbers")) {
      read_numbers(made, *numbers, path + ".numbers");
    }
    if (const json::Object* meta = object(given, path, "meta")) {
      read_meta(made, *meta, path + ".meta");
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
    if (made.mask.size() < 2 || made.mask.size() > 4) {
      refuse(path + ".mask must have 2 to 4 characters");
    }
  }

  void read_numbers(Account& made, const json::Object& numbers, const std::string& path) {
    only(numbers, path, {"account", "ach_routing", "ach_wire_routing"});
    AccountNumbers given;
    if (auto account = text(numbers, path, "account")) {
      if (account->size() < 2) {
        refuse(path + ".account must have at least 2 characters");
        return;
      }
      made.mask = account->substr(account->size() - std::min<std::size_t>(account->size(), 4));
      given.account = *std::move(account);
    } else {
      given.account = "111122223333" + made.mask;
    }
    given.routing = text(numbers, path, "ach_routing").value_or("011401533");
    given.wire_routing = text(numbers, path, "ach_wire_routing").value_or("021000021");
    made.numbers = std::move(given);
  }

  void read_identity(Account& made, const json::Object& identity, const std::string& path) {
    only(identity, path, {"names", "emails", "phone_numbers", "addresses"});
    json::Object owner = made.owners.front().get_object();
    if (const json::Array* names = array(identity, path, "names")) {
      for (const json::Value& name : *names) {
        if (!name.is_string()) {
          refuse(path + ".names must hold strings");
        }
      }
      owner["names"] = *names;
    }
    for (const Contact& contact : contacts()) {
      if (const json::Array* entries = array(identity, path, contact.member)) {
        owner[contact.member] = read_contacts(*entries, path + "." + contact.member, contact);
      }
    }
    if (const json::Array* addresses = array(identity, path, "addresses")) {
      owner["addresses"] = read_addresses(*addresses, path + ".addresses");
    }
    made.owners = json::Array{std::move(owner)};
  }

  // [{"data", "primary", "type"}] with what is left out filled in, as replies need all three.
  json::Array read_contacts(const json::Array& given, const std::string& list,
                            const Contact& contact) {
    json::Array made;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const std::string path = list + "[" + std::to_string(i) + "]";
      const json::Object* entry = given[i].if_object();
      if (entry == nullptr) {
        refuse(path + " must be an object with data, primary and type");
        return made;
      }
      only(*entry, path, {"data", "primary", "type"});
      const auto data = text(*entry, path, "data");
      if (!data || data->empty()) {
        refuse(path + ".data is required");
      }
      const std::string type = text(*entry, path, "type").value_or(contact.default_type);
      if (!contact.types.contains(type)) {
        refuse(path + ".type is none of " + contact.member + "' types, for example " +
               contact.default_type);
      }
      made.push_back(json::Object{
          {"data", data.value_or("")}, {"primary", primary(*entry, path, i)}, {"type", type}});
    }
    return made;
  }

  // [{"data": {"street", ...}, "primary"}].
  json::Array read_addresses(const json::Array& given, const std::string& list) {
    json::Array made;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const std::string path = list + "[" + std::to_string(i) + "]";
      const json::Object* entry = given[i].if_object();
      const json::Object* parts = entry == nullptr ? nullptr : object(*entry, path, "data");
      if (parts == nullptr) {
        refuse(path + " must be an object with data (the address) and primary");
        return made;
      }
      only(*entry, path, {"data", "primary"});
      only(*parts, path + ".data", {"street", "city", "region", "postal_code", "country"});
      json::Object address;
      for (const char* name : {"street", "city", "region", "postal_code", "country"}) {
        const auto part = text(*parts, path + ".data", name);
        address[name] = part ? json::Value(*part) : json::Value(nullptr);
      }
      made.push_back(
          json::Object{{"data", std::move(address)}, {"primary", primary(*entry, path, i)}});
    }
    return made;
  }

  // The first entry is the primary one unless the caller says otherwise.
  bool primary(const json::Object& entry, const std::string& path, std::size_t index) {
    const json::Value* value = json::find(entry, "primary");
    if (value == nullptr || value->is_null()) {
      return index == 0;
    }
    if (!value->is_bool()) {
      refuse(path + ".primary must be true or false");
      return false;
    }
    return value->get_bool();
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
