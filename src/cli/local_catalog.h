// The catalogue's API on the data directory itself, while no server runs.
#pragma once

#include "cli/admin_client.h"
#include "http/message.h"
#include "server/core.h"

namespace tartan::cli {

// Whether a call is one of the catalogue's.
bool is_of_catalog(const AdminCall& call);

// Answers as a server would that has just started; credentials that are saved are not looked at.
// Errors: conflict while a server has the data directory.
Result<http::Reply> call_local_catalog(const server::DataFiles& files, const AdminCall& call);

}  // namespace tartan::cli
