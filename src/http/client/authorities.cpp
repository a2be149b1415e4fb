#include "http/client/authorities.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

namespace tartan::http {
namespace {

// The system's own bundle has 200 KiB.
constexpr std::size_t kFileBytesMax = 4 * 1024 * 1024;

struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Certificate = std::unique_ptr<X509, FreeCertificate>;

std::size_t blocks_in(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("-----BEGIN ", at)) != std::string_view::npos; ++at) {
    ++count;
  }
  return count;
}

}  // namespace

struct Authorities::Certificates {
  std::vector<Certificate> all;
};

Result<Authorities> Authorities::read(const std::string& file) {
  const auto wrong = [&](const std::string& what) {
    return Error{Fault::invalid, "the certificate authorities in " + file +
                                     " can't be used: " + what +
                                     "; expected certificates in PEM form (-----BEGIN "
                                     "CERTIFICATE-----)"};
  };
  std::ifstream input(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(input), {});
  if (!input.is_open() || input.bad()) {
    return wrong("the file can't be read");
  }
  if (text.size() > kFileBytesMax) {
    return wrong("the file is larger than 4 MiB");
  }
  const std::size_t blocks = blocks_in(text);
  if (blocks == 0) {
    return wrong("there is no certificate in it");
  }
  auto certificates = std::make_shared<Certificates>();
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  while (bio != nullptr) {
    Certificate one(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (one == nullptr) {
      break;
    }
    certificates->all.push_back(std::move(one));
  }
  ERR_clear_error();
  // A private key beside the certificates does not belong there either.
  if (certificates->all.size() != blocks) {
    return wrong("of its " + std::to_string(blocks) + " blocks only " +
                 std::to_string(certificates->all.size()) + " can be read as certificates");
  }
  Authorities made;
  made.certificates_ = std::move(certificates);
  return made;
}

bool Authorities::add_to(void* tls_context) const {
  if (certificates_ == nullptr) {
    return true;
  }
  X509_STORE* store = SSL_CTX_get_cert_store(static_cast<SSL_CTX*>(tls_context));
  for (const Certificate& one : certificates_->all) {
    if (X509_STORE_add_cert(store, one.get()) != 1) {
      return false;
    }
  }
  return true;
}

}  // namespace tartan::http
