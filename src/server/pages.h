// The workbench's pages, built from web/ into the program: scripts and styles by their name, and
// for every other address the one document, which finds its page by itself. At an address that no
// page has, who accepts HTML gets the document, too, with the status 404.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/random.h"
#include "http/message.h"

namespace tartan::server {

struct WebFile {
  std::string_view path;  // "/assets/index-3f2a.js"
  std::string_view content_type;
  std::string_view gzipped;
};

// What packaging/embed_web.py made of the build of web/; empty in a program built without pages.
std::span<const WebFile> web_files();

class Pages {
 public:
  explicit Pages(Random& random) : random_(random) {}
  // Of a GET or HEAD outside the API; nothing when there is no such file.
  std::optional<http::Reply> answer(const http::Request& request) const;

 private:
  http::Reply document(int status = 200) const;

  Random& random_;
};

}  // namespace tartan::server
