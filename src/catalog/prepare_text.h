// The texts that a prepared task is made of.
#pragma once

#include <string>
#include <string_view>

#include "json/json.h"

namespace tartan::catalog {

// A value as it stands in a URL or header; a list's values with commas between them. Whole numbers
// have no point, however large.
std::string text_of(const json::Value& value);

// A value whose texts are templates that give just these texts.
json::Value escape_tree(const json::Value& value);

// `text` with what a URL can't hold percent-encoded; reserved characters stay.
std::string url_literal(std::string_view text);
// The same for the name of a query parameter.
std::string query_name(std::string_view name);

bool is_header_name(std::string_view name);
bool is_sent_as_json(std::string_view type);
bool is_sent_as_form(std::string_view type);

// `value` as an XML element.
std::string xml_of(const std::string& name, const json::Value& value);

// "Remove the Items of a User" from a summary, or from an operation's own name ("userItemsRemove")
// where there is none; never a name that definitions keep for themselves.
std::string suggested_name(std::string_view summary, std::string_view from);

}  // namespace tartan::catalog
