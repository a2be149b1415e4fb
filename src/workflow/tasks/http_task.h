// The Http task: from a definition and an input to a request, and from a reply to the task's
// output. Test request and a run use this same code.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/client/client.h"
#include "workflow/definition.h"
#include "workflow/masks.h"

namespace tartan::workflow {

// A request with its placeholders filled, as it is recorded and shown: {"method", "url", "headers",
// "body"?}. Secrets are not in it; credentials join it when it is sent.
//
// Values in the URL are percent-encoded for where they stand; a placeholder at its very beginning
// may give the scheme, host and path as they are. Errors: invalid, naming the placeholder, when a
// value in the URL or a header is missing, no scalar, or would break out of its place.
Result<json::Object> render_request(const HttpTask& task, const script::Scope& scope);

// Whether repeating it can't change anything at the other side (RFC 9110, section 9.2.1).
bool is_safe(std::string_view method);

// What a credential adds to a request, and what must not be seen again.
struct Secrets {
  http::HeaderList headers;
  http::HeaderList query;
  http::HeaderList body;  // members of a JSON object or form
  Masks masks;
  bool can_refresh = false;  // a token that may have been withdrawn: 401 is worth a fresh one
};

// A request as it goes out, from a rendered one. Errors: invalid when the body can't be written in
// its content type, or can't take the credential's fields.
Result<http::OutboundRequest> make_outbound(const json::Object& request, const HttpTask& task,
                                            const Secrets& secrets);

// The task's output: {status, headers, body, url, redirects, timings}. JSON bodies are parsed, text
// is kept, anything else is {"contentType", "base64"}. Header names are in lower case; repeated
// headers are joined by ", ", Set-Cookie is an array.
json::Object output_of(const http::OutboundReply& reply);
json::Object to_json(const http::Timings& timings);

bool is_success(const HttpTask& task, int status);

// Whether a retry may help.
bool is_retryable(int status);
bool is_retryable(http::OutboundError::Kind kind);

// How long Retry-After asks to wait, in milliseconds; nothing when it is absent or unreadable.
std::optional<std::int64_t> retry_after_ms(const http::HeaderList& headers, UnixMs now);

}  // namespace tartan::workflow
