#include "items/journal_mask.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "base/utf8.h"

namespace tartan::items {
namespace {

constexpr std::string_view kMask = "••••";

// Lengths of what the server makes: a client's id shows, a secret never does.
constexpr std::size_t kClientIdLength = 24;
constexpr std::size_t kSecretLength = 30;
// In text without names a run that is longer than any word may be a secret.
constexpr std::size_t kRunLengthMin = 16;
constexpr std::size_t kNameLengthMin = 30;  // with underscores, as names of members have them

bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Lower case, letters and digits only: "PLAID-SECRET" is "plaidsecret".
std::string plain_name(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    if (is_alphanumeric(c)) {
      plain.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c);
    }
  }
  return plain;
}

bool names_secret(std::string_view plain) {
  constexpr std::array<std::string_view, 9> parts = {"secret", "token",         "password",
                                                     "passwd", "authorization", "cookie",
                                                     "apikey", "signature",     "credential"};
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return plain.find(part) != std::string_view::npos;
  });
}

// Members that hold what is personal, whatever is in them.
bool names_person(std::string_view plain) {
  constexpr std::array<std::string_view, 27> names = {
      "account",     "address",     "addresses",    "consumerreportuseridentity",
      "dateofbirth", "email",       "emailaddress", "emails",
      "familyname",  "firstname",   "fullname",     "givenname",
      "idnumber",    "idnumbers",   "identity",     "lastname",
      "legalname",   "names",       "numbers",      "owners",
      "phone",       "phonenumber", "phonenumbers", "routing",
      "ssn",         "ssnlast4",    "wirerouting"};
  return std::find(names.begin(), names.end(), plain) != names.end();
}

// Where a token of this API ends that begins at `at`, and where its secret part begins; nothing
// when none begins there.
struct TokenPlace {
  std::size_t secret;
  std::size_t end;
};
std::optional<TokenPlace> token_at(std::string_view text, std::size_t at) {
  constexpr std::array<std::string_view, 5> kinds = {"access-", "public-", "link-", "user-",
                                                     "processor-"};
  constexpr std::array<std::string_view, 3> environments = {"sandbox-", "production-",
                                                            "development-"};
  if (std::string_view("aplu").find(text[at]) == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view rest = text.substr(at);
  for (const std::string_view kind : kinds) {
    if (!rest.starts_with(kind)) {
      continue;
    }
    for (const std::string_view environment : environments) {
      if (rest.substr(kind.size()).starts_with(environment)) {
        const std::size_t secret = at + kind.size() + environment.size();
        std::size_t end = secret;
        while (end < text.size() && (is_alphanumeric(text[end]) || text[end] == '-')) {
          ++end;
        }
        return TokenPlace{secret, end};
      }
    }
  }
  return std::nullopt;
}

// Whether a value looks like what the server makes as a secret.
bool looks_secret(std::string_view value) {
  return value.size() == kSecretLength && std::all_of(value.begin(), value.end(), is_alphanumeric);
}

std::string mask_tokens(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto token = token_at(text, i);
    if (!token) {
      out.push_back(text[i++]);
      continue;
    }
    out.append(text.substr(i, token->secret - i)).append(kMask);
    i = token->end;
  }
  return out;
}

// Reads JSON from left to right and copies it, value by value, hidden or not.
class JsonMasker {
 public:
  explicit JsonMasker(std::string_view text) : text_(text) {}

  // Nothing when this is no JSON. A text that ends too early is no error.
  std::optional<std::string> run() {
    while (skip_space()) {
      if (!step()) {
        return std::nullopt;
      }
    }
    return std::move(out_);
  }

 private:
  enum class Wants { value, value_or_end, name_or_end, name, colon, comma_or_end, nothing };
  struct Frame {
    bool object;
    bool hidden;  // everything in it is
  };

  bool skip_space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
      out_.push_back(text_[at_++]);
    }
    return at_ < text_.size();
  }

  bool step() {
    const char c = text_[at_];
    switch (wants_) {
      case Wants::name_or_end:
        return c == '}' ? close() : take_name();
      case Wants::name:
        return take_name();
      case Wants::colon:
        wants_ = Wants::value;
        return take(c, ':');
      case Wants::comma_or_end:
        if (c == ',') {
          wants_ = frames_.back().object ? Wants::name : Wants::value;
          return take(c, ',');
        }
        return c == (frames_.back().object ? '}' : ']') && close();
      case Wants::value_or_end:
        return c == ']' ? close() : take_value();
      case Wants::value:
        return take_value();
      case Wants::nothing:
        break;
    }
    return false;
  }

  bool take(char c, char expected) {
    out_.push_back(c);
    ++at_;
    return c == expected;
  }

  bool close() {
    out_.push_back(text_[at_++]);
    frames_.pop_back();
    wants_ = frames_.empty() ? Wants::nothing : Wants::comma_or_end;
    return true;
  }

  // The text between quotes, as written; to the end when the last quote is missing.
  std::string_view read_string(bool& whole) {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      at_ += text_[at_] == '\\' ? 2 : 1;
    }
    whole = at_ < text_.size();
    const std::string_view inner = text_.substr(begin, std::min(at_, text_.size()) - begin);
    at_ = std::min(at_ + 1, text_.size());
    return inner;
  }

  bool take_name() {
    if (text_[at_] != '"') {
      return false;
    }
    bool whole = false;
    const std::string_view name = read_string(whole);
    name_ = plain_name(name);
    // A name that is written in escapes may be any.
    name_hides_ =
        name.find('\\') != std::string_view::npos || names_secret(name_) || names_person(name_);
    if (name_hides_ && !whole) {
      return true;
    }
    put_string(looks_secret(name) ? kMask : mask_tokens(name), whole);
    wants_ = Wants::colon;
    return true;
  }

  bool hidden() const { return name_hides_ || (!frames_.empty() && frames_.back().hidden); }

  bool take_value() {
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      constexpr std::size_t depth_max = 200;
      if (frames_.size() > depth_max) {
        return false;
      }
      frames_.push_back({c == '{', hidden()});
      name_.clear();
      name_hides_ = false;
      wants_ = c == '{' ? Wants::name_or_end : Wants::value_or_end;
      return take(c, c);
    }
    const bool taken = c == '"' ? take_string() : take_literal();
    name_.clear();
    name_hides_ = false;
    wants_ = frames_.empty() ? Wants::nothing : Wants::comma_or_end;
    return taken;
  }

  bool take_string() {
    bool whole = false;
    const std::string_view value = read_string(whole);
    const bool odd_client_id = name_ == "clientid" && value.size() != kClientIdLength;
    if (hidden()) {
      const auto token = value.empty() ? std::nullopt : token_at(value, 0);
      put_string(std::string(token ? value.substr(0, token->secret) : std::string_view{}) +
                     std::string(kMask),
                 whole);
    } else if (odd_client_id || looks_secret(value)) {
      put_string(kMask, whole);
    } else {
      put_string(mask_tokens(value), whole);
    }
    return true;
  }

  bool take_literal() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_alphanumeric(text_[at_]) || text_[at_] == '-' ||
                                  text_[at_] == '+' || text_[at_] == '.')) {
      ++at_;
    }
    const std::string_view literal = text_.substr(begin, at_ - begin);
    const bool is_number =
        !literal.empty() && (literal[0] == '-' || (literal[0] >= '0' && literal[0] <= '9'));
    const auto is_beginning_of = [&](std::string_view word) {
      return !literal.empty() &&
             (literal == word || (at_ == text_.size() && word.starts_with(literal)));
    };
    if (!is_number && !is_beginning_of("true") && !is_beginning_of("false") &&
        !is_beginning_of("null")) {
      return false;
    }
    if (is_number && hidden()) {
      put_string(kMask, true);
    } else {
      out_.append(literal);
    }
    return true;
  }

  void put_string(std::string_view inner, bool whole) {
    out_.push_back('"');
    out_.append(inner);
    if (whole) {
      out_.push_back('"');
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<Frame> frames_;
  Wants wants_ = Wants::value;
  std::string name_;  // of the member whose value comes, plain
  bool name_hides_ = false;
};

// Bytes that are no UTF-8 become U+FFFD, so that what is shown is text.
std::string to_utf8(std::string text) {
  if (is_utf8(text)) {
    return text;
  }
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    constexpr std::size_t longest = 4;
    std::size_t length = 1;
    while (length <= longest && i + length <= text.size() &&
           !is_utf8(std::string_view(text).substr(i, length))) {
      ++length;
    }
    if (length > longest || i + length > text.size()) {
      out.append("\xef\xbf\xbd");
      ++i;
    } else {
      out.append(text, i, length);
      i += length;
    }
  }
  return out;
}

// Where the value begins that `text`, after a telling word, may give: behind ", =, : and spaces.
std::size_t skip_to_value(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '"' || text[at] == '\'' || text[at] == '=' ||
                              text[at] == ':' || text[at] == ' ' || text[at] == '\\')) {
    ++at;
  }
  return at;
}

bool ends_value(char c) {
  return c == '"' || c == '\'' || c == '&' || c == ',' || c == ';' || c == '}' || c == '\n' ||
         c == '\r' || c == ' ';
}

}  // namespace

std::string mask_text(std::string_view text) {
  const std::string masked = mask_tokens(text);
  const std::string_view rest = masked;
  std::string out;
  for (std::size_t i = 0; i < rest.size();) {
    std::size_t end = i;
    while (end < rest.size() && (is_alphanumeric(rest[end]) || rest[end] == '_')) {
      ++end;
    }
    const std::string_view word = rest.substr(i, end - i);
    if (word.empty()) {
      out.push_back(rest[i++]);
      continue;
    }
    const std::string plain = plain_name(word);
    if (!names_secret(plain) && !names_person(plain)) {
      const bool is_name = word.find('_') != std::string_view::npos;
      out.append(word.size() >= (is_name ? kNameLengthMin : kRunLengthMin) ? kMask : word);
      i = end;
      continue;
    }
    const std::size_t value = skip_to_value(rest, end);
    out.append(rest.substr(i, value - i));
    i = value;
    if (value > end) {
      while (i < rest.size() && !ends_value(rest[i])) {
        ++i;
      }
      out.append(kMask);
    }
  }
  return to_utf8(std::move(out));
}

std::string mask_body(std::string_view body) {
  if (auto masked = JsonMasker(body).run()) {
    return to_utf8(*std::move(masked));
  }
  return mask_text(body);
}

std::string mask_header(std::string_view name, std::string_view value) {
  const std::string plain = plain_name(name);
  const bool odd_client_id = plain == "plaidclientid" && value.size() != kClientIdLength;
  return names_secret(plain) || odd_client_id || looks_secret(value) ? std::string(kMask)
                                                                     : to_utf8(mask_tokens(value));
}

}  // namespace tartan::items
