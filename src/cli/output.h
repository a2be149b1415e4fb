// What the subcommands share: their common options, and how they print.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/admin_client.h"
#include "json/json.h"

namespace tartan::cli {

constexpr int kFailed = 1;

// What every subcommand but `serve` takes.
struct Common {
  std::string data;
  bool json = false;
};
void add_common(CLI::App& command, Common& common);
// A subcommand with these flags; `exit_code` is what `run` answers when it is the one called.
CLI::App* add_command(CLI::App& group, const char* name, const char* help, Common& common,
                      int& exit_code, std::function<int()> run);

// Prints an error and answers the exit code.
int complain(const Error& error, bool as_json);

// How a value reads in a table.
std::string text_of(const json::Value& value);
// The objects of a list, one line each, these members in columns.
void print_table(const json::Array& rows, const std::vector<const char*>& columns);
// An object's members one a line, those of a nested object after its name.
void print_object(const json::Object& object, const std::string& prefix = "");
// Indented JSON.
void print_pretty(const json::Value& value, int depth = 0);

// Calls the server and prints its answer: as JSON, or by `show`. Answers the exit code.
using Show = std::function<void(const json::Value& answer)>;
int call_and_show(const Common& common, const AdminCall& call, const Show& show);
Show show_list(const char* member, std::vector<const char*> columns);
Show show_object();

}  // namespace tartan::cli
