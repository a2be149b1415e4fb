// Result<T>: a value or the reason why there is none. Module borders return it instead of throwing;
// exceptions of libraries are caught where the library is called.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tartan {

// What kind of failure it is, free of any protocol. Who answers a request turns it into that
// protocol's code in one place.
enum class Fault {
  invalid,       // the caller's input is wrong; the message says what was expected
  not_found,     // the thing named does not exist
  conflict,      // the state forbids it: exists already, locked
  stale,         // the change is based on a state that is no longer the present one
  no_access,     // nobody that is known asks
  forbidden,     // who asks may not do it
  wrong_method,  // the thing exists, but not for this verb
  too_large,     // beyond a limit
  unavailable,   // may work later: busy, shutting down
  full,          // no space left on disk
  damaged,       // stored bytes do not check out
  internal,      // a defect or the operating system refusing
};

struct Error {
  Fault fault = Fault::internal;
  std::string message;
};

// No value, only success.
struct Done {};

template <typename T, typename E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(E error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  E& error() & { return std::get<1>(state_); }
  const E& error() const& { return std::get<1>(state_); }
  E&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, E> state_;
};

}  // namespace tartan
