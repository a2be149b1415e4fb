// The tables of catalog.db; docs/formats/catalog-database.md.
#pragma once

#include <span>

#include "store/database.h"

namespace tartan::catalog {

std::span<const store::Migration> migrations();

}  // namespace tartan::catalog
