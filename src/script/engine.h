// Runs JSONata and JavaScript. The server's engine is the jailed helper (script_host.h); tests
// bring their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace tartan::script {

enum class Language { jsonata, javascript };

struct ScriptRequest {
  Language language = Language::jsonata;
  std::string_view expression;
  std::string_view data_json;             // JSONata's input; `$` in JavaScript
  std::string_view bindings_json = "{}";  // an object: further names the expression may use
  UnixMs now = 0;                         // what clocks inside answer
  std::uint64_t seed = 0;                 // of random numbers inside
};

struct ScriptResult {
  std::string json = "null";
  bool undefined = false;  // the expression gave nothing
  bool truthy = false;     // by JavaScript's rules
};

struct ScriptError {
  enum class Kind { syntax, runtime, time_limit, memory_limit, size_limit, unavailable };
  Kind kind = Kind::runtime;
  std::string message;                  // for the author; names the limit that was met
  std::string code;                     // JSONata's error code, such as "T2001"
  std::optional<std::size_t> position;  // characters into the expression, when known
};

// A name that an expression reads at the root of its data, and the name it reads in what it finds
// there; empty when it reads none, or which can't be said. `Ask.output.x` reads {"Ask", "output"}.
struct RootName {
  std::string name;
  std::string member;
};

class ScriptEngine {
 public:
  virtual ~ScriptEngine() = default;
  // Any thread; blocks until there is an answer.
  virtual Result<ScriptResult, ScriptError> evaluate(const ScriptRequest& request) = 0;
  // Whether the expression can be parsed. Answers, of JSONata, the names that it reads at the root
  // whatever the data is; there may be more, where only the data tells what a name is read from.
  virtual Result<std::vector<RootName>, ScriptError> check(Language language,
                                                           std::string_view expression) = 0;
};

}  // namespace tartan::script
