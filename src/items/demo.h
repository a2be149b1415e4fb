// The demo User with its Items that a first start makes, so that there is something to call at
// once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "items/endpoints/call.h"

namespace tartan::items {

struct Demo {
  std::string user_id;
  std::vector<std::string> item_ids;
};

// Makes a User with three Items in the sandbox.
PlaidResult<Demo> make_demo(const access::Client& client, store::Database& sandbox,
                            const Services& services);

// The demo User as it stands now; nothing when it was removed.
std::optional<Demo> find_demo(const access::Client& client, store::Database& sandbox,
                              const Services& services);

}  // namespace tartan::items
