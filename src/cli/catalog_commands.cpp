#include "cli/catalog_commands.h"

#include <cstdio>

#include "catalog/source.h"
#include "cli/catalog_import.h"
#include "cli/catalog_show.h"
#include "cli/output.h"
#include "cli/percent.h"

namespace tartan::cli {
namespace {

using json::Object;

struct Options {
  Common common;
  std::string id;
  std::string source;
  std::vector<std::string> words;
  std::string api;
  std::string method;
  std::string tag;
  std::string server;
  std::string content_type;
  int size = 10;
};
Options& options() {
  static Options held;
  return held;
}

CLI::App* add(CLI::App& group, const char* name, const char* help, int& exit_code,
              std::function<int()> run) {
  return add_command(group, name, help, options().common, exit_code, std::move(run));
}

int call(std::string method, std::string path, std::string query, Object body, const Show& show) {
  return call_and_show(options().common,
                       {std::move(method), std::move(path), std::move(query), std::move(body)},
                       show);
}

int search() {
  const Options& o = options();
  std::string text;
  for (const std::string& word : o.words) {
    text += (text.empty() ? "" : " ") + word;
  }
  std::string query = "q=" + percent_encode(text) + "&size=" + std::to_string(o.size);
  for (const auto& [name, value] :
       {std::pair("api", &o.api), std::pair("method", &o.method), std::pair("tag", &o.tag)}) {
    if (!value->empty()) {
      query += "&" + std::string(name) + "=" + percent_encode(*value);
    }
  }
  return call("GET", "/api/catalog/search", query, {}, show_hits);
}

// What proves who asks, where no saved credential was chosen. Beside the task, which is printed.
void say_credentials(const json::Value& answer) {
  if (answer.at("task").as_object().contains("credentials")) {
    return;
  }
  for (const json::Value& one : answer.at("credentials").as_array()) {
    if (one.at("credential").is_object()) {
      std::fprintf(
          stderr,
          "it takes a credential: fill its secrets, save it with tartan credentials put, and "
          "prepare again\n%s\n",
          json::print(one.at("credential")).c_str());
    }
  }
}

int prepare() {
  const Options& o = options();
  Object body;
  if (!o.server.empty()) {
    body["server"] = o.server;
  }
  if (!o.content_type.empty()) {
    body["contentType"] = o.content_type;
  }
  return call("POST", "/api/catalog/operations/" + percent_encode(o.id) + "/prepare", "",
              std::move(body), [](const json::Value& answer) {
                print_pretty(answer.at("task"));
                std::printf("\n");
                say_credentials(answer);
                for (const json::Value& warning : answer.at("warnings").as_array()) {
                  std::fprintf(stderr, "%s\n", text_of(warning).c_str());
                }
              });
}

int list() {
  const Options& o = options();
  return call("GET", "/api/catalog/apis",
              "size=1000" + (o.api.empty() ? "" : "&api=" + percent_encode(o.api)), {},
              show_list("content", {"documentId", "api", "version", "operations", "title"}));
}

}  // namespace

void add_catalog_commands(CLI::App& app, int& exit_code) {
  CLI::App* group = app.add_subcommand("catalog", "API documents: import, search, reference");
  group->require_subcommand(1);
  Options& o = options();
  CLI::App* import = add(*group, "import", "import API documents; works without a server too",
                         exit_code, [&o] { return import_catalog(o.common, o.source); });
  import->add_option("source", o.source, "file, folder, URL or the npm package's folder")
      ->required();
  CLI::App* found = add(*group, "search", "search the operations of all APIs", exit_code, search);
  found->add_option("words", o.words, "what you look for")->required();
  found->add_option("--api", o.api, "only this API or provider");
  found->add_option("--method", o.method, "only this HTTP method");
  found->add_option("--tag", o.tag, "only with this tag");
  found->add_option("--size", o.size, "most results (10)")->check(CLI::Range(1, 200));
  CLI::App* show = add(*group, "show", "show the reference of an operation", exit_code, [&o] {
    return call("GET", "/api/catalog/operations/" + percent_encode(o.id), "", {}, show_operation);
  });
  show->add_option("operation", o.id, "its id, from search")->required();
  CLI::App* prepared =
      add(*group, "prepare", "print an Http task for an operation", exit_code, prepare);
  prepared->add_option("operation", o.id, "its id, from search")->required();
  prepared->add_option("--server", o.server, "base address, instead of the document's");
  prepared->add_option("--content-type", o.content_type, "of the body");
  CLI::App* listed = add(*group, "list", "list the API documents", exit_code, list);
  listed->add_option("--api", o.api, "only this API or provider");
  CLI::App* removed = add(*group, "remove", "remove an API document", exit_code, [&o] {
    return call("DELETE", "/api/catalog/apis/" + percent_encode(o.id), "", {},
                [](const json::Value&) { std::printf("removed\n"); });
  });
  removed->add_option("document", o.id, "its id, from list")->required();
  add(*group, "imports", "list the imports, newest first", exit_code, [] {
    return call_and_show(options().common, {"GET", "/api/catalog/imports", "", {}, {}, true},
                         show_list("content", {"id", "state", "createdOn", "source"}));
  });
  CLI::App* report =
      add(*group, "report", "what an import found wrong, mended or changed", exit_code, [&o] {
        return call_and_show(o.common,
                             {"GET",
                              "/api/catalog/imports/" + percent_encode(o.id) + "/report",
                              "size=1000",
                              {},
                              {},
                              true},
                             show_list("content", {"kind", "document", "pointer", "message"}));
      });
  report->add_option("import", o.id, "its id, from imports")->required();
}

}  // namespace tartan::cli
