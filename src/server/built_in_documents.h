// The API documents that are in every catalogue: Tartan's own.
#pragma once

#include <string>

namespace tartan::server {

// Their servers are where the listeners are now, so that a prepared task works as it stands.
std::string users_items_document(const std::string& sandbox_url, const std::string& production_url);
std::string workbench_document(const std::string& workbench_url);

}  // namespace tartan::server
