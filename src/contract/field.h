// What the readers that the build makes from api/*.yaml put into a request's struct.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "json/json.h"

namespace tartan::contract {

// An optional or nullable member: left out, null, or a value.
template <typename T>
struct Field {
  enum class State : std::uint8_t { absent, null, value };
  State state = State::absent;
  T value = {};

  bool has_value() const { return state == State::value; }
  bool is_null() const { return state == State::null; }
  explicit operator bool() const { return has_value(); }
  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
  T value_or(T fallback) const { return has_value() ? value : fallback; }
};

// Readers of a value that the schema check has passed. Text points into the parsed body.
inline void read(const json::Value& from, std::string_view& to) {
  const auto& text = from.get_string();
  to = {text.data(), text.size()};
}
inline void read(const json::Value& from, bool& to) { to = from.get_bool(); }
// Beyond the range of 64 bits the nearest value stands in; schemas bound what matters.
inline void read(const json::Value& from, std::int64_t& to) {
  constexpr double bound = 9.2e18;
  to = from.is_int64()
           ? from.get_int64()
           : static_cast<std::int64_t>(std::clamp(from.to_number<double>(), -bound, bound));
}
inline void read(const json::Value& from, double& to) { to = from.to_number<double>(); }
inline void read(const json::Value& from, const json::Object*& to) { to = &from.get_object(); }
inline void read(const json::Value& from, const json::Array*& to) { to = &from.get_array(); }
inline void read(const json::Value& from, const json::Value*& to) { to = &from; }

template <typename T>
void read(const json::Value& from, std::vector<T>& to) {
  const json::Array& array = from.get_array();
  to.resize(array.size());
  for (std::size_t i = 0; i < array.size(); ++i) {
    read(array[i], to[i]);
  }
}

template <typename T>
void read(const json::Value& from, Field<T>& to) {
  if (from.is_null()) {
    to.state = Field<T>::State::null;
    return;
  }
  read(from, to.value);
  to.state = Field<T>::State::value;
}

template <typename T>
void read_member(const json::Object& object, std::string_view name, T& to) {
  if (const json::Value* member = json::find(object, name)) {
    read(*member, to);
  }
}

}  // namespace tartan::contract
