#include "package_reader.h"

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "json/json.h"

namespace tartan::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<std::string_view, std::string_view>, 8> methods = {
    {{"get", "GET"},
     {"put", "PUT"},
     {"post", "POST"},
     {"delete", "DELETE"},
     {"options", "OPTIONS"},
     {"head", "HEAD"},
     {"patch", "PATCH"},
     {"trace", "TRACE"}}};

std::string text_at(const json::Object& object, std::string_view name) {
  const json::Value* const value = json::find(object, name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

const json::Object* object_at(const json::Object& object, std::string_view name) {
  const json::Value* const value = json::find(object, name);
  return value == nullptr ? nullptr : value->if_object();
}

catalog::SearchDocument document_of(const json::Object& root, const std::string& key) {
  catalog::SearchDocument document;
  document.key = key;
  document.api = key;
  if (const json::Object* const info = object_at(root, "info")) {
    document.title = text_at(*info, "title");
    document.version = text_at(*info, "version");
    document.description = text_at(*info, "description");
    const json::Value* const preferred = json::find(*info, "x-preferred");
    document.preferred = preferred != nullptr && preferred->is_bool() && preferred->get_bool();
    if (const json::Object* const logo = object_at(*info, "x-logo")) {
      document.logo = text_at(*logo, "url");
    }
  }
  const json::Value* const servers = json::find(root, "servers");
  if (servers != nullptr && servers->is_array()) {
    for (const json::Value& server : servers->get_array()) {
      if (const json::Object* const object = server.if_object()) {
        document.servers.push_back(text_at(*object, "url"));
      }
    }
  }
  return document;
}

catalog::SearchOperation operation_of(const json::Object& object, std::string_view path,
                                      std::string_view method) {
  catalog::SearchOperation operation;
  operation.method = method;
  operation.path = path;
  operation.operation_id = text_at(object, "operationId");
  operation.summary = text_at(object, "summary");
  operation.description = text_at(object, "description");
  const json::Value* const deprecated = json::find(object, "deprecated");
  operation.deprecated = deprecated != nullptr && deprecated->is_bool() && deprecated->get_bool();
  const json::Value* const tags = json::find(object, "tags");
  if (tags != nullptr && tags->is_array()) {
    for (const json::Value& tag : tags->get_array()) {
      if (tag.is_string()) {
        operation.tags.emplace_back(tag.get_string());
      }
    }
  }
  return operation;
}

void read_operations(const json::Object& root, std::size_t& number, const RecordSink& sink) {
  const json::Object* const paths = object_at(root, "paths");
  if (paths == nullptr) {
    return;
  }
  for (const auto& [path, item] : *paths) {
    const json::Object* const object = item.if_object();
    for (const auto& [name, method] : methods) {
      const json::Object* const found = object == nullptr ? nullptr : object_at(*object, name);
      if (found != nullptr) {
        catalog::SearchOperation operation = operation_of(*found, path, method);
        operation.id = "op" + std::to_string(++number);
        sink.operation(operation);
      }
    }
  }
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  if (!in) {
    throw std::runtime_error("can't read " + path.string());
  }
  return out.str();
}

std::vector<std::string> keys_below(const fs::path& folder) {
  std::vector<std::string> keys;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".json") {
      keys.push_back(fs::relative(entry.path(), folder).replace_extension().string());
    }
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

// One field of a line: no tabs, no line ends.
std::string field(std::string text, std::size_t bytes_max) {
  text.resize(std::min(text.size(), bytes_max));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return text;
}

std::vector<std::string> split(const std::string& line, char separator) {
  std::vector<std::string> fields;
  std::size_t at = 0;
  while (at <= line.size()) {
    const std::size_t end = std::min(line.find(separator, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return fields;
}

std::string join(const std::vector<std::string>& fields, char separator) {
  std::string line;
  for (const std::string& text : fields) {
    line += line.empty() ? "" : std::string(1, separator);
    line += text;
  }
  return line;
}

}  // namespace

void read_package(const std::string& api_folder, const RecordSink& sink) {
  std::size_t number = 0;
  for (const std::string& key : keys_below(api_folder)) {
    const std::string text = read_file(fs::path(api_folder) / (key + ".json"));
    boost::json::monotonic_resource memory;
    auto parsed = json::parse(text, &memory, {.depth_max = 512, .values_max = 50'000'000});
    if (!parsed) {
      throw std::runtime_error(key + ": " + parsed.error().message);
    }
    const json::Object& root = parsed->get_object();
    sink.document(document_of(root, key));
    read_operations(root, number, sink);
  }
}

void write_records(const std::string& api_folder, const std::string& file) {
  std::ofstream out(file, std::ios::binary);
  read_package(api_folder, {.document =
                                [&](const catalog::SearchDocument& d) {
                                  out << "D\t" << d.key << '\t' << field(d.title, 1000) << '\t'
                                      << field(d.version, 200) << '\t'
                                      << field(join(d.servers, ' '), 2000) << '\t'
                                      << field(d.logo, 500) << '\t' << (d.preferred ? "1" : "")
                                      << '\t' << field(d.description, 2000) << '\n';
                                },
                            .operation =
                                [&](const catalog::SearchOperation& o) {
                                  out << "O\t" << o.id << '\t' << o.method << '\t'
                                      << field(o.path, 4000) << '\t' << field(o.operation_id, 1000)
                                      << '\t' << field(o.summary, 2000) << '\t'
                                      << field(join(o.tags, '\x1f'), 2000) << '\t'
                                      << (o.deprecated ? "1" : "") << '\t'
                                      << field(o.description, 2000) << '\n';
                                }});
}

void read_records(const std::string& file, const RecordSink& sink) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw std::runtime_error("can't read " + file);
  }
  std::string line;
  while (std::getline(in, line)) {
    const std::vector<std::string> f = split(line, '\t');
    if (f.front() == "D" && f.size() == 8) {
      sink.document({.key = f[1],
                     .api = f[1],
                     .title = f[2],
                     .version = f[3],
                     .description = f[7],
                     .servers = split(f[4], ' '),
                     .logo = f[5],
                     .preferred = !f[6].empty()});
    } else if (f.front() == "O" && f.size() == 9) {
      sink.operation({.id = f[1],
                      .method = f[2],
                      .path = f[3],
                      .operation_id = f[4],
                      .summary = f[5],
                      .description = f[8],
                      .tags = f[6].empty() ? std::vector<std::string>() : split(f[6], '\x1f'),
                      .deprecated = !f[7].empty()});
    } else {
      throw std::runtime_error("no record: " + line);
    }
  }
}

}  // namespace tartan::bench
