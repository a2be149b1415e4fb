// Certificate authorities that outbound connections trust beside those of the system: of a company,
// or of a test. Read once, from a file in PEM form.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace tartan::http {

class Authorities {
 public:
  Authorities() = default;  // none beside the system's
  // Errors: invalid, naming the file and what is wrong with it.
  static Result<Authorities> read(const std::string& file);

  bool empty() const { return certificates_ == nullptr; }
  // `tls_context` is OpenSSL's SSL_CTX of a connection that is about to be made. False when there
  // is no memory. Any thread.
  bool add_to(void* tls_context) const;

 private:
  struct Certificates;
  std::shared_ptr<const Certificates> certificates_;
};

}  // namespace tartan::http
