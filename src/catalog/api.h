// The catalogue's part of the workbench API.
#pragma once

#include "catalog/catalog.h"
#include "contract/router.h"

namespace tartan::catalog {

void bind(Catalog& catalog, contract::Router& router);

}  // namespace tartan::catalog
