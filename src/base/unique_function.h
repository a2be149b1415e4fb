// A callable that is moved, never copied, so that it may own what can't be copied. (C++23 brings
// std::move_only_function.)
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace tartan {

template <typename Signature>
class UniqueFunction;

template <typename R, typename... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;

  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, UniqueFunction> &&
           std::is_invocable_r_v<R, F&, Args...>) UniqueFunction(F&& callable)
      : held_(std::make_unique<Held<std::remove_cvref_t<F>>>(std::forward<F>(callable))) {}

  R operator()(Args... args) { return held_->call(std::forward<Args>(args)...); }
  explicit operator bool() const { return held_ != nullptr; }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual R call(Args... args) = 0;
  };
  template <typename F>
  struct Held final : Base {
    explicit Held(F&& f) : callable(std::move(f)) {}
    explicit Held(const F& f) : callable(f) {}
    R call(Args... args) override { return callable(std::forward<Args>(args)...); }
    F callable;
  };

  std::unique_ptr<Base> held_;
};

}  // namespace tartan
