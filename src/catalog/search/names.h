// Which words are somebody's name: "stripe" is, "change" is not, though there is a change.org.
#pragma once

#include <cstdint>

#include "catalog/search/index_file.h"

namespace tartan::catalog {

enum class NameOf { provider, provider_or_service };

// Whether a provider, or a service, is called by this term alone, and others hardly use it.
bool is_name(const IndexFile& file, std::uint32_t term, NameOf whom);

}  // namespace tartan::catalog
