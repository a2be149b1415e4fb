#include "workflow/definition_graph.h"

#include <algorithm>

#include "workflow/nearest.h"

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

// A name as the first step of a path: plain, or quoted in brackets.
std::string as_root(std::string_view name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  });
  if (plain && std::isdigit(static_cast<unsigned char>(name.front())) == 0) {
    return std::string(name);
  }
  std::string quoted = "['";
  for (const char c : name) {
    quoted += c == '\'' || c == '\\' ? std::string{'\\', c} : std::string(1, c);
  }
  return quoted + "']";
}

// The same as JSONata writes it.
std::string as_name(std::string_view name) {
  const std::string root = as_root(name);
  return root == name ? root : "`" + std::string(name) + "`";
}

// What a placeholder reads for certain at the root of what it sees.
std::vector<script::RootName> names_read(const script::Placeholder& placeholder,
                                         const RootNames& names) {
  if (const auto* path = std::get_if<script::Path>(&placeholder.expression)) {
    const std::string root(path->root());
    return root.empty() ? std::vector<script::RootName>{}
                        : std::vector{script::RootName{root, std::string(path->second())}};
  }
  const auto found = names.find(std::get<std::string>(placeholder.expression));
  return found == names.end() ? std::vector<script::RootName>{} : found->second;
}

class ReferenceCheck {
 public:
  ReferenceCheck(const Definition& definition, const RootNames& names, const Graph& graph,
                 bool routes_are_whole, std::vector<Problem>& problems)
      : definition_(definition),
        names_(names),
        routes_are_whole_(routes_are_whole),
        problems_(problems) {
    for (std::size_t i = 0; i < definition.tasks.size(); ++i) {
      behind_.push_back(graph.behind(i));
    }
  }

  void check(int index) {
    const Task& task = definition_.task(index);
    if (task.input) {
      check_tree(*task.input, {index, false}, task.pointer + "/inputParameters");
    }
    if (task.workflow_output) {
      check_tree(*task.workflow_output, {index, true}, task.pointer + "/workflowOutput");
    }
    if (task.wait) {
      check_template(task.wait->seconds_expression, {index, true},
                     task.pointer + "/secondsExpression");
      check_template(task.wait->timestamp_expression, {index, true},
                     task.pointer + "/timestampExpression");
    }
  }

 private:
  struct Reader {
    int task;
    bool has_begun;  // its own input is there already
  };

  void check_tree(const script::TemplateTree& tree, Reader reader, const std::string& pointer) {
    tree.for_each([&](std::string_view below, const script::Placeholder& placeholder) {
      check_one(placeholder, reader, pointer + std::string(below));
    });
  }

  void check_template(const std::optional<script::Template>& text, Reader reader,
                      const std::string& pointer) {
    if (!text) {
      return;
    }
    for (const script::Template::Part& part : text->parts()) {
      if (part.placeholder) {
        check_one(*part.placeholder, reader, pointer);
      }
    }
  }

  void check_one(const script::Placeholder& placeholder, Reader reader,
                 const std::string& pointer) {
    for (const script::RootName& read : names_read(placeholder, names_)) {
      check_name(placeholder, read, reader, pointer);
    }
  }

  void check_name(const script::Placeholder& placeholder, const script::RootName& read,
                  Reader reader, const std::string& pointer) {
    const std::string& root = read.name;
    if (root == "workflow" || root == "variables" || root.starts_with("swf:")) {
      return;
    }
    const int named = definition_.find(root);
    if (named == kNoTask) {
      if (!may_be_own_input(reader, root)) {
        problems_.push_back(
            {pointer,
             placeholder.source + " refers to '" + root + "', which is no task of this definition",
             hint_for(root)});
      }
      return;
    }
    const std::string& second = read.member;
    if (!second.empty() && second != "input" && second != "output" && second != "status" &&
        second != "attachments") {
      problems_.push_back({pointer,
                           placeholder.source +
                               ": a task has input, output, status and "
                               "attachments, not '" +
                               second + "'",
                           hint_for_member(placeholder, root, second)});
    }
    if (routes_are_whole_) {
      check_order(placeholder, named, second, reader, pointer);
    }
  }

  static std::string hint_for_member(const script::Placeholder& placeholder,
                                     const std::string& root, const std::string& second) {
    const bool is_script = std::holds_alternative<std::string>(placeholder.expression);
    return is_script ? "write " + as_name(root) + ".output." + as_name(second)
                     : "write ${" + as_root(root) + ".output." + second + "}";
  }

  // A Wait's expressions read its own input by bare names, too. Without inputParameters only a run
  // tells what that holds.
  bool may_be_own_input(Reader reader, const std::string& name) const {
    const Task& task = definition_.task(reader.task);
    if (task.type != TaskType::wait || !reader.has_begun) {
      return false;
    }
    if (!task.input) {
      return true;
    }
    const std::vector<std::string> names = task.input->member_names();
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  // Whether the task that is named can have run when the placeholder is read.
  void check_order(const script::Placeholder& placeholder, int named, std::string_view second,
                   Reader reader, const std::string& pointer) {
    const Task& other = definition_.task(named);
    if (named == reader.task && reader.has_begun && second != "output") {
      return;
    }
    if (second == "output" && is_around(named, reader.task)) {
      problems_.push_back({pointer,
                           placeholder.source + " refers to the output of '" + other.name +
                               "', which has none before its branches have ended",
                           "a branch can read the Parallel task's input, and tasks by name"});
      return;
    }
    if (!behind_[static_cast<std::size_t>(named)][static_cast<std::size_t>(reader.task)] &&
        !side_by_side(definition_, named, reader.task)) {
      problems_.push_back({pointer,
                           placeholder.source + " refers to the task '" + other.name +
                               "', which can't have run before '" +
                               definition_.task(reader.task).name + "'",
                           "route the workflow through it first, or refer to another task"});
    }
  }

  bool is_around(int parallel, int inner) const {
    int at = definition_.task(inner).parent;
    while (at != kNoTask && at != parallel) {
      at = definition_.task(at).parent;
    }
    return at == parallel;
  }

  std::string hint_for(std::string_view root) const {
    std::vector<std::string_view> names = {"workflow", "variables"};
    for (const Task& task : definition_.tasks) {
      names.push_back(task.name);
    }
    const std::string near = nearest(root, names);
    return (near.empty() ? "" : near + " ") +
           "expected workflow.input, a task's name, variables or swf:…; names with spaces are "
           "written ${['Name'].output}";
  }

  const Definition& definition_;
  const RootNames& names_;
  const bool routes_are_whole_;
  std::vector<Problem>& problems_;
  std::vector<std::vector<bool>> behind_;
};

// The name under which a value may go into inputParameters: the last one in the placeholder.
std::string last_name(std::string_view source) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  source = source.substr(0, source.rfind('}'));
  std::size_t end = source.size();
  while (end > 0 && !is_part(source[end - 1])) {
    --end;
  }
  std::size_t begin = end;
  while (begin > 0 && is_part(source[begin - 1])) {
    --begin;
  }
  return begin == end ? "value" : std::string(source.substr(begin, end - begin));
}

std::string input_hint(const Definition& definition, const script::Placeholder& placeholder,
                       const std::string& root) {
  const std::string sees = "an HTTP request sees its task's own input: add ";
  if (root == "workflow" || root == "variables" || definition.find(root) != kNoTask) {
    const std::string name = last_name(placeholder.source);
    return sees + "\"" + name + "\": \"" + placeholder.source +
           "\" to inputParameters and write ${" + name + "} here";
  }
  return sees + "\"" + root + "\": \"${workflow.input." + root + "}\" to inputParameters";
}

// Placeholders of an Http request see the task's own input and nothing else.
void check_http_names(const Definition& definition, const RootNames& names, const Task& task,
                      std::vector<Problem>& problems) {
  std::vector<std::string> known;
  if (task.input) {
    known = task.input->member_names();
  }
  const auto check = [&](const script::Placeholder& placeholder, const std::string& pointer) {
    for (const script::RootName& read : names_read(placeholder, names)) {
      const std::string& root = read.name;
      if (root.starts_with("swf:") || std::find(known.begin(), known.end(), root) != known.end()) {
        continue;
      }
      problems.push_back({pointer,
                          placeholder.source + " refers to '" + root +
                              "', which is not among the task's inputParameters",
                          input_hint(definition, placeholder, root)});
    }
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

void check_graph(const Definition& definition, const RootNames& names, bool routes_are_whole,
                 std::vector<Problem>& problems) {
  const Graph graph(definition);
  std::vector<bool> reached(definition.tasks.size(), true);
  if (routes_are_whole) {
    reached = graph.behind(static_cast<std::size_t>(definition.start));
    reached[static_cast<std::size_t>(definition.start)] = true;
  }
  const std::vector<bool> ending = graph.ending();
  ReferenceCheck references(definition, names, graph, routes_are_whole, problems);
  for (std::size_t i = 0; i < definition.tasks.size(); ++i) {
    const Task& task = definition.tasks[i];
    if (!reached[i]) {
      problems.push_back({task.pointer, "no route leads to the task '" + task.name + "'",
                          "name it as another task's nextTask, or remove it"});
    } else if (routes_are_whole && !ending[i]) {
      problems.push_back({task.pointer,
                          "from the task '" + task.name + "' the run can never come to an end",
                          "its routes go in a circle: add a way out, such as a Decision"});
    }
    references.check(static_cast<int>(i));
    if (task.http) {
      check_http_names(definition, names, task, problems);
    }
  }
}

}  // namespace tartan::workflow
