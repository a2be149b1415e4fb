#include "server/pages.h"

#include <algorithm>

#include "base/check.h"
#include "http/server/gzip.h"

namespace tartan::server {
namespace {

constexpr std::string_view kDocument = "/index.html";
// Where the document takes the nonce of this answer, which the style elements that the editor
// makes must carry.
constexpr std::string_view kNonceMark = "TARTAN_NONCE";

// The first part of every page's address, as web/src/router.tsx has them.
constexpr std::string_view kPlaces[] = {"",     "sign-in", "catalogue", "workflows",
                                        "runs", "tasks",   "users",     "settings"};

bool is_page(std::string_view path) {
  if (!path.starts_with("/")) {
    return false;
  }
  const std::string_view rest = path.substr(1);
  const std::string_view place = rest.substr(0, rest.find('/'));
  return std::find(std::begin(kPlaces), std::end(kPlaces), place) != std::end(kPlaces);
}

// Somebody who reads, not a program: told by a page that nothing is here.
bool is_for_a_reader(const http::Request& request) {
  const std::string_view* accepted = request.header("accept");
  return accepted != nullptr && accepted->find("text/html") != std::string_view::npos &&
         !request.path.starts_with("/assets/") && request.path != "/api";
}

const WebFile* find_file(std::string_view path) {
  const auto files = web_files();
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const WebFile& file) { return file.path == path; });
  return found != files.end() ? &*found : nullptr;
}

void add_protection(http::Reply& reply) {
  reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
  reply.headers.emplace_back("Referrer-Policy", "no-referrer");
  reply.headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
}

std::string unpacked(const WebFile& file) {
  auto plain = http::gunzip(file.gzipped);
  check(plain.ok(), "what is built into the program unpacks");
  return *std::move(plain);
}

}  // namespace

std::optional<http::Reply> Pages::answer(const http::Request& request) const {
  const WebFile* file = request.path == kDocument ? nullptr : find_file(request.path);
  if (file == nullptr) {
    if (is_page(request.path)) {
      return document();
    }
    return is_for_a_reader(request) ? std::optional(document(404)) : std::nullopt;
  }
  http::Reply reply;
  reply.content_type = file->content_type;
  const std::string_view* accepted = request.header("accept-encoding");
  if (accepted != nullptr && http::accepts_gzip(*accepted)) {
    reply.body = file->gzipped;
    reply.headers.emplace_back("Content-Encoding", "gzip");
  } else {
    reply.body = unpacked(*file);
  }
  const bool is_named_by_content = file->path.starts_with("/assets/");
  reply.headers.emplace_back(
      "Cache-Control", is_named_by_content ? "public, max-age=31536000, immutable" : "no-cache");
  add_protection(reply);
  return reply;
}

http::Reply Pages::document(int status) const {
  const WebFile* file = find_file(kDocument);
  http::Reply reply;
  reply.status = status;
  if (file == nullptr) {
    reply.content_type = "text/plain; charset=utf-8";
    reply.body =
        "Tartan is running, built without its pages (TARTAN_WEB=OFF).\n"
        "Here: /api (described by /openapi.json), /healthz, /readyz and /metrics.\n";
    return reply;
  }
  const std::string nonce = random_base62(random_, 22);
  reply.content_type = "text/html; charset=utf-8";
  reply.body = unpacked(*file);
  for (auto at = reply.body.find(kNonceMark); at != std::string::npos;
       at = reply.body.find(kNonceMark, at)) {
    reply.body.replace(at, kNonceMark.size(), nonce);
  }
  reply.headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src-elem 'self' 'nonce-" + nonce +
          "'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; "
          "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
          "frame-ancestors 'none'");
  reply.headers.emplace_back("X-Frame-Options", "DENY");
  reply.headers.emplace_back("Cross-Origin-Opener-Policy", "same-origin");
  reply.headers.emplace_back("Cache-Control", "no-store");
  add_protection(reply);
  return reply;
}

}  // namespace tartan::server
