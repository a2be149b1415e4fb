#include "workflow/yaml.h"

#include <yaml-cpp/yaml.h>

#include <stdexcept>

namespace tartan::cases {
namespace {

json::Value scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") {
    return json::Value(text);  // quoted
  }
  if (text == "~" || text == "null" || text.empty()) {
    return nullptr;
  }
  // What JSON reads as a number, true or false is one.
  if (auto parsed = json::parse(text); parsed && parsed->is_primitive() && !parsed->is_string()) {
    return *std::move(parsed);
  }
  return json::Value(text);
}

json::Value convert(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return scalar(node);
    case YAML::NodeType::Sequence: {
      json::Array array;
      for (const YAML::Node& one : node) {
        array.push_back(convert(one));
      }
      return array;
    }
    case YAML::NodeType::Map: {
      json::Object object;
      for (const auto& one : node) {
        const std::string key = one.first.Scalar();
        if (!object.emplace(key, convert(one.second)).second) {
          throw std::runtime_error("the key '" + key + "' stands twice in one mapping, line " +
                                   std::to_string(one.first.Mark().line + 1));
        }
      }
      return object;
    }
    default:
      return nullptr;
  }
}

bool is_short(const json::Value& value) {
  return value.is_primitive() || (value.is_object() && value.get_object().empty()) ||
         (value.is_array() && value.get_array().empty());
}

// A member's or element's value behind "key:" or "-".
std::string behind(const json::Value& value, std::size_t indent) {
  return is_short(value) ? " " + to_yaml(value) : "\n" + to_yaml(value, indent + 2);
}

}  // namespace

Result<json::Value> read_yaml(const std::string& file) {
  try {
    return convert(YAML::LoadFile(file));
  } catch (const std::exception& wrong) {
    return Error{Fault::invalid, std::string("no readable YAML: ") + wrong.what()};
  }
}

std::string to_yaml(const json::Value& value, std::size_t indent) {
  const std::string margin(indent, ' ');
  if (is_short(value)) {
    return margin + json::print(value) + "\n";
  }
  std::string text;
  if (value.is_object()) {
    for (const auto& member : value.get_object()) {
      text += margin + std::string(member.key()) + ":" + behind(member.value(), indent);
    }
  } else {
    for (const json::Value& one : value.get_array()) {
      text += margin + "-" + behind(one, indent);
    }
  }
  return text;
}

}  // namespace tartan::cases
