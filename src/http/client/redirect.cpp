#include "http/client/redirect.h"

#include <algorithm>

#include "http/client/outbound_headers.h"

namespace tartan::http {
namespace {

using Kind = OutboundError::Kind;

// As browsers do (Fetch, 4.4): 303 asks for the result of what was done; 301 and 302 mean the same
// for a POST by old custom; every other combination repeats the request as it was.
bool becomes_get(int status, const std::string& method) {
  if (status == 303) {
    return method != "GET" && method != "HEAD";
  }
  return (status == 301 || status == 302) && method == "POST";
}

void make_get(OutboundRequest& request) {
  request.method = "GET";
  request.body.clear();
  request.has_body = false;
  drop_body_headers(request.headers);
  drop_body_headers(request.secret_headers);
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Target, RedirectRefusal> follow_redirect(OutboundRequest& request, const Target& from,
                                                int status, const std::string& location,
                                                std::size_t redirects) {
  if (redirects >= static_cast<std::size_t>(std::max(request.limits.redirects_max, 0))) {
    return RedirectRefusal{
        Kind::too_many_redirects,
        from.shown() + " redirects once more, after " + std::to_string(redirects) + " redirects",
        "Call the final address directly; the other side may redirect in a loop."};
  }
  Result<Target> to = resolve_location(from, location);
  if (!to) {
    return RedirectRefusal{
        Kind::redirect_refused,
        from.shown() + " redirects to something that is no URL to follow: " + to.error().message,
        "Call the final address directly, if it is known."};
  }
  const bool drops_body = becomes_get(status, request.method) || status == 303;
  if (to->origin() != from.origin()) {
    // A Location that repeats the query carries what the query holds, body or not.
    const bool repeats_query = !from.query.empty() && to->url.find(from.query) != std::string::npos;
    if (request.secret_in_body && (!drops_body || repeats_query)) {
      return RedirectRefusal{
          Kind::redirect_refused,
          from.shown() + " redirects to " + to->origin() +
              ", which would carry a secret of this request to another origin",
          "Call the final address directly, or put the secret into a header, which stays behind."};
    }
    request.secret_headers.clear();
    request.secret_in_body = false;
    drop_credentials(request.headers);
  }
  if (becomes_get(status, request.method)) {
    make_get(request);
  }
  return *std::move(to);
}

}  // namespace tartan::http
