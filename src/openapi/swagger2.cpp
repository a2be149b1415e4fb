#include "openapi/swagger2.h"

#include <algorithm>

#include "base/ascii.h"
#include "json/text.h"
#include "openapi/references.h"

namespace tartan::openapi {
namespace {

using json::Array;
using json::Object;
using json::Storage;
using json::text_at;
using json::Value;

constexpr int kHopsMax = 16;
constexpr int kDepthMax = 200;

std::vector<std::string> texts_at(const Object& object, std::string_view name) {
  std::vector<std::string> texts;
  const Value* value = json::find(object, name);
  if (value != nullptr && value->is_array()) {
    for (const Value& one : value->get_array()) {
      if (one.is_string()) {
        texts.emplace_back(one.get_string().data(), one.get_string().size());
      }
    }
  }
  return texts;
}

void copy_member(const Object& from, std::string_view name, Object& to) {
  if (const Value* value = json::find(from, name)) {
    to[name] = *value;
  }
}

bool is_extension(std::string_view name) { return name.starts_with("x-"); }

// What a parameter or header of Swagger 2.0 says of its values stands in `schema` in OpenAPI 3.
constexpr std::string_view kSchemaWords[] = {
    "type",     "format",    "items",      "default",    "maximum",  "exclusiveMaximum",
    "minimum",  "maxLength", "minLength",  "pattern",    "maxItems", "exclusiveMinimum",
    "minItems", "enum",      "multipleOf", "uniqueItems"};

bool is_schema_word(std::string_view name) {
  return std::find(std::begin(kSchemaWords), std::end(kSchemaWords), name) !=
         std::end(kSchemaWords);
}

// A schema as Swagger 2.0 writes it, in place: files, nullable, discriminators.
void mend_schema(Value& schema, int depth) {
  if (depth > kDepthMax) {
    return;
  }
  if (Array* list = schema.if_array()) {
    for (Value& one : *list) {
      mend_schema(one, depth + 1);
    }
    return;
  }
  Object* object = schema.if_object();
  if (object == nullptr) {
    return;
  }
  if (text_at(*object, "type") == "file") {
    (*object)["type"] = "string";
    (*object)["format"] = "binary";
  }
  if (const Value* nullable = json::find(*object, "x-nullable"); nullable && nullable->is_bool()) {
    (*object)["nullable"] = nullable->get_bool();
  }
  if (Value* discriminator = object->if_contains("discriminator");
      discriminator != nullptr && discriminator->is_string()) {
    const boost::json::string name = discriminator->get_string();
    *discriminator = Object({{"propertyName", name}}, object->storage());
  }
  for (auto& member : *object) {
    const std::string_view key(member.key().data(), member.key().size());
    if (key == "properties" && member.value().is_object()) {
      for (auto& property : member.value().get_object()) {
        mend_schema(property.value(), depth + 1);
      }
    } else if (key == "items" || key == "allOf" || key == "additionalProperties") {
      mend_schema(member.value(), depth + 1);
    }
  }
}

Value schema_of(const Object& described, const Storage& storage) {
  Object schema(storage);
  for (const auto& member : described) {
    if (is_schema_word(std::string_view(member.key().data(), member.key().size()))) {
      schema[member.key()] = member.value();
    }
  }
  Value value(std::move(schema));
  mend_schema(value, 0);
  return value;
}

// How several values stand in one parameter.
void add_style(const Object& described, Object& parameter) {
  const std::string_view format = text_at(described, "collectionFormat");
  if (text_at(described, "type") != "array") {
    return;
  }
  const bool is_query = text_at(described, "in") == "query";
  if (format == "multi") {
    parameter["explode"] = true;
  } else if (format == "ssv" && is_query) {
    parameter["style"] = "spaceDelimited";
    parameter["explode"] = false;
  } else if (format == "pipes" && is_query) {
    parameter["style"] = "pipeDelimited";
    parameter["explode"] = false;
  } else if (is_query) {
    parameter["style"] = "form";
    parameter["explode"] = false;
  }
}

Value convert_parameter(const Value& written, const Storage& storage) {
  Object parameter(storage);
  const Object& described = written.get_object();
  for (const auto& member : described) {
    const std::string_view name(member.key().data(), member.key().size());
    if (!is_schema_word(name) && name != "collectionFormat" && name != "allowEmptyValue") {
      parameter[name] = member.value();
    }
  }
  if (!parameter.contains("schema")) {
    parameter["schema"] = schema_of(described, storage);
  }
  add_style(described, parameter);
  return parameter;
}

class Converter {
 public:
  explicit Converter(Document& document)
      : document_(document), old_(document.root.get_object()), storage_(document.root.storage()) {}

  Value run() {
    Object root(storage_);
    root["openapi"] = "3.0.3";
    for (const std::string_view name : {"info", "tags", "externalDocs", "security"}) {
      copy_member(old_, name, root);
    }
    root["servers"] = servers(old_);
    for (const auto& member : old_) {
      const std::string_view name(member.key().data(), member.key().size());
      if (is_extension(name)) {
        root[name] = member.value();
      }
    }
    root["paths"] = paths();
    root["components"] = components();
    Value converted(std::move(root));
    rename_references(converted);
    return converted;
  }

 private:
  const Value* resolve(const Value* value) const {
    for (int hops = 0; value != nullptr && hops < kHopsMax; ++hops) {
      const auto reference = reference_of(*value);
      if (!reference) {
        return value;
      }
      const auto pointer = internal_pointer(*reference);
      value = pointer ? at_pointer(document_.root, *pointer) : nullptr;
    }
    return value;
  }

  Value servers(const Object& from) const {
    Array list(storage_);
    std::string base(text_at(from, "basePath"));
    if (base == "/") {
      base.clear();
    }
    const std::string host(text_at(old_, "host"));
    if (host.empty()) {
      if (!base.empty()) {
        list.push_back(Object({{"url", base}}, storage_));
      }
      return list;
    }
    std::vector<std::string> schemes = texts_at(from, "schemes");
    std::erase_if(schemes, [](const std::string& s) { return s != "https" && s != "http"; });
    if (schemes.empty()) {
      schemes.emplace_back("https");
    }
    std::sort(schemes.begin(), schemes.end(), std::greater<>());
    for (const std::string& scheme : schemes) {
      list.push_back(Object({{"url", scheme + "://" + host + base}}, storage_));
    }
    return list;
  }

  // The parameters of a path item or operation, each resolved.
  Array parameters_of(const Object& holder) const {
    Array list(storage_);
    const Value* written = json::find(holder, "parameters");
    if (written == nullptr || !written->is_array()) {
      return list;
    }
    for (const Value& one : written->get_array()) {
      const Value* parameter = resolve(&one);
      if (parameter != nullptr && parameter->is_object()) {
        list.push_back(*parameter);
      }
    }
    return list;
  }

  static Array convert_parameters(const Array& written, const Storage& storage) {
    Array list(storage);
    for (const Value& one : written) {
      if (!is_body_parameter(one)) {
        list.push_back(convert_parameter(one, storage));
      }
    }
    return list;
  }

  // Bodies that stand at the path hold for operations that don't have one of their own.
  static Array with_shared_bodies(Array own, const Array& shared) {
    for (const Value& one : shared) {
      const auto is_same = [&](const Value& mine) {
        return text_at(mine.get_object(), "in") == text_at(one.get_object(), "in") &&
               text_at(mine.get_object(), "name") == text_at(one.get_object(), "name");
      };
      if (is_body_parameter(one) && std::none_of(own.begin(), own.end(), is_same)) {
        own.push_back(one);
      }
    }
    return own;
  }

  Value paths() const {
    const Value* written = json::find(old_, "paths");
    if (written == nullptr || !written->is_object()) {
      return written != nullptr ? Value(*written, storage_) : Value(Object(storage_));
    }
    Object all(storage_);
    for (const auto& member : written->get_object()) {
      const Value* item = resolve(&member.value());
      all[member.key()] = item != nullptr && item->is_object() ? path_item(item->get_object())
                                                               : Value(member.value(), storage_);
    }
    return all;
  }

  Value path_item(const Object& written) const {
    Object item(storage_);
    const Array shared = parameters_of(written);
    for (const auto& member : written) {
      const std::string name = to_lower(json::view(member.key()));
      if (is_method(name) && member.value().is_object()) {
        item[name] = operation(member.value().get_object(), shared);
      } else if (name != "parameters") {
        item[member.key()] = member.value();
      }
    }
    if (Array converted = convert_parameters(shared, storage_); !converted.empty()) {
      item["parameters"] = std::move(converted);
    }
    return item;
  }

  Value operation(const Object& written, const Array& shared) const {
    Object made(storage_);
    for (const auto& member : written) {
      const std::string_view name(member.key().data(), member.key().size());
      if (name != "parameters" && name != "consumes" && name != "produces" && name != "schemes" &&
          name != "responses") {
        made[name] = member.value();
      }
    }
    const Array own = with_shared_bodies(parameters_of(written), shared);
    if (Array converted = convert_parameters(own, storage_); !converted.empty()) {
      made["parameters"] = std::move(converted);
    }
    std::vector<std::string> consumes = texts_at(written, "consumes");
    if (!written.contains("consumes")) {
      consumes = texts_at(old_, "consumes");
    }
    if (Value body = body_of_parameters(own, consumes, storage_); !body.is_null()) {
      made["requestBody"] = std::move(body);
    }
    if (written.contains("schemes")) {
      Object source(storage_);
      copy_member(written, "schemes", source);
      copy_member(old_, "basePath", source);
      made["servers"] = servers(source);
    }
    std::vector<std::string> produces = texts_at(written, "produces");
    if (!written.contains("produces")) {
      produces = texts_at(old_, "produces");
    }
    made["responses"] = responses(json::find(written, "responses"), produces);
    return made;
  }

  Value responses(const Value* written, const std::vector<std::string>& produces) const {
    Object all(storage_);
    if (written == nullptr || !written->is_object()) {
      return all;
    }
    for (const auto& member : written->get_object()) {
      const Value* response = resolve(&member.value());
      const std::string_view status(member.key().data(), member.key().size());
      if (response != nullptr && response->is_object() && !is_extension(status)) {
        all[status] = convert_response(response->get_object(), produces);
      }
    }
    return all;
  }

  Value convert_response(const Object& written, std::vector<std::string> produces) const {
    Object made(storage_);
    for (const auto& member : written) {
      const std::string_view name(member.key().data(), member.key().size());
      if (name != "schema" && name != "examples" && name != "headers") {
        made[name] = member.value();
      }
    }
    if (const Value* headers = json::find(written, "headers"); headers && headers->is_object()) {
      Object all(storage_);
      for (const auto& member : headers->get_object()) {
        if (member.value().is_object()) {
          all[member.key()] = convert_parameter(member.value(), storage_);
        }
      }
      made["headers"] = std::move(all);
    }
    const Value* schema = json::find(written, "schema");
    const Value* examples = json::find(written, "examples");
    if (examples != nullptr && examples->is_object()) {
      for (const auto& member : examples->get_object()) {
        produces.emplace_back(member.key().data(), member.key().size());
      }
    }
    if (schema == nullptr && (examples == nullptr || !examples->is_object())) {
      return made;
    }
    if (produces.empty()) {
      produces.emplace_back("application/json");
    }
    Object content(storage_);
    for (const std::string& type : produces) {
      Object media(storage_);
      if (schema != nullptr) {
        media["schema"] = *schema;
        mend_schema(media["schema"], 0);
      }
      const Value* example = examples != nullptr ? json::step(*examples, type) : nullptr;
      if (example != nullptr) {
        media["example"] = *example;
      }
      content[type] = std::move(media);
    }
    made["content"] = std::move(content);
    return made;
  }

  Value components() const {
    Object all(storage_);
    if (const Value* schemas = json::find(old_, "definitions"); schemas && schemas->is_object()) {
      all["schemas"] = *schemas;
      for (auto& member : all["schemas"].get_object()) {
        mend_schema(member.value(), 0);
      }
    }
    const Value* schemes = json::find(old_, "securityDefinitions");
    if (schemes != nullptr && schemes->is_object()) {
      Object converted(storage_);
      for (const auto& member : schemes->get_object()) {
        if (member.value().is_object()) {
          converted[member.key()] = security_scheme(member.value().get_object());
        }
      }
      all["securitySchemes"] = std::move(converted);
    }
    return all;
  }

  Value security_scheme(const Object& written) const {
    Object made(storage_);
    copy_member(written, "description", made);
    const std::string_view type = text_at(written, "type");
    if (type == "basic") {
      made["type"] = "http";
      made["scheme"] = "basic";
      return made;
    }
    if (type != "oauth2") {
      return Value(written, storage_);
    }
    Object flow(storage_);
    for (const std::string_view name : {"authorizationUrl", "tokenUrl", "scopes"}) {
      copy_member(written, name, flow);
    }
    const std::string_view kind = text_at(written, "flow");
    const std::string_view renamed = kind == "application"  ? "clientCredentials"
                                     : kind == "accessCode" ? "authorizationCode"
                                                            : kind;
    made["type"] = "oauth2";
    made["flows"] = Object(
        {{renamed.empty() ? std::string_view("implicit") : renamed, std::move(flow)}}, storage_);
    return made;
  }

  static void rename_references(Value& value) {
    edit_references(value, "", [](const std::string&, boost::json::string& reference) {
      constexpr std::pair<std::string_view, std::string_view> moved[] = {
          {"#/definitions/", "#/components/schemas/"}};
      const std::string_view text(reference.data(), reference.size());
      for (const auto& [from, to] : moved) {
        if (text.starts_with(from)) {
          reference = std::string(to) + std::string(text.substr(from.size()));
          return;
        }
      }
    });
  }

  Document& document_;
  const Object& old_;
  Storage storage_;
};

// The content type of a form, by what it holds and what the operation takes.
std::string form_type(bool has_file, const std::vector<std::string>& consumes) {
  constexpr std::string_view multipart = "multipart/form-data";
  constexpr std::string_view plain = "application/x-www-form-urlencoded";
  const auto takes = [&](std::string_view type) {
    return std::find(consumes.begin(), consumes.end(), type) != consumes.end();
  };
  return std::string(has_file || (takes(multipart) && !takes(plain)) ? multipart : plain);
}

Value form_body(const Array& parameters, const std::vector<std::string>& consumes,
                const Storage& storage) {
  Object properties(storage);
  Array required(storage);
  bool has_file = false;
  for (const Value& one : parameters) {
    const Object& field = one.get_object();
    const std::string_view name = text_at(field, "name");
    if (text_at(field, "in") != "formData" || name.empty()) {
      continue;
    }
    has_file = has_file || text_at(field, "type") == "file";
    const Value* given = json::find(field, "schema");
    Value schema = given != nullptr ? Value(*given, storage) : schema_of(field, storage);
    if (schema.is_object()) {
      copy_member(field, "description", schema.get_object());
    }
    properties[name] = std::move(schema);
    const Value* needed = json::find(field, "required");
    if (needed != nullptr && needed->is_bool() && needed->get_bool()) {
      required.emplace_back(name);
    }
  }
  if (properties.empty()) {
    return nullptr;
  }
  Object schema({{"type", "object"}, {"properties", std::move(properties)}}, storage);
  const bool is_required = !required.empty();
  if (is_required) {
    schema["required"] = std::move(required);
  }
  Object content(storage);
  content[form_type(has_file, consumes)] = Object({{"schema", std::move(schema)}}, storage);
  Object body({{"content", std::move(content)}}, storage);
  body["required"] = is_required;
  return body;
}

}  // namespace

bool is_body_parameter(const Value& parameter) {
  const Object* object = parameter.if_object();
  if (object == nullptr) {
    return false;
  }
  const std::string_view in = text_at(*object, "in");
  return in == "body" || in == "formData";
}

Value body_of_parameters(const Array& parameters, const std::vector<std::string>& consumes,
                         Storage storage) {
  for (const Value& one : parameters) {
    if (!one.is_object() || text_at(one.get_object(), "in") != "body") {
      continue;
    }
    const Object& written = one.get_object();
    Value schema = Object(storage);
    if (const Value* given = json::find(written, "schema")) {
      schema = Value(*given, storage);
      mend_schema(schema, 0);
    }
    Object content(storage);
    std::vector<std::string> types = consumes;
    if (types.empty()) {
      types.emplace_back("application/json");
    }
    for (const std::string& type : types) {
      content[type] = Object({{"schema", schema}}, storage);
    }
    Object body({{"content", std::move(content)}}, storage);
    copy_member(written, "description", body);
    copy_member(written, "required", body);
    return body;
  }
  Array fields(storage);
  for (const Value& one : parameters) {
    if (one.is_object()) {
      fields.push_back(one);
    }
  }
  return form_body(fields, consumes, storage);
}

void convert_swagger2(Document& document) { document.root = Converter(document).run(); }

}  // namespace tartan::openapi
