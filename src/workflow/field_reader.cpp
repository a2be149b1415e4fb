#include "workflow/field_reader.h"

#include <algorithm>
#include <cmath>

namespace tartan::workflow {

using script::pointer_token;

void FieldReader::problem(std::string pointer, std::string message, std::string hint) {
  if (problems.size() < kProblemsMax) {
    problems.push_back({std::move(pointer), std::move(message), std::move(hint)});
  }
}

const json::Value* FieldReader::member(const json::Object& object, std::string_view name) {
  const json::Value* value = json::find(object, name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

std::string FieldReader::text(const json::Object& object, std::string_view name,
                              const std::string& pointer, Need need) {
  const json::Value* value = member(object, name);
  const std::string here = pointer + "/" + std::string(name);
  if (value == nullptr) {
    if (need == Need::required) {
      problem(here, "the field '" + std::string(name) + "' is missing");
    }
    return {};
  }
  if (!value->is_string()) {
    problem(here, std::string(name) + " must be a string");
    return {};
  }
  if (need == Need::required && value->get_string().empty()) {
    problem(here, std::string(name) + " must not be empty");
  }
  return std::string(value->get_string());
}

std::int64_t FieldReader::integer(const json::Object& object, std::string_view name,
                                  const std::string& pointer, std::int64_t low, std::int64_t high,
                                  std::int64_t otherwise) {
  return static_cast<std::int64_t>(read_number(
      object, name, pointer, {static_cast<double>(low), static_cast<double>(high), true},
      static_cast<double>(otherwise)));
}

double FieldReader::number(const json::Object& object, std::string_view name,
                           const std::string& pointer, double low, double high, double otherwise) {
  return read_number(object, name, pointer, {low, high, false}, otherwise);
}

double FieldReader::read_number(const json::Object& object, std::string_view name,
                                const std::string& pointer, const Range& range, double otherwise) {
  const json::Value* value = member(object, name);
  if (value == nullptr) {
    return otherwise;
  }
  if (value->is_number()) {
    const auto found = value->to_number<double>();
    if (found >= range.low && found <= range.high && (!range.whole || found == std::floor(found))) {
      return found;
    }
  }
  problem(pointer + "/" + std::string(name), std::string(name) + " must be a " +
                                                 (range.whole ? "whole " : "") + "number from " +
                                                 script::text_of(json::Value(range.low)) + " to " +
                                                 script::text_of(json::Value(range.high)));
  return otherwise;
}

bool FieldReader::truth(const json::Object& object, std::string_view name,
                        const std::string& pointer) {
  const json::Value* value = member(object, name);
  if (value != nullptr && !value->is_bool()) {
    problem(pointer + "/" + std::string(name), std::string(name) + " must be true or false");
  }
  return value != nullptr && value->is_bool() && value->get_bool();
}

script::Template FieldReader::compile(const std::string& source, const std::string& pointer) {
  check_length(source, pointer);
  auto compiled = script::Template::compile(source);
  if (!compiled) {
    report(pointer, compiled.error());
    return {};
  }
  for (const script::Template::Part& part : compiled->parts()) {
    if (part.placeholder) {
      check_placeholder(*part.placeholder, pointer);
    }
  }
  return *std::move(compiled);
}

script::TemplateTree FieldReader::tree(const json::Value& value, const std::string& pointer) {
  std::vector<script::TemplateTree::Wrong> wrong;
  script::TemplateTree made = script::TemplateTree::compile(value, wrong);
  for (const auto& one : wrong) {
    report(pointer + one.pointer, one.error);
  }
  made.for_each([&](std::string_view below, const script::Placeholder& placeholder) {
    check_placeholder(placeholder, pointer + std::string(below));
  });
  return made;
}

void FieldReader::check_placeholder(const script::Placeholder& placeholder,
                                    const std::string& pointer) {
  check_length(placeholder.source, pointer);
  if (const auto* script = std::get_if<std::string>(&placeholder.expression)) {
    root_names[*script] = check_script(script::Language::jsonata, *script, pointer);
  }
}

void FieldReader::check_length(std::string_view expression, const std::string& pointer) {
  if (expression.size() > limits_.expression_bytes) {
    problem(pointer,
            "an expression is longer than " + std::to_string(limits_.expression_bytes) + " bytes");
  }
}

std::vector<script::RootName> FieldReader::check_script(script::Language language,
                                                        std::string_view source,
                                                        const std::string& pointer) {
  if (engine_ == nullptr || source.empty()) {
    return {};
  }
  check_length(source, pointer);
  auto checked = engine_->check(language, source);
  if (checked) {
    return *std::move(checked);
  }
  if (checked.error().kind != script::ScriptError::Kind::unavailable) {
    std::string where;
    if (checked.error().position) {
      where = " (at character " + std::to_string(*checked.error().position) + ")";
    }
    problem(pointer, std::string("syntax error in this ") +
                         (language == script::Language::jsonata ? "JSONata" : "JavaScript") +
                         " expression: " + checked.error().message + where);
  }
  return {};
}

void FieldReader::report(const std::string& pointer, const script::ExpressionError& error) {
  problem(pointer,
          "syntax error in a placeholder: " + error.message + " (at byte " +
              std::to_string(error.offset) + ")",
          "a placeholder is ${path} or ${jsonata: expression}; names with spaces are written "
          "${['Name'].output}, and $${...} stands for the text ${...}");
}

void FieldReader::check_known(std::string_view name, const std::vector<std::string_view>& known,
                              const std::string& pointer) {
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    problem(pointer + "/" + pointer_token(name), "unknown field '" + std::string(name) + "'",
            nearest(name, known));
  }
}

}  // namespace tartan::workflow
