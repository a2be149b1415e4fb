// How text becomes words: splitting, number, spelling, distance.
#include "catalog/search/words.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "catalog/search/path_shape.h"

namespace tartan::catalog {
namespace {

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  WordReader reader(text);
  Word word;
  while (reader.next(word)) {
    found.emplace_back(word.text);
  }
  return found;
}

using Words = std::vector<std::string>;

TEST(Words, AreSplitAtCaseAndPunctuation) {
  EXPECT_EQ(words("sendMail"), (Words{"send", "mail"}));
  EXPECT_EQ(words("list_core_v1_namespaced-pod"),
            (Words{"list", "core", "v1", "namespaced", "pod"}));
  EXPECT_EQ(words("/#Action=RunInstances"), (Words{"action", "run", "instances"}));
  EXPECT_EQ(words("{AccountSid}.json"), (Words{"account", "sid", "json"}));
}

TEST(Words, KeepAcronymsAndDigitsWhole) {
  EXPECT_EQ(words("HTTPRoute"), (Words{"http", "route"}));
  EXPECT_EQ(words("getUserIDs"), (Words{"get", "user", "ids"}));
  EXPECT_EQ(words("OAuth2 s3 EC2Instance"), (Words{"oauth2", "s3", "ec2", "instance"}));
  EXPECT_EQ(words("listURLs"), (Words{"list", "urls"}));
}

TEST(Words, OfAnyBytesEndAndStayWithinTheText) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
  }
  for (std::size_t begin = 0; begin < bytes.size(); ++begin) {
    WordReader reader(std::string_view(bytes).substr(begin));
    Word word;
    std::size_t end = 0;
    while (reader.next(word)) {
      EXPECT_GE(word.begin, end);
      EXPECT_GT(word.end, word.begin);
      end = word.end;
    }
    EXPECT_LE(end, bytes.size() - begin);
  }
  EXPECT_EQ(words(std::string(10'000, 'a')), Words{std::string(word_bytes_max, 'a')});
  EXPECT_TRUE(words("!?... --- {}").empty());
}

TEST(Words, OfVerbsHaveBases) {
  const auto has = [](std::string_view word, std::string_view base) {
    const std::vector<std::string> bases = verb_bases(word);
    return std::find(bases.begin(), bases.end(), base) != bases.end();
  };
  EXPECT_TRUE(has("commenting", "comment"));
  EXPECT_TRUE(has("liked", "like"));
  EXPECT_TRUE(has("stopped", "stop"));
  EXPECT_TRUE(has("tried", "try"));
  EXPECT_TRUE(has("spent", "spend"));
  EXPECT_TRUE(verb_bases("comment").empty());
}

TEST(Words, HaveASingular) {
  EXPECT_EQ(singular("customers"), "customer");
  EXPECT_EQ(singular("companies"), "company");
  EXPECT_EQ(singular("boxes"), "box");
  EXPECT_EQ(singular("branches"), "branch");
  EXPECT_EQ(singular("status"), "status");
  EXPECT_EQ(singular("address"), "address");
}

bool has_form(std::string_view word, std::string_view form) {
  for (const WordForm& each : forms_of(word)) {
    if (each.text == form) {
      return true;
    }
  }
  return false;
}

TEST(Words, HaveOtherForms) {
  EXPECT_TRUE(has_form("customer", "customers"));
  EXPECT_TRUE(has_form("repositories", "repository"));
  EXPECT_TRUE(has_form("sending", "send"));
  EXPECT_TRUE(has_form("create", "created"));
  EXPECT_TRUE(has_form("stopped", "stop"));
  EXPECT_TRUE(has_form("organisation", "organization"));
  EXPECT_TRUE(has_form("color", "colour"));
}

TEST(Words, AreApartByTheirEdits) {
  EXPECT_EQ(edit_distance("custmoers", "customers", Ending::whole, 2), 1) << "a swap is one edit";
  EXPECT_EQ(edit_distance("mesage", "message", Ending::whole, 2), 1);
  EXPECT_EQ(edit_distance("recieev", "receive", Ending::whole, 2), 2);
  EXPECT_EQ(edit_distance("abc", "xyz", Ending::whole, 2), 3) << "more than asked for";
  EXPECT_EQ(edit_distance("subscrpt", "subscription", Ending::prefix, 2), 1);
}

TEST(PathShape, LevelsParameters) {
  EXPECT_EQ(path_shape("/Users/{id}/"), path_shape("users/:userId"));
  EXPECT_EQ(path_hash("/a/{b}"), path_hash("/a/{c}"));
  EXPECT_NE(path_hash("/a/{b}"), path_hash("/a/b"));
}

TEST(PathShape, FitsPieces) {
  const auto fit = [](std::string_view typed, std::string_view path) {
    return fit_path(path_segments(typed), path);
  };
  EXPECT_EQ(fit("/v1/pets/{x}", "/v1/pets/{id}"), PathFit::whole);
  EXPECT_EQ(fit("/v1/pe", "/v1/pets/{id}"), PathFit::head);
  EXPECT_EQ(fit("pets/{id}", "/v1/pets/{petId}"), PathFit::tail);
  EXPECT_EQ(fit("pets/{id}", "/v1/pets/{petId}/toys"), PathFit::inside);
  EXPECT_EQ(fit("conversations/history", "/conversations.history"), PathFit::whole);
  EXPECT_EQ(fit("users/me/drafts", "/users/{userId}/drafts"), PathFit::loosely);
  EXPECT_EQ(fit("cats/{id}", "/v1/pets/{petId}"), PathFit::none);
}

}  // namespace
}  // namespace tartan::catalog
