// Which words a record is found by, and where each of them stands.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "catalog/search/index_format.h"
#include "catalog/search/records.h"

namespace tartan::catalog {

// Takes a word and the bit of the field it stands in.
using TakeWord = std::function<void(std::string_view word, std::uint8_t field)>;

void words_of(const SearchOperation& operation, const TakeWord& take);
void words_of(const SearchDocument& document, const TakeWord& take);

// A description without tags, links and what is beyond its first `bytes_max` bytes.
std::string plain_beginning(std::string_view description, std::size_t bytes_max);

}  // namespace tartan::catalog
