// Workflows made up from a seed, as documents that the parser takes, and what they must come to: a
// small interpreter of the plan that the document was made from, which shares nothing with the
// engine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "json/json.h"
#include "workflow/simulated_world.h"

namespace tartan::workflow::simulation {

struct Block;

struct Node {
  enum class Kind { http, simple, wait, decision, parallel, loop };
  Kind kind = Kind::http;
  std::string name;
  std::string method = "GET";
  bool idempotent = false;
  bool retries = false;
  std::int64_t retry_attempts = 0;
  double retry_seconds = 1;
  std::int64_t limit = 1;  // of a loop: how often
  std::int64_t seconds = 0;
  std::vector<Block> blocks;  // branches, or the two ways of a decision
};

struct Block {
  std::vector<Node> nodes;
  bool fails = false;  // ends at a Terminate task that fails the workflow
  std::string end;     // its Terminate task; none where it joins its decision
};

struct Plan {
  std::string name;
  Block block;
  std::int64_t timeout_seconds = 0;
  std::int64_t max_concurrent = 0;
  std::string failure_workflow;  // definition id

  json::Value document() const;
};

enum class Temper { calm, any };  // calm: nothing in it makes a run fail
Plan random_plan(Choices& choices, Temper temper);

// What one run of the plan comes to when every request succeeds.
struct Expected {
  bool fails = false;
  std::int64_t value = 0;
  std::map<std::string, int> visits;  // by task; loops' tasks are left out
};
Expected expect(const Plan& plan, std::int64_t input);

}  // namespace tartan::workflow::simulation
