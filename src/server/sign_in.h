// Who asks: a personal access token in the Authorization header, the command line's own token, or
// the cookie of a browser that signed in. Against pages of other sites: the cookie is SameSite and
// out of reach of scripts, a change takes X-CSRF-Token, an Origin must be the server's own, and a
// Host that is neither an address nor localhost must be one that the operator named (DNS
// rebinding).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "access/sessions.h"
#include "contract/router.h"

namespace tartan::server {

class SignIn {
 public:
  SignIn(const access::PersonalTokens& tokens, access::Sessions& sessions, std::string local_token,
         std::vector<std::string> hosts)
      : tokens_(tokens),
        sessions_(sessions),
        local_token_(std::move(local_token)),
        hosts_(std::move(hosts)) {}

  // Whether the request was meant for this server. Errors: forbidden.
  Result<Done> admit(const http::Request& request) const;
  // Errors: no_access; forbidden when a change lacks the page's token.
  Result<contract::Caller> authenticate(const http::Request& request) const;
  void bind(contract::Router& router);

 private:
  Result<contract::Caller> by_token(std::string_view token) const;
  Result<contract::Caller> by_cookie(const http::Request& request, std::string_view secret) const;
  contract::ApiResult show(contract::Call& call) const;
  contract::ApiResult begin(contract::Call& call);
  contract::ApiResult end(contract::Call& call);
  contract::ApiResult make_link(contract::Call& call);

  const access::PersonalTokens& tokens_;
  access::Sessions& sessions_;
  const std::string local_token_;
  const std::vector<std::string> hosts_;
};

// The address that signs a browser in. The code is in the fragment, which no server log sees.
std::string sign_in_url(std::string_view workbench_url, std::string_view code);

}  // namespace tartan::server
