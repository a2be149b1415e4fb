#include "catalog/search/document_rank.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "catalog/search/words.h"

namespace tartan::catalog {
namespace {

constexpr std::array<std::string_view, 20> kSideWords = {
    "alpha",   "ae",      "beta",     "dev",    "enterprise", "experimental", "ghe",
    "ghec",    "ghes",    "internal", "legacy", "old",        "partner",      "plugin",
    "preview", "sandbox", "staging",  "test",   "testing",    "unofficial"};

constexpr float kSideFactor = 0.8F;
constexpr float kOlderFactor = 0.85F;
constexpr float kSmallFactor = 0.9F;        // for a side API that is tiny beside the main one
constexpr float kBesideMainFactor = 0.92F;  // beside a document that is the provider's own API
constexpr float kLocalFactor = 0.95F;       // runs somewhere else for everybody
constexpr float kTitleFactor = 0.95F;       // a provider's own document that is titled otherwise

bool is_side_word(std::string_view word) {
  while (!word.empty() && word.back() >= '0' && word.back() <= '9') {
    word.remove_suffix(1);
  }
  // "v1beta1", "2019-03-01preview"
  if (word.ends_with("beta") || word.ends_with("alpha") || word.ends_with("preview")) {
    return true;
  }
  return std::find(kSideWords.begin(), kSideWords.end(), word) != kSideWords.end();
}

bool has_side_word(std::string_view text) {
  WordReader reader(text);
  Word word;
  while (reader.next(word)) {
    if (is_side_word(word.text)) {
      return true;
    }
  }
  return false;
}

bool is_version_word(std::string_view word) {
  if (word.starts_with('v') && word.size() > 1) {
    word.remove_prefix(1);
  }
  return !word.empty() && word.front() >= '0' && word.front() <= '9';
}

// What tells a document from other versions of the same API: its name without numbers.
std::string family_of(const RankedDocument& document) {
  std::string family(provider_of(document.api));
  WordReader reader(service_of(document.api));
  Word word;
  while (reader.next(word)) {
    if (!is_version_word(word.text) && !is_side_word(word.text)) {
      family += '/';
      family += word.text;
    }
  }
  return family;
}

// The numbers in a document's name and version, to compare versions by.
std::vector<std::uint64_t> numbers_of(const RankedDocument& document) {
  std::vector<std::uint64_t> numbers;
  for (const std::string_view text : {service_of(document.api), document.version}) {
    std::uint64_t number = 0;
    bool inside = false;
    for (const char c : text) {
      if (c >= '0' && c <= '9') {
        number = std::min<std::uint64_t>(number, 1'000'000'000'000) * 10 +
                 static_cast<std::uint64_t>(c - '0');
        inside = true;
      } else if (inside) {
        numbers.push_back(number);
        number = 0;
        inside = false;
      }
    }
    if (inside) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

bool title_names_provider(const RankedDocument& document) {
  std::string title;
  WordReader reader(document.title);
  Word word;
  while (reader.next(word)) {
    title += word.text;
  }
  WordReader labels(provider_of(document.api));
  return labels.next(word) && title.find(word.text) != std::string::npos;
}

// Whether the name says that this is the provider's API, not one of several: "twilio.com/api",
// "github.com/api.github.com", "slack.com".
bool is_named_main(const RankedDocument& document) {
  const std::string_view service = service_of(document.api);
  const std::string_view provider = provider_of(document.api);
  if (service.empty()) {
    return title_names_provider(document);
  }
  return service == "api" || service == "main" || service == "core" || service == "current" ||
         service == "rest" || service == provider.substr(0, provider.find('.')) ||
         (service.starts_with("api.") && service.substr(4) == provider);
}

float size_factor(std::uint32_t operations, std::uint32_t most) {
  const float share = std::sqrt(static_cast<float>(operations + 1) / static_cast<float>(most + 1));
  return kSmallFactor + (1 - kSmallFactor) * std::min(1.0F, share);
}

}  // namespace

std::string_view provider_of(std::string_view api) { return api.substr(0, api.find('/')); }

std::string_view service_of(std::string_view api) {
  const std::size_t slash = api.find('/');
  return slash == std::string_view::npos ? std::string_view() : api.substr(slash + 1);
}

std::vector<float> rank_documents(const std::vector<RankedDocument>& documents) {
  std::map<std::string_view, std::uint32_t> most;  // operations of a provider's largest main API
  std::map<std::string, std::vector<std::size_t>> families;
  std::set<std::string_view> with_main;
  std::vector<float> factors(documents.size(), 1);
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const RankedDocument& document = documents[i];
    families[family_of(document)].push_back(i);
    if (is_named_main(document)) {
      with_main.insert(provider_of(document.api));
    }
    if (has_side_word(service_of(document.api)) || has_side_word(document.version)) {
      factors[i] *= kSideFactor;
    } else {
      std::uint32_t& largest = most[provider_of(document.api)];
      largest = std::max(largest, document.operation_count);
    }
  }
  for (const auto& [family, members] : families) {
    std::vector<std::uint64_t> newest;
    for (const std::size_t i : members) {
      newest = std::max(newest, numbers_of(documents[i]));
    }
    for (const std::size_t i : members) {
      if (numbers_of(documents[i]) < newest && !documents[i].preferred) {
        factors[i] *= kOlderFactor;
      }
    }
  }
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const std::string_view provider = provider_of(documents[i].api);
    factors[i] *= size_factor(documents[i].operation_count, most[provider]);
    if (provider.ends_with(".local")) {
      factors[i] *= kLocalFactor;
    }
    if (with_main.contains(provider) && !is_named_main(documents[i])) {
      factors[i] *= kBesideMainFactor;
    }
    if (service_of(documents[i].api).empty() && !title_names_provider(documents[i])) {
      factors[i] *= kTitleFactor;
    }
  }
  return factors;
}

}  // namespace tartan::catalog
