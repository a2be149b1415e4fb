#include "catalog/search/record_words.h"

#include <algorithm>
#include <array>

#include "catalog/search/document_rank.h"
#include "catalog/search/words.h"

namespace tartan::catalog {
namespace {

// More of a description says less: what an operation does stands in its first sentences.
constexpr std::size_t description_bytes_max = 280;
constexpr std::size_t about_bytes_max = 400;
constexpr std::size_t lead_bytes_max = 160;
constexpr std::size_t summary_bytes_max = 200;
constexpr std::size_t tags_max = 8;

void take_words(std::string_view text, std::uint8_t field, const TakeWord& take) {
  WordReader reader(text);
  Word word;
  while (reader.next(word)) {
    take(word.text, field);
  }
}

// The same, and "github" for "GitHub" as well.
void take_names(std::string_view text, std::uint8_t field, const TakeWord& take) {
  WordReader reader(text);
  Word word;
  std::string before;
  while (reader.next(word)) {
    take(word.text, field);
    if (word.joined && !before.empty()) {
      take(before + std::string(word.text), field);
    }
    before = word.text;
  }
}

std::string_view first_sentence(std::string_view text) {
  const std::size_t stop = std::min(text.find(". "), text.find('\n'));
  return text.substr(0, std::min(stop, lead_bytes_max));
}

bool is_noise(std::string_view label) {
  static constexpr std::array<std::string_view, 46> noise = {"amazonaws",
                                                             "blob",
                                                             "bing",
                                                             "cloudfront",
                                                             "facebook",
                                                             "github",
                                                             "githubusercontent",
                                                             "google",
                                                             "googleusercontent",
                                                             "raw",
                                                             "wikimedia",
                                                             "wikipedia",
                                                             "api",
                                                             "apis",
                                                             "app",
                                                             "assets",
                                                             "avatars",
                                                             "co",
                                                             "com",
                                                             "content",
                                                             "cdn",
                                                             "edu",
                                                             "files",
                                                             "gov",
                                                             "http",
                                                             "https",
                                                             "image",
                                                             "images",
                                                             "img",
                                                             "io",
                                                             "jpeg",
                                                             "jpg",
                                                             "local",
                                                             "localhost",
                                                             "logo",
                                                             "net",
                                                             "org",
                                                             "png",
                                                             "profile",
                                                             "public",
                                                             "size",
                                                             "static",
                                                             "svg",
                                                             "twitter",
                                                             "uploads",
                                                             "www"};
  return std::find(noise.begin(), noise.end(), label) != noise.end();
}

// Ids and hashes in a logo's address are no names.
bool looks_random(std::string_view word) {
  const auto digits =
      std::count_if(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
  return word.size() < 3 || digits > 2 || word.size() > 20;
}

std::string_view host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    url.remove_prefix(scheme + 3);
  } else if (url.starts_with('/')) {
    return {};
  }
  return url.substr(0, url.find('/'));
}

void take_host(std::string_view host, const TakeWord& take) {
  while (!host.empty()) {
    const std::size_t end = std::min(host.find_first_of(".:-"), host.size());
    const std::string_view label = host.substr(0, end);
    if (label.size() > 1 && label.find_first_of("{}") == std::string_view::npos &&
        !is_noise(label)) {
      take_words(label, format::host, take);
    }
    host.remove_prefix(std::min(end + 1, host.size()));
  }
}

// "just-eat.co.uk" is found by each of its words, and by "justeat" as by a name.
void take_provider(std::string_view provider, const TakeWord& take) {
  const std::string_view label = provider.substr(0, provider.find('.'));
  WordReader reader(provider);
  Word word;
  std::string whole;
  while (reader.next(word)) {
    whole += word.end <= label.size() ? word.text : std::string_view();
    if (word.text.size() == label.size() && word.begin == 0) {
      take(word.text, format::provider);
    } else if (word.end <= label.size() || !is_noise(word.text)) {
      take(word.text, format::provider_part);
    }
  }
  if (whole.size() < label.size()) {
    take(whole, format::provider);
  }
}

// A service of one word is a name ("gmail"); of several, each says less.
void take_service(std::string_view service, const TakeWord& take) {
  WordReader reader(service);
  Word word;
  std::string whole;
  std::size_t words = 0;
  while (reader.next(word)) {
    whole += word.text;
    ++words;
  }
  if (words == 1) {
    take(whole, format::service);
  } else {
    take_names(service, format::service_part, take);
  }
}

void take_logo(std::string_view url, const TakeWord& take) {
  const std::size_t query = url.find('?');
  WordReader reader(url.substr(0, query));
  Word word;
  while (reader.next(word)) {
    if (!is_noise(word.text) && !looks_random(word.text)) {
      take(word.text, format::logo);
    }
  }
}

// A part of a path may hold a parameter beside other text: "{Sid}.json", "{name}:cancel".
void take_segment(std::string_view segment, std::uint8_t field, const TakeWord& take) {
  while (!segment.empty()) {
    const std::size_t open = std::min(segment.find('{'), segment.size());
    take_names(segment.substr(0, open), field, take);
    const std::size_t close = std::min(segment.find('}', open), segment.size());
    if (open < segment.size()) {
      take_words(segment.substr(open, close - open), format::parameter, take);
    }
    segment.remove_prefix(std::min(close + 1, segment.size()));
  }
}

bool is_parameter_only(std::string_view segment) {
  return segment.starts_with('{') && segment.find('}') >= segment.size() - 1;
}

void take_path(std::string_view path, const TakeWord& take) {
  std::size_t tail_begin = std::string_view::npos;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at && !is_parameter_only(path.substr(at, end - at))) {
      tail_begin = at;
    }
    at = end + 1;
  }
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::uint8_t field = at == tail_begin ? format::path_tail : format::path;
    take_segment(path.substr(at, end - at), field, take);
    at = end + 1;
  }
}

}  // namespace

std::string plain_beginning(std::string_view description, std::size_t bytes_max) {
  std::string plain;
  for (std::size_t i = 0; i < description.size() && plain.size() < bytes_max; ++i) {
    const char c = description[i];
    const std::string_view rest = description.substr(i);
    if (c == '<') {
      i += std::min(rest.find('>'), rest.size() - 1);
      plain += ' ';
    } else if (rest.starts_with("http://") || rest.starts_with("https://") ||
               rest.starts_with("](")) {
      i += std::min(rest.find_first_of(" )\n\"<", 2), rest.size()) - 1;
      plain += ' ';
    } else {
      plain += c;
    }
  }
  return plain;
}

void words_of(const SearchOperation& operation, const TakeWord& take) {
  take_path(operation.path, take);
  take_words(operation.operation_id, format::operation_id, take);
  take_words(std::string_view(operation.summary).substr(0, summary_bytes_max), format::summary,
             take);
  for (std::size_t i = 0; i < std::min(operation.tags.size(), tags_max); ++i) {
    take_words(operation.tags[i], format::tag, take);
  }
  const std::string description = plain_beginning(operation.description, description_bytes_max);
  if (operation.summary.empty()) {
    take_words(first_sentence(description), format::lead, take);
  }
  take_words(description, format::description, take);
}

void words_of(const SearchDocument& document, const TakeWord& take) {
  take_provider(provider_of(document.api), take);
  take_service(service_of(document.api), take);
  take_names(document.title, format::title, take);
  for (const std::string& server : document.servers) {
    take_host(host_of(server), take);
  }
  take_logo(document.logo, take);
  take_names(plain_beginning(document.description, about_bytes_max), format::about, take);
}

}  // namespace tartan::catalog
