#include "openapi/operation.h"

#include <algorithm>

#include "base/ascii.h"
#include "json/text.h"

namespace tartan::openapi {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;

// Of one operation; what a document of a hostile author may cost.
constexpr std::size_t kListMax = 1000;

const Object* object_member(const Object& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value != nullptr ? value->if_object() : nullptr;
}

const Array* array_member(const Object& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value != nullptr ? value->if_array() : nullptr;
}

std::vector<std::string> texts_of(const Array* array) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; array != nullptr && i < std::min(array->size(), kListMax); ++i) {
    if ((*array)[i].is_string()) {
      texts.emplace_back(view((*array)[i].get_string()));
    }
  }
  return texts;
}

class Reader {
 public:
  explicit Reader(Library& library) : library_(library) {}

  // The example of a parameter or media type: `example`, or the first of `examples`.
  const Value* example_of(const Object& object) {
    if (const Value* one = json::find(object, "example")) {
      return one;
    }
    const Value* many = json::find(object, "examples");
    if (many == nullptr) {
      return nullptr;
    }
    if (const Array* array = many->if_array()) {
      return array->empty() ? nullptr : &array->front();
    }
    if (!many->is_object()) {
      return nullptr;
    }
    // Some lie elsewhere (externalValue); the first that is here is taken.
    for (const auto& member : many->get_object()) {
      const Value* one = library_.resolve(&member.value());
      if (one == nullptr) {
        continue;
      }
      const Value* value = one->is_object() ? json::find(one->get_object(), "value") : one;
      if (value != nullptr) {
        return value;
      }
    }
    return nullptr;
  }

  std::vector<MediaType> content_of(const Object& holder) {
    std::vector<MediaType> types;
    const Object* content = object_member(holder, "content");
    for (auto it = content ? content->begin() : nullptr; content && it != content->end(); ++it) {
      if (types.size() == kListMax) {
        break;
      }
      MediaType type;
      type.content_type = view(it->key());
      if (const Object* media = it->value().if_object()) {
        type.schema = json::find(*media, "schema");
        type.example = example_of(*media);
        type.encoding = json::find(*media, "encoding");
      }
      types.push_back(std::move(type));
    }
    return types;
  }

  void add_parameters(const Object& holder, std::vector<Parameter>& parameters) {
    const Array* list = array_member(holder, "parameters");
    for (std::size_t i = 0; list != nullptr && i < list->size() && i < kListMax; ++i) {
      const Value* value = library_.resolve(&(*list)[i]);
      if (value == nullptr || !value->is_object()) {
        continue;
      }
      Parameter made = parameter(value->get_object());
      // An operation's own parameter replaces the one of its path.
      const auto same = std::find_if(parameters.begin(), parameters.end(), [&](const auto& other) {
        return other.name == made.name && other.in == made.in;
      });
      if (same != parameters.end()) {
        *same = std::move(made);
      } else {
        parameters.push_back(std::move(made));
      }
    }
  }

  Parameter parameter(const Object& object) {
    Parameter made;
    made.name = text_member(object, "name");
    made.in = text_member(object, "in");
    made.required = flag_member(object, "required") || made.in == "path";
    made.deprecated = flag_member(object, "deprecated");
    made.description = text_member(object, "description");
    made.schema = json::find(object, "schema");
    made.example = example_of(object);
    if (made.schema == nullptr) {
      const std::vector<MediaType> content = content_of(object);
      if (!content.empty()) {
        made.schema = content.front().schema;
        made.is_json = true;
        made.example = made.example != nullptr ? made.example : content.front().example;
      }
    }
    made.style = text_member(object, "style");
    if (made.style.empty()) {
      made.style = made.in == "query" || made.in == "cookie" ? "form" : "simple";
    }
    const Value* explode = json::find(object, "explode");
    made.explode =
        explode != nullptr && explode->is_bool() ? explode->get_bool() : made.style == "form";
    return made;
  }

  std::optional<RequestBody> body_of(const Object& operation) {
    const Value* value = library_.resolve(json::find(operation, "requestBody"));
    if (value == nullptr || !value->is_object()) {
      return std::nullopt;
    }
    RequestBody body;
    body.required = flag_member(value->get_object(), "required");
    body.description = text_member(value->get_object(), "description");
    body.content = content_of(value->get_object());
    return body;
  }

  std::vector<Response> responses_of(const Object& operation) {
    std::vector<Response> all;
    const Object* responses = object_member(operation, "responses");
    for (auto it = responses ? responses->begin() : nullptr; responses && it != responses->end();
         ++it) {
      const Value* value = library_.resolve(&it->value());
      const std::string_view status = view(it->key());
      if (value == nullptr || !value->is_object() || status.starts_with("x-") ||
          all.size() == kListMax) {
        continue;
      }
      all.push_back({std::string(status),
                     std::string(text_member(value->get_object(), "description")),
                     headers_of(value->get_object()), content_of(value->get_object())});
    }
    return all;
  }

  std::vector<ResponseHeader> headers_of(const Object& response) {
    std::vector<ResponseHeader> all;
    const Object* headers = object_member(response, "headers");
    for (auto it = headers ? headers->begin() : nullptr; headers && it != headers->end(); ++it) {
      const Value* value = library_.resolve(&it->value());
      if (value != nullptr && value->is_object() && all.size() < kListMax) {
        all.push_back({std::string(view(it->key())),
                       std::string(text_member(value->get_object(), "description")),
                       json::find(value->get_object(), "schema"), example_of(value->get_object())});
      }
    }
    return all;
  }

  static std::vector<Server> servers_of(const Object& holder) {
    std::vector<Server> all;
    const Array* list = array_member(holder, "servers");
    for (std::size_t i = 0; list != nullptr && i < list->size() && i < kListMax; ++i) {
      const Object* object = (*list)[i].if_object();
      if (object == nullptr) {
        continue;
      }
      Server server{std::string(text_member(*object, "url")),
                    std::string(text_member(*object, "description")),
                    {}};
      const Object* variables = object_member(*object, "variables");
      for (auto it = variables ? variables->begin() : nullptr; variables && it != variables->end();
           ++it) {
        server.variables.push_back(variable(view(it->key()), it->value()));
      }
      all.push_back(std::move(server));
    }
    return all;
  }

  std::vector<SecurityAlternative> security_of(const Object& operation) {
    const Array* list = array_member(operation, "security");
    if (list == nullptr) {
      list = array_member(library_.root(), "security");
    }
    std::vector<SecurityAlternative> all;
    for (std::size_t i = 0; list != nullptr && i < list->size() && i < kListMax; ++i) {
      const Object* wanted = (*list)[i].if_object();
      if (wanted == nullptr) {
        continue;
      }
      SecurityAlternative alternative;
      for (const auto& member : *wanted) {
        const std::string name(view(member.key()));
        const Value* scheme =
            library_.at("/components/securitySchemes/" + json::pointer_token(name));
        scheme = library_.resolve(scheme);
        alternative.push_back({name, scheme != nullptr ? scheme->if_object() : nullptr,
                               texts_of(member.value().if_array())});
      }
      all.push_back(std::move(alternative));
    }
    return all;
  }

 private:
  static ServerVariable variable(std::string_view name, const Value& value) {
    ServerVariable made;
    made.name = name;
    if (const Object* object = value.if_object()) {
      const Value* given = json::find(*object, "default");
      if (given != nullptr && !given->is_null()) {
        made.default_value =
            given->is_string() ? std::string(view(given->get_string())) : json::print(*given);
      }
      made.description = text_member(*object, "description");
      made.values = texts_of(array_member(*object, "enum"));
    }
    return made;
  }

  Library& library_;
};

}  // namespace

std::string_view text_member(const Object& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? view(value->get_string()) : std::string_view();
}

bool flag_member(const Object& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

Result<Operation> read_operation(Library& library, std::string_view path, std::string_view method) {
  const std::string lower = to_lower(method);
  const std::string item_pointer = "/paths/" + json::pointer_token(path);
  const Value* value = library.at(item_pointer + "/" + lower);
  if (value == nullptr || !value->is_object()) {
    return Error{Fault::not_found, "the document has no such operation"};
  }
  const Value* item_value = library.at(item_pointer);
  static const Object nothing;
  const Object& item =
      item_value != nullptr && item_value->is_object() ? item_value->get_object() : nothing;
  const Object& object = value->get_object();

  Reader reader(library);
  Operation made;
  made.method = lower;
  std::transform(made.method.begin(), made.method.end(), made.method.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  made.path = path;
  made.object = &object;
  made.operation_id = text_member(object, "operationId");
  made.summary = text_member(object, "summary");
  made.description = text_member(object, "description");
  if (made.summary.empty() && made.description.empty()) {
    made.summary = text_member(item, "summary");
    made.description = text_member(item, "description");
  }
  made.tags = texts_of(array_member(object, "tags"));
  made.deprecated = flag_member(object, "deprecated");
  reader.add_parameters(item, made.parameters);
  reader.add_parameters(object, made.parameters);
  made.body = reader.body_of(object);
  made.responses = reader.responses_of(object);
  made.servers = Reader::servers_of(object);
  for (const Object* holder : {&item, &library.root()}) {
    if (made.servers.empty()) {
      made.servers = Reader::servers_of(*holder);
    }
  }
  made.security = reader.security_of(object);
  return made;
}

}  // namespace tartan::openapi
