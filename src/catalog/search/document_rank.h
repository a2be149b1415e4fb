// Which of a provider's documents people mean: its main API before its side APIs, its newest
// version before older ones, released before beta.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tartan::catalog {

struct RankedDocument {
  std::string_view api, title, version;
  bool preferred = false;
  std::uint32_t operation_count = 0;
};

// One factor of at most 1 for each document, in their order.
std::vector<float> rank_documents(const std::vector<RankedDocument>& documents);

// "microsoft.com" of "microsoft.com/graph".
std::string_view provider_of(std::string_view api);
// "graph" of "microsoft.com/graph"; empty where there is none.
std::string_view service_of(std::string_view api);

}  // namespace tartan::catalog
