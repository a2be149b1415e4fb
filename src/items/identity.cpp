#include "items/identity.h"

#include <algorithm>
#include <string>

#include "base/clock.h"
#include "items/phone_number.h"

namespace tartan::items {
namespace {

// Facts, section 8.5.
constexpr std::string_view kIdNumberTypes =
    " ar_dni au_drivers_license au_passport br_cpf ca_sin cl_run cn_resident_card co_nit dk_cpr"
    " eg_national_id es_dni es_nie hk_hkid in_pan in_epic it_cf jo_civil_id jp_my_number"
    " ke_huduma_namba kw_civil_id mx_curp mx_rfc my_nric ng_nin nz_drivers_license om_civil_id"
    " ph_psn pl_pesel ro_cnp sa_national_id se_pin sg_nric tr_tc_kimlik us_ssn us_ssn_last_4"
    " za_smart_id ";

// ISO 3166-1 alpha-2, the officially assigned codes.
constexpr std::string_view kCountries =
    " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR"
    " BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ"
    " EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW"
    " GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY"
    " KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV"
    " MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY"
    " QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG"
    " TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM"
    " ZW ";

constexpr std::size_t kEmailBytesMax = 254;      // RFC 5321, the longest path that mail carries
constexpr std::size_t kEmailLocalBytesMax = 64;  // the same, before the @

// Whether `word` is one of the words of `list`, which stand between spaces. A word with a space in
// it would match across two of them.
bool listed(std::string_view list, std::string_view word) {
  return word.find(' ') == std::string_view::npos &&
         list.find(" " + std::string(word) + " ") != std::string_view::npos;
}

bool is_ascii_digit(char c) { return c >= '0' && c <= '9'; }
bool is_ascii_alnum(char c) {
  return is_ascii_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Labels of letters, digits and hyphens, at least two. Bytes beyond ASCII pass, for
// internationalised names.
bool is_mail_domain(std::string_view domain) {
  const bool characters = std::all_of(domain.begin(), domain.end(), [](char c) {
    return is_ascii_alnum(c) || c == '-' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
  });
  return characters && domain.find('.') != std::string_view::npos && domain.front() != '.' &&
         domain.back() != '.' && domain.find("..") == std::string_view::npos;
}

bool is_mail_local_part(std::string_view local) {
  return !local.empty() && local.size() <= kEmailLocalBytesMax &&
         std::none_of(local.begin(), local.end(), [](char c) {
           const auto byte = static_cast<unsigned char>(c);
           return byte <= ' ' || byte == 0x7f ||
                  std::string_view("<>,;\"@").find(c) != std::string_view::npos;
         });
}

// Walks an identity, normalising in place; keeps the first thing that is wrong.
class Normalizer {
 public:
  explicit Normalizer(std::string root) : path_(std::move(root)) {}

  // Runs `visit` on the member `name` of `object` under its path, when it is there and not null.
  template <typename Visit>
  void optional(json::Object& object, std::string_view name, Visit&& visit) {
    json::Value* member = object.if_contains(name);
    if (member != nullptr && !member->is_null()) {
      under("." + std::string(name), [&] { visit(*member); });
    }
  }
  template <typename Visit>
  void required(json::Object& object, std::string_view name, Visit&& visit) {
    if (const json::Value* member = object.if_contains(name);
        member == nullptr || member->is_null()) {
      under("." + std::string(name), [&] { refuse("is required"); });
      return;
    }
    optional(object, name, std::forward<Visit>(visit));
  }
  template <typename Visit>
  void each(json::Value& array, Visit&& visit) {
    json::Array& elements = array.get_array();
    for (std::size_t i = 0; i < elements.size(); ++i) {
      under("[" + std::to_string(i) + "]", [&] { visit(elements[i]); });
    }
  }

  // Must be there, but may be null.
  template <typename Visit>
  void present(json::Object& object, std::string_view name, Visit&& visit) {
    if (object.if_contains(name) == nullptr) {
      under("." + std::string(name), [&] { refuse("is required (it may be null)"); });
      return;
    }
    optional(object, name, std::forward<Visit>(visit));
  }

  // Kinds of text; each trims and stores the normal form. Blank is wrong only where a field is
  // required: forms send "" for a second street line that nobody filled in.
  void text_or_blank(json::Value& value) { value = trim(value); }
  void text(json::Value& value) {
    const std::string trimmed = trim(value);
    if (trimmed.empty()) {
      refuse("must not be blank");
    }
    value = trimmed;
  }
  void phone(json::Value& value) {
    const auto number = normalize_phone_number(trim(value));
    if (!number) {
      refuse("must be a telephone number in E.164 format, for example +14155550132");
      return;
    }
    value = *number;
  }
  void email(json::Value& value) {
    std::string address = trim(value);
    const auto at = std::min(address.find('@'), address.size());
    const std::string_view view = address;
    if (at == view.size() || view.size() > kEmailBytesMax ||
        !is_mail_local_part(view.substr(0, at)) || !is_mail_domain(view.substr(at + 1))) {
      refuse("must be an email address");
      return;
    }
    std::transform(address.begin() + static_cast<std::ptrdiff_t>(at), address.end(),
                   address.begin() + static_cast<std::ptrdiff_t>(at),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    value = address;
  }
  void date(json::Value& value) {
    const std::string day = trim(value);
    if (!is_date(day) || day < "1900") {
      refuse("must be a date that exists, YYYY-MM-DD");
    }
    value = day;
  }
  void country(json::Value& value) {
    std::string code = trim(value);
    for (char& c : code) {
      c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    if (!listed(kCountries, code)) {
      refuse("must be a country code of two letters (ISO 3166-1 alpha-2), for example US");
      return;
    }
    value = code;
  }
  void digits(json::Value& value, std::string_view shape) {
    const std::string number = trim(value);
    bool matches = number.size() == shape.size();
    for (std::size_t i = 0; matches && i < shape.size(); ++i) {
      matches = shape[i] == 'd' ? is_ascii_digit(number[i]) : number[i] == shape[i];
    }
    if (!matches) {
      refuse("must have the form " + std::string(shape) + " (d: a digit)");
    }
    value = number;
  }

  void refuse(const std::string& rule) {
    if (problem_.empty()) {
      problem_ = path_ + " " + rule;
    }
  }
  template <typename Body>
  void under(const std::string& step, Body&& body) {
    const std::size_t length = path_.size();
    path_ += step;
    body();
    path_.resize(length);
  }

  PlaidResult<Done> result() const {
    if (!problem_.empty()) {
      return PlaidError{Code::invalid_user_identity_data, problem_};
    }
    return Done{};
  }

 private:
  static std::string trim(const json::Value& value) {
    const auto& text = value.get_string();
    const std::string_view view(text.data(), text.size());
    const auto first = view.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
      return {};
    }
    return std::string(view.substr(first, view.find_last_not_of(" \t\r\n") - first + 1));
  }

  std::string path_;
  std::string problem_;
};

void check_name(Normalizer& check, json::Value& name) {
  json::Object& object = name.get_object();
  check.required(object, "given_name", [&](json::Value& v) { check.text(v); });
  check.required(object, "family_name", [&](json::Value& v) { check.text(v); });
}

void check_id_number(Normalizer& check, json::Value& id_number) {
  json::Object& object = id_number.get_object();
  std::string type;
  check.required(object, "type", [&](json::Value& v) {
    type = v.get_string();
    if (!listed(kIdNumberTypes, type)) {
      check.refuse("must be a known type of id number, for example us_ssn");
    }
  });
  check.required(object, "value", [&](json::Value& v) {
    std::string stripped;
    for (const char c : v.get_string()) {
      if (is_ascii_alnum(c)) {
        stripped.push_back(c);
      }
    }
    if (stripped.empty()) {
      check.refuse("must not be blank");
    }
    v = stripped;
    // The forms of other countries' numbers are not documented, so only these two are checked.
    if (type == "us_ssn") {
      check.digits(v, "ddddddddd");
    } else if (type == "us_ssn_last_4") {
      check.digits(v, "dddd");
    }
  });
}

// An address of which only the country is required.
void check_address(Normalizer& check, json::Value& address,
                   std::initializer_list<const char*> texts) {
  json::Object& object = address.get_object();
  check.required(object, "country", [&](json::Value& v) { check.country(v); });
  for (const char* name : texts) {
    check.optional(object, name, [&](json::Value& v) { check.text_or_blank(v); });
  }
}

// The legacy address: every member is required, all but the street may be null.
void check_legacy_address(Normalizer& check, json::Value& address) {
  json::Object& object = address.get_object();
  check.required(object, "street", [&](json::Value& v) { check.text(v); });
  for (const char* name : {"city", "region", "postal_code"}) {
    check.present(object, name, [&](json::Value& v) { check.text(v); });
  }
  check.present(object, "country", [&](json::Value& v) { check.country(v); });
}

// An array of {"data", "primary"}.
template <typename CheckData>
void check_marked(Normalizer& check, json::Value& array, CheckData&& check_data) {
  check.each(array, [&](json::Value& element) {
    json::Object& object = element.get_object();
    check.required(object, "data", check_data);
    check.required(object, "primary", [](json::Value&) {});
  });
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

}  // namespace

PlaidResult<json::Object> normalize_identity(const json::Object& identity) {
  json::Object copy = identity;
  Normalizer check("identity");
  check.optional(copy, "name", [&](json::Value& v) { check_name(check, v); });
  check.optional(copy, "date_of_birth", [&](json::Value& v) { check.date(v); });
  check.optional(copy, "emails", [&](json::Value& v) {
    check_marked(check, v, [&](json::Value& data) { check.email(data); });
  });
  check.optional(copy, "phone_numbers", [&](json::Value& v) {
    check_marked(check, v, [&](json::Value& data) { check.phone(data); });
  });
  check.optional(copy, "addresses", [&](json::Value& v) {
    check.each(v, [&](json::Value& address) {
      check_address(check, address, {"street_1", "street_2", "city", "region", "postal_code"});
      check.required(address.get_object(), "primary", [](json::Value&) {});
    });
  });
  check.optional(copy, "id_numbers", [&](json::Value& v) {
    check.each(v, [&](json::Value& id_number) { check_id_number(check, id_number); });
  });
  if (auto checked = check.result(); !checked) {
    return std::move(checked).error();
  }
  return copy;
}

PlaidResult<json::Object> normalize_legacy_identity(const json::Object& identity) {
  json::Object copy = identity;
  Normalizer check("consumer_report_user_identity");
  check.required(copy, "first_name", [&](json::Value& v) { check.text(v); });
  check.required(copy, "last_name", [&](json::Value& v) { check.text(v); });
  check.required(copy, "phone_numbers", [&](json::Value& v) {
    check.each(v, [&](json::Value& number) { check.phone(number); });
  });
  check.required(copy, "emails", [&](json::Value& v) {
    check.each(v, [&](json::Value& address) { check.email(address); });
  });
  check.present(copy, "date_of_birth", [&](json::Value& v) { check.date(v); });
  check.optional(copy, "ssn_full", [&](json::Value& v) { check.digits(v, "ddd-dd-dddd"); });
  check.optional(copy, "ssn_last_4", [&](json::Value& v) { check.digits(v, "dddd"); });
  check.required(copy, "primary_address", [&](json::Value& v) { check_legacy_address(check, v); });
  if (auto checked = check.result(); !checked) {
    return std::move(checked).error();
  }
  return copy;
}

PlaidResult<Done> check_link_user(const json::Object& user) {
  json::Object copy = user;
  Normalizer check("user");
  const auto unless_empty = [](json::Value& v, auto&& apply) {
    if (!v.get_string().empty()) {
      apply(v);
    }
  };
  check.optional(copy, "name", [&](json::Value& v) { check_name(check, v); });
  check.optional(copy, "phone_number", [&](json::Value& v) {
    unless_empty(v, [&](json::Value& text) { check.phone(text); });
  });
  check.optional(copy, "email_address", [&](json::Value& v) {
    unless_empty(v, [&](json::Value& text) { check.email(text); });
  });
  check.optional(copy, "date_of_birth", [&](json::Value& v) { check.date(v); });
  check.optional(copy, "address", [&](json::Value& v) {
    check_address(check, v, {"street", "street2", "city", "region", "postal_code"});
  });
  check.optional(copy, "id_number", [&](json::Value& v) { check_id_number(check, v); });
  return check.result();
}

bool looks_personal(std::string_view id) {
  const auto at = id.find('@');
  const bool email =
      at != std::string_view::npos && at > 0 && id.find('.', at) != std::string_view::npos;
  const bool phone = id.size() >= 9 && id.front() == '+' && all_digits(id.substr(1));
  const bool ssn = id.size() == 11 && id[3] == '-' && id[6] == '-' && all_digits(id.substr(0, 3)) &&
                   all_digits(id.substr(4, 2)) && all_digits(id.substr(7));
  return email || phone || ssn;
}

void merge_identity(json::Object& stored, const json::Object& update) {
  // A null is kept as null: reading the identity back shows that the field was cleared.
  for (const auto& member : update) {
    stored[member.key()] = member.value();
  }
}

}  // namespace tartan::items
