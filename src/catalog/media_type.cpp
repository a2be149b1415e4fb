#include "catalog/media_type.h"

#include "base/ascii.h"
#include "catalog/template_text.h"

namespace tartan::catalog {

std::string bare_type(std::string_view content_type) {
  return to_lower(trim(content_type.substr(0, content_type.find(';'))));
}

bool is_json_type(std::string_view content_type) {
  const std::string type = bare_type(content_type);
  return type == "application/json" || (type.size() > 5 && type.ends_with("+json"));
}

bool is_form_type(std::string_view content_type) {
  return bare_type(content_type) == "application/x-www-form-urlencoded";
}

bool is_multipart_type(std::string_view content_type) {
  return bare_type(content_type) == "multipart/form-data";
}

}  // namespace tartan::catalog
