// What must hold of a run's history and rows, whatever has happened. Each breach is thrown.
#pragma once

#include <map>
#include <string>

#include "workflow/simulated_world.h"

namespace tartan::workflow::simulation {

// A state as text, every field that decides what happens next; for comparing two.
std::string text_of(const RunState& state);

// The run's history is numbered without gaps, each task ends once and is routed once, attempts are
// repeated only with a reason and as their task allows, and the rows say what the state says.
// Answers the state.
Engine::Loaded check_run(World& world, const std::string& run_id);

// No request went out that its run had not recorded.
void check_sent(const Engine::Loaded& run, const std::map<std::string, int>& sent_by_task);

}  // namespace tartan::workflow::simulation
