#include "cli/catalog_import.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "catalog/catalog.h"
#include "server/core.h"

namespace tartan::cli {
namespace {

using json::Object;
using json::Value;
using std::chrono::milliseconds;

constexpr milliseconds kPollEvery{200};
constexpr std::size_t kLinesShown = 30;

// What the bar and the last line say, from the server's answer or from the importer itself.
struct Progress {
  std::string state;
  std::string error;
  std::string document;
  std::int64_t documents = 0, documents_done = 0, bytes = 0, bytes_done = 0, operations = 0;
  std::int64_t imported = 0, replaced = 0, unchanged = 0, failed = 0, ignored = 0;
  std::int64_t repaired = 0, skipped = 0, elapsed_ms = 0, left_ms = -1;

  bool has_ended() const { return state != "waiting" && state != "running"; }
};

std::int64_t integer(const Object& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value != nullptr && value->is_int64() ? value->get_int64() : 0;
}

Progress progress_of(const Value& answer) {
  const Object& object = answer.get_object();
  const Object& counts = object.at("progress").get_object();
  Progress made;
  made.state = text_of(object.at("state"));
  made.error = text_of(object.at("error"));
  made.document = text_of(counts.at("document"));
  made.documents = integer(counts, "documents");
  made.documents_done = integer(counts, "documentsDone");
  made.bytes = integer(counts, "bytes");
  made.bytes_done = integer(counts, "bytesDone");
  made.operations = integer(counts, "operations");
  made.imported = integer(counts, "imported");
  made.replaced = integer(counts, "replaced");
  made.unchanged = integer(counts, "unchanged");
  made.failed = integer(counts, "failed");
  made.ignored = integer(counts, "ignored");
  made.repaired = integer(counts, "repaired");
  made.skipped = integer(counts, "skipped");
  made.elapsed_ms = integer(counts, "elapsedMs");
  if (!counts.at("leftMs").is_null()) {
    made.left_ms = integer(counts, "leftMs");
  }
  return made;
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::size_t columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

void draw(const Progress& p) {
  const double share =
      p.bytes > 0 ? static_cast<double>(p.bytes_done) / static_cast<double>(p.bytes) : 0;
  constexpr int width = 24;
  std::string line = "[";
  for (int i = 0; i < width; ++i) {
    line += i < static_cast<int>(share * width) ? "#" : ".";
  }
  line += "] " + std::to_string(static_cast<int>(share * 100)) + "%  " + grouped(p.documents_done) +
          "/" + grouped(p.documents) + " documents  " + grouped(p.operations) + " operations";
  if (p.left_ms >= 0) {
    line += "  " + std::to_string((p.left_ms + 999) / 1000) + " s left";
  }
  if (!p.document.empty()) {
    line += "  " + p.document;
  }
  line.resize(std::min(line.size(), columns() - 1));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
}

int conclude(const Progress& p) {
  std::printf("%s: %s imported, %s replaced, %s unchanged, %s failed; %s operations in %.1f s\n",
              p.state.c_str(), grouped(p.imported).c_str(), grouped(p.replaced).c_str(),
              grouped(p.unchanged).c_str(), grouped(p.failed).c_str(),
              grouped(p.operations).c_str(), static_cast<double>(p.elapsed_ms) / 1000);
  if (p.repaired + p.skipped > 0) {
    std::printf("%s places were repaired, %s left out\n", grouped(p.repaired).c_str(),
                grouped(p.skipped).c_str());
  }
  if (!p.error.empty()) {
    std::fprintf(stderr, "%s\n", p.error.c_str());
  }
  return p.state == "completed" && p.failed == 0 ? 0 : kFailed;
}

void print_line(const Object& line) {
  const Value* document = json::find(line, "document");
  const std::string pointer = text_of(line.at("pointer"));
  std::printf("  %-8s %s%s%s: %s\n", text_of(line.at("kind")).c_str(),
              document != nullptr ? text_of(*document).c_str() : "", pointer.empty() ? "" : "#",
              pointer.c_str(), text_of(line.at("message")).c_str());
}

int import_through_server(const Common& common, const std::string& source) {
  AdminCall start{"POST", "/api/catalog/imports", "", Object{{"source", source}}, {}, true};
  auto answer = call_admin(common.data, start);
  if (!answer) {
    return complain(answer.error(), common.json);
  }
  const std::string path = "/api/catalog/imports/" + text_of(answer->at("id"));
  const bool bar = ::isatty(STDERR_FILENO) == 1 && !common.json;
  Progress progress = progress_of(*answer);
  while (!progress.has_ended() || !answer->at("searchable").get_bool()) {
    std::this_thread::sleep_for(kPollEvery);
    answer = call_admin(common.data, {"GET", path, "", {}, {}, true});
    if (!answer) {
      return complain(answer.error(), common.json);
    }
    progress = progress_of(*answer);
    if (bar) {
      draw(progress);
    }
  }
  if (bar) {
    std::fprintf(stderr, "\r\033[K");
  }
  if (common.json) {
    std::printf("%s\n", json::print(*answer).c_str());
    return progress.state == "completed" && progress.failed == 0 ? 0 : kFailed;
  }
  const int code = conclude(progress);
  const auto report = call_admin(
      common.data, {"GET", path + "/report", "size=" + std::to_string(kLinesShown), {}, {}, true});
  if (report) {
    for (const Value& line : report->at("content").as_array()) {
      print_line(line.get_object());
    }
    if (!report->at("next").is_null()) {
      std::printf("  … all of it: tartan catalog report %s\n", text_of(answer->at("id")).c_str());
    }
  }
  return code;
}

Progress progress_of(const catalog::ImportView& view) {
  const catalog::ImportProgress& p = view.progress;
  const auto number = [](std::size_t count) { return static_cast<std::int64_t>(count); };
  Progress made;
  made.state = name_of(view.state);
  made.error = view.error;
  made.document = p.document;
  made.documents = number(p.documents);
  made.documents_done = number(p.documents_done);
  made.bytes = number(p.bytes);
  made.bytes_done = number(p.bytes_done);
  made.operations = number(p.operations);
  made.imported = number(p.imported);
  made.replaced = number(p.replaced);
  made.unchanged = number(p.unchanged);
  made.failed = number(p.failed);
  made.ignored = number(p.ignored);
  made.repaired = number(p.repaired);
  made.skipped = number(p.skipped);
  made.elapsed_ms = p.elapsed_ms;
  made.left_ms = p.left_ms.value_or(-1);
  return made;
}

// The index is made by the next server; here only the documents are taken.
int import_alone(const Common& common, const std::string& source) {
  auto core = server::Core::open(server::DataFiles(std::filesystem::absolute(common.data)));
  if (!core) {
    return complain(core.error(), common.json);
  }
  const http::EgressPolicy policy;
  http::Client client(policy);
  catalog::Importer importer((*core)->catalog(), (*core)->clock(), (*core)->random(), client,
                             [](std::int64_t, std::int64_t) {}, [] {});
  if (auto error = importer.start()) {
    return complain(*error, common.json);
  }
  const auto id = importer.begin(source);
  if (!id) {
    return complain(id.error(), common.json);
  }
  const bool bar = ::isatty(STDERR_FILENO) == 1 && !common.json;
  Progress progress;
  do {
    std::this_thread::sleep_for(kPollEvery);
    if (const auto view = importer.find(*id)) {
      progress = progress_of(*view);
    }
    if (bar) {
      draw(progress);
    }
  } while (!progress.has_ended());
  if (bar) {
    std::fprintf(stderr, "\r\033[K");
  }
  const int code = conclude(progress);
  if (const auto lines = importer.report(*id, 0, kLinesShown)) {
    for (const Object& line : *lines) {
      print_line(line);
    }
  }
  importer.stop();
  client.stop();
  (*core)->stop();
  return code;
}

}  // namespace

int import_catalog(const Common& common, const std::string& source) {
  const std::string from = catalog::is_url(source)
                               ? source
                               : std::filesystem::absolute(source).lexically_normal().string();
  const auto server = find_server(common.data);
  return server ? import_through_server(common, from) : import_alone(common, from);
}

}  // namespace tartan::cli
