// How a transfer that failed is told: which kind, in which words.
#include <openssl/x509_vfy.h>

#include <string>

#include "http/client/transfer.h"

namespace tartan::http {
namespace {

using Kind = OutboundError::Kind;

bool is_tls_error(CURLcode code) {
  switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_ENGINE_INITFAILED:
      return true;
    default:
      return false;
  }
}

std::string in_ms(int milliseconds) { return std::to_string(milliseconds) + " ms"; }

}  // namespace

std::string_view name_of(OutboundError::Kind kind) {
  switch (kind) {
    case Kind::bad_url:
      return "badUrl";
    case Kind::bad_header:
      return "badHeader";
    case Kind::refused:
      return "refused";
    case Kind::name_not_found:
      return "nameNotFound";
    case Kind::connect_failed:
      return "connectFailed";
    case Kind::connect_timeout:
      return "connectTimeout";
    case Kind::tls_failed:
      return "tlsFailed";
    case Kind::read_timeout:
      return "readTimeout";
    case Kind::broken:
      return "broken";
    case Kind::too_large:
      return "tooLarge";
    case Kind::too_many_redirects:
      return "tooManyRedirects";
    case Kind::redirect_refused:
      return "redirectRefused";
    case Kind::cancelled:
      return "cancelled";
  }
  return "unknown";
}

OutboundError Transfer::error(Kind kind, std::string message, std::string hint) const {
  return {.kind = kind,
          .message = std::move(message),
          .hint = std::move(hint),
          .may_have_arrived = may_have_arrived_,
          .url = target_.host.empty() ? std::string() : target_.shown(),
          .timings = reply_.timings};
}

OutboundError Transfer::failed(CURLcode code) {
  return sent_ > 0 ? failed_after_sending(code) : failed_before_sending(code);
}

// What to do about a handshake that failed, by what the check of the certificate came to.
std::string Transfer::tls_hint(CURLcode code) const {
  long verdict = X509_V_OK;
  curl_easy_getinfo(handle_, CURLINFO_SSL_VERIFYRESULT, &verdict);
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    switch (verdict) {
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
      case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
      case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return "Nobody that this machine trusts has signed the certificate. If it is of an "
               "authority of your own, the operator makes that known with --egress-ca-file.";
      case X509_V_ERR_CERT_HAS_EXPIRED:
      case X509_V_ERR_CERT_NOT_YET_VALID:
        return "The host needs a certificate that is valid now; check this machine's clock, too.";
      case X509_V_OK:
      case X509_V_ERR_UNSPECIFIED:  // the signatures hold; curl compares the name by itself
        return "The certificate is for another host: use a name that stands in it.";
      default:
        break;
    }
  }
  return "Check the host's certificate, and that it speaks TLS on this port.";
}

OutboundError Transfer::failed_before_sending(CURLcode code) {
  if (refusal_ && sockets_ == 0) {
    return error(Kind::refused, *refusal_,
                 "Requests to special addresses are the operator's to open; see --egress-allow.");
  }
  const std::string origin = target_.origin();
  if (code == CURLE_COULDNT_RESOLVE_HOST) {
    return error(Kind::name_not_found, "The name " + target_.host + " has no address.",
                 "Check how the host's name is written, and that this machine can look it up.");
  }
  if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    return error(Kind::bad_url, "The URL can't be used: its host is no valid name or address.",
                 "Give an absolute http or https URL.");
  }
  if (code == CURLE_OPERATION_TIMEDOUT) {
    return error(Kind::connect_timeout, "There was no connection to " + origin + " in time.",
                 "Check that the host is up and reachable from here, or raise the timeout.");
  }
  if (is_tls_error(code)) {
    const std::string detail =
        curl_error_[0] != '\0' ? curl_error_.data() : curl_easy_strerror(code);
    return error(Kind::tls_failed, "No secure connection to " + origin + ": " + detail + ".",
                 tls_hint(code));
  }
  return error(Kind::connect_failed,
               "No connection to " + origin + ": " + curl_easy_strerror(code) + ".",
               "Check that something listens on this port of the host.");
}

OutboundError Transfer::failed_after_sending(CURLcode code) {
  const std::string where = target_.shown();
  if (too_large_body_) {
    return error(Kind::too_large,
                 "The answer of " + where + " is longer than " +
                     std::to_string(request_.limits.response_bytes_max) + " bytes.",
                 "Ask for less, for example for fewer entries a page.");
  }
  // curl holds a single header line of its own limit for too much memory.
  if (too_large_headers_ || (!headers_done_ && code == CURLE_OUT_OF_MEMORY)) {
    return error(Kind::too_large,
                 "The headers of the answer of " + where + " are longer than " +
                     std::to_string(request_.limits.header_bytes_max) + " bytes.",
                 "The other side sends too much in its headers.");
  }
  if (code == CURLE_BAD_CONTENT_ENCODING) {
    return error(Kind::broken, "The body that " + where + " sent can't be decompressed.",
                 "Send Accept-Encoding: identity to get it as it is.");
  }
  return error(Kind::broken, "The connection to " + where + " ended before its answer did.",
               "Whether the request was acted on is not known; look on the other side before "
               "sending it again.");
}

OutboundError Transfer::timed_out() {
  if (handle_ != nullptr) {
    read_timings();
  }
  if (state_ == State::waiting) {
    return error(Kind::connect_timeout,
                 "Too many requests to " + target_.origin() + " are under way.",
                 "Send fewer at a time, or find out why they take so long.");
  }
  if (sent_ == 0) {
    return error(Kind::connect_timeout,
                 "There was no connection to " + target_.origin() + " within " +
                     in_ms(request_.connection_timeout_ms) + ".",
                 "Check that the host is up and reachable from here, or raise the timeout.");
  }
  return error(Kind::read_timeout,
               "The answer of " + target_.shown() + " did not end within " +
                   in_ms(request_.read_timeout_ms) + ".",
               "Raise the timeout if the other side is known to take long.");
}

OutboundError Transfer::cancelled() {
  return error(Kind::cancelled, "The request was cancelled because the server is stopping.",
               "Send it again after the restart.");
}

}  // namespace tartan::http
