#include "catalog/search/names.h"

#include <algorithm>
#include <cstddef>

namespace tartan::catalog {
namespace {

// A word in so many operations of others is no name, whoever is called so.
constexpr std::size_t kForeignUsesMax = 700;
// The same for the name of a service: there are many, called by common words.
constexpr std::size_t kForeignServiceUsesMax = 300;

}  // namespace

bool is_name(const IndexFile& file, std::uint32_t term, NameOf whom) {
  const auto uses = file.postings(term);
  std::size_t foreign = uses.size();
  bool provider = false;
  bool service = false;
  for (const std::uint32_t mark : file.document_postings(term)) {
    if ((mark & (format::provider | format::service)) == 0) {
      continue;
    }
    provider = provider || (mark & format::provider) != 0;
    service = true;
    const format::Document& document = file.documents()[mark >> 8];
    const auto first = std::lower_bound(uses.begin(), uses.end(), document.first_operation << 8);
    const auto last = std::lower_bound(first, uses.end(),
                                       (document.first_operation + document.operation_count) << 8);
    foreign -= static_cast<std::size_t>(last - first);
  }
  if (provider) {
    return foreign < kForeignUsesMax;
  }
  return service && whom == NameOf::provider_or_service && foreign < kForeignServiceUsesMax;
}

}  // namespace tartan::catalog
