// Fingerprints of a document's parts over all that they refer to, so that an operation counts as
// changed when a schema three references away has changed.
#pragma once

#include <vector>

#include "crypto/digest.h"
#include "openapi/library.h"

namespace tartan::catalog {

// `own` are the digests of the parts' texts. Parts that refer to each other in a circle share what
// they depend on. Takes time linear in the references.
std::vector<crypto::Hash> deep_fingerprints(const std::vector<openapi::Part>& parts,
                                            const std::vector<crypto::Hash>& own);

}  // namespace tartan::catalog
