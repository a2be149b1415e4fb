// Reads the fields of a definition's objects one by one, and collects what is wrong with them. A
// field that is null counts as absent.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "workflow/definition.h"
#include "workflow/definition_graph.h"
#include "workflow/nearest.h"

namespace tartan::workflow {

class FieldReader {
 public:
  // More would bury the first.
  static constexpr std::size_t kProblemsMax = 200;

  // Without an engine the syntax of scripts is not checked.
  FieldReader(const DefinitionLimits& limits, script::ScriptEngine* engine)
      : limits_(limits), engine_(engine) {}

  std::vector<Problem> problems;
  // What the JSONata expressions that were read say of names, by their text; without an engine
  // none.
  RootNames root_names;

  void problem(std::string pointer, std::string message, std::string hint = "");

  // Reports `name` when it is none of the `known` fields of the object at `pointer`.
  template <typename Known>
  void check_known(std::string_view name, const Known& known, const std::string& pointer) {
    check_known(name, std::vector<std::string_view>{std::begin(known), std::end(known)}, pointer);
  }
  void check_known(std::string_view name, const std::vector<std::string_view>& known,
                   const std::string& pointer);

  // The member, unless it is absent or null.
  static const json::Value* member(const json::Object& object, std::string_view name);

  enum class Need { required, optional };
  std::string text(const json::Object& object, std::string_view name, const std::string& pointer,
                   Need need);
  bool truth(const json::Object& object, std::string_view name, const std::string& pointer);
  // A whole number, which may be written 10.0.
  std::int64_t integer(const json::Object& object, std::string_view name,
                       const std::string& pointer, std::int64_t low, std::int64_t high,
                       std::int64_t otherwise);
  double number(const json::Object& object, std::string_view name, const std::string& pointer,
                double low, double high, double otherwise);

  // One string with placeholders, and a value with such strings in it.
  script::Template compile(const std::string& source, const std::string& pointer);
  script::TemplateTree tree(const json::Value& value, const std::string& pointer);
  // Answers the names it reads for certain at the root.
  std::vector<script::RootName> check_script(script::Language language, std::string_view source,
                                             const std::string& pointer);

 private:
  struct Range {
    double low;
    double high;
    bool whole;
  };
  double read_number(const json::Object& object, std::string_view name, const std::string& pointer,
                     const Range& range, double otherwise);
  void check_placeholder(const script::Placeholder& placeholder, const std::string& pointer);
  void check_length(std::string_view expression, const std::string& pointer);
  void report(const std::string& pointer, const script::ExpressionError& error);

  const DefinitionLimits& limits_;
  script::ScriptEngine* engine_;
};

}  // namespace tartan::workflow
