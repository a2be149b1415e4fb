// Secrets that must not be seen again: hidden in whatever a target sends back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/client/client.h"
#include "json/json.h"

namespace tartan::workflow {

class Masks {
 public:
  // Hides `secret` as it is, percent-encoded and escaped as JSON does. Shorter ones than three
  // characters are left: hiding them would only garble.
  void add(std::string_view secret);
  void add_all(const Masks& others);
  bool empty() const { return secrets_.empty(); }

  std::string hide(std::string_view text) const;
  // In every string and member name.
  json::Value hide(const json::Value& value) const;
  void hide(http::OutboundReply& reply) const;
  void hide(http::OutboundError& error) const;

 private:
  std::vector<std::string> secrets_;  // longest first
};

}  // namespace tartan::workflow
