// Request schemas as the build makes them from api/*.yaml, and the check of a JSON value against
// one. The subset of JSON Schema 2020-12 that requests use; generate.py refuses anything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace tartan::contract {

enum TypeBits : std::uint8_t {
  kNull = 1,
  kBoolean = 2,
  kInteger = 4,
  kNumber = 8,
  kString = 16,
  kArray = 32,
  kObject = 64,
};

enum class Format : std::uint8_t { none, uri, date, date_time };

// Whether extra members are refused, and who checks presence and content.
enum class Openness : std::uint8_t {
  closed,         // members that the schema does not name are unknown fields
  open,           // any member is allowed
  domain_checked  // closed; presence, formats and lengths are left to the feature, here and below
};

struct Schema;

struct Property {
  std::string_view name;
  const Schema* schema;
  bool required;
};

struct Schema {
  std::uint8_t types = 0;  // TypeBits
  Openness openness = Openness::closed;
  Format format = Format::none;
  std::span<const Property> properties = {};
  const Schema* items = nullptr;
  std::span<const std::string_view> enumeration = {};
  // Characters of a string or elements of an array. A string with a minimum of 1 or more must also
  // hold something other than white space.
  std::size_t size_min = 0;
  std::size_t size_max = SIZE_MAX;
  double minimum = -1e308;
  double maximum = 1e308;
};

// In the order in which they are reported: an unknown field hides a missing one, and so on.
enum class Defect { unknown_fields, missing_fields, invalid_field };

struct Violation {
  Defect defect;
  std::string message;  // names every field concerned, by dotted path, and what was expected
};

// Checks `value`, which messages call `name`, against `schema`; nothing when it holds.
std::optional<Violation> check(const Schema& schema, const json::Value& value,
                               std::string_view name = "the request body");

}  // namespace tartan::contract
