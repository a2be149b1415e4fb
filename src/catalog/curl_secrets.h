// What of a request proves who asks. It does not go into a task, but becomes a credential.
#pragma once

#include <set>

#include "catalog/template_text.h"
#include "json/json.h"

namespace tartan::catalog {

// Authorization, cookies, and headers that are known to hold keys.
bool is_secret_header(std::string_view name);

class SecretCollector {
 public:
  void add_basic(const Text& user_and_password);
  void add_bearer(const Text& token);
  // `where`: "header" or "query".
  void add_value(std::string_view where, std::string_view name, const Text& value);

  // The credential description of PreparedTask (api/workbench.yaml), one at most: a task sends one
  // credential.
  json::Array describe(const std::string& host) const;

 private:
  struct Secret {
    enum class Kind { basic, bearer, value };
    Kind kind;
    std::string where;
    std::string name;
    Text value;
  };
  void add_authorization(const Text& value);

  std::vector<Secret> secrets_;
};

}  // namespace tartan::catalog
