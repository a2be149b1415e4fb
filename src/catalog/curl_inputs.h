// The shell variables of a curl command as placeholders and inputs of a task.
#pragma once

#include <map>
#include <set>

#include "catalog/shell_words.h"
#include "json/json.h"

namespace tartan::catalog {

class CurlInputs {
 public:
  // Takes up what a command that was printed here says in its comments (shell_names.h).
  explicit CurlInputs(const ShellCommand& shell);

  // Where a text goes: a task encodes what it fills into a URL, and quotes it in JSON.
  enum class Place { url, json, elsewhere };
  // Variables as placeholders, each with an input.
  Text filled(const Text& text, Place place);
  // Placeholders that are whole values of a JSON body.
  std::set<std::string>& bare() { return bare_; }

  bool is_secret(const Text& text) const;
  // Whether a header is the task's own though it looks like a secret.
  bool is_own_header(const std::string& lower_name) const {
    return own_headers_.contains(lower_name);
  }
  // What a form's fields are, where their text does not say all.
  const std::optional<json::Object>& form() const { return form_; }

  // The task's inputParameters: values that were assigned before the command, and the workflow's
  // input for the others.
  json::Object parameters() const;

 private:
  const std::string& placeholder_for(const std::string& variable);
  json::Value assigned(const std::string& input, const std::string& value) const;

  const ShellCommand& shell_;
  std::set<std::string> secrets_;  // variables
  std::set<std::string> own_headers_;
  std::optional<json::Object> form_;
  std::map<std::string, std::string> stands_for_;            // by variable
  std::map<std::string, std::string> placeholders_;          // by variable
  std::vector<std::pair<std::string, std::string>> inputs_;  // input and variable
  std::set<std::string> bare_;
  std::map<Place, std::set<std::string>> uses_;
};

}  // namespace tartan::catalog
