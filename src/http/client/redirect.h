// What a redirect makes of a request: the next hop, or the reason why it is not followed.
#pragma once

#include <string>

#include "base/result.h"
#include "http/client/client.h"
#include "http/client/target.h"

namespace tartan::http {

struct RedirectRefusal {
  OutboundError::Kind kind;
  std::string message;
  std::string hint;
};

bool is_redirect(int status);

// Changes `request` as the answer `status` with `location` asks (method, body, headers that stay
// behind) and gives where it goes. `redirects` is how many were followed before.
Result<Target, RedirectRefusal> follow_redirect(OutboundRequest& request, const Target& from,
                                                int status, const std::string& location,
                                                std::size_t redirects);

}  // namespace tartan::http
