#include "workflow/random_workflow.h"

namespace tartan::workflow::simulation {
namespace {

class Maker {
 public:
  Maker(Choices& choices, Temper temper) : choices_(choices), temper_(temper) {}

  Block block(int depth, bool ends) {
    Block made;
    const auto length = choices_.between(ends ? 1 : 0, depth == 0 ? 4 : 2);
    for (std::int64_t i = 0; i < length; ++i) {
      made.nodes.push_back(node(depth));
    }
    made.fails = temper_ == Temper::any && depth > 0 && choices_.percent(6);
    if (ends || made.fails) {
      made.end = name("End");
    }
    return made;
  }

 private:
  std::string name(const char* kind) { return kind + std::to_string(++count_); }

  Node node(int depth) {
    Node made;
    const std::size_t roll = choices_.below(depth < 3 ? 100 : 60);
    if (roll < 40) {
      made.name = name("Http");
    } else if (roll < 52) {
      made.kind = Node::Kind::simple;
      made.name = name("Simple");
      return made;
    } else if (roll < 60) {
      made.kind = Node::Kind::wait;
      made.name = name("Wait");
      made.seconds = choices_.between(0, 20);
      return made;
    } else if (roll < 72) {
      made.kind = Node::Kind::loop;
      made.name = name("Loop");
      made.limit = choices_.between(1, 3);
    } else {
      made.kind = roll < 86 ? Node::Kind::decision : Node::Kind::parallel;
      made.name = name(roll < 86 ? "Decision" : "Parallel");
      const auto blocks = roll < 86 ? 2 : choices_.between(1, 3);
      for (std::int64_t i = 0; i < blocks; ++i) {
        made.blocks.push_back(block(depth + 1, made.kind == Node::Kind::parallel));
        if (made.kind == Node::Kind::decision && i == 1 && made.blocks[0].fails) {
          made.blocks[1].fails = false;  // one way must go on
          made.blocks[1].end.clear();
        }
      }
      return made;
    }
    constexpr const char* methods[] = {"GET", "POST", "PUT", "DELETE"};
    made.method = choices_.any(methods);
    made.idempotent = choices_.percent(25);
    made.retries = choices_.percent(60);
    made.retry_attempts = choices_.between(0, 4);
    made.retry_seconds = choices_.percent(25) ? 0 : 1;
    return made;
  }

  Choices& choices_;
  const Temper temper_;
  int count_ = 0;
};

class Writer {
 public:
  // Writes the block's tasks; `value` is how its tasks name the value they begin with. Answers the
  // name of its first task, and leaves in `value` how to name what it comes to.
  std::string write(const Block& block, json::Object& tasks, std::string& value,
                    const std::string& after) {
    const std::string last = block.end.empty() ? after : block.end;
    for (std::size_t i = 0; i < block.nodes.size(); ++i) {
      const std::string next = i + 1 < block.nodes.size() ? block.nodes[i + 1].name : last;
      write_node(block.nodes[i], tasks, value, next);
    }
    if (!block.end.empty()) {
      tasks[block.end] = json::Object{{"type", "Terminate"},
                                      {"terminationStatus", block.fails ? "Failed" : "Completed"},
                                      {"workflowOutput", json::Object{{"v", "${" + value + "}"}}}};
    }
    return block.nodes.empty() ? last : block.nodes.front().name;
  }

 private:
  static json::Object http(const Node& node, const std::string& value) {
    const bool loops = node.kind == Node::Kind::loop;
    json::Object task{{"type", "Http"},
                      {"idempotent", node.idempotent},
                      {"inputParameters",
                       json::Object{{"run", "${workflow.id}"},
                                    {"in", "${" + value + "}"},
                                    {"n", loops ? json::Value("${jsonata: next " + node.name + "}")
                                                : json::Value(1)},
                                    {"limit", node.limit}}},
                      {"httpRequest",
                       json::Object{{"method", node.method},
                                    {"url", "http://target.test/${run}/${swf:taskId}/" + node.name},
                                    {"body", json::Object{{"task", node.name},
                                                          {"in", "${in}"},
                                                          {"n", "${n}"},
                                                          {"limit", "${limit}"}}}}}};
    if (node.retries) {
      task["retry"] = json::Object{{"maxAttempts", node.retry_attempts},
                                   {"intervalSeconds", node.retry_seconds},
                                   {"jitter", 0.5}};
    }
    return task;
  }

  void write_node(const Node& node, json::Object& tasks, std::string& value,
                  const std::string& next) {
    switch (node.kind) {
      case Node::Kind::http:
        tasks[node.name] = http(node, value);
        tasks[node.name].get_object()["nextTask"] = next;
        value = node.name + ".output.body.value";
        return;
      case Node::Kind::loop:
        tasks[node.name] = http(node, value);
        tasks[node.name].get_object()["nextTask"] = node.name + "Again";
        tasks[node.name + "Again"] = json::Object{
            {"type", "Decision"},
            {"choices",
             json::Array{json::Object{{"condition", "$.body.more"}, {"nextTask", node.name}}}},
            {"defaultTask", next}};
        value = node.name + ".output.body.value";
        return;
      case Node::Kind::simple:
        tasks[node.name] =
            json::Object{{"type", "Simple"},
                         {"inputParameters", json::Object{{"in", "${" + value + "}"}}},
                         {"nextTask", next}};
        value = node.name + ".output.body.value";
        return;
      case Node::Kind::wait:
        tasks[node.name] =
            json::Object{{"type", "Wait"}, {"seconds", node.seconds}, {"nextTask", next}};
        return;
      case Node::Kind::decision:
        return write_decision(node, tasks, value, next);
      case Node::Kind::parallel:
        return write_parallel(node, tasks, value, next);
    }
  }

  void write_decision(const Node& node, json::Object& tasks, const std::string& value,
                      const std::string& next) {
    std::string even = value;
    std::string odd = value;
    const std::string first = write(node.blocks[0], tasks, even, next);
    const std::string second = write(node.blocks[1], tasks, odd, next);
    tasks[node.name] = json::Object{
        {"type", "Decision"},
        {"inputParameters", json::Object{{"v", "${" + value + "}"}}},
        {"choices",
         json::Array{json::Object{{"condition", "input.v is even"}, {"nextTask", first}}}},
        {"defaultTask", second}};
  }

  void write_parallel(const Node& node, json::Object& tasks, std::string& value,
                      const std::string& next) {
    json::Array branches;
    for (const Block& block : node.blocks) {
      json::Object inner;
      std::string inside = value;
      const std::string first = write(block, inner, inside, "");
      branches.push_back(json::Object{{"startTask", first}, {"tasks", std::move(inner)}});
    }
    tasks[node.name] =
        json::Object{{"type", "Parallel"}, {"branches", std::move(branches)}, {"nextTask", next}};
    value = node.name + ".output[0].v";
  }
};

void run(const Block& block, std::int64_t& value, Expected& expected);

void run(const Node& node, std::int64_t& value, Expected& expected) {
  if (node.kind != Node::Kind::loop) {
    ++expected.visits[node.name];
  }
  switch (node.kind) {
    case Node::Kind::http:
    case Node::Kind::simple:
      value = value_of(node.name, value, 1);
      return;
    case Node::Kind::loop:
      value = value_of(node.name, value, node.limit);
      return;
    case Node::Kind::wait:
      return;
    case Node::Kind::decision: {
      std::int64_t inside = value;
      run(node.blocks[value % 2 == 0 ? 0 : 1], inside, expected);
      return;
    }
    case Node::Kind::parallel: {
      const std::int64_t before = value;
      for (std::size_t i = 0; i < node.blocks.size(); ++i) {
        std::int64_t inside = before;
        run(node.blocks[i], inside, expected);
        value = i == 0 ? inside : value;
      }
      return;
    }
  }
}

void run(const Block& block, std::int64_t& value, Expected& expected) {
  for (const Node& node : block.nodes) {
    if (!expected.fails) {
      run(node, value, expected);
    }
  }
  if (!expected.fails && !block.end.empty()) {
    ++expected.visits[block.end];
    expected.fails = block.fails;
  }
}

}  // namespace

json::Value Plan::document() const {
  json::Object tasks;
  std::string value = "workflow.input.x";
  const std::string first = Writer().write(block, tasks, value, "");
  json::Object made{{"name", name},
                    {"startTask", first},
                    {"tasks", std::move(tasks)},
                    {"timeoutSeconds", timeout_seconds},
                    {"maxConcurrentWorkflows", max_concurrent}};
  if (!failure_workflow.empty()) {
    made["failureWorkflow"] = failure_workflow;
  }
  return made;
}

Plan random_plan(Choices& choices, Temper temper) {
  Plan plan;
  plan.name = "Made up";
  plan.block = Maker(choices, temper).block(0, true);
  plan.max_concurrent = choices.percent(50) ? choices.between(1, 2) : 0;
  plan.timeout_seconds =
      temper == Temper::any && choices.percent(30) ? choices.between(20, 200) : 0;
  return plan;
}

Expected expect(const Plan& plan, std::int64_t input) {
  Expected expected;
  expected.value = input;
  run(plan.block, expected.value, expected);
  return expected;
}

}  // namespace tartan::workflow::simulation
