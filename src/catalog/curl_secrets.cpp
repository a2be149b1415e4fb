#include "catalog/curl_secrets.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/utf8.h"
#include "crypto/base64.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;

constexpr std::string_view kSecretHeaders[] = {"authorization",
                                               "cookie",
                                               "api-key",
                                               "apikey",
                                               "x-auth-key",
                                               "x-auth-email",
                                               "private-token",
                                               "job-token",
                                               "plaid-client-id",
                                               "plaid-secret",
                                               "dd-api-key",
                                               "dd-application-key",
                                               "x-app-id",
                                               "x-app-key",
                                               "x-session-id",
                                               "x-amz-security-token",
                                               "circle-token",
                                               "x-vault-token",
                                               "x-auth-user",
                                               "x-signature",
                                               "deploy-token",
                                               "x-master-key",
                                               "x-parse-rest-api-key"};

constexpr std::string_view kNotSecret[] = {"csrf", "xsrf", "idempotency", "sec-"};

bool is_base64_of_text(const std::optional<std::string>& decoded) {
  return decoded && is_utf8(*decoded) && decoded->find(':') != std::string::npos &&
         decoded->find_first_of(std::string_view("\r\n\0", 3)) == std::string::npos;
}

// The values that are known; what a variable would give is not.
std::string known(const Text& text) { return has_placeholder(text) ? "" : literal_of(text); }

void note_variables(std::string& note, const Text& text) {
  for (const Piece& one : text) {
    if (one.is_placeholder) {
      note += (note.empty() ? "its value was the shell's $" : ", $") + one.text;
    }
  }
}

// User and password, split at the first colon.
std::pair<Text, Text> split_user(const Text& text) {
  std::pair<Text, Text> made;
  bool behind = false;
  for (const Piece& one : text) {
    Text& to = behind ? made.second : made.first;
    const std::size_t colon = one.is_placeholder || behind ? std::string::npos : one.text.find(':');
    if (one.is_placeholder) {
      add_placeholder(to, one.text);
    } else if (colon == std::string::npos) {
      add_literal(to, one.text);
    } else {
      add_literal(made.first, std::string_view(one.text).substr(0, colon));
      add_literal(made.second, std::string_view(one.text).substr(colon + 1));
      behind = true;
    }
  }
  return made;
}

Object description(std::string_view scheme, std::string_view type, const std::string& note,
                   Object parts, const std::string& host) {
  parts["name"] = (host.empty() ? "" : host + " ") + std::string(scheme);
  parts["type"] = type;
  parts["hosts"] = host.empty() ? Array{} : Array{Value(host)};
  return {{"scheme", scheme},
          {"type", type},
          {"note", note},
          {"credential", std::move(parts)},
          {"matching", Array{}}};
}

}  // namespace

bool is_secret_header(std::string_view name) {
  const std::string small = to_lower(name);
  const auto contains = [&](std::string_view part) {
    return small.find(part) != std::string::npos;
  };
  if (std::any_of(std::begin(kNotSecret), std::end(kNotSecret), contains)) {
    return false;
  }
  return std::find(std::begin(kSecretHeaders), std::end(kSecretHeaders), small) !=
             std::end(kSecretHeaders) ||
         contains("api-key") || contains("apikey") || contains("api_key") || contains("secret") ||
         contains("access-token") || contains("auth-token") || contains("access-key") ||
         contains("subscription-key") || contains("api-token");
}

void SecretCollector::add_basic(const Text& user_and_password) {
  secrets_.push_back({Secret::Kind::basic, "header", "Authorization", user_and_password});
}

void SecretCollector::add_bearer(const Text& token) {
  secrets_.push_back({Secret::Kind::bearer, "header", "Authorization", token});
}

void SecretCollector::add_value(std::string_view where, std::string_view name, const Text& value) {
  if (where == "header" && to_lower(name) == "authorization") {
    add_authorization(value);
  } else {
    secrets_.push_back({Secret::Kind::value, std::string(where), std::string(name), value});
  }
}

void SecretCollector::add_authorization(const Text& value) {
  const std::string first = value.empty() || value.front().is_placeholder ? "" : value.front().text;
  const std::size_t blank = first.find(' ');
  const std::string scheme = blank == std::string::npos ? "" : to_lower(first.substr(0, blank));
  if (scheme == "bearer") {
    add_bearer(without_prefix(value, blank + 1));
    return;
  }
  if (scheme == "basic" && !has_placeholder(value)) {
    const auto decoded = crypto::base64_decode(trim(std::string_view(first).substr(blank)));
    if (is_base64_of_text(decoded)) {
      add_basic(literal(*decoded));
      return;
    }
  }
  secrets_.push_back({Secret::Kind::value, "header", "Authorization", value});
}

Array SecretCollector::describe(const std::string& host) const {
  if (secrets_.empty()) {
    return {};
  }
  std::string note;
  for (const Secret& one : secrets_) {
    note_variables(note, one.value);
  }
  const Secret& first = secrets_.front();
  if (secrets_.size() == 1 && first.kind == Secret::Kind::bearer) {
    return {description("bearer", "Bearer", note, {{"token", known(first.value)}}, host)};
  }
  if (secrets_.size() == 1 && first.kind == Secret::Kind::basic) {
    const auto [user, password] = split_user(first.value);
    return {description("basic", "Basic", note,
                        {{"username", known(user)}, {"password", known(password)}}, host)};
  }
  Array values;
  for (const Secret& one : secrets_) {
    std::string value = known(one.value);
    if (!value.empty() && one.kind == Secret::Kind::bearer) {
      value.insert(0, "Bearer ");
    } else if (!value.empty() && one.kind == Secret::Kind::basic) {
      value = "Basic " + crypto::base64_encode(value);
    }
    values.push_back(Object{{"in", one.where}, {"name", one.name}, {"value", std::move(value)}});
  }
  const bool is_cookie = secrets_.size() == 1 && to_lower(first.name) == "cookie";
  return {description(is_cookie ? "cookie" : "apiKey", "ApiKey", note,
                      {{"values", std::move(values)}}, host)};
}

}  // namespace tartan::catalog
