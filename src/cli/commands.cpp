#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>

#include "cli/admin_client.h"
#include "cli/backup.h"
#include "cli/catalog_commands.h"
#include "cli/doctor.h"
#include "cli/output.h"
#include "cli/workflow_commands.h"
#include "script/script_host.h"
#include "server/config.h"
#include "server/serve.h"
#include "server/version.h"

namespace tartan::cli {
namespace {

void add_client_commands(CLI::App& app, int& exit_code) {
  CLI::App* client = app.add_subcommand("client", "clients of the Users & Items API");
  client->require_subcommand(1);
  static Common common;

  static struct {
    std::string name;
    bool legacy = false;
    std::string client_id;
    std::string environment = "sandbox";
  } options;

  CLI::App* create = client->add_subcommand("create", "make a client; its secrets are shown once");
  add_common(*create, common);
  create->add_option("--name", options.name, "what to call it");
  create->add_flag("--legacy", options.legacy,
                   "speak the older User API: /user/create answers a user_token");
  create->add_option("--client-id", options.client_id, "choose the id, 24 letters and digits");
  create->callback([&exit_code] {
    json::Object body{{"name", options.name}, {"legacy", options.legacy}};
    if (!options.client_id.empty()) {
      body["client_id"] = options.client_id;
    }
    exit_code = call_and_show(common, {"POST", "/api/clients", {}, std::move(body)}, show_object());
  });

  CLI::App* list = client->add_subcommand("list", "list the clients");
  add_common(*list, common);
  list->callback([&exit_code] {
    exit_code = call_and_show(common, {"GET", "/api/clients"},
                              show_list("clients", {"client_id", "name", "legacy", "created_at"}));
  });

  CLI::App* rotate = client->add_subcommand("rotate-secret",
                                            "replace a secret; the old one stops working at once");
  add_common(*rotate, common);
  rotate->add_option("client_id", options.client_id, "the client")->required();
  rotate->add_option("--environment", options.environment, "sandbox or production")
      ->check(CLI::IsMember({"sandbox", "production"}));
  rotate->callback([&exit_code] {
    exit_code = call_and_show(common,
                              {"POST",
                               "/api/clients/" + options.client_id + "/rotate-secret",
                               {},
                               json::Object{{"environment", options.environment}}},
                              show_object());
  });
}

void add_token_commands(CLI::App& app, int& exit_code) {
  CLI::App* token = app.add_subcommand("token", "personal access tokens of the workbench");
  token->require_subcommand(1);
  static Common common;
  static std::string name;
  static std::string token_id;

  CLI::App* create = token->add_subcommand("create", "make a token; it is shown once");
  add_common(*create, common);
  create->add_option("--name", name, "what it is for");
  create->callback([&exit_code] {
    exit_code = call_and_show(common, {"POST", "/api/tokens", {}, json::Object{{"name", name}}},
                              show_object());
  });

  CLI::App* list = token->add_subcommand("list", "list the tokens");
  add_common(*list, common);
  list->callback([&exit_code] {
    exit_code =
        call_and_show(common, {"GET", "/api/tokens"},
                      show_list("tokens", {"token_id", "name", "created_at", "revoked_at"}));
  });

  CLI::App* revoke = token->add_subcommand("revoke", "make a token worthless, at once");
  add_common(*revoke, common);
  revoke->add_option("token_id", token_id, "its id (tartan token list)")->required();
  revoke->callback([&exit_code] {
    exit_code =
        call_and_show(common, {"POST", "/api/tokens/" + token_id + "/revoke"}, show_object());
  });
}

void add_sign_in_command(CLI::App& app, int& exit_code) {
  CLI::App* sign_in =
      app.add_subcommand("sign-in", "print a link that opens the workbench in a browser, once");
  static Common common;
  add_common(*sign_in, common);
  sign_in->callback([&exit_code] {
    AdminCall call{"POST", "/api/session/links"};
    call.needs_server = true;
    exit_code = call_and_show(common, call, [](const json::Value& link) {
      std::printf("%s\n", text_of(link.at("url")).c_str());
    });
  });
}

void add_billing_commands(CLI::App& app, int& exit_code) {
  CLI::App* billing = app.add_subcommand("billing", "subscriptions of Items and Users");
  billing->require_subcommand(1);
  static Common common;
  static std::string environment = "sandbox";
  static std::string client_id;
  CLI::App* list = billing->add_subcommand("list", "list subscriptions, ended ones too");
  add_common(*list, common);
  list->add_option("--environment", environment, "sandbox or production")
      ->check(CLI::IsMember({"sandbox", "production"}));
  list->add_option("--client", client_id, "of this client only");
  list->callback([&exit_code] {
    std::string query = "environment=" + environment;
    if (!client_id.empty()) {
      query += "&client_id=" + client_id;
    }
    exit_code = call_and_show(
        common, {"GET", "/api/billing", query},
        show_list("subscriptions", {"subscription_id", "product", "level", "item_id", "user_id",
                                    "status", "started_at", "ended_at", "ended_cause"}));
  });
}

const char* name_of(Finding::Level level) {
  switch (level) {
    case Finding::Level::ok:
      return "ok";
    case Finding::Level::warning:
      return "warning";
    case Finding::Level::problem:
      break;
  }
  return "problem";
}

int run_doctor(const Common& common) {
  const auto findings = examine(server::DataFiles(std::filesystem::absolute(common.data)));
  bool healthy = true;
  std::string text;
  json::Writer out(text);
  out.begin_object().key("findings").begin_array();
  for (const Finding& finding : findings) {
    healthy = healthy && finding.level != Finding::Level::problem;
    out.begin_object();
    out.key("level").string(name_of(finding.level));
    out.key("subject").string(finding.subject);
    out.key("found").string(finding.found);
    out.key("advice").string(finding.advice);
    out.end_object();
    if (!common.json) {
      std::printf("%-8s %-34s %s\n", name_of(finding.level), finding.subject.c_str(),
                  finding.found.c_str());
      if (!finding.advice.empty()) {
        std::printf("%-8s %-34s -> %s\n", "", "", finding.advice.c_str());
      }
    }
  }
  out.end_array().key("ok").boolean(healthy).end_object();
  if (common.json) {
    std::printf("%s\n", text.c_str());
  }
  return healthy ? 0 : kFailed;
}

void add_care_commands(CLI::App& app, int& exit_code) {
  static Common common;
  static std::string file;
  CLI::App* doctor = app.add_subcommand(
      "doctor", "check integrity, schema, disk space, clock and permissions of a data directory");
  add_common(*doctor, common);
  doctor->callback([&exit_code] { exit_code = run_doctor(common); });

  const auto files = [] { return server::DataFiles(std::filesystem::absolute(common.data)); };
  CLI::App* save = app.add_subcommand("backup", "write a consistent copy while the server runs");
  add_common(*save, common);
  save->add_option("file", file, "where to")->required();
  save->callback([&exit_code, files] {
    if (const auto error = backup(files(), file)) {
      exit_code = complain(*error, common.json);
      return;
    }
    if (common.json) {
      std::printf("%s\n", json::print(json::Object{{"file", file}}).c_str());
    } else {
      std::printf(
          "Written: %s\nIt is readable only with the key file %s, which is not in it: keep "
          "a copy of that elsewhere.\nItems and Users removed later stay in this backup; "
          "delete it when they must be gone for good.\n",
          file.c_str(), files().key().c_str());
    }
  });

  CLI::App* load = app.add_subcommand("restore", "put a backup into an empty data directory");
  add_common(*load, common);
  load->add_option("file", file, "a backup made by tartan backup")->required();
  load->callback([&exit_code, files] {
    if (const auto error = restore(files(), file)) {
      exit_code = complain(*error, common.json);
      return;
    }
    if (common.json) {
      std::printf("%s\n", json::print(json::Object{{"restored", true}}).c_str());
    } else {
      std::printf(
          "Restored into %s. It needs the key file of the data that was backed up, at %s.\n",
          files().folder.c_str(), files().key().c_str());
    }
  });
}

struct ServeOptions {
  server::Values flags;
  std::string config_file;
  bool print_config = false;
};

Result<server::Config> effective_config(const ServeOptions& options) {
  server::Values file;
  if (!options.config_file.empty()) {
    auto read = server::read_config_file(options.config_file);
    if (!read) {
      return std::move(read).error();
    }
    file = *std::move(read);
  }
  const server::Values variables = server::read_variables();
  const server::Values* const sources[] = {&file, &variables, &options.flags};
  return server::make_config(sources);
}

int run_serve(const ServeOptions& options) {
  auto config = effective_config(options);
  if (!config) {
    return complain(config.error(), false);
  }
  if (options.print_config) {
    std::printf("%s", server::print_config(*config).c_str());
    return 0;
  }
  if (auto served = server::serve(*config); !served) {
    return complain(served.error(), false);
  }
  return 0;
}

void add_serve_command(CLI::App& app, int& exit_code) {
  static ServeOptions options;
  CLI::App* serve = app.add_subcommand("serve", "run the server");
  for (const server::Setting& setting : server::settings()) {
    const std::string key(setting.key);
    const std::string help = std::string(setting.help) + " [" + server::variable_of(setting) + "]";
    if (setting.secret) {
      continue;  // a flag would show it in the process list
    }
    if (setting.is_switch) {
      serve->add_flag_callback(
          server::flag_of(setting), [key] { options.flags[key] = "true"; }, help);
    } else if (setting.is_list) {
      serve->add_option_function<std::vector<std::string>>(
          server::flag_of(setting),
          [key](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              options.flags[key] += (options.flags[key].empty() ? "" : ",") + text;
            }
          },
          help);
    } else {
      serve->add_option_function<std::string>(
          server::flag_of(setting), [key](const std::string& text) { options.flags[key] = text; },
          help);
    }
  }
  serve->add_option("--config", options.config_file, "TOML file of settings")
      ->envname("TARTAN_CONFIG");
  serve->add_flag("--print-config", options.print_config,
                  "print the effective settings, secrets masked, and exit");
  serve->callback([&exit_code] { exit_code = run_serve(options); });
}

}  // namespace

int run(int argc, char** argv) {
  // Not a command for people: how the server starts the process that runs their expressions.
  if (argc == 2 && std::string_view(argv[1]) == "script-helper") {
    return script::run_script_helper();
  }
  CLI::App app("Tartan: Plaid's User and Item API and durable workflows on your machine.",
               "tartan");
  app.set_version_flag("--version", std::string(server::kVersion));
  app.require_subcommand(1);
  int exit_code = 0;
  add_serve_command(app, exit_code);
  add_client_commands(app, exit_code);
  add_token_commands(app, exit_code);
  add_sign_in_command(app, exit_code);
  add_billing_commands(app, exit_code);
  add_workflow_commands(app, exit_code);
  add_catalog_commands(app, exit_code);
  add_care_commands(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  }
  return exit_code;
}

}  // namespace tartan::cli
