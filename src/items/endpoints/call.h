// What every endpoint of the Users & Items API is given, and what it answers.
#pragma once

#include <string>
#include <string_view>

#include "access/clients.h"
#include "base/clock.h"
#include "base/random.h"
#include "crypto/vault.h"
#include "items/plaid_error.h"
#include "json/json.h"
#include "store/database.h"

namespace tartan::items {

struct Services {
  const crypto::Vault& vault;
  const Clock& clock;
  Random& random;
};

// One authenticated, validated request inside its transaction. An endpoint may run more than once
// for one request, when its commit has to be tried again.
struct Call {
  const Services& services;
  store::Transaction& tx;
  const json::Object& body;  // the request as parsed; its reader's struct is what endpoints use
  const access::Client& client;
  access::Environment environment;
  std::string_view request_id;
  UnixMs now;
  // The id of the personal access token that calls in the client's place; empty: the client itself.
  std::string_view by = {};
};

struct Reply {
  enum class Kind { ok, created };
  Kind kind = Kind::ok;
  std::string body;
};

// Begins the JSON object of a reply, has `write` fill it, and ends it with the request_id.
template <typename Write>
Reply make_reply(const Call& call, Write&& write, Reply::Kind kind = Reply::Kind::ok) {
  Reply reply{kind, {}};
  json::Writer out(reply.body);
  out.begin_object();
  write(out);
  out.key("request_id").string(call.request_id);
  out.end_object();
  return reply;
}

// The reply of an endpoint that answers nothing but its request_id.
inline Reply empty_reply(const Call& call) {
  return make_reply(call, [](json::Writer&) {});
}

}  // namespace tartan::items
