#include "openapi/bundle.h"

#include <algorithm>
#include <map>
#include <set>

#include "openapi/references.h"
#include "openapi/yaml.h"

namespace tartan::openapi {
namespace {

constexpr std::string_view kFiles = "x-tartan-files";

// "a/./b/../c" as "a/c"; nothing when it leads above the document's folder.
std::optional<std::string> normal_path(std::string_view path) {
  std::vector<std::string_view> steps;
  while (!path.empty()) {
    const std::string_view step = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), step.size() + 1));
    if (step == "..") {
      if (steps.empty()) {
        return std::nullopt;
      }
      steps.pop_back();
    } else if (!step.empty() && step != ".") {
      steps.push_back(step);
    }
  }
  std::string normal;
  for (const std::string_view step : steps) {
    normal += (normal.empty() ? "" : "/") + std::string(step);
  }
  return normal;
}

class Bundle {
 public:
  Bundle(Document& document, Files* files, const DocumentLimits& limits)
      : document_(document), files_(files), limits_(limits) {}

  void run() {
    edit(document_.root, "", "");
    while (!waiting_.empty()) {
      const std::string path = waiting_.back();
      waiting_.pop_back();
      edit(taken_.at(path), in_file(path, "").substr(1), path);
    }
    attach();
  }

 private:
  // `file` is where `value` stands: empty for the document itself.
  void edit(json::Value& value, const std::string& pointer, const std::string& file) {
    edit_references(value, pointer, [&](const std::string& here, boost::json::string& reference) {
      const std::string_view written(reference.data(), reference.size());
      if (auto changed = internal_form(written, file, here)) {
        reference = *changed;
      }
    });
  }

  std::optional<std::string> internal_form(std::string_view written, const std::string& file,
                                           const std::string& here) {
    const std::size_t hash = written.find('#');
    const std::string_view path = written.substr(0, hash);
    const std::string_view rest =
        hash == std::string_view::npos ? std::string_view() : written.substr(hash + 1);
    if (path.empty()) {
      return file.empty() ? std::nullopt : std::optional(in_file(file, rest));
    }
    if (path.find(':') != std::string_view::npos || path.starts_with('/')) {
      report(here, written, "it leads out of the document's folder, which is not followed");
      return std::nullopt;
    }
    const std::size_t folder = file.rfind('/');
    const auto target =
        normal_path((folder == std::string::npos ? std::string() : file.substr(0, folder + 1)) +
                    percent_decoded(path));
    if (!target || target->empty()) {
      report(here, written, "it leads out of the document's folder, which is not followed");
      return std::nullopt;
    }
    if (files_ != nullptr && *target == files_->own_name()) {
      return "#" + std::string(rest);
    }
    if (!take(*target, here, written)) {
      return std::nullopt;
    }
    return in_file(*target, rest);
  }

  static std::string in_file(const std::string& file, std::string_view rest) {
    return "#/" + std::string(kFiles) + "/" + json::pointer_token(file) + std::string(rest);
  }

  bool take(const std::string& path, const std::string& here, std::string_view written) {
    if (taken_.contains(path)) {
      return true;
    }
    if (failed_.contains(path)) {
      report(here, written, "that file could not be read");
      return false;
    }
    auto text = load(path);
    if (!text) {
      failed_.insert(path);
      report(here, written, text.error().message);
      return false;
    }
    auto parsed = parse_text(*text, document_.root.storage(), limits_);
    if (!parsed) {
      failed_.insert(path);
      report(here, written, "that file can't be parsed: " + parsed.error().message);
      return false;
    }
    taken_.emplace(path, std::move(parsed->value));
    waiting_.push_back(path);
    return true;
  }

  Result<std::string> load(const std::string& path) {
    if (files_ == nullptr) {
      return Error{Fault::forbidden, "other files are not read here"};
    }
    if (++count_ > limits_.files) {
      return Error{Fault::too_large,
                   "the document refers to more than " + std::to_string(limits_.files) + " files"};
    }
    auto text = files_->load(path);
    if (text) {
      bytes_ += text->size();
      if (bytes_ > limits_.bytes) {
        return Error{Fault::too_large, "the document's files are too large together"};
      }
    }
    return text;
  }

  // At the end: the tree must not grow while its references are visited.
  void attach() {
    if (taken_.empty()) {
      return;
    }
    json::Object all(document_.root.storage());
    for (auto& [path, file] : taken_) {
      all.emplace(path, std::move(file));
    }
    document_.root.get_object()[kFiles] = std::move(all);
  }

  void report(const std::string& here, std::string_view written, std::string_view why) {
    document_.add(
        Finding::Kind::skipped, here,
        "the reference '" + std::string(written) + "' is not resolved: " + std::string(why));
  }

  Document& document_;
  Files* files_;
  const DocumentLimits& limits_;
  std::map<std::string, json::Value> taken_;
  std::vector<std::string> waiting_;
  std::set<std::string> failed_;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace

Result<json::Lenient, json::SyntaxError> parse_text(std::string_view text, json::Storage storage,
                                                    const DocumentLimits& limits) {
  const json::Limits bounds{limits.depth, limits.values};
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json =
      first != std::string_view::npos && (text[first] == '{' || text[first] == '[');
  if (!is_json) {
    return parse_yaml(text, std::move(storage), bounds);
  }
  auto parsed = json::parse_lenient(text, storage, bounds);
  if (parsed) {
    return parsed;
  }
  // YAML may begin with a brace too; when it is neither, what JSON says is the better help.
  if (text.size() < 1024UL * 1024) {
    auto yaml = parse_yaml(text, std::move(storage), bounds);
    if (yaml) {
      return yaml;
    }
  }
  return parsed;
}

void take_in_files(Document& document, Files* files, const DocumentLimits& limits) {
  Bundle(document, files, limits).run();
}

}  // namespace tartan::openapi
