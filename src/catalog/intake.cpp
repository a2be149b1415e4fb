#include "catalog/intake.h"

#include <algorithm>
#include <unordered_map>

#include "catalog/fingerprint.h"
#include "json/text.h"
#include "openapi/operation.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;
using openapi::text_member;

// What search and lists show; the whole text stands in the document.
constexpr std::size_t kSummaryMax = 300;
constexpr std::size_t kDescriptionMax = 300;
constexpr std::size_t kAboutMax = 600;
constexpr std::size_t kNameMax = 200;
constexpr std::size_t kTagsMax = 20;
constexpr std::size_t kServersMax = 20;
constexpr std::size_t kSlugMax = 60;

// On one line, without control characters, cut at a character's beginning.
std::string line_of(std::string_view text, std::size_t bytes_max) {
  std::string line;
  for (const char c : text) {
    const bool is_blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
    if (!is_blank) {
      line.push_back(c);
    } else if (!line.empty() && line.back() != ' ') {
      line.push_back(' ');
    }
    if (line.size() > bytes_max) {
      break;
    }
  }
  if (line.size() > bytes_max) {
    std::size_t end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U) {
      --end;
    }
    line.resize(end);
  }
  while (line.ends_with(' ')) {
    line.pop_back();
  }
  return line;
}

const Object* object_member(const Object& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value != nullptr ? value->if_object() : nullptr;
}

std::string slug_of(std::string_view text) {
  std::string slug;
  for (const char c : text) {
    const auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const bool plain =
        (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') || lower == '.';
    if (plain) {
      slug.push_back(lower);
    } else if (!slug.empty() && slug.back() != '_') {
      slug.push_back('_');
    }
    if (slug.size() >= kSlugMax) {
      break;
    }
  }
  while (slug.ends_with('_') || slug.ends_with('.')) {
    slug.pop_back();
  }
  return slug;
}

std::vector<std::string> server_urls(const Object& root) {
  std::vector<std::string> urls;
  const Value* servers = json::find(root, "servers");
  if (servers == nullptr || !servers->is_array()) {
    return urls;
  }
  for (const Value& server : servers->get_array()) {
    if (server.is_object() && urls.size() < kServersMax) {
      urls.push_back(line_of(text_member(server.get_object(), "url"), kNameMax));
    }
  }
  return urls;
}

// "https://api.eu.example.co.uk/v1" as "example.co.uk"; empty when there is no host in it.
std::string domain_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  std::string_view host = scheme == std::string_view::npos
                              ? (url.starts_with("//") ? url.substr(2) : std::string_view())
                              : url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/:?#"));
  if (host.empty() || host.find_first_of("{}@[") != std::string_view::npos ||
      host.find_first_not_of("0123456789.") == std::string_view::npos) {
    return "";
  }
  std::vector<std::string> labels;
  while (!host.empty()) {
    const std::string_view label = host.substr(0, host.find('.'));
    labels.push_back(slug_of(label));
    host.remove_prefix(std::min(host.size(), label.size() + 1));
  }
  const std::size_t count = labels.size();
  const bool has_country =
      count >= 3 && labels[count - 1].size() == 2 && labels[count - 2].size() <= 3;
  const std::size_t wanted = std::min<std::size_t>(count, has_country ? 3 : 2);
  std::string domain;
  for (std::size_t i = count - wanted; i < count; ++i) {
    domain += (domain.empty() ? "" : ".") + labels[i];
  }
  return domain;
}

std::vector<std::string> tags_of(const Object& operation) {
  std::vector<std::string> tags;
  const Value* list = json::find(operation, "tags");
  for (std::size_t i = 0; list != nullptr && list->is_array() && i < list->get_array().size();
       ++i) {
    const Value& tag = list->get_array()[i];
    if ((tag.is_string() || tag.is_number()) && tags.size() < kTagsMax) {
      tags.push_back(line_of(
          tag.is_string() ? std::string(view(tag.get_string())) : json::print(tag), kNameMax));
    }
  }
  return tags;
}

// What a part's place in the document says of an operation; nothing when it is none.
struct Place {
  std::string path;
  std::string method;
  std::string item;  // the pointer of its path
};
std::optional<Place> operation_place(const std::string& pointer) {
  if (!pointer.starts_with("/paths/")) {
    return std::nullopt;
  }
  const auto tokens = json::split_pointer(pointer);
  if (!tokens || tokens->size() != 3) {
    return std::nullopt;
  }
  return Place{(*tokens)[1], (*tokens)[2], pointer.substr(0, pointer.rfind('/'))};
}

OperationRow operation_row(const Place& place, const Object& operation, const Object* item) {
  OperationRow row;
  row.method = place.method;
  std::transform(row.method.begin(), row.method.end(), row.method.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  row.path = place.path;
  row.name = line_of(text_member(operation, "operationId"), kNameMax);
  row.summary = line_of(text_member(operation, "summary"), kSummaryMax);
  row.description = line_of(text_member(operation, "description"), kDescriptionMax);
  if (item != nullptr && row.summary.empty() && row.description.empty()) {
    row.summary = line_of(text_member(*item, "summary"), kSummaryMax);
    row.description = line_of(text_member(*item, "description"), kDescriptionMax);
  }
  row.tags = tags_of(operation);
  row.deprecated = openapi::flag_member(operation, "deprecated");
  return row;
}

// What an operation depends on beside its own text: its path's members, and what proves who asks.
crypto::Hash fingerprint_of(const crypto::Hash& operation, const crypto::Hash* item,
                            const std::string& security) {
  crypto::Digest digest;
  digest.add(crypto::view(operation));
  if (item != nullptr) {
    digest.add(crypto::view(*item));
  }
  digest.add(security);
  return digest.take();
}

// The schemes that an operation names, as text.
std::string security_text(const Object& root, const Object& operation) {
  const Value* wanted = json::find(operation, "security");
  if (wanted == nullptr) {
    wanted = json::find(root, "security");
  }
  if (wanted == nullptr || !wanted->is_array()) {
    return "";
  }
  std::string text = json::print(*wanted);
  const Object* components = object_member(root, "components");
  const Object* schemes =
      components != nullptr ? object_member(*components, "securitySchemes") : nullptr;
  for (const Value& alternative : wanted->get_array()) {
    if (schemes == nullptr || !alternative.is_object()) {
      continue;
    }
    for (const auto& use : alternative.get_object()) {
      if (const Value* scheme = json::find(*schemes, view(use.key()))) {
        text += json::print(*scheme);
      }
    }
  }
  return text;
}

std::string print_findings(const openapi::Document& document) {
  Array list;
  for (const openapi::Finding& one : document.findings) {
    list.push_back(Object{
        {"kind", openapi::name_of(one.kind)}, {"pointer", one.pointer}, {"message", one.message}});
  }
  if (document.findings_left_out > 0) {
    list.push_back(Object{{"kind", "skipped"},
                          {"pointer", ""},
                          {"message", "and " + std::to_string(document.findings_left_out) +
                                          " more that are not listed"}});
  }
  return json::print(list);
}

void fill_row(const openapi::Document& document, const Origin& origin, std::string_view text,
              DocumentRow& row) {
  const Object& root = document.root.get_object();
  const Object& info = root.at("info").get_object();
  row.api = api_of(document, origin);
  row.title = line_of(text_member(info, "title"), kNameMax);
  if (row.title.empty()) {
    row.title = row.api;
  }
  row.version = line_of(text_member(info, "version"), kNameMax);
  row.source = origin.source;
  row.source_digest = crypto::digest(text);
  row.written_as = line_of(document.written_as, kNameMax);
  row.preferred = openapi::flag_member(info, "x-preferred");
  row.description = line_of(text_member(info, "description"), kAboutMax);
  row.servers = server_urls(root);
  if (const Object* logo = object_member(info, "x-logo")) {
    row.logo = line_of(text_member(*logo, "url"), kNameMax);
  }
  row.bytes = static_cast<std::int64_t>(text.size());
}

}  // namespace

std::string api_of(const openapi::Document& document, const Origin& origin) {
  if (!origin.api.empty()) {
    return origin.api;
  }
  const Object& root = document.root.get_object();
  const Object& info = root.at("info").get_object();
  std::string api = line_of(text_member(info, "x-providerName"), kNameMax);
  if (!api.empty()) {
    const std::string service = line_of(text_member(info, "x-serviceName"), kNameMax);
    return service.empty() ? api : api + "/" + service;
  }
  for (const std::string& url : server_urls(root)) {
    api = domain_of(url);
    if (!api.empty()) {
      return api;
    }
  }
  api = slug_of(text_member(info, "title"));
  return api.empty() ? (origin.name.empty() ? "unnamed" : slug_of(origin.name)) : api;
}

PreparedDocument take_in(const openapi::Document& document, const Origin& origin,
                         std::string_view text) {
  PreparedDocument made;
  fill_row(document, origin, text, made.row);
  const std::vector<openapi::Part> parts = openapi::parts_of(document);
  std::vector<crypto::Hash> own;
  own.reserve(parts.size());
  BlockWriter blocks;
  std::string printed;
  for (const openapi::Part& part : parts) {
    printed.clear();
    openapi::print_part(part, printed);
    own.push_back(crypto::digest(printed));
    blocks.add(part.pointer, printed);
  }
  made.blocks = blocks.take();
  const std::vector<crypto::Hash> deep = deep_fingerprints(parts, own);
  std::unordered_map<std::string_view, std::size_t> items;  // paths that have members of their own
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (openapi::is_path_item(parts[i].pointer)) {
      items.emplace(parts[i].pointer, i);
    }
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto place = operation_place(parts[i].pointer);
    if (!place || !parts[i].value->is_object()) {
      continue;
    }
    const auto item = items.find(place->item);
    const bool has_item = item != items.end();
    OperationRow row = operation_row(*place, parts[i].value->get_object(),
                                     has_item ? parts[item->second].value->if_object() : nullptr);
    row.fingerprint =
        fingerprint_of(deep[i], has_item ? &deep[item->second] : nullptr,
                       security_text(document.root.get_object(), parts[i].value->get_object()));
    made.operations.push_back(std::move(row));
  }
  made.row.operations = static_cast<std::int64_t>(made.operations.size());
  made.findings = print_findings(document);
  return made;
}

void give_ids(PreparedDocument& document) {
  constexpr std::size_t digits = 10;
  const std::string api = slug_of(document.row.api);
  for (OperationRow& one : document.operations) {
    const crypto::Hash hash =
        crypto::digest(document.row.key + "\n" + one.method + "\n" + one.path);
    const std::string middle = slug_of(one.name.empty() ? one.path : one.name);
    one.id = api + "-" + (middle.empty() ? "root" : middle) + "-" + slug_of(one.method) + "-" +
             crypto::to_hex(crypto::view(hash)).substr(0, digits);
  }
}

}  // namespace tartan::catalog
