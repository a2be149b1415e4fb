#include "catalog/request_plan.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/ascii.h"
#include "catalog/curl_body.h"
#include "catalog/media_type.h"
#include "json/text.h"
#include "script/template.h"

namespace tartan::catalog {
namespace {

using json::Array;
using json::Object;
using json::Value;
using json::view;
using Body = RequestPlan::Body;

std::string_view text_member(const Object& object, std::string_view name) {
  const Value* value = json::find(object, name);
  return value != nullptr && value->is_string() ? view(value->get_string()) : std::string_view();
}

std::string as_identifier(std::string_view text, bool upper) {
  std::string made;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = byte < 0x80 && std::isalnum(byte) != 0;
    if (plain) {
      made += upper ? static_cast<char>(std::toupper(byte)) : c;
    } else if (!made.empty() && made.back() != '_') {
      made += '_';
    }
  }
  while (made.ends_with('_')) {
    made.pop_back();
  }
  made = made.substr(0, 40);
  const bool starts_well = !made.empty() && std::isdigit(static_cast<unsigned char>(made[0])) == 0;
  return starts_well ? made : (upper ? "VALUE" : "value") + (made.empty() ? "" : "_" + made);
}

class Planner {
 public:
  Planner(const Object& task, const Array& credentials) : task_(task), credentials_(credentials) {}

  Result<RequestPlan> run() {
    const Value* request = json::find(task_, "httpRequest");
    if (request == nullptr || !request->is_object()) {
      return Error{Fault::invalid, "the task has no httpRequest: expected an Http task"};
    }
    read_request(request->get_object());
    if (error_) {
      return *std::move(error_);
    }
    name_variables();
    add_secrets();
    read_seconds("connectionTimeoutSeconds", plan_.connect_seconds);
    read_seconds("readTimeoutSeconds", plan_.read_seconds);
    return std::move(plan_);
  }

 private:
  Text split(std::string_view text, std::string_view where) {
    auto pieces = split_template(text);
    if (!pieces) {
      fail(where, pieces.error().message);
      return {};
    }
    return *std::move(pieces);
  }

  void fail(std::string_view where, const std::string& message) {
    error_ =
        error_ ? error_ : std::optional(Error{Fault::invalid, std::string(where) + ": " + message});
  }

  Text checked(Result<Text> text) {
    if (!text) {
      fail("httpRequest.body", text.error().message);
      return {};
    }
    return *std::move(text);
  }

  void read_request(const Object& request) {
    if (const std::string_view method = text_member(request, "method"); !method.empty()) {
      plan_.method = method;
    }
    if (!std::all_of(plan_.method.begin(), plan_.method.end(),
                     [](char c) { return c >= 'A' && c <= 'Z'; })) {
      fail("httpRequest.method", "expected GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS");
    }
    plan_.url = split(text_member(request, "url"), "httpRequest.url");
    if (plan_.url.empty()) {
      fail("httpRequest.url", "expected an address");
    }
    const Value* headers = json::find(request, "headers");
    if (headers != nullptr && headers->is_object()) {
      for (const auto& one : headers->get_object()) {
        if (!one.value().is_null() && !one.value().is_structured()) {
          plan_.headers.emplace_back(view(one.key()),
                                     split(script::text_of(one.value()), "httpRequest.headers"));
        }
      }
    }
    const Value* body = json::find(request, "body");
    if (body != nullptr && !body->is_null()) {
      read_body(*body);
    }
  }

  std::string content_type() const {
    for (const auto& [name, value] : plan_.headers) {
      if (to_lower(name) == "content-type") {
        return literal_of(value);
      }
    }
    return "";
  }

  void default_type(const char* type) {
    if (content_type().empty()) {
      plan_.headers.emplace_back("Content-Type", literal(type));
    }
  }

  // As the requests of tasks are made (docs/workflows.md).
  void read_body(const Value& body) {
    const std::string type = content_type();
    plan_.body_value = body;
    if (body.is_object() && is_form_type(type)) {
      plan_.body = Body::form;
      read_fields(body.get_object());
    } else if (body.is_object() && is_multipart_type(type)) {
      plan_.body = Body::multipart;
      for (const auto& one : body.get_object()) {
        plan_.fields.emplace_back(view(one.key()), checked(field_text(one.value())));
      }
    } else if (body.is_string() && !is_json_type(type)) {
      plan_.body = Body::text;
      plan_.body_text = split(view(body.get_string()), "httpRequest.body");
      default_type("text/plain; charset=utf-8");
    } else {
      plan_.body = Body::json;
      plan_.body_text = checked(json_text(body));
      default_type("application/json");
    }
  }

  void read_fields(const Object& fields) {
    for (const auto& one : fields) {
      if (const Array* array = one.value().if_array()) {
        for (const Value& element : *array) {
          plan_.fields.emplace_back(view(one.key()), checked(field_text(element)));
        }
      } else {
        plan_.fields.emplace_back(view(one.key()), checked(field_text(one.value())));
      }
    }
  }

  // Plain names first, so that the others make way for them.
  void name_variables() {
    for (const bool plain : {true, false}) {
      name_in(plan_.url, plain);
      for (const auto& header : plan_.headers) {
        name_in(header.second, plain);
      }
      for (const auto& field : plan_.fields) {
        name_in(field.second, plain);
      }
      name_in(plan_.body_text, plain);
    }
  }

  void name_in(const Text& text, bool plain) {
    for (const Piece& one : text) {
      if (one.is_placeholder && is_identifier(one.text) == plain &&
          known_.insert(one.text).second) {
        plan_.variables.push_back({one.text,
                                   unique(plain ? one.text : as_identifier(one.text, false)),
                                   value_of(one.text)});
      }
    }
  }

  std::string unique(const std::string& wanted) {
    std::string name = wanted;
    for (int i = 2; !names_.insert(name).second; ++i) {
      name = wanted + std::to_string(i);
    }
    return name;
  }

  // The task's own input, when nothing has to be filled into it.
  std::optional<Value> value_of(std::string_view inner) const {
    const Value* inputs = json::find(task_, "inputParameters");
    const Value* given = inputs != nullptr && inputs->is_object()
                             ? json::find(inputs->get_object(), inner)
                             : nullptr;
    if (given == nullptr || given->is_structured()) {
      return std::nullopt;
    }
    if (!given->is_string()) {
      return *given;
    }
    const auto text = split_template(view(given->get_string()));
    return text && !has_placeholder(*text) ? std::optional(Value(literal_of(*text))) : std::nullopt;
  }

  void add_secrets() {
    for (const Value& one : credentials_) {
      if (one.is_object() && plan_.secrets.empty() && add_secret(one.get_object())) {
        return;
      }
    }
    if (!text_member(task_, "credentials").empty() && plan_.secrets.empty()) {
      plan_.notes.push_back("The task sends a saved credential besides: add what it adds.");
    }
  }

  bool add_secret(const Object& described) {
    const std::string_view type = text_member(described, "type");
    const std::string scheme = as_identifier(text_member(described, "scheme"), true);
    const auto with = [&](const char* end) {
      return unique(scheme.ends_with(end) ? scheme : scheme + "_" + end);
    };
    if (type == "Bearer" || type == "OAuth2ClientCredentials") {
      drop_header("authorization");
      plan_.secrets.push_back(
          {PlanSecret::Kind::bearer, "Authorization", "Bearer ", {with("TOKEN")}});
      return true;
    }
    if (type == "Basic") {
      drop_header("authorization");
      std::string user = with("USERNAME");
      plan_.secrets.push_back(
          {PlanSecret::Kind::basic, "Authorization", "", {std::move(user), with("PASSWORD")}});
      return true;
    }
    const Value* parts = json::find(described, "credential");
    const Value* values = parts != nullptr && parts->is_object()
                              ? json::find(parts->get_object(), "values")
                              : nullptr;
    if (type != "ApiKey" || values == nullptr || !values->is_array()) {
      return false;
    }
    for (const Value& value : values->get_array()) {
      if (value.is_object()) {
        add_key(value.get_object());
      }
    }
    return !plan_.secrets.empty();
  }

  void add_key(const Object& key) {
    const std::string name(text_member(key, "name"));
    const std::string_view in = text_member(key, "in");
    const std::string_view value = text_member(key, "value");
    if (in != "header" && in != "query") {
      plan_.notes.push_back("The credential adds '" + name + "' to the body besides.");
      return;
    }
    if (in == "header") {
      drop_header(to_lower(name));
    }
    // "session=" is a cookie's name; any other value would be the secret itself.
    const bool is_cookie_name = value.ends_with('=') && to_lower(name) == "cookie";
    plan_.secrets.push_back({in == "header" ? PlanSecret::Kind::header : PlanSecret::Kind::query,
                             name,
                             is_cookie_name ? std::string(value) : "",
                             {unique(as_identifier(name, true))}});
  }

  // A credential's header takes the place of one that the task sets.
  void drop_header(const std::string& small) {
    std::erase_if(plan_.headers, [&](const auto& one) { return to_lower(one.first) == small; });
  }

  void read_seconds(std::string_view name, std::int64_t& to) const {
    const Value* value = json::find(task_, name);
    if (value != nullptr && value->is_int64()) {
      to = value->get_int64();
    }
  }

  const Object& task_;
  const Array& credentials_;
  RequestPlan plan_;
  std::set<std::string> known_;  // placeholders
  std::set<std::string> names_;
  std::optional<Error> error_;
};

}  // namespace

const PlanVariable& RequestPlan::variable(std::string_view inner) const {
  return *std::find_if(variables.begin(), variables.end(),
                       [&](const PlanVariable& one) { return one.inner == inner; });
}

Result<RequestPlan> plan_request(const Object& task, const Array& credentials) {
  return Planner(task, credentials).run();
}

}  // namespace tartan::catalog
