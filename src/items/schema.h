// The tables of one environment's Users & Items database.
#pragma once

#include <span>

#include "store/database.h"

namespace tartan::items {

std::span<const store::Migration> migrations();

}  // namespace tartan::items
