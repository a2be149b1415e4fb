#include "catalog/curl_inputs.h"

#include <algorithm>

#include "base/ascii.h"
#include "catalog/shell_names.h"

namespace tartan::catalog {
namespace {

using json::Object;
using json::Value;

// "a, b".
std::set<std::string> names_in(std::string_view list) {
  std::set<std::string> made;
  while (!list.empty()) {
    const std::string_view name = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), name.size() + 1));
    made.emplace(trim(name));
  }
  return made;
}

// The input that a shell variable is.
std::string input_of(const std::string& variable) {
  const std::string input = placeholder_of_shell_name(variable);
  return input == "workflow" || input == "variables" ? input + "2" : input;
}

}  // namespace

CurlInputs::CurlInputs(const ShellCommand& shell) : shell_(shell) {
  for (const std::string_view comment : shell.comments) {
    const std::size_t stands = comment.find(kStandsForComment);
    if (comment.starts_with(kSecretsComment)) {
      secrets_ = names_in(comment.substr(kSecretsComment.size()));
    } else if (comment.starts_with(kOwnHeadersComment)) {
      own_headers_ = names_in(to_lower(comment.substr(kOwnHeadersComment.size())));
    } else if (comment.starts_with(kFormComment)) {
      auto parsed = json::parse(comment.substr(kFormComment.size()));
      if (parsed && parsed->is_object()) {
        form_ = std::move(parsed->get_object());
      }
    } else if (stands != std::string_view::npos && is_identifier(comment.substr(0, stands))) {
      const auto text = split_template(comment.substr(stands + kStandsForComment.size()));
      if (text && text->size() == 1 && text->front().is_placeholder) {
        stands_for_[std::string(comment.substr(0, stands))] = text->front().text;
      }
    }
  }
}

bool CurlInputs::is_secret(const Text& text) const {
  return std::any_of(text.begin(), text.end(), [&](const Piece& one) {
    return one.is_placeholder && secrets_.contains(one.text);
  });
}

Text CurlInputs::filled(const Text& text, Place place) {
  Text made;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!text[i].is_placeholder) {
      add_literal(made, text[i].text);
      continue;
    }
    const std::string& inner = placeholder_for(text[i].text);
    add_placeholder(made, inner);
    // A base address is filled in as it is.
    uses_[place == Place::url && i == 0 ? Place::elsewhere : place].insert(inner);
  }
  return made;
}

const std::string& CurlInputs::placeholder_for(const std::string& variable) {
  const auto known = placeholders_.find(variable);
  if (known != placeholders_.end()) {
    return known->second;
  }
  std::string inner;
  std::string input;
  if (const auto stands = stands_for_.find(variable); stands != stands_for_.end()) {
    inner = stands->second;
    input = inner.substr(0, inner.find_first_of(".["));
    input = is_identifier(input) ? input : "";
  } else {
    inner = input_of(variable);
    input = inner;
  }
  if (!input.empty()) {
    inputs_.emplace_back(input, variable);
  }
  return placeholders_.emplace(variable, std::move(inner)).first->second;
}

Object CurlInputs::parameters() const {
  std::map<std::string_view, const Text*> values;
  for (const auto& [name, value] : shell_.assignments) {
    if (!has_placeholder(value)) {
      values[name] = &value;
    }
  }
  // What stands for an input in one place only gives way to the input's own variable, which may be
  // used nowhere itself.
  std::map<std::string, const Text*> own;
  for (const auto& [name, value] : values) {
    const std::string variable(name);
    if (!stands_for_.contains(variable)) {
      own[input_of(variable)] = value;
    }
  }
  Object made;
  for (const auto& [input, variable] : inputs_) {
    const auto found = values.find(variable);
    const auto itself = own.find(input);
    const Text* value = itself != own.end()     ? itself->second
                        : found != values.end() ? found->second
                                                : nullptr;
    if (value != nullptr) {
      made[input] = assigned(input, literal_of(*value));
    } else if (!made.contains(input)) {
      made[input] = Value("${workflow.input." + input + "}");
    }
  }
  return made;
}

// The shell's value is written as it goes into the request; the task's is not.
Value CurlInputs::assigned(const std::string& input, const std::string& value) const {
  const auto is_in = [&](Place place) {
    const auto found = uses_.find(place);
    return found != uses_.end() && found->second.contains(input);
  };
  if (bare_.contains(input)) {
    if (auto parsed = json::parse(value)) {
      return *std::move(parsed);
    }
  }
  const bool elsewhere = is_in(Place::elsewhere);
  if (is_in(Place::url) && !is_in(Place::json) && !elsewhere) {
    return Value(escape_template(percent_decode(value)));
  }
  if (is_in(Place::json) && !is_in(Place::url) && !elsewhere) {
    if (auto parsed = json::parse('"' + value + '"'); parsed && parsed->is_string()) {
      return Value(escape_template(std::string(parsed->get_string())));
    }
  }
  return Value(escape_template(value));
}

}  // namespace tartan::catalog
