// An API description as the rest of Tartan sees it: one tree in the shape of OpenAPI 3, whatever
// was read. Swagger 2.0 is converted, other files that it refers to are taken in, and what is wrong
// in one sensible way is mended.
#pragma once

#include <boost/json/monotonic_resource.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace tartan::openapi {

// What the reader changed or left out, and where.
struct Finding {
  enum class Kind { repaired, skipped };
  Kind kind = Kind::repaired;
  std::string pointer;  // into the document in its shape of OpenAPI 3
  std::string message;
};
std::string_view name_of(Finding::Kind kind);  // "repaired"

// Bounds, each with its reason.
struct DocumentLimits {
  std::size_t bytes = 96UL * 1024 * 1024;  // twice the largest known description
  std::size_t values = 5'000'000;          // bounds the tree's memory
  std::size_t depth = 200;                 // the deepest known has 35
  std::size_t operations = 60'000;         // the largest known has 22,361
  std::size_t files = 500;                 // that one document refers to
  std::size_t findings = 1000;             // kept; more are counted
};

// Other files that a document refers to, by their path relative to the document's own folder.
class Files {
 public:
  virtual ~Files() = default;
  // How other files name the document itself.
  virtual std::string own_name() const { return ""; }
  // Errors: forbidden outside of the folder, not_found, too_large.
  virtual Result<std::string> load(std::string_view relative_path) = 0;
};

struct Document {
  std::unique_ptr<boost::json::monotonic_resource> memory;  // of the tree
  json::Value root;
  std::string written_as;  // "3.0.2", "2.0"
  std::size_t operations = 0;
  std::vector<Finding> findings;
  std::size_t findings_left_out = 0;

  void add(Finding::Kind kind, std::string pointer, std::string message);
  std::size_t findings_max = DocumentLimits{}.findings;
};

// JSON or YAML. `files` may be nullptr: then references to other files are left as they are and
// reported. Errors: invalid with the reason (malformed, a version that is not known), not_found
// when it is no API description at all, too_large.
Result<Document> read_document(std::string_view text, Files* files,
                               const DocumentLimits& limits = {});

// The methods of a path item, in the order of the specification: "get", "put", ….
inline constexpr std::string_view kMethods[] = {"get",     "put",  "post",  "delete",
                                                "options", "head", "patch", "trace"};
bool is_method(std::string_view lower_case);

}  // namespace tartan::openapi
