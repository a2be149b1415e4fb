#include "workflow/definition_graph.h"

#include <algorithm>

namespace tartan::workflow {
namespace {

class Graph {
 public:
  explicit Graph(const Definition& definition)
      : definition_(definition), next_(definition.tasks.size()) {
    for (std::size_t i = 0; i < next_.size(); ++i) {
      const Task& task = definition.tasks[i];
      add(i, task.next);
      add(i, task.default_task);
      for (const Choice& choice : task.choices) {
        add(i, choice.next);
      }
      for (const int start : task.branch_starts) {
        add(i, start);
      }
    }
  }

  // The tasks that a run may come to behind `from`, `from` itself only when a cycle leads back.
  std::vector<bool> behind(std::size_t from) const {
    std::vector<bool> seen(next_.size(), false);
    std::vector<std::size_t> open(next_[from].begin(), next_[from].end());
    // The end of a branch leads to what follows its Parallel task.
    const auto leave = [&](std::size_t task) {
      const Task& one = definition_.tasks[task];
      if (one.parent != kNoTask) {
        const auto& outer = next_[static_cast<std::size_t>(one.parent)];
        open.insert(open.end(), outer.begin(), outer.end());
      }
    };
    leave(from);
    while (!open.empty()) {
      const std::size_t task = open.back();
      open.pop_back();
      if (!seen[task]) {
        seen[task] = true;
        open.insert(open.end(), next_[task].begin(), next_[task].end());
        leave(task);
      }
    }
    return seen;
  }

  // The tasks from which an end of their own branch (or of the workflow) can be reached.
  std::vector<bool> ending() const {
    std::vector<bool> ends(next_.size(), false);
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < next_.size(); ++i) {
        if (!ends[i] && can_end(i, ends)) {
          ends[i] = changed = true;
        }
      }
    }
    return ends;
  }

 private:
  void add(std::size_t from, int to) {
    if (to != kNoTask) {
      next_[from].push_back(static_cast<std::size_t>(to));
    }
  }

  bool can_end(std::size_t index, const std::vector<bool>& ends) const {
    const Task& task = definition_.tasks[index];
    if (task.end || task.type == TaskType::terminate) {
      return true;
    }
    const auto end_of = [&](int to) { return to != kNoTask && ends[static_cast<std::size_t>(to)]; };
    if (task.type == TaskType::parallel) {
      return end_of(task.next) &&
             std::all_of(task.branch_starts.begin(), task.branch_starts.end(), end_of);
    }
    return end_of(task.next) || end_of(task.default_task) ||
           std::any_of(task.choices.begin(), task.choices.end(),
                       [&](const Choice& choice) { return end_of(choice.next); });
  }

  const Definition& definition_;
  std::vector<std::vector<std::size_t>> next_;
};

// Whether two tasks stand in different branches of one Parallel task: either may run first.
bool side_by_side(const Definition& definition, int a, int b) {
  for (int x = a; x != kNoTask; x = definition.task(x).parent) {
    for (int y = b; y != kNoTask; y = definition.task(y).parent) {
      const Task& one = definition.task(x);
      const Task& other = definition.task(y);
      if (one.parent != kNoTask && one.parent == other.parent && one.branch != other.branch) {
        return true;
      }
    }
  }
  return false;
}

class ReferenceCheck {
 public:
  ReferenceCheck(const Definition& definition, const Graph& graph, std::vector<Problem>& problems)
      : definition_(definition), problems_(problems) {
    for (std::size_t i = 0; i < definition.tasks.size(); ++i) {
      behind_.push_back(graph.behind(i));
    }
  }

  void check(int index) {
    const Task& task = definition_.task(index);
    if (task.input) {
      check_tree(*task.input, index, task.pointer + "/inputParameters");
    }
    if (task.workflow_output) {
      check_tree(*task.workflow_output, index, task.pointer + "/workflowOutput");
    }
    if (task.wait) {
      check_template(task.wait->seconds_expression, index, task.pointer + "/secondsExpression");
      check_template(task.wait->timestamp_expression, index, task.pointer + "/timestampExpression");
    }
  }

 private:
  void check_tree(const script::TemplateTree& tree, int index, const std::string& pointer) {
    tree.for_each([&](std::string_view below, const script::Placeholder& placeholder) {
      check_one(placeholder, index, pointer + std::string(below));
    });
  }

  void check_template(const std::optional<script::Template>& text, int index,
                      const std::string& pointer) {
    if (!text) {
      return;
    }
    for (const script::Template::Part& part : text->parts()) {
      if (part.placeholder) {
        check_one(*part.placeholder, index, pointer);
      }
    }
  }

  void check_one(const script::Placeholder& placeholder, int index, const std::string& pointer) {
    const auto* path = std::get_if<script::Path>(&placeholder.expression);
    if (path == nullptr) {
      return;
    }
    const std::string root(path->root());
    if (root.empty() || root == "workflow" || root == "variables" || root.starts_with("swf:")) {
      return;
    }
    const Task& task = definition_.task(index);
    const int named = definition_.find(root);
    if (named == kNoTask) {
      // A Wait reads its own input, too; what that holds only a run tells.
      if (task.type != TaskType::wait) {
        problems_.push_back(
            {pointer,
             placeholder.source + " refers to '" + root + "', which is no task of this definition",
             "expected workflow.input, a task's name, variables or swf:…; names "
             "with spaces are written ${['Name'].output}"});
      }
      return;
    }
    const std::string_view second = path->second();
    if (!second.empty() && second != "input" && second != "output" && second != "status" &&
        second != "attachments") {
      problems_.push_back({pointer,
                           placeholder.source +
                               ": a task has input, output, status and "
                               "attachments, not '" +
                               std::string(second) + "'",
                           "write ${" + root + ".output." + std::string(second) + "}"});
    }
    if (!behind_[static_cast<std::size_t>(named)][static_cast<std::size_t>(index)] &&
        !side_by_side(definition_, named, index)) {
      problems_.push_back({pointer,
                           placeholder.source + " refers to the task '" + root +
                               "', which can't have run before '" + task.name + "'",
                           "route the workflow through it first, or refer to another task"});
    }
  }

  const Definition& definition_;
  std::vector<Problem>& problems_;
  std::vector<std::vector<bool>> behind_;
};

// Placeholders of an Http request see the task's own input and nothing else.
void check_http_names(const Task& task, std::vector<Problem>& problems) {
  std::vector<std::string> known;
  if (task.input) {
    known = task.input->member_names();
  }
  const auto check = [&](const script::Placeholder& placeholder, const std::string& pointer) {
    const auto* path = std::get_if<script::Path>(&placeholder.expression);
    const std::string root(path == nullptr ? std::string_view{} : path->root());
    if (root.empty() || root.starts_with("swf:") ||
        std::find(known.begin(), known.end(), root) != known.end()) {
      return;
    }
    problems.push_back({pointer,
                        placeholder.source + " refers to '" + root +
                            "', which is not among the task's inputParameters",
                        "an HTTP request sees its task's own input: add \"" + root +
                            "\": \"${workflow.input." + root + "}\" to inputParameters"});
  };
  const auto check_text = [&](const script::Template& text, const std::string& pointer) {
    for (const script::Template::Part& part : text.parts()) {
      if (part.placeholder) {
        check(*part.placeholder, pointer);
      }
    }
  };
  const std::string pointer = task.pointer + "/httpRequest";
  check_text(task.http->url, pointer + "/url");
  for (const auto& [name, value] : task.http->headers) {
    check_text(value, pointer + "/headers/" + script::pointer_token(name));
  }
  if (task.http->body) {
    task.http->body->for_each([&](std::string_view below, const script::Placeholder& one) {
      check(one, pointer + "/body" + std::string(below));
    });
  }
}

}  // namespace

void check_graph(const Definition& definition, std::vector<Problem>& problems) {
  if (definition.start == kNoTask) {
    return;
  }
  const Graph graph(definition);
  std::vector<bool> reached = graph.behind(static_cast<std::size_t>(definition.start));
  reached[static_cast<std::size_t>(definition.start)] = true;
  const std::vector<bool> ending = graph.ending();
  const bool routes_are_whole = problems.empty();
  ReferenceCheck references(definition, graph, problems);
  for (std::size_t i = 0; i < definition.tasks.size(); ++i) {
    const Task& task = definition.tasks[i];
    // A broken route would only be reported again as what it breaks.
    if (routes_are_whole && !reached[i]) {
      problems.push_back({task.pointer, "no route leads to the task '" + task.name + "'",
                          "name it as another task's nextTask, or remove it"});
    } else if (routes_are_whole && !ending[i]) {
      problems.push_back({task.pointer,
                          "from the task '" + task.name + "' the run can never come to an end",
                          "its routes go in a circle: add a way out, such as a Decision"});
    }
    references.check(static_cast<int>(i));
    if (task.http) {
      check_http_names(task, problems);
    }
  }
}

}  // namespace tartan::workflow
