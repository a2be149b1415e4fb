// What the search index is made of: the parts of an API document that a person might type.
#pragma once

#include <string>
#include <vector>

namespace tartan::catalog {

// One API document.
struct SearchDocument {
  std::string key;                   // unique among the documents, e.g. "googleapis.com/gmail"
  std::string api;                   // provider, with /service where there is one
  std::string title, version;        // info.*, as in the document
  std::string description;           // info.description; only its beginning is indexed
  std::vector<std::string> servers;  // URLs: a product's name may stand only in the host
  std::string logo;                  // URL of x-logo, if any; may carry the product's name
  bool preferred = false;            // x-preferred is true
};

struct SearchOperation {
  std::string id;      // given back with each hit; means nothing to the index
  std::string method;  // in upper case: "GET"
  std::string path, operation_id, summary, description;
  std::vector<std::string> tags;
  bool deprecated = false;
};

}  // namespace tartan::catalog
