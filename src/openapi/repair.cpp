#include "openapi/repair.h"

#include <algorithm>
#include <set>
#include <span>
#include <unordered_map>

#include "base/ascii.h"
#include "json/text.h"
#include "openapi/path_template.h"
#include "openapi/references.h"
#include "openapi/swagger2.h"

namespace tartan::openapi {
namespace {

using json::Array;
using json::Object;
using json::pointer_token;
using json::text_at;
using json::Value;
using json::view;
using Kind = Finding::Kind;

using Shape = bool (*)(const Value&);
bool is_object(const Value& value) { return value.is_object(); }
bool is_array(const Value& value) { return value.is_array(); }
bool is_string(const Value& value) { return value.is_string(); }

// What a member must be, where another shape has no reading.
struct Member {
  std::string_view name;
  Shape is_right;
  std::string_view expected;
};

class Repair {
 public:
  Repair(Document& document, const DocumentLimits& limits)
      : document_(document), root_(document.root.get_object()), limits_(limits) {}

  Result<Done> run() {
    info();
    if (Value* one = root_.if_contains("servers"); one != nullptr && one->is_object()) {
      repaired("/servers", "servers must be a list; one server is read as a list of it");
      Array list(root_.storage());
      list.push_back(std::move(*one));
      *one = std::move(list);
    }
    constexpr Member members[] = {{"paths", is_object, "an object"},
                                  {"components", is_object, "an object"},
                                  {"servers", is_array, "a list"},
                                  {"security", is_array, "a list"},
                                  {"tags", is_array, "a list"}};
    check_members(root_, members, "");
    servers();
    components();
    if (Value* paths = root_.if_contains("paths")) {
      mend_paths(paths->get_object());
      for (auto& member : paths->get_object()) {
        path_item(view(member.key()), member.value().get_object());
      }
    }
    if (document_.operations > limits_.operations) {
      return Error{Fault::too_large, "it has " + std::to_string(document_.operations) +
                                         " operations, more than the " +
                                         std::to_string(limits_.operations) + " that are taken"};
    }
    references();
    return Done{};
  }

 private:
  void repaired(std::string pointer, std::string message) {
    document_.add(Kind::repaired, std::move(pointer), std::move(message));
  }
  void skipped(std::string pointer, std::string message) {
    document_.add(Kind::skipped, std::move(pointer), std::move(message));
  }

  void info() {
    Value* info = root_.if_contains("info");
    if (info == nullptr || !info->is_object()) {
      root_["info"] = Object(root_.storage());
      repaired("/info", "info is missing; the API's name is taken from its source");
      return;
    }
    for (const std::string_view name : {"title", "version", "description"}) {
      Value* value = info->get_object().if_contains(name);
      if (value != nullptr && !value->is_string()) {
        const bool is_number = value->is_number();
        const std::string text = is_number ? json::print(*value) : std::string();
        repaired("/info/" + std::string(name), std::string(name) + " is no text");
        *value = text;
      }
    }
  }

  void check_members(Object& object, std::span<const Member> members, const std::string& pointer) {
    for (const Member& member : members) {
      Value* value = object.if_contains(member.name);
      if (value != nullptr && !member.is_right(*value)) {
        if (!value->is_null()) {
          skipped(pointer + "/" + std::string(member.name), std::string(member.name) + " must be " +
                                                                std::string(member.expected) +
                                                                "; it is left out");
        }
        object.erase(member.name);
      }
    }
  }

  // They stay as they are; who makes a request of them reads them so.
  void servers() {
    const Value* list = root_.if_contains("servers");
    if (list == nullptr) {
      return;
    }
    const Array& all = list->get_array();
    for (std::size_t i = 0; i < all.size(); ++i) {
      const std::string_view url =
          all[i].is_object() ? text_at(all[i].get_object(), "url") : std::string_view();
      if (url.find("://") != std::string_view::npos || url.starts_with('{')) {
        continue;
      }
      const std::string_view host = url.substr(0, url.find('/'));
      const bool has_host = url.starts_with("//") ||
                            (!url.starts_with('.') && host.find('.') != std::string_view::npos);
      repaired("/servers/" + std::to_string(i) + "/url",
               has_host ? "the server's address has no scheme; read as https"
                        : "the server's address is relative to where the document was published");
    }
  }

  void components() {
    Value* components = root_.if_contains("components");
    if (components == nullptr) {
      return;
    }
    std::vector<std::string> wrong;
    for (auto& member : components->get_object()) {
      if (!member.value().is_object() && !member.key().starts_with("x-")) {
        wrong.emplace_back(view(member.key()));
      }
    }
    for (const std::string& name : wrong) {
      skipped("/components/" + pointer_token(name), "must be an object; it is left out");
      components->get_object().erase(name);
    }
  }

  // Keys that are no path, values that are no path item.
  void mend_paths(Object& paths) {
    std::vector<std::string> names;
    bool all_good = true;
    for (const auto& member : paths) {
      names.emplace_back(view(member.key()));
      all_good = all_good && member.key().starts_with("/") && member.value().is_object() &&
                 !member.value().get_object().contains("$ref");
    }
    if (all_good) {
      return;
    }
    for (const std::string& name : names) {
      mend_path(paths, name);
    }
  }

  void mend_path(Object& paths, const std::string& name) {
    const std::string pointer = "/paths/" + pointer_token(name);
    if (name.starts_with("x-")) {
      paths.erase(name);
      return;
    }
    if (!resolve_item(paths, name, pointer)) {
      return;
    }
    if (!name.starts_with('/')) {
      const std::string mended = "/" + name;
      if (paths.contains(mended)) {
        skipped(pointer, "the path does not begin with a slash, and " + mended + " exists");
      } else {
        repaired(pointer, "the path does not begin with a slash; read as " + mended);
        Value item = paths.at(name);
        paths[mended] = std::move(item);
      }
      paths.erase(name);
    }
  }

  // A path item may be a reference to another one. False when there is nothing to go on with.
  bool resolve_item(Object& paths, const std::string& name, const std::string& pointer) {
    std::set<std::string> seen;
    while (true) {
      Value& item = paths.at(name);
      if (!item.is_object()) {
        skipped(pointer, "a path item must be an object");
        paths.erase(name);
        return false;
      }
      const auto reference = reference_of(item);
      if (!reference) {
        return true;
      }
      const auto target = internal_pointer(*reference);
      const Value* found =
          target && seen.insert(*target).second ? at_pointer(document_.root, *target) : nullptr;
      if (found == nullptr || !found->is_object()) {
        skipped(pointer,
                "the path item refers to '" + std::string(*reference) + "', which is not there");
        paths.erase(name);
        return false;
      }
      // What stands beside the reference counts more.
      Object merged(found->get_object(), paths.storage());
      item.get_object().erase("$ref");
      for (const auto& own : item.get_object()) {
        merged[own.key()] = own.value();
      }
      paths.at(name) = std::move(merged);
    }
  }

  void path_item(std::string_view path, Object& item) {
    const std::string pointer = "/paths/" + pointer_token(path);
    constexpr Member members[] = {{"servers", is_array, "a list"},
                                  {"summary", is_string, "a text"},
                                  {"description", is_string, "a text"}};
    check_members(item, members, pointer);
    mend_parameters(item, pointer);
    std::vector<std::string> keys;
    for (const auto& member : item) {
      keys.emplace_back(view(member.key()));
    }
    for (const std::string& key : keys) {
      const std::string method = to_lower(key);
      const std::string here = pointer + "/" + pointer_token(key);
      if (!is_method(method)) {
        constexpr std::string_view known[] = {"summary", "description", "servers", "parameters",
                                              "$ref"};
        if (!key.starts_with("x-") &&
            std::find(std::begin(known), std::end(known), key) == std::end(known)) {
          skipped(here, "'" + key + "' is no method of OpenAPI; it is left out");
        }
        continue;
      }
      if (!item.at(key).is_object()) {
        skipped(here, "an operation must be an object");
        item.erase(key);
        continue;
      }
      if (method != key) {
        if (item.contains(method)) {
          skipped(here, "the operation stands there twice, as " + method + " too");
          item.erase(key);
          continue;
        }
        repaired(here, "methods are written in lower case; read as " + method);
        Value moved = item.at(key);
        item.erase(key);
        item[method] = std::move(moved);
      }
      ++document_.operations;
      note_operation_id(item.at(method).get_object(), pointer + "/" + method);
      operation(path, item, item.at(method).get_object(), pointer + "/" + method);
    }
  }

  // Ids of our own are made from method and path, so that a repeated one does no harm.
  void note_operation_id(const Object& operation, const std::string& pointer) {
    const std::string_view id = text_at(operation, "operationId");
    if (!id.empty() && !operation_ids_.emplace(id).second) {
      repaired(pointer + "/operationId",
               "'" + std::string(id) + "' is the id of an earlier operation too");
    }
  }

  void operation(std::string_view path, Object& item, Object& operation,
                 const std::string& pointer) {
    constexpr Member members[] = {
        {"summary", is_string, "a text"},      {"description", is_string, "a text"},
        {"operationId", is_string, "a text"},  {"requestBody", is_object, "an object"},
        {"responses", is_object, "an object"}, {"servers", is_array, "a list"},
        {"security", is_array, "a list"},      {"tags", is_array, "a list"},
        {"callbacks", is_object, "an object"}};
    check_members(operation, members, pointer);
    mend_contents(operation, pointer);
    mend_parameters(operation, pointer);
    move_body_parameters(operation, pointer);
    declare_path_parameters(path, item, operation, pointer);
  }

  // Bodies and answers whose shape has no reading.
  void mend_contents(Object& operation, const std::string& pointer) {
    constexpr Member content[] = {{"content", is_object, "an object"}};
    if (Value* body = operation.if_contains("requestBody")) {
      check_members(body->get_object(), content, pointer + "/requestBody");
    }
    Value* responses = operation.if_contains("responses");
    if (responses == nullptr) {
      return;
    }
    std::vector<std::string> wrong;
    for (auto& member : responses->get_object()) {
      const std::string here = pointer + "/responses/" + pointer_token(view(member.key()));
      if (member.value().is_object()) {
        check_members(member.value().get_object(), content, here);
      } else if (!member.key().starts_with("x-")) {
        wrong.emplace_back(view(member.key()));
        skipped(here, "an answer must be an object; it is left out");
      }
    }
    for (const std::string& name : wrong) {
      responses->get_object().erase(name);
    }
  }

  const Value* resolve(const Value* value) const {
    for (int hops = 0; value != nullptr && hops < 16; ++hops) {
      const auto reference = reference_of(*value);
      if (!reference) {
        return value;
      }
      const auto pointer = internal_pointer(*reference);
      value = pointer ? at_pointer(document_.root, *pointer) : nullptr;
    }
    return nullptr;
  }

  // Leaves a list of parameters that each have a name and a place.
  void mend_parameters(Object& holder, const std::string& pointer) {
    Value* list = holder.if_contains("parameters");
    if (list == nullptr) {
      return;
    }
    const std::string here = pointer + "/parameters";
    if (list->is_object()) {
      repaired(here, "parameters must be a list; its members are read as one");
      Array made(holder.storage());
      for (auto& member : list->get_object()) {
        made.push_back(member.value());
      }
      *list = std::move(made);
    }
    if (!list->is_array()) {
      skipped(here, "parameters must be a list; it is left out");
      holder.erase("parameters");
      return;
    }
    Array& all = list->get_array();
    std::size_t written = 0;
    for (std::size_t i = 0; i < all.size(); ++written) {
      const Value* parameter = resolve(&all[i]);
      const std::string problem = problem_of(parameter);
      if (problem.empty()) {
        ++i;
        continue;
      }
      skipped(here + "/" + std::to_string(written), "the parameter " + problem);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  static std::string problem_of(const Value* parameter) {
    if (parameter == nullptr) {
      return "refers to what is not there";
    }
    if (!parameter->is_object()) {
      return "must be an object";
    }
    const Object& object = parameter->get_object();
    if (text_at(object, "name").empty() && text_at(object, "in") != "body") {
      return "has no name";
    }
    const std::string_view in = text_at(object, "in");
    const bool known = in == "path" || in == "query" || in == "header" || in == "cookie" ||
                       in == "body" || in == "formData";
    return known ? "" : "stands in '" + std::string(in) + "', which is no place for one";
  }

  // `in: body` in a document of OpenAPI 3.
  void move_body_parameters(Object& operation, const std::string& pointer) {
    Value* list = operation.if_contains("parameters");
    if (list == nullptr) {
      return;
    }
    Array& all = list->get_array();
    Array bodies(operation.storage());
    for (std::size_t i = 0; i < all.size();) {
      const Value* parameter = resolve(&all[i]);
      if (!is_body_parameter(*parameter)) {
        ++i;
        continue;
      }
      bodies.push_back(*parameter);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (bodies.empty() || operation.contains("requestBody")) {
      return;
    }
    Value body = body_of_parameters(bodies, {}, operation.storage());
    if (!body.is_null()) {
      repaired(pointer + "/parameters", "a body among the parameters is read as requestBody");
      operation["requestBody"] = std::move(body);
    }
  }

  void collect_path_names(const Object& holder, std::set<std::string, std::less<>>& names) const {
    const Value* list = json::find(holder, "parameters");
    if (list == nullptr) {
      return;
    }
    for (const Value& one : list->get_array()) {
      const Value* parameter = resolve(&one);
      if (parameter != nullptr && text_at(parameter->get_object(), "in") == "path") {
        names.emplace(text_at(parameter->get_object(), "name"));
      }
    }
  }

  void declare_path_parameters(std::string_view path, const Object& item, Object& operation,
                               const std::string& pointer) {
    const std::vector<std::string> used = names_in_path(path);
    if (used.empty()) {
      return;
    }
    std::set<std::string, std::less<>> declared;
    collect_path_names(item, declared);
    collect_path_names(operation, declared);
    for (const std::string& name : used) {
      if (!declared.insert(name).second) {
        continue;
      }
      repaired(pointer, "the path parameter '" + name + "' is not declared; taken as a text");
      if (!operation.contains("parameters")) {
        operation["parameters"] = Array(operation.storage());
      }
      const auto storage = operation.storage();
      operation.at("parameters")
          .get_array()
          .push_back(Object({{"name", name},
                             {"in", "path"},
                             {"required", true},
                             {"schema", Object({{"type", "string"}}, storage)}},
                            storage));
    }
  }

  // References that lead nowhere stay, and mean anything.
  void references() {
    std::unordered_map<std::string, bool> known;
    edit_references(document_.root, "",
                    [&](const std::string& pointer, boost::json::string& reference) {
                      const std::string text(view(reference));
                      const auto [entry, is_new] = known.try_emplace(text, true);
                      if (is_new) {
                        const auto target = internal_pointer(text);
                        entry->second = !target || at_pointer(document_.root, *target) != nullptr;
                      }
                      if (!entry->second) {
                        skipped(pointer, "it refers to '" + text + "', which is not there");
                      }
                    });
  }

  Document& document_;
  Object& root_;
  const DocumentLimits& limits_;
  std::set<std::string> operation_ids_;
};

}  // namespace

Result<Done> repair(Document& document, const DocumentLimits& limits) {
  return Repair(document, limits).run();
}

}  // namespace tartan::openapi
