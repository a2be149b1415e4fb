#include "workflow/masks.h"

#include <algorithm>

#include "workflow/percent.h"

namespace tartan::workflow {
namespace {

constexpr std::string_view kMask = "********";

// "%2F" as "%2f": both are spellings of the same.
std::string with_small_hex(std::string text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (text[i] == '%') {
      for (const std::size_t at : {i + 1, i + 2}) {
        text[at] =
            text[at] >= 'A' && text[at] <= 'F' ? static_cast<char>(text[at] | 0x20) : text[at];
      }
    }
  }
  return text;
}

}  // namespace

void Masks::add(std::string_view secret) {
  constexpr std::size_t shortest = 3;
  if (secret.size() < shortest) {
    return;
  }
  std::string escaped;
  json::append_string(escaped, secret);
  const std::string encoded = percent_encode(secret);
  for (std::string form : {std::string(secret), encoded, with_small_hex(encoded),
                           escaped.substr(1, escaped.size() - 2)}) {
    if (std::find(secrets_.begin(), secrets_.end(), form) == secrets_.end()) {
      secrets_.push_back(std::move(form));
    }
  }
  std::sort(secrets_.begin(), secrets_.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

void Masks::add_all(const Masks& others) {
  for (const std::string& secret : others.secrets_) {
    add(secret);
  }
}

std::string Masks::hide(std::string_view text) const {
  std::string hidden(text);
  for (const std::string& secret : secrets_) {
    for (std::size_t at = hidden.find(secret); at != std::string::npos;
         at = hidden.find(secret, at + kMask.size())) {
      hidden.replace(at, secret.size(), kMask);
    }
  }
  return hidden;
}

json::Value Masks::hide(const json::Value& value) const {
  if (value.is_string()) {
    return json::Value(
        hide(std::string_view(value.get_string().data(), value.get_string().size())));
  }
  if (value.is_array()) {
    json::Array array;
    for (const json::Value& one : value.get_array()) {
      array.push_back(hide(one));
    }
    return json::Value(std::move(array));
  }
  if (value.is_object()) {
    json::Object object;
    for (const auto& member : value.get_object()) {
      object[hide(std::string_view(member.key().data(), member.key().size()))] =
          hide(member.value());
    }
    return json::Value(std::move(object));
  }
  return value;
}

void Masks::hide(http::OutboundReply& reply) const {
  if (empty()) {
    return;
  }
  for (auto& [name, value] : reply.headers) {
    value = hide(value);
  }
  reply.body = hide(reply.body);
  // A body may spell a secret with escapes that only its parser undoes.
  if (reply.body.find('\\') != std::string::npos) {
    if (const auto parsed = json::parse(reply.body, {}, {200, 1'000'000})) {
      reply.body = json::print(hide(*parsed));
    }
  }
  reply.url = hide(reply.url);
  for (http::Redirect& redirect : reply.redirects) {
    redirect.url = hide(redirect.url);
  }
}

void Masks::hide(http::OutboundError& error) const {
  error.message = hide(error.message);
  error.url = hide(error.url);
}

}  // namespace tartan::workflow
