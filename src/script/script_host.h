// The script engine of the server: JSONata (the reference package) and JavaScript in QuickJS-ng,
// translated from WebAssembly to C, inside a jailed helper process. Two walls: the translation
// bounds memory, the jail takes everything else away. Figures and reasons: docs/decisions/006.
//
// Every evaluation begins in a fresh global state, is stopped after `time_ms` and at
// `memory_bytes`, and can reach nothing outside. A helper that overruns is killed and a warm spare
// takes its place.
#pragma once

#include <cstddef>
#include <memory>

#include "script/engine.h"

namespace tartan::script {

struct ScriptLimits {
  int time_ms = 250;  // processor time
  std::size_t memory_bytes = 64UL * 1024 * 1024;
  std::size_t input_bytes = 8UL * 1024 * 1024;   // data and bindings together
  std::size_t output_bytes = 8UL * 1024 * 1024;  // the result
};

class ScriptHost final : public ScriptEngine {
 public:
  // `helpers` evaluations run at the same time, further ones wait for a place. Helpers are started
  // when first needed and kept; the executable is this process's own (its hidden subcommand
  // `script-helper`), or `executable` when given, for tests.
  explicit ScriptHost(std::size_t helpers, ScriptLimits limits = {}, std::string executable = {});
  ~ScriptHost() override;

  Result<ScriptResult, ScriptError> evaluate(const ScriptRequest& request) override;
  Result<std::vector<RootName>, ScriptError> check(Language language,
                                                   std::string_view expression) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The helper's main loop, for the hidden subcommand: talks over descriptor 3, jails itself first.
int run_script_helper();

}  // namespace tartan::script
