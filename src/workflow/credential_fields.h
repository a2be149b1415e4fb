// What a credential is made of: the fields of each type, how a body is read and checked, and what
// of it may be shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workflow/credentials.h"

namespace tartan::workflow {

std::optional<CredentialType> credential_type_of(std::string_view name);

// What a body says, checked. `info` gets what may be shown, `fields` everything of the type.
// Errors: invalid, naming the field.
Result<Done> read_credential(const json::Object& body, CredentialInfo& info, json::Object& fields);

// What may be shown: all that is no secret, and the places and names of an API key's values.
json::Object shown_of(CredentialType type, const json::Object& fields);

// A text among the fields; empty when there is none.
std::string text_of(const json::Object& fields, std::string_view name);
// The texts with blanks between them.
std::string join(const std::vector<std::string>& texts);
// In lower case, as hosts are compared.
std::string lower(std::string_view text);

}  // namespace tartan::workflow
