// A document in parts, so that one operation is read without the rest: each operation, each path's
// own members and each component is a part of its own, kept as JSON text under its JSON pointer;
// what remains of the document is the part "". References stay as they are, and the part they lead
// to is read when someone asks for it.
#pragma once

#include <boost/json/monotonic_resource.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "openapi/document.h"

namespace tartan::openapi {

struct Part {
  std::string pointer;
  const json::Value* value;  // of the document; without what has a part of its own
};

// Whether a part is what a path has beside its operations.
bool is_path_item(std::string_view pointer);

// The parts of a document, in the byte order of their pointers.
std::vector<Part> parts_of(const Document& document);
// Appends the JSON text of one.
void print_part(const Part& part, std::string& out);

// Calls `each` for every reference in it.
void visit_part_references(const Part& part,
                           const std::function<void(std::string_view reference)>& each);

// The pointer of the part that holds what `tokens` name; how many of them it takes.
struct PartPlace {
  std::string pointer;
  std::size_t tokens = 0;
};
PartPlace part_of(const std::vector<std::string>& tokens);

// Who has the parts of one document.
class Parts {
 public:
  virtual ~Parts() = default;
  // Nothing when there is no such part.
  virtual std::optional<std::string> load(const std::string& pointer) = 0;
};

// Reads parts as they are asked for and keeps them. For one request of one thread: what it gives
// lives as long as it does.
class Library {
 public:
  explicit Library(Parts& parts);

  // nullptr when nothing stands there.
  const json::Value* at(std::string_view pointer);
  // `value`, or what it refers to in the end; nullptr when that leads nowhere or in a circle.
  const json::Value* resolve(const json::Value* value);
  const json::Object& root();
  // For values made on the way: they live as long as the library.
  json::Storage storage() { return json::Storage(memory_.get()); }
  const json::Value* keep(const json::Value& value);

 private:
  const json::Value* part(const std::string& pointer);

  Parts& parts_;
  std::unique_ptr<boost::json::monotonic_resource> memory_;
  std::map<std::string, std::optional<json::Value>> loaded_;
  std::deque<json::Value> kept_;
};

}  // namespace tartan::openapi
