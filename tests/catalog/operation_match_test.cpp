// An address fits a path of the catalogue step by step.
#include "catalog/operation_match.h"

#include <gtest/gtest.h>

namespace tartan::catalog {
namespace {

TEST(FitPath, TakesParametersStepByStep) {
  EXPECT_TRUE(fit_path("/users/{id}", "/users/7").has_value());
  EXPECT_TRUE(fit_path("/users/{id}/", "/users/7").has_value());
  EXPECT_TRUE(fit_path("/users/{id}.json", "/users/7.json").has_value());
  EXPECT_TRUE(fit_path("/v1/{name}:cancel", "/v1/x:cancel").has_value());
  EXPECT_TRUE(fit_path("/a/{x}-{y}", "/a/1-2").has_value());
  EXPECT_TRUE(fit_path("/users/{id}", std::string("/users/") + kAnyValue).has_value());
  EXPECT_FALSE(fit_path("/users/{id}", "/users/").has_value());
  EXPECT_FALSE(fit_path("/users/{id}", "/users/7/items").has_value());
  EXPECT_FALSE(fit_path("/users/{id}.json", "/users/7").has_value());
  EXPECT_FALSE(fit_path("/users/me", std::string("/users/") + kAnyValue).has_value());
}

TEST(FitPath, CountsWhatIsSpelledOut) {
  EXPECT_GT(*fit_path("/users/me", "/users/me"), *fit_path("/users/{id}", "/users/me"));
}

}  // namespace
}  // namespace tartan::catalog
