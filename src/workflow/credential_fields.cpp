#include "workflow/credential_fields.h"

#include <algorithm>

namespace tartan::workflow {
namespace {

constexpr std::size_t kHostsMax = 100;
constexpr std::size_t kValuesMax = 20;
constexpr std::size_t kTextMax = 16 * 1024;

constexpr std::pair<std::string_view, CredentialType> kTypes[] = {
    {"Basic", CredentialType::basic},
    {"Bearer", CredentialType::bearer},
    {"ApiKey", CredentialType::api_key},
    {"OAuth2ClientCredentials", CredentialType::oauth2_client_credentials}};

// The fields of each type; a leading '*' marks a secret.
struct TypeFields {
  CredentialType type;
  std::vector<std::string_view> required;
  std::vector<std::string_view> optional;
};

const TypeFields& fields_of(CredentialType type) {
  static const std::vector<TypeFields> all = {
      {CredentialType::basic, {"username", "*password"}, {}},
      {CredentialType::bearer, {"*token"}, {}},
      {CredentialType::api_key, {"*values"}, {}},
      {CredentialType::oauth2_client_credentials,
       {"tokenUrl", "clientId", "*clientSecret"},
       {"scopes"}}};
  return *std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.type == type; });
}

std::string_view plain_name(std::string_view field) {
  return field.starts_with('*') ? field.substr(1) : field;
}

std::string_view view(const json::Value& text) {
  return {text.get_string().data(), text.get_string().size()};
}

Error invalid(std::string_view field, std::string_view expected) {
  return {Fault::invalid, std::string(field) + " must be " + std::string(expected)};
}

bool is_plain_text(const json::Value& value) {
  return value.is_string() && !value.get_string().empty() &&
         value.get_string().size() <= kTextMax &&
         view(value).find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

// "host" or "host:port", as a URL would write it.
bool is_host(std::string_view text) {
  constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789-._:[]";
  return !text.empty() && text.size() <= 260 &&
         text.find_first_not_of(allowed) == std::string_view::npos;
}

Result<std::vector<std::string>> read_hosts(const json::Object& body) {
  const json::Value* hosts = json::find(body, "hosts");
  if (hosts == nullptr || !hosts->is_array() || hosts->get_array().empty() ||
      hosts->get_array().size() > kHostsMax) {
    return invalid("hosts", R"(an array of 1 to 100 host names, such as ["api.example.com"])");
  }
  std::vector<std::string> read;
  for (const json::Value& one : hosts->get_array()) {
    const std::string host = one.is_string() ? lower(view(one)) : "";
    if (!is_host(host)) {
      return invalid("hosts",
                     "names of hosts, each with a port where needed, without a scheme or "
                     "path: \"api.example.com\" or \"127.0.0.1:8081\"");
    }
    read.push_back(host);
  }
  return read;
}

Result<Done> check_values(const json::Value& values) {
  if (!values.is_array() || values.get_array().empty() || values.get_array().size() > kValuesMax) {
    return invalid("values", R"(an array of 1 to 20 of {"in", "name", "value"})");
  }
  for (const json::Value& one : values.get_array()) {
    const json::Object* object = one.if_object();
    if (object == nullptr || object->size() != 3) {
      return invalid("values", R"(objects with exactly "in", "name" and "value")");
    }
    const std::string in = text_of(*object, "in");
    if (in != "header" && in != "query" && in != "body") {
      return invalid("values[].in", R"("header", "query" or "body")");
    }
    for (const char* name : {"name", "value"}) {
      const json::Value* value = json::find(*object, name);
      if (value == nullptr || !is_plain_text(*value)) {
        return invalid(std::string("values[].") + name, "a text without line breaks");
      }
    }
    const std::string name = text_of(*object, "name");
    if (in == "header" && name.find_first_of(" \t:;,()<>@\"/[]?={}\\") != std::string::npos) {
      return invalid("values[].name", "the name of a header");
    }
  }
  return Done{};
}

Result<Done> check_field(std::string_view name, const json::Value& value) {
  if (name == "values") {
    return check_values(value);
  }
  if (name == "scopes") {
    const bool texts = value.is_array() && std::all_of(value.get_array().begin(),
                                                       value.get_array().end(), is_plain_text);
    return texts ? Result<Done>(Done{}) : invalid("scopes", "an array of texts");
  }
  if (!is_plain_text(value)) {
    return invalid(name, "a text without line breaks");
  }
  if (name == "tokenUrl" && !view(value).starts_with("https://") &&
      !view(value).starts_with("http://")) {
    return invalid(name, "a URL that begins with https:// or http://");
  }
  if (name == "username" && view(value).find(':') != std::string_view::npos) {
    return invalid(name, "without a colon");
  }
  return Done{};
}

}  // namespace

std::string_view name_of(CredentialType type) {
  return std::find_if(std::begin(kTypes), std::end(kTypes),
                      [&](const auto& one) { return one.second == type; })
      ->first;
}

std::optional<CredentialType> credential_type_of(std::string_view name) {
  const auto* known = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [&](const auto& one) { return one.first == name; });
  return known == std::end(kTypes) ? std::nullopt : std::optional(known->second);
}

std::string text_of(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? std::string(view(*value)) : "";
}

std::string lower(std::string_view text) {
  std::string made(text);
  std::transform(made.begin(), made.end(), made.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return made;
}

std::string join(const std::vector<std::string>& texts) {
  std::string joined;
  for (const std::string& text : texts) {
    joined += (joined.empty() ? "" : " ") + text;
  }
  return joined;
}

Result<Done> read_credential(const json::Object& body, CredentialInfo& info, json::Object& fields) {
  info.name = text_of(body, "name");
  if (info.name.empty() || info.name.size() > 200) {
    return invalid("name", "a text of 1 to 200 bytes");
  }
  const std::string type = text_of(body, "type");
  const auto known = credential_type_of(type);
  if (!known) {
    return invalid("type", "Basic, Bearer, ApiKey or OAuth2ClientCredentials");
  }
  info.type = *known;
  auto hosts = read_hosts(body);
  if (!hosts) {
    return std::move(hosts).error();
  }
  info.hosts = *std::move(hosts);
  const TypeFields& expected = fields_of(info.type);
  for (const auto& member : body) {
    const std::string_view name(member.key().data(), member.key().size());
    const auto is_it = [&](std::string_view field) { return plain_name(field) == name; };
    const bool belongs = name == "name" || name == "type" || name == "hosts" ||
                         std::any_of(expected.required.begin(), expected.required.end(), is_it) ||
                         std::any_of(expected.optional.begin(), expected.optional.end(), is_it);
    if (!belongs) {
      return Error{Fault::invalid, "a credential of the type " + type + " has no field '" +
                                       std::string(name) + "'"};
    }
  }
  for (const std::string_view field : expected.required) {
    const json::Value* value = json::find(body, plain_name(field));
    if (value == nullptr) {
      return Error{Fault::invalid, "a credential of the type " + type + " needs the field '" +
                                       std::string(plain_name(field)) + "'"};
    }
  }
  for (const auto* group : {&expected.required, &expected.optional}) {
    for (const std::string_view field : *group) {
      const std::string_view name = plain_name(field);
      const json::Value* value = json::find(body, name);
      if (value == nullptr || (value->is_null() && group == &expected.optional)) {
        continue;
      }
      if (auto checked = check_field(name, *value); !checked) {
        return checked;
      }
      fields[name] = *value;
    }
  }
  return Done{};
}

json::Object shown_of(CredentialType type, const json::Object& fields) {
  json::Object shown;
  const TypeFields& expected = fields_of(type);
  for (const auto* group : {&expected.required, &expected.optional}) {
    for (const std::string_view field : *group) {
      const json::Value* value = json::find(fields, plain_name(field));
      if (value != nullptr && !field.starts_with('*')) {
        shown[field] = *value;
      }
    }
  }
  if (const json::Value* values = json::find(fields, "values")) {
    json::Array places;
    for (const json::Value& one : values->get_array()) {
      places.push_back(json::Object{{"in", one.at("in")}, {"name", one.at("name")}});
    }
    shown["values"] = std::move(places);
  }
  return shown;
}

}  // namespace tartan::workflow
