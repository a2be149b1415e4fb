#include "openapi/document.h"

#include <algorithm>

#include "base/utf8.h"
#include "openapi/bundle.h"
#include "openapi/repair.h"
#include "openapi/swagger2.h"

namespace tartan::openapi {
namespace {

using Kind = Finding::Kind;

// Bytes that are no UTF-8 become the replacement character.
std::string mend_utf8(std::string_view text) {
  std::string mended;
  mended.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 1;
    const auto first = static_cast<unsigned char>(text[i]);
    length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    const std::string_view character = text.substr(i, length);
    if (character.size() == length && is_utf8(character)) {
      mended.append(character);
      i += length;
    } else {
      mended.append("\xEF\xBF\xBD");
      ++i;
    }
  }
  return mended;
}

std::size_t line_of(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(
                 text.begin(),
                 text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size())), '\n'));
}

// "2.0", "3.1.0"; empty when the document does not say what it is.
std::string version_of(const json::Object& root) {
  for (const std::string_view name : {"openapi", "swagger"}) {
    const json::Value* version = json::find(root, name);
    if (version != nullptr && version->is_string()) {
      return std::string(version->get_string().data(), version->get_string().size());
    }
    if (version != nullptr && version->is_number()) {
      std::string text = json::print(*version);
      return text.find('.') == std::string::npos ? text + ".0" : text;
    }
  }
  return "";
}

Result<Done> bring_into_shape(Document& document, const DocumentLimits& limits) {
  const std::string& version = document.written_as;
  if (version.empty()) {
    return Error{Fault::not_found,
                 "it is no API description: expected a member openapi (3.0, 3.1) or swagger (2.0)"};
  }
  if (version == "2" || version.starts_with("2.")) {
    convert_swagger2(document);
  } else if (!version.starts_with("3.")) {
    return Error{Fault::invalid, "version '" + version.substr(0, 40) +
                                     "' is not read: expected OpenAPI 3.0 or 3.1, or Swagger 2.0"};
  } else if (!version.starts_with("3.0") && !version.starts_with("3.1")) {
    document.add(Kind::repaired, "/openapi", "version " + version + " is read as 3.1");
  }
  return repair(document, limits);
}

}  // namespace

std::string_view name_of(Finding::Kind kind) {
  return kind == Kind::repaired ? "repaired" : "skipped";
}

void Document::add(Finding::Kind kind, std::string pointer, std::string message) {
  if (findings.size() >= findings_max) {
    ++findings_left_out;
    return;
  }
  findings.push_back({kind, std::move(pointer), std::move(message)});
}

bool is_method(std::string_view lower_case) {
  return std::find(std::begin(kMethods), std::end(kMethods), lower_case) != std::end(kMethods);
}

Result<Document> read_document(std::string_view text, Files* files, const DocumentLimits& limits) {
  if (text.size() > limits.bytes) {
    return Error{Fault::too_large,
                 "it has more than " + std::to_string(limits.bytes / (1024UL * 1024)) + " MiB"};
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  Document document;
  document.findings_max = limits.findings;
  std::string mended;
  if (!is_utf8(text)) {
    mended = mend_utf8(text);
    text = mended;
    document.add(Kind::repaired, "", "bytes that are no UTF-8 are replaced");
  }
  document.memory =
      std::make_unique<boost::json::monotonic_resource>(std::max<std::size_t>(text.size(), 4096));
  auto parsed = parse_text(text, json::Storage(document.memory.get()), limits);
  if (!parsed) {
    return Error{Fault::invalid, "line " + std::to_string(line_of(text, parsed.error().offset)) +
                                     ": " + parsed.error().message};
  }
  if (!parsed->value.is_object()) {
    return Error{Fault::not_found, "it is no API description: expected an object"};
  }
  if (parsed->repeated) {
    document.add(Kind::repaired, "", "members of one name stand in one object; the last counts");
  }
  std::destroy_at(&document.root);
  std::construct_at(&document.root, std::move(parsed->value));
  document.written_as = version_of(document.root.get_object());
  take_in_files(document, files, limits);
  if (auto shaped = bring_into_shape(document, limits); !shaped) {
    return std::move(shaped).error();
  }
  return document;
}

}  // namespace tartan::openapi
