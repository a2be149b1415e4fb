#include "server/serve.h"

#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <optional>
#include <thread>

#include "items/demo.h"
#include "items/service.h"
#include "server/built_in_documents.h"
#include "server/core.h"
#include "server/metrics.h"
#include "server/workbench.h"
#include "server/workflows.h"

namespace tartan::server {
namespace {

// A drain ends within 10 s: this for requests under way, the rest for the last commits.
constexpr int kDrainGraceMs = 7000;
constexpr timespec kLogFlushInterval{0, 200'000'000};

// What the first start made, shown once.
struct FirstStart {
  access::NewClient client;
  std::string personal_access_token;
  std::string sign_in_code;
  items::Demo demo;
};

std::size_t usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    return static_cast<std::size_t>(CPU_COUNT(&set));
  }
  return std::max(1U, std::thread::hardware_concurrency());
}

// The client is made last: while there is none, a start that was interrupted begins again.
Result<FirstStart> make_first_start(Core& core, const Config& config) {
  FirstStart first;
  access::ClientChoice choice;
  choice.name = "first client";
  choice.client_id = config.client_id.empty()
                         ? random_base62(core.random(), access::kClientIdLength)
                         : config.client_id;
  choice.secrets = {config.secret_sandbox, config.secret_production};
  access::Client owner;
  owner.client_id = choice.client_id;
  auto demo = items::make_demo(owner, core.items(access::Environment::sandbox), core.services());
  if (!demo) {
    return Error{Fault::internal, "can't make the demo User: " + demo.error().message};
  }
  first.demo = *std::move(demo);
  auto token = core.tokens().create({"first start", access::TokenScope::admin, std::nullopt},
                                    access::kLocal);
  if (!token) {
    return std::move(token).error();
  }
  first.personal_access_token = token->token;
  first.sign_in_code = core.sessions().make_link(token->info.token_id).code;
  auto client = core.clients().create(choice, access::kLocal);
  if (!client) {
    return std::move(client).error();
  }
  first.client = *std::move(client);
  return first;
}

std::vector<catalog::SavedCredential> saved_credentials(Workflows& workflows) {
  std::vector<catalog::SavedCredential> all;
  if (const auto list = workflows.credentials().list()) {
    for (const workflow::CredentialInfo& one : *list) {
      catalog::SavedCredential saved{
          one.credential_id, one.name, std::string(name_of(one.type)), one.hosts, {}};
      if (const json::Value* values = json::find(one.shown, "values")) {
        for (const json::Value& key : values->get_array()) {
          saved.keys.emplace_back(key.at("in").as_string(), key.at("name").as_string());
        }
      }
      all.push_back(std::move(saved));
    }
  }
  return all;
}

std::string ready_text(const Addresses& bound, const std::string& client_id,
                       const std::optional<FirstStart>& first,
                       const std::optional<items::Demo>& demo) {
  std::string text;
  json::Writer out(text);
  out.begin_object();
  out.key("workbench").string(url_of(bound.workbench));
  out.key("sandbox").string(url_of(bound.sandbox));
  out.key("production").string(url_of(bound.production));
  out.key("client_id").string(client_id);
  if (first) {
    out.key("secrets").begin_object();
    out.key("sandbox").string(first->client.secrets.sandbox);
    out.key("production").string(first->client.secrets.production);
    out.end_object();
    out.key("personal_access_token").string(first->personal_access_token);
    out.key("sign_in").string(sign_in_url(url_of(bound.workbench), first->sign_in_code));
  }
  if (demo) {
    out.key("demo").begin_object().key("user_id").string(demo->user_id);
    out.key("item_ids").begin_array();
    for (const std::string& id : demo->item_ids) {
      out.string(id);
    }
    out.end_array().end_object();
  }
  out.end_object();
  return text + "\n";
}

void greet(const Addresses& bound, const std::optional<FirstStart>& first,
           const std::string& data) {
  std::printf("Tartan is ready.\n  sandbox     %s\n  production  %s\n  workbench   %s\n",
              url_of(bound.sandbox).c_str(), url_of(bound.production).c_str(),
              url_of(bound.workbench).c_str());
  std::printf("  data        %s\n", data.c_str());
  if (first) {
    const access::Secrets& secrets = first->client.secrets;
    std::printf(
        "\nMade on this first start, shown only now:\n"
        "  client_id              %s\n"
        "  secret, sandbox        %s\n"
        "  secret, production     %s\n"
        "  personal access token  %s\n"
        "\nThe workbench in your browser (the link works once, for 15 minutes; tartan sign-in "
        "makes another):\n\n  %s\n"
        "\nA demo User with three Items is in the sandbox. Remove one of them:\n\n"
        "curl -s %s/user/items/remove -H 'Content-Type: application/json' -d "
        "'{\"client_id\":\"%s\",\"secret\":\"%s\",\"user_id\":\"%s\",\"item_ids\":[\"%s\"]}'\n\n",
        first->client.client.client_id.c_str(), secrets.sandbox.c_str(), secrets.production.c_str(),
        first->personal_access_token.c_str(),
        sign_in_url(url_of(bound.workbench), first->sign_in_code).c_str(),
        url_of(bound.sandbox).c_str(), first->client.client.client_id.c_str(),
        secrets.sandbox.c_str(), first->demo.user_id.c_str(), first->demo.item_ids.front().c_str());
  }
  std::fflush(stdout);
}

// Says to `wait_for_stop` that lines of the log wait: nobody looks while there are none.
constexpr int kLinesWait = SIGUSR1;

// Waits for SIGTERM or SIGINT. Every thread must have blocked them and `kLinesWait`.
void wait_for_stop(const sigset_t& signals, Log& log) {
  sigset_t stop = signals;
  sigdelset(&stop, kLinesWait);
  for (;;) {
    siginfo_t info{};
    const int signal = sigwaitinfo(&signals, &info);
    if (signal == SIGTERM || signal == SIGINT) {
      return;
    }
    if (signal == kLinesWait && info.si_pid == ::getpid()) {
      if (sigtimedwait(&stop, nullptr, &kLogFlushInterval) > 0) {
        return;
      }
      log.flush();
    }
  }
}

Result<Done> run(Core& core, const Config& config, const sigset_t& signals) {
  std::optional<FirstStart> first;
  if (core.clients().empty()) {
    auto made = make_first_start(core, config);
    if (!made) {
      return std::move(made).error();
    }
    first = *std::move(made);
  }
  Log log(config.log_level, config.log_format);
  log.when_lines_wait([] { ::kill(::getpid(), kLinesWait); });
  Metrics metrics(log);
  metrics.watch(core.items(access::Environment::sandbox), "items-sandbox");
  metrics.watch(core.items(access::Environment::production), "items-production");
  metrics.watch(core.access(), "access");

  metrics.watch(core.workflow(), "workflow");
  metrics.watch(core.catalog(), "catalog");

  auto policy = http::EgressPolicy::make(config.egress_allow);
  if (!policy) {
    return std::move(policy).error();
  }
  http::ClientOptions outbound;
  if (!config.egress_ca_file.empty()) {
    auto authorities = http::Authorities::read(config.egress_ca_file);
    if (!authorities) {
      return std::move(authorities).error();
    }
    outbound.authorities = *std::move(authorities);
  }
  Workflows workflows(core, *std::move(policy), std::move(outbound), config, metrics, log);
  const std::string local_token = random_base62(core.random(), 40);
  catalog::Catalog catalog({core.catalog(), core.clock(), core.random(), workflows.sender(),
                            core.files().catalog_index(),
                            [&workflows] { return saved_credentials(workflows); }});
  workflows.api().check_reference =
      [&catalog](const json::Object& task, const json::Object& request,
                 const json::Value& response) { return catalog.check(task, request, response); };
  Journals journals;
  if (config.items_journal) {
    journals.sandbox = std::make_unique<items::Journal>(core.clock().now());
    journals.production = std::make_unique<items::Journal>(core.clock().now());
  }
  Workbench workbench(core, metrics, workflows.api(), catalog, workflows.executor(), journals,
                      local_token, config);
  const auto make_service = [&](access::Environment environment) {
    return std::make_unique<items::Service>(environment, core.clients(), core.items(environment),
                                            core.services(), metrics, journals.of(environment));
  };
  const auto sandbox = make_service(access::Environment::sandbox);
  const auto production = make_service(access::Environment::production);

  http::Server server(config.limits, config.workers > 0 ? config.workers : usable_cores(),
                      core.random());
  auto workbench_at = server.listen(config.workbench_listen, workbench);
  auto sandbox_at = workbench_at ? server.listen(config.sandbox_listen, *sandbox) : workbench_at;
  auto production_at =
      sandbox_at ? server.listen(config.production_listen, *production) : sandbox_at;
  if (!production_at) {
    return std::move(production_at).error();
  }
  metrics.watch_connections([&server] { return server.open_connections(); });
  const Addresses bound{*workbench_at, *sandbox_at, *production_at};
  workbench.announce(bound);
  workflows.allow_listener(bound.sandbox);
  workflows.allow_listener(bound.production);
  if (auto error = workflows.start()) {
    return *std::move(error);
  }
  catalog.bring_along("users-items", "tartan/users-items",
                      users_items_document(url_of(bound.sandbox), url_of(bound.production)));
  catalog.bring_along("workbench", "tartan/workbench", workbench_document(url_of(bound.workbench)));
  if (auto error = catalog.start()) {
    return *std::move(error);
  }
  for (const std::string& source : config.catalog_sources) {
    if (auto begun = catalog.importer().begin_once(source); !begun) {
      log.write(LogLevel::warn, "catalogue source not imported",
                {{"source", source}, {"reason", begun.error().message}});
    }
  }
  if (auto error =
          announce_running(core.files(), {url_of(bound.workbench), local_token, ::getpid()})) {
    return *std::move(error);
  }
  workbench.set_ready(true);
  server.start();

  const access::Client oldest = core.clients().list().front();
  if (!config.ready_file.empty()) {
    const auto demo =
        items::find_demo(oldest, core.items(access::Environment::sandbox), core.services());
    if (auto error = write_private_file(config.ready_file,
                                        ready_text(bound, oldest.client_id, first, demo))) {
      return *std::move(error);
    }
  }
  greet(bound, first, core.files().folder.string());
  wait_for_stop(signals, log);

  workbench.set_ready(false);
  log.write(LogLevel::info, "draining");
  // The databases answer what is under way before they stop.
  workflows.begin_drain();
  server.drain(kDrainGraceMs);
  catalog.stop();
  workflows.stop();
  core.stop();
  std::error_code ignored;
  std::filesystem::remove(core.files().server(), ignored);
  log.write(LogLevel::info, "stopped");
  return Done{};
}

}  // namespace

Result<Done> serve(const Config& config) {
  ::umask(077);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, kLinesWait);
  // Before the first thread, so that all inherit it and only `wait_for_stop` takes them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::optional<TemporaryDirectory> temporary;
  std::filesystem::path folder = config.data;
  if (config.ephemeral) {
    auto made = TemporaryDirectory::make();
    if (!made) {
      return std::move(made).error();
    }
    temporary.emplace(*std::move(made));
    folder = temporary->path();
  }
  auto core = Core::open(DataFiles(std::filesystem::absolute(folder)));
  if (!core) {
    return std::move(core).error();
  }
  return run(**core, config, signals);
}

}  // namespace tartan::server
