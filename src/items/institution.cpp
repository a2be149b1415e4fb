#include "items/institution.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace tartan::items {
namespace {

using Names = std::vector<std::string_view>;

constexpr std::string_view kBlue = "#095aa6";
constexpr std::string_view kGreen = "#2f7d5b";
constexpr std::string_view kUrl = "https://plaid.com";

// Every product of the API, up to version 1.740.1 of its document.
constexpr std::array<std::string_view, 40> kProducts = {"assets",
                                                        "auth",
                                                        "balance",
                                                        "balance_plus",
                                                        "beacon",
                                                        "identity",
                                                        "identity_match",
                                                        "investments",
                                                        "investments_auth",
                                                        "liabilities",
                                                        "payment_initiation",
                                                        "identity_verification",
                                                        "transactions",
                                                        "credit_details",
                                                        "income",
                                                        "income_verification",
                                                        "standing_orders",
                                                        "transfer",
                                                        "employment",
                                                        "recurring_transactions",
                                                        "transactions_refresh",
                                                        "signal",
                                                        "statements",
                                                        "processor_payments",
                                                        "processor_identity",
                                                        "profile",
                                                        "cra_base_report",
                                                        "cra_income_insights",
                                                        "cra_partner_insights",
                                                        "cra_network_insights",
                                                        "cra_cashflow_insights",
                                                        "cra_monitoring",
                                                        "cra_lend_score",
                                                        "cra_plaid_credit_score",
                                                        "layer",
                                                        "pay_by_bank",
                                                        "protect_linked_bank",
                                                        "protect_transactions",
                                                        "cra_qualify",
                                                        "cra_home_lending"};

const Names& bank_products() {
  static const Names all = {"assets",
                            "auth",
                            "balance",
                            "cra_base_report",
                            "cra_cashflow_insights",
                            "cra_income_insights",
                            "cra_lend_score",
                            "cra_monitoring",
                            "cra_network_insights",
                            "cra_partner_insights",
                            "employment",
                            "identity",
                            "identity_match",
                            "income_verification",
                            "investments",
                            "investments_auth",
                            "liabilities",
                            "processor_identity",
                            "processor_payments",
                            "protect_linked_bank",
                            "protect_transactions",
                            "recurring_transactions",
                            "signal",
                            "statements",
                            "transactions",
                            "transfer"};
  return all;
}

const Names& transaction_products() {
  static const Names all = {"assets", "auth",         "balance", "identity",
                            "signal", "transactions", "transfer"};
  return all;
}

const std::vector<Institution>& table() {
  using Health = Institution::Health;
  static const Names us = {"US"};
  static const Names ca = {"CA"};
  static const Names gb = {"GB"};
  static const Names routing = {"011401533"};
  static const Names none;
  static const Names gb_products = {
      "assets", "auth", "balance", "identity", "payment_initiation", "transactions"};
  static const Names ca_products = {"assets",      "auth",        "balance",     "identity",
                                    "investments", "liabilities", "transactions"};
  static const Names income = {"employment", "income", "income_verification"};
  static const std::vector<Institution> all = {
      {"ins_109508", "First Platypus Bank", bank_products(), us, routing, false, kUrl, kBlue},
      {"ins_130016", "First Platypus Balance Bank", transaction_products(), us, none, false, kUrl,
       kBlue},
      {"ins_109509", "First Gingham Credit Union", bank_products(), us, none, false, kUrl, kGreen},
      {"ins_109510", "Tattersall Federal Credit Union", bank_products(), us, none, false, kUrl,
       kGreen},
      {"ins_109511", "Tartan Bank", bank_products(), us, none, false, kUrl, kBlue},
      {"ins_109512", "Houndstooth Bank", bank_products(), us, none, false, kUrl, kBlue},
      {"ins_43", "Tartan-Dominion Bank of Canada", ca_products, ca, none, false, kUrl, kBlue},
      {"ins_116834", "Flexible Platypus Open Banking", gb_products, gb, none, true, kUrl, kBlue},
      {"ins_117650", "Royal Bank of Plaid", gb_products, gb, none, true, kUrl, kBlue},
      {"ins_127287", "Platypus OAuth Bank", bank_products(), us, none, true, kUrl, kGreen},
      {"ins_132241", "First Platypus OAuth App2App Bank", bank_products(), us, none, true, kUrl,
       kGreen},
      {"ins_117181", "Flexible Platypus Open Banking (OAuth QR code)", gb_products, gb, none, true,
       kUrl, kBlue},
      {"ins_135858", "Windowpane Bank", bank_products(), us, none, false, kUrl, kGreen},
      {"ins_132363", "Unhealthy Platypus Bank - Degraded", transaction_products(), us, none, false,
       kUrl, kBlue, Health::degraded},
      {"ins_132361", "Unhealthy Platypus Bank - Down", transaction_products(), us, none, false,
       kUrl, kBlue, Health::down},
      {"ins_133402", "Unsupported Platypus Bank", none, us, none, false, kUrl, kBlue},
      {"ins_133502", "Platypus RUX Bank 1", transaction_products(), us, none, false, kUrl, kBlue},
      {"ins_133503", "Platypus RUX Bank 2", transaction_products(), us, none, false, kUrl, kGreen},
      {"ins_135842", "Platypus Payroll", income, us, none, false, kUrl, kGreen},
  };
  return all;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return out;
}

// Whether some word of `text` begins with `start`.
bool has_word(const std::string& text, std::string_view start) {
  for (std::size_t at = text.find(start); at != std::string::npos; at = text.find(start, at + 1)) {
    if (at == 0 || std::isalnum(static_cast<unsigned char>(text[at - 1])) == 0) {
      return true;
    }
  }
  return false;
}

// How well an institution answers a query; lower is better.
enum class Match { name_begins, words_begin, contains, none };

bool words_begin(const Institution& institution, std::string_view query) {
  const std::string text = lower(institution.name) + " " + std::string(institution.id);
  while (!query.empty()) {
    const auto space = query.find(' ');
    const std::string_view word = query.substr(0, space);
    if (!word.empty() && !has_word(text, word)) {
      return false;
    }
    query.remove_prefix(space == std::string_view::npos ? query.size() : space + 1);
  }
  return true;
}

Match match(const Institution& institution, std::string_view query) {
  const std::string name = lower(institution.name);
  if (name.starts_with(query)) {
    return Match::name_begins;
  }
  if (words_begin(institution, query)) {
    return Match::words_begin;
  }
  return name.find(query) != std::string::npos ? Match::contains : Match::none;
}

void write_names(json::Writer& out, const Names& names) {
  out.begin_array();
  for (const std::string_view name : names) {
    out.string(name);
  }
  out.end_array();
}

bool offers(const Institution& institution, std::string_view product) {
  const Names& all = institution.products;
  return std::find(all.begin(), all.end(), product) != all.end();
}

// The state of one kind of request, as the sandbox makes it up.
void write_status_of(json::Writer& out, Institution::Health health) {
  const bool down = health == Institution::Health::down;
  const bool degraded = health == Institution::Health::degraded;
  const double success = down ? 0.0 : (degraded ? 0.6 : 1.0);
  out.begin_object();
  out.key("breakdown").begin_object();
  out.key("error_institution").number(1.0 - success);
  out.key("error_plaid").number(0.0);
  out.key("refresh_interval").string(down ? "STOPPED" : (degraded ? "DELAYED" : "NORMAL"));
  out.key("success").number(success);
  out.end_object();
  out.key("last_status_change").string("2026-01-01T00:00:00Z");
  out.key("status").string(down ? "DOWN" : (degraded ? "DEGRADED" : "HEALTHY"));
  out.end_object();
}

void write_status(json::Writer& out, const Institution& institution) {
  out.begin_object();
  out.key("health_incidents").null();
  out.key("item_logins");
  write_status_of(out, institution.health);
  constexpr std::pair<const char*, const char*> kinds[] = {{"transactions_updates", "transactions"},
                                                           {"auth", "auth"},
                                                           {"identity", "identity"},
                                                           {"investments_updates", "investments"},
                                                           {"liabilities_updates", "liabilities"},
                                                           {"liabilities", "liabilities"},
                                                           {"investments", "investments"}};
  for (const auto& [member, product] : kinds) {
    out.key(member);
    if (offers(institution, product)) {
      write_status_of(out, institution.health);
    } else {
      out.null();
    }
  }
  out.end_object();
}

void write_auth_metadata(json::Writer& out, const Institution& institution) {
  if (!offers(institution, "auth")) {
    out.null();
    return;
  }
  const bool micro_deposits = institution.id == "ins_109512";
  out.begin_object().key("supported_methods").begin_object();
  out.key("automated_micro_deposits").boolean(micro_deposits);
  out.key("instant_auth").boolean(!micro_deposits);
  out.key("instant_match").boolean(!micro_deposits);
  out.key("instant_micro_deposits").boolean(micro_deposits);
  out.end_object().end_object();
}

void write_payment_metadata(json::Writer& out, const Institution& institution) {
  if (!offers(institution, "payment_initiation")) {
    out.null();
    return;
  }
  out.begin_object();
  out.key("maximum_payment_amount").begin_object().key("GBP").string("5000").end_object();
  out.key("standing_order_metadata").begin_object();
  out.key("supports_standing_order_end_date").boolean(true);
  out.key("supports_standing_order_negative_execution_days").boolean(false);
  out.key("valid_standing_order_intervals").begin_array().string("WEEKLY").string("MONTHLY");
  out.end_array().end_object();
  out.key("supports_international_payments").boolean(false);
  out.key("supports_payment_consents").boolean(true);
  out.key("supports_refund_details").boolean(true);
  out.key("supports_sepa_instant").boolean(false);
  out.end_object();
}

}  // namespace

std::span<const Institution> institutions() { return table(); }

const Institution* find_institution(std::string_view id) {
  for (const Institution& institution : table()) {
    if (institution.id == id) {
      return &institution;
    }
  }
  return nullptr;
}

std::vector<const Institution*> search_institutions(std::string_view query) {
  const std::string wanted = lower(query);
  std::vector<const Institution*> found;
  for (const Match wanted_match : {Match::name_begins, Match::words_begin, Match::contains}) {
    for (const Institution& institution : table()) {
      if (match(institution, wanted) == wanted_match) {
        found.push_back(&institution);
      }
    }
  }
  return found;
}

void write_institution(json::Writer& out, const Institution& institution,
                       const InstitutionView& view) {
  out.begin_object();
  if (view.auth_metadata) {
    out.key("auth_metadata");
    write_auth_metadata(out, institution);
  }
  out.key("country_codes");
  write_names(out, institution.country_codes);
  out.key("dtc_numbers").begin_array().end_array();
  out.key("institution_id").string(institution.id);
  if (view.optional_metadata) {
    out.key("logo").null();
  }
  out.key("name").string(institution.name);
  out.key("oauth").boolean(institution.oauth);
  if (view.payment_initiation_metadata) {
    out.key("payment_initiation_metadata");
    write_payment_metadata(out, institution);
  }
  if (view.optional_metadata) {
    out.key("primary_color").string(institution.primary_color);
  }
  out.key("products");
  write_names(out, institution.products);
  out.key("routing_numbers");
  write_names(out, institution.routing_numbers);
  if (view.status) {
    out.key("status");
    write_status(out, institution);
  }
  if (view.optional_metadata) {
    out.key("url").string(institution.url);
  }
  out.end_object();
}

bool is_known_product(std::string_view product) {
  return std::find(kProducts.begin(), kProducts.end(), product) != kProducts.end();
}

Billing billing_of(std::string_view product) {
  // Plaid's public billing page: these cost by the month and Item for as long as the Item exists.
  // cra_* and protect_* started with a User run until /user/products/terminate. The facts name only
  // some of them as recurring; which are is not told by product, so Tartan takes all (issue 3).
  constexpr std::array<std::string_view, 5> per_item = {
      "investments", "liabilities", "recurring_transactions", "standing_orders", "transactions"};
  constexpr std::array<std::string_view, 6> per_call = {
      "balance", "balance_plus", "identity_match", "signal", "transactions_refresh", "transfer"};
  if (std::find(per_item.begin(), per_item.end(), product) != per_item.end()) {
    return Billing::per_item_subscription;
  }
  if (product.starts_with("cra_") || product.starts_with("protect_")) {
    return Billing::per_user_subscription;
  }
  if (std::find(per_call.begin(), per_call.end(), product) != per_call.end()) {
    return Billing::per_call;
  }
  return Billing::one_time;
}

}  // namespace tartan::items
