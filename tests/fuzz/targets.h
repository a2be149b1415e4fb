// What is fuzzed: each parser that reads what a user wrote, as a function of bytes. It may refuse
// them, but must not crash, hang or break what its header promises: a promise that does not hold
// ends the process, which is how a fuzzer takes notice.
//
// The fuzzer (`make fuzz`; the environment's TARTAN_FUZZ_TARGET names the target) and the replay of
// the corpus (replay_test.cpp, `make test`) call the same functions.
#pragma once

#include <array>
#include <string_view>

namespace tartan::fuzz {

void json(std::string_view bytes);
void path(std::string_view bytes);
void placeholders(std::string_view bytes);
void definition(std::string_view bytes);
void http_task(std::string_view bytes);
void curl(std::string_view bytes);
void api_document(std::string_view bytes);

struct Target {
  std::string_view name;  // of its folder in corpus/
  void (*run)(std::string_view bytes);
};

inline constexpr std::array<Target, 7> kTargets = {{{"json", json},
                                                    {"path", path},
                                                    {"placeholders", placeholders},
                                                    {"definition", definition},
                                                    {"http_task", http_task},
                                                    {"curl", curl},
                                                    {"api_document", api_document}}};

}  // namespace tartan::fuzz
