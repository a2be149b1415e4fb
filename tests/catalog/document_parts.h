// A document's parts kept in memory, for tests that need no store.
#pragma once

#include <map>
#include <string>

#include "openapi/library.h"

namespace tartan::testing {

class DocumentParts final : public openapi::Parts {
 public:
  explicit DocumentParts(const openapi::Document& document) {
    for (const openapi::Part& part : openapi::parts_of(document)) {
      openapi::print_part(part, texts_[part.pointer]);
    }
  }
  std::optional<std::string> load(const std::string& pointer) override {
    const auto found = texts_.find(pointer);
    return found == texts_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  std::map<std::string, std::string> texts_;
};

}  // namespace tartan::testing
