#include "catalog/curl_options.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tartan::catalog {
namespace {

enum class Use {
  url,
  method,
  header,
  data,
  data_raw,
  data_binary,
  data_urlencode,
  json,
  form,
  form_string,
  query,
  user,
  bearer,
  cookie,
  agent,
  referer,
  upload,
  get,
  head,
  no_globs,
  seconds_max,
  connect_seconds,
  retries,
  retry_delay,
  range,
  next,
  quiet,  // about the terminal or the answer: says nothing about the request
  lost,   // a task can't do it: warned of
};

struct Option {
  std::string_view name;
  char letter;
  bool has_value;
  Use use;
};

constexpr Option kOptions[] = {
    {"url", 0, true, Use::url},
    {"request", 'X', true, Use::method},
    {"header", 'H', true, Use::header},
    {"data", 'd', true, Use::data},
    {"data-ascii", 0, true, Use::data},
    {"data-raw", 0, true, Use::data_raw},
    {"data-binary", 0, true, Use::data_binary},
    {"data-urlencode", 0, true, Use::data_urlencode},
    {"json", 0, true, Use::json},
    {"form", 'F', true, Use::form},
    {"form-string", 0, true, Use::form_string},
    {"url-query", 0, true, Use::query},
    {"user", 'u', true, Use::user},
    {"oauth2-bearer", 0, true, Use::bearer},
    {"cookie", 'b', true, Use::cookie},
    {"user-agent", 'A', true, Use::agent},
    {"referer", 'e', true, Use::referer},
    {"upload-file", 'T', true, Use::upload},
    {"get", 'G', false, Use::get},
    {"head", 'I', false, Use::head},
    {"globoff", 'g', false, Use::no_globs},
    {"max-time", 'm', true, Use::seconds_max},
    {"connect-timeout", 0, true, Use::connect_seconds},
    {"retry", 0, true, Use::retries},
    {"retry-delay", 0, true, Use::retry_delay},
    {"range", 'r', true, Use::range},
    {"next", ':', false, Use::next},
    // The terminal, the answer, and how the connection is made.
    {"silent", 's', false, Use::quiet},
    {"show-error", 'S', false, Use::quiet},
    {"include", 'i', false, Use::quiet},
    {"verbose", 'v', false, Use::quiet},
    {"output", 'o', true, Use::quiet},
    {"output-dir", 0, true, Use::quiet},
    {"create-dirs", 0, false, Use::quiet},
    {"remote-name", 'O', false, Use::quiet},
    {"remote-name-all", 0, false, Use::quiet},
    {"remote-header-name", 'J', false, Use::quiet},
    {"write-out", 'w', true, Use::quiet},
    {"dump-header", 'D', true, Use::quiet},
    {"cookie-jar", 'c', true, Use::quiet},
    {"fail", 'f', false, Use::quiet},
    {"fail-with-body", 0, false, Use::quiet},
    {"fail-early", 0, false, Use::quiet},
    {"progress-bar", '#', false, Use::quiet},
    {"progress-meter", 0, false, Use::quiet},
    {"no-buffer", 'N', false, Use::quiet},
    {"buffer", 0, false, Use::quiet},
    {"location", 'L', false, Use::quiet},
    {"max-redirs", 0, true, Use::quiet},
    {"post301", 0, false, Use::quiet},
    {"post302", 0, false, Use::quiet},
    {"post303", 0, false, Use::quiet},
    {"compressed", 0, false, Use::quiet},
    {"basic", 0, false, Use::quiet},
    {"http1.1", 0, false, Use::quiet},
    {"http1.0", '0', false, Use::quiet},
    {"http2", 0, false, Use::quiet},
    {"http2-prior-knowledge", 0, false, Use::quiet},
    {"http3", 0, false, Use::quiet},
    {"tlsv1", '1', false, Use::quiet},
    {"tlsv1.0", 0, false, Use::quiet},
    {"tlsv1.1", 0, false, Use::quiet},
    {"tlsv1.2", 0, false, Use::quiet},
    {"tlsv1.3", 0, false, Use::quiet},
    {"ipv4", '4', false, Use::quiet},
    {"ipv6", '6', false, Use::quiet},
    {"path-as-is", 0, false, Use::quiet},
    {"keepalive", 0, false, Use::quiet},
    {"keepalive-time", 0, true, Use::quiet},
    {"tcp-nodelay", 0, false, Use::quiet},
    {"sessionid", 0, false, Use::quiet},
    {"alpn", 0, false, Use::quiet},
    {"clobber", 0, false, Use::quiet},
    {"retry-connrefused", 0, false, Use::quiet},
    {"retry-all-errors", 0, false, Use::quiet},
    {"retry-max-time", 0, true, Use::quiet},
    {"limit-rate", 0, true, Use::quiet},
    {"speed-limit", 'Y', true, Use::quiet},
    {"speed-time", 'y', true, Use::quiet},
    {"expect100-timeout", 0, true, Use::quiet},
    {"max-filesize", 0, true, Use::quiet},
    {"no-progress-meter", 0, false, Use::quiet},
    {"trace", 0, true, Use::quiet},
    {"trace-ascii", 0, true, Use::quiet},
    {"trace-time", 0, false, Use::quiet},
    {"stderr", 0, true, Use::quiet},
    {"styled-output", 0, false, Use::quiet},
    {"proto", 0, true, Use::quiet},
    {"proto-redir", 0, true, Use::quiet},
    {"junk-session-cookies", 'j', false, Use::quiet},
    {"disable", 'q', false, Use::quiet},
    {"parallel", 'Z', false, Use::quiet},
    // What a task can't do.
    {"insecure", 'k', false, Use::lost},
    {"proxy-insecure", 0, false, Use::lost},
    {"location-trusted", 0, false, Use::lost},
    {"proxy", 'x', true, Use::lost},
    {"proxy-user", 'U', true, Use::lost},
    {"proxy-header", 0, true, Use::lost},
    {"proxytunnel", 'p', false, Use::lost},
    {"noproxy", 0, true, Use::lost},
    {"preproxy", 0, true, Use::lost},
    {"socks4", 0, true, Use::lost},
    {"socks5", 0, true, Use::lost},
    {"socks5-hostname", 0, true, Use::lost},
    {"cert", 'E', true, Use::lost},
    {"cert-type", 0, true, Use::lost},
    {"key", 0, true, Use::lost},
    {"key-type", 0, true, Use::lost},
    {"pass", 0, true, Use::lost},
    {"cacert", 0, true, Use::lost},
    {"capath", 0, true, Use::lost},
    {"crlfile", 0, true, Use::lost},
    {"pinnedpubkey", 0, true, Use::lost},
    {"ciphers", 0, true, Use::lost},
    {"tls13-ciphers", 0, true, Use::lost},
    {"tls-max", 0, true, Use::lost},
    {"resolve", 0, true, Use::lost},
    {"connect-to", 0, true, Use::lost},
    {"dns-servers", 0, true, Use::lost},
    {"doh-url", 0, true, Use::lost},
    {"interface", 0, true, Use::lost},
    {"local-port", 0, true, Use::lost},
    {"unix-socket", 0, true, Use::lost},
    {"abstract-unix-socket", 0, true, Use::lost},
    {"netrc", 'n', false, Use::lost},
    {"netrc-optional", 0, false, Use::lost},
    {"netrc-file", 0, true, Use::lost},
    {"digest", 0, false, Use::lost},
    {"ntlm", 0, false, Use::lost},
    {"negotiate", 0, false, Use::lost},
    {"anyauth", 0, false, Use::lost},
    {"aws-sigv4", 0, true, Use::lost},
    {"delegation", 0, true, Use::lost},
    {"config", 'K', true, Use::lost},
    {"continue-at", 'C', true, Use::lost},
    {"time-cond", 'z', true, Use::lost},
    {"etag-compare", 0, true, Use::lost},
    {"etag-save", 0, true, Use::lost},
    {"request-target", 0, true, Use::lost},
    {"form-escape", 0, false, Use::lost},
    {"variable", 0, true, Use::lost},
    {"haproxy-protocol", 0, false, Use::lost},
    {"use-ascii", 'B', false, Use::lost},
    {"quote", 'Q', true, Use::lost},
    {"telnet-option", 't', true, Use::lost},
    {"rate", 0, true, Use::lost},
    {"crlf", 0, false, Use::lost},
    {"tr-encoding", 0, false, Use::lost},
    {"raw", 0, false, Use::lost},
    {"ignore-content-length", 0, false, Use::lost},
};

const Option* by_name(std::string_view name) {
  const auto* found = std::find_if(std::begin(kOptions), std::end(kOptions),
                                   [&](const Option& one) { return one.name == name; });
  return found != std::end(kOptions) ? found : nullptr;
}

const Option* by_letter(char letter) {
  const auto* found = std::find_if(std::begin(kOptions), std::end(kOptions),
                                   [&](const Option& one) { return one.letter == letter; });
  return letter != 0 && found != std::end(kOptions) ? found : nullptr;
}

// How a text with variables reads in a message.
std::string shown(const Text& text) {
  std::string made;
  for (const Piece& one : text) {
    made += one.is_placeholder ? "$" + one.text : one.text;
  }
  return made.size() > 100 ? made.substr(0, 100) + "…" : made;
}

class OptionReader {
 public:
  OptionReader(const std::vector<ShellWord>& words, std::string_view source)
      : words_(words), source_(source) {}

  Result<CurlOptions> run() {
    while (at_ < words_.size() && error_.empty() && !ended_) {
      const ShellWord& word = words_[at_++];
      const bool is_literal_start = !word.text.empty() && !word.text.front().is_placeholder;
      const std::string_view first =
          is_literal_start ? std::string_view(word.text.front().text) : std::string_view();
      if (only_urls_ || !first.starts_with('-') || first == "-") {
        made_.urls.push_back(word.text);
      } else if (first == "--" && word.text.size() == 1) {
        only_urls_ = true;
      } else if (first.starts_with("--")) {
        long_option(word, first.substr(2));
      } else {
        short_options(word);
      }
    }
    if (!error_.empty()) {
      return Error{Fault::invalid, error_};
    }
    return std::move(made_);
  }

 private:
  std::string where(const ShellWord& word) const { return " at " + place_in(source_, word.offset); }

  // "--request=POST" is no curl, but people write it.
  void long_option(const ShellWord& word, std::string_view name) {
    const std::size_t equals = name.find('=');
    const std::string_view bare = name.substr(0, equals);
    const Option* option = by_name(bare);
    const bool is_negation = option == nullptr && bare.starts_with("no-") &&
                             by_name(bare.substr(3)) != nullptr &&
                             !by_name(bare.substr(3))->has_value;
    if (option == nullptr) {
      if (!is_negation) {
        unknown(word, "--" + std::string(bare));
      }
      return;
    }
    if (!option->has_value) {
      apply(*option, {}, word);
    } else if (equals != std::string_view::npos) {
      apply(*option, without_prefix(word.text, 2 + equals + 1), word);
    } else {
      apply_next(*option, word, "--" + std::string(bare));
    }
  }

  // "-sSLXPOST": letters, the last with its value behind it or in the next word.
  void short_options(const ShellWord& word) {
    const std::string& letters = word.text.front().text;
    for (std::size_t i = 1; i < letters.size() && error_.empty(); ++i) {
      const Option* option = by_letter(letters[i]);
      if (option == nullptr) {
        unknown(word, "-" + letters.substr(i, 1));
        return;
      }
      if (!option->has_value) {
        apply(*option, {}, word);
        continue;
      }
      if (i + 1 < letters.size() || word.text.size() > 1) {
        apply(*option, without_prefix(word.text, i + 1), word);
      } else {
        apply_next(*option, word, "-" + letters.substr(i, 1));
      }
      return;
    }
  }

  void apply_next(const Option& option, const ShellWord& word, const std::string& written) {
    if (at_ >= words_.size()) {
      error_ = "the option " + written + where(word) + " has no value";
      return;
    }
    apply(option, words_[at_++].text, word);
  }

  // Whether it takes a value nobody knows; a word behind it that is no option and no address
  // probably is one.
  void unknown(const ShellWord& word, const std::string& written) {
    std::string with;
    if (at_ + 1 < words_.size() || !made_.urls.empty()) {
      const std::string next = at_ < words_.size() ? literal_of(words_[at_].text) : "-";
      if (!next.starts_with('-') && next.find("://") == std::string::npos &&
          next.find('.') == std::string::npos && !has_placeholder(words_[at_].text)) {
        with = " and the word behind it";
        ++at_;
      }
    }
    made_.warnings.push_back("the option '" + written.substr(0, 60) + "'" + where(word) +
                             " is not known: it" + with + (with.empty() ? " is" : " are") +
                             " left out");
  }

  void number(const Option& option, const Text& value, const ShellWord& word,
              std::optional<double>& to) {
    const std::string text = literal_of(value);
    double parsed = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), parsed);
    if (has_placeholder(value) || read.ec != std::errc{} || read.ptr != text.data() + text.size() ||
        !(parsed >= 0 && parsed <= 1e9)) {
      made_.warnings.push_back("--" + std::string(option.name) + where(word) + ": '" +
                               shown(value) + "' is no number that is understood; it is left out");
      return;
    }
    to = parsed;
  }

  void take_method(const Text& value, const ShellWord& word) {
    constexpr std::string_view known[] = {"GET",   "HEAD",   "POST",   "PUT",
                                          "PATCH", "DELETE", "OPTIONS"};
    std::string method = literal_of(value);
    std::transform(method.begin(), method.end(), method.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c;
    });
    if (has_placeholder(value) ||
        std::find(std::begin(known), std::end(known), method) == std::end(known)) {
      error_ = "the method '" + shown(value) + "'" + where(word) +
               " is not one of GET, HEAD, POST, PUT, PATCH, DELETE and OPTIONS";
    }
    made_.method = method;
  }

  void add_header(std::string_view name, const Text& value) {
    Text header = literal(std::string(name) + (value.empty() ? ";" : ": "));
    append(header, value);
    made_.headers.push_back(std::move(header));
  }

  void add_data(CurlData::Kind kind, const Text& value) { made_.data.push_back({kind, value}); }

  void lose(const Option& option, const ShellWord& word) {
    std::string why = "a task can't do it";
    if (option.name == "insecure") {
      why = "certificates are always checked";
    } else if (option.name == "proxy") {
      why = "the server's own settings say how it gets out";
    }
    made_.warnings.push_back("--" + std::string(option.name) + where(word) +
                             " is left out: " + why);
  }

  void apply(const Option& option, const Text& value, const ShellWord& word) {
    switch (option.use) {
      case Use::url:
        made_.urls.push_back(value);
        return;
      case Use::method:
        take_method(value, word);
        return;
      case Use::header:
        made_.headers.push_back(value);
        return;
      case Use::agent:
        add_header("User-Agent", value);
        return;
      case Use::referer:
        add_header("Referer", value);
        return;
      case Use::range: {
        Text bytes = literal("bytes=");
        append(bytes, value);
        add_header("Range", bytes);
        return;
      }
      case Use::query:
        made_.query.push_back(value);
        return;
      case Use::user:
        made_.user = value;
        return;
      case Use::bearer:
        made_.bearer = value;
        return;
      case Use::cookie:
        take_cookie(value, word);
        return;
      case Use::upload:
        made_.upload = shown(value);
        return;
      case Use::get:
        made_.get = true;
        return;
      case Use::head:
        made_.head = true;
        return;
      case Use::no_globs:
        made_.globs = false;
        return;
      case Use::next:
        made_.warnings.push_back("only the request before --next is taken");
        ended_ = true;
        return;
      case Use::quiet:
        return;
      case Use::lost:
        lose(option, word);
        return;
      default:
        apply_number_or_data(option, value, word);
    }
  }

  void apply_number_or_data(const Option& option, const Text& value, const ShellWord& word) {
    switch (option.use) {
      case Use::seconds_max:
        return number(option, value, word, made_.seconds_max);
      case Use::connect_seconds:
        return number(option, value, word, made_.connect_seconds);
      case Use::retries:
        return number(option, value, word, made_.retries);
      case Use::retry_delay:
        return number(option, value, word, made_.retry_delay);
      case Use::data:
        return add_data(CurlData::Kind::data, value);
      case Use::data_raw:
        return add_data(CurlData::Kind::raw, value);
      case Use::data_binary:
        return add_data(CurlData::Kind::binary, value);
      case Use::data_urlencode:
        return add_data(CurlData::Kind::urlencode, value);
      case Use::json:
        return add_data(CurlData::Kind::json, value);
      case Use::form:
        return add_data(CurlData::Kind::form, value);
      default:
        return add_data(CurlData::Kind::form_string, value);
    }
  }

  void take_cookie(const Text& value, const ShellWord& word) {
    if (literal_of(value).find('=') == std::string::npos && !has_placeholder(value)) {
      made_.warnings.push_back("the file of cookies '" + shown(value) + "'" + where(word) +
                               " is not read");
      return;
    }
    if (made_.cookie) {
      add_literal(*made_.cookie, "; ");
      append(*made_.cookie, value);
    } else {
      made_.cookie = value;
    }
  }

  const std::vector<ShellWord>& words_;
  std::string_view source_;
  std::size_t at_ = 0;
  bool only_urls_ = false;
  bool ended_ = false;
  std::string error_;
  CurlOptions made_;
};

}  // namespace

Result<CurlOptions> read_curl_options(const std::vector<ShellWord>& words,
                                      std::string_view source) {
  return OptionReader(words, source).run();
}

}  // namespace tartan::catalog
