#include "cli/output.h"

#include <cstdio>

#include "server/config.h"

namespace tartan::cli {

void add_common(CLI::App& command, Common& common) {
  common.data = server::default_data_directory();
  command.add_option("--data", common.data, "data directory")->envname("TARTAN_DATA");
  command.add_flag("--json", common.json, "print JSON for scripts");
}

CLI::App* add_command(CLI::App& group, const char* name, const char* help, Common& common,
                      int& exit_code, std::function<int()> run) {
  CLI::App* command = group.add_subcommand(name, help);
  add_common(*command, common);
  command->callback([&exit_code, run = std::move(run)] { exit_code = run(); });
  return command;
}

int complain(const Error& error, bool as_json) {
  if (as_json) {
    std::string text;
    json::Writer out(text);
    out.begin_object().key("error").begin_object();
    out.key("message").string(error.message);
    out.end_object().end_object();
    std::fprintf(stderr, "%s\n", text.c_str());
  } else {
    std::fprintf(stderr, "tartan: %s\n", error.message.c_str());
  }
  return kFailed;
}

std::string text_of(const json::Value& value) {
  if (value.is_string()) {
    return std::string(value.get_string());
  }
  return value.is_null() ? "-" : json::print(value);
}

// Prints the objects of a list as a table: one line each, these members in columns.
void print_table(const json::Array& rows, const std::vector<const char*>& columns) {
  std::vector<std::vector<std::string>> lines;
  lines.emplace_back(columns.begin(), columns.end());
  for (const json::Value& row : rows) {
    std::vector<std::string> line;
    for (const char* column : columns) {
      const json::Value* value = json::find(row.get_object(), column);
      line.push_back(value != nullptr ? text_of(*value) : "-");
    }
    lines.push_back(std::move(line));
  }
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], line[i].size());
    }
  }
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      std::printf("%-*s%s", static_cast<int>(widths[i]), line[i].c_str(),
                  i + 1 < line.size() ? "  " : "\n");
    }
  }
}

// Prints an object's members one a line, those of a nested object after its name.
void print_object(const json::Object& object, const std::string& prefix) {
  for (const auto& member : object) {
    const std::string name = prefix + std::string(member.key());
    if (const json::Object* nested = member.value().if_object()) {
      print_object(*nested, name + ".");
    } else {
      std::printf("%-20s  %s\n", name.c_str(), text_of(member.value()).c_str());
    }
  }
}

int call_and_show(const Common& common, const AdminCall& call, const Show& show) {
  auto answer = call_admin(common.data, call);
  if (!answer) {
    return complain(answer.error(), common.json);
  }
  if (common.json) {
    std::printf("%s\n", json::print(*answer).c_str());
  } else {
    show(*answer);
  }
  return 0;
}

Show show_list(const char* member, std::vector<const char*> columns) {
  return [member, columns = std::move(columns)](const json::Value& answer) {
    const json::Value* rows = json::find(answer.as_object(), member);
    if (rows != nullptr) {
      print_table(rows->get_array(), columns);
    }
  };
}

Show show_object() {
  return [](const json::Value& answer) { print_object(answer.as_object()); };
}

void print_pretty(const json::Value& value, int depth) {
  const std::string indent(static_cast<std::size_t>(depth + 1) * 2, ' ');
  const std::string outer(static_cast<std::size_t>(depth) * 2, ' ');
  const bool is_object = value.is_object() && !value.get_object().empty();
  const bool is_array = value.is_array() && !value.get_array().empty();
  if (!is_object && !is_array) {
    std::printf("%s", json::print(value).c_str());
    return;
  }
  std::printf("%s", is_object ? "{" : "[");
  const char* separator = "\n";
  const auto before = [&] {
    std::printf("%s%s", separator, indent.c_str());
    separator = ",\n";
  };
  if (is_object) {
    for (const auto& member : value.get_object()) {
      before();
      std::string name;
      json::append_string(name, member.key());
      std::printf("%s: ", name.c_str());
      print_pretty(member.value(), depth + 1);
    }
  } else {
    for (const json::Value& one : value.get_array()) {
      before();
      print_pretty(one, depth + 1);
    }
  }
  std::printf("\n%s%s", outer.c_str(), is_object ? "}" : "]");
}

}  // namespace tartan::cli
