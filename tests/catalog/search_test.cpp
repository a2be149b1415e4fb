// What the search of the catalogue finds and in which order, on small catalogues made here.
#include "catalog/search/catalog_search.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "search_fixture.h"

namespace tartan::catalog {
namespace {

using Names = std::vector<std::string>;

TestDocument shop() {
  return {api("shop.com", "Shop API"),
          {operation("GET /v1/customers", "listCustomers", "List all customers"),
           operation("POST /v1/customers", "createCustomer", "Create a customer"),
           operation("GET /v1/customers/{id}", "getCustomer", "Retrieve a customer"),
           operation("DELETE /v1/customers/{id}", "deleteCustomer", "Delete a customer"),
           operation("POST /v1/refunds", "createRefund", "Create a refund"),
           operation("GET /v1/subscriptions/{id}/invoices", "listInvoices", "List invoices"),
           operation("POST /v1/customers/{id}/tax_ids", "createTaxId", "Create a tax ID")}};
}

TestDocument chat() {
  return {api("chat.io", "GitHub-like chat"),
          {operation("POST /chat.postMessage", "chat_postMessage", "Sends a message to a channel"),
           operation("GET /users.list", "users_list", "Lists all users in a team"),
           operation("POST /pictures/{pictureId}/likes", "likePicture", "Like a picture")}};
}

class Search : public SearchTest {};

TEST_F(Search, FindsWordsOfCamelSnakeAndKebabCase) {
  const CatalogSearch search(index({shop(), chat()}));
  EXPECT_EQ(first(search, "chat_post_message"), "chat.io POST /chat.postMessage");
  EXPECT_EQ(first(search, "createTaxId"), "shop.com POST /v1/customers/{id}/tax_ids");
  EXPECT_EQ(first(search, "tax-ids"), "shop.com POST /v1/customers/{id}/tax_ids");
}

TEST_F(Search, TakesPluralForSingularAndBack) {
  const CatalogSearch search(index({shop(), chat()}));
  EXPECT_EQ(first(search, "create refunds"), "shop.com POST /v1/refunds");
  EXPECT_EQ(first(search, "list customer"), "shop.com GET /v1/customers");
}

TEST_F(Search, KnowsEverydayWords) {
  const CatalogSearch search(index({shop(), chat()}));
  EXPECT_EQ(first(search, "destroy customer"), "shop.com DELETE /v1/customers/{id}");
  EXPECT_EQ(first(search, "get rid of a customer"), "shop.com DELETE /v1/customers/{id}");
  EXPECT_EQ(first(search, "add client"), "shop.com POST /v1/customers");
  EXPECT_EQ(first(search, "show all customers"), "shop.com GET /v1/customers");
  EXPECT_EQ(first(search, "like photo"), "chat.io POST /pictures/{pictureId}/likes");
}

TEST_F(Search, KnowsWhatPeopleCallWellKnownOperations) {
  const auto payments = [](const char* name) {
    return TestDocument{api(name, "Payments"),
                        {operation("POST /v1/refunds"), operation("GET /v1/balance"),
                         operation("POST /v1/invoices/{invoice}/mark_uncollectible"),
                         operation("POST /v1/invoices/{invoice}/send")}};
  };
  const CatalogSearch known(index({payments("stripe.com")}));
  EXPECT_EQ(first(known, "write off bad debt"),
            "stripe.com POST /v1/invoices/{invoice}/mark_uncollectible");
  EXPECT_EQ(first(known, "how much money do i have"), "stripe.com GET /v1/balance");
  // They are said of one provider's operations, not of every path that reads the same.
  const CatalogSearch unknown(index({payments("pay.example")}, "other"));
  EXPECT_NE(first(unknown, "write off bad debt"),
            "pay.example POST /v1/invoices/{invoice}/mark_uncollectible");
}

TEST_F(Search, CompletesTheLastWord) {
  const CatalogSearch search(index({shop(), chat()}));
  EXPECT_EQ(first(search, "create ref"), "shop.com POST /v1/refunds");
  EXPECT_EQ(first(search, "list inv"), "shop.com GET /v1/subscriptions/{id}/invoices");
  EXPECT_EQ(first(search, "creat cust tax"), "shop.com POST /v1/customers/{id}/tax_ids")
      << "words before it too, when they are no words as they stand";
}

TEST_F(Search, ForgivesOneTypo) {
  const CatalogSearch search(index({shop(), chat()}));
  EXPECT_EQ(first(search, "create custmoer"), "shop.com POST /v1/customers");
  EXPECT_EQ(first(search, "create refnd"), "shop.com POST /v1/refunds");
  EXPECT_EQ(first(search, "subscrptons invoices"), "shop.com GET /v1/subscriptions/{id}/invoices");
  EXPECT_EQ(search.search({.text = "zzz "}).total, 0U) << "three letters are too few to guess";
}

TEST_F(Search, PutsTheExactPathFirst) {
  const CatalogSearch search(index({shop(), chat()}));
  EXPECT_EQ(first(search, "/v1/customers"), "shop.com GET /v1/customers");
  EXPECT_EQ(first(search, "POST /v1/customers"), "shop.com POST /v1/customers");
  EXPECT_EQ(first(search, "delete /v1/customers/{anything}"), "shop.com DELETE /v1/customers/{id}");
  EXPECT_EQ(first(search, "customers/:id/tax_ids"), "shop.com POST /v1/customers/{id}/tax_ids");
  EXPECT_EQ(first(search, "https://shop.com/v1/refunds"), "shop.com POST /v1/refunds");
}

TEST_F(Search, FiltersByApiProviderMethodAndTag) {
  TestDocument drive{api("big.com/drive", "Drive"), {operation("GET /files", "listFiles")}};
  TestDocument mail{api("big.com/mail", "Mail"), {operation("GET /files", "listFiles")}};
  mail.operations.push_back(operation("POST /files", "addFile"));
  mail.operations.back().tags = {"Files", "Upload"};
  TestDocument other{api("big.community", "Other"), {operation("GET /files", "listFiles")}};
  const CatalogSearch search(index({drive, mail, other}));
  EXPECT_EQ(names(search.search({.text = "list files", .api = "big.com/drive"})),
            Names{"big.com/drive GET /files"});
  EXPECT_EQ(search.search({.text = "files", .api = "big.com"}).total, 3U);
  EXPECT_EQ(names(search.search({.text = "files", .method = "POST"})),
            Names{"big.com/mail POST /files"});
  EXPECT_EQ(names(search.search({.tag = "Upload"})), Names{"big.com/mail POST /files"});
  EXPECT_EQ(search.search({.text = "files", .method = "FETCH"}).total, 0U);
  EXPECT_EQ(search.search({.text = "files", .tag = "upload"}).total, 0U);
}

TEST_F(Search, ListsEverythingInAStableOrderWhenNothingIsTyped) {
  const CatalogSearch search(index({shop(), chat()}));
  const SearchPage all = search.search({.size = 100});
  EXPECT_EQ(all.total, 10U);
  EXPECT_FALSE(all.partial);
  EXPECT_EQ(names(all).front(), "chat.io POST /chat.postMessage");
  EXPECT_EQ(names(all).back(), "shop.com POST /v1/customers/{id}/tax_ids");
}

TEST_F(Search, GivesTheSameOrderOnPagesAsOnOne) {
  const CatalogSearch search(index({shop(), chat()}));
  for (const std::string_view text : {"customers", "create", "list", "", "/v1"}) {
    const Names all = names(search.search({.text = text, .size = 100}));
    Names pages;
    for (std::size_t offset = 0; offset < all.size(); offset += 2) {
      const SearchPage page = search.search({.text = text, .size = 2, .offset = offset});
      EXPECT_EQ(page.total, all.size());
      for (std::string& name : names(page)) {
        pages.push_back(std::move(name));
      }
    }
    EXPECT_EQ(pages, all) << text;
    EXPECT_EQ(names(search.search({.text = text, .size = 100})), all);
  }
  EXPECT_TRUE(search.search({.text = "list", .offset = 1'000'000}).hits.empty());
}

TEST_F(Search, SaysWhenNothingAnswersTheWholeQuery) {
  const CatalogSearch search(index({shop(), chat()}));
  EXPECT_FALSE(search.search({.text = "list customers"}).partial);
  const SearchPage page = search.search({.text = "list customers xylophone"});
  EXPECT_TRUE(page.partial);
  EXPECT_EQ(names(page).front(), "shop.com GET /v1/customers");
  const SearchPage none = search.search({.text = "xylophone"});
  EXPECT_EQ(none.total, 0U);
}

TEST_F(Search, MarksWhatAnswers) {
  const CatalogSearch search(index({shop(), chat()}));
  const SearchPage page = search.search({.text = "shop remove cust"});
  ASSERT_FALSE(page.hits.empty());
  const SearchHit& hit = page.hits.front();
  EXPECT_EQ(hit.id, "DELETE /v1/customers/{id}");
  EXPECT_EQ(marked(hit.path, hit.highlights.path), Names{"cust"});
  EXPECT_EQ(marked(hit.summary, hit.highlights.summary), (Names{"Delete", "cust"}));
  EXPECT_EQ(marked(hit.operation_id, hit.highlights.operation_id), (Names{"delete", "Cust"}));
  EXPECT_EQ(marked(hit.api_title, hit.highlights.api_title), Names{"Shop"});
}

TEST_F(Search, FindsNamesWrittenInTwoWordsOrOne) {
  const TestDocument hub{api("code.dev", "GitHub"), {operation("GET /repos", "listRepos")}};
  const TestDocument other{
      api("a.com", "Another"),
      {operation("GET /repos", "listRepos"), operation("POST /pull/requests", "x"),
       operation("GET /pull/requests", "y"), operation("PUT /pull/requests", "z"),
       operation("DELETE /pull/requests", "a"), operation("PATCH /pull/requests", "b")}};
  const CatalogSearch search(index({hub, other}));
  EXPECT_EQ(first(search, "github repos"), "code.dev GET /repos");
  EXPECT_EQ(first(search, "git hub repos"), "code.dev GET /repos");
  EXPECT_EQ(search.search({.text = "pullrequests "}).total, 5U);
}

TEST_F(Search, PutsThePathThatSaysAllBeforeOnesThatSayHalf) {
  // "Items" stands in the title too, which must not count as much as in the path.
  const TestDocument users{
      api("tartan/users-items", "Tartan: Users & Items"),
      {operation("POST /user/remove", "userRemove", "Remove a User"),
       operation("POST /item/remove", "itemRemove", "Remove an Item"),
       operation("POST /user/items/get", "userItemsGet", "List the Items of a User"),
       operation("POST /user/items/remove", "userItemsRemove", "Remove several Items of a User")}};
  const CatalogSearch search(index({users, shop(), chat()}));
  EXPECT_EQ(first(search, "remove items of user"), "tartan/users-items POST /user/items/remove");
  EXPECT_EQ(first(search, "remove user"), "tartan/users-items POST /user/remove");
  EXPECT_EQ(first(search, "delete an item"), "tartan/users-items POST /item/remove");
}

TestDocument lights() {
  return {api("lights.io", "Lights"),
          {operation("POST /lights/{id}/enable", "enableLight", "Enable a light"),
           operation("POST /lights/{id}/disable", "disableLight", "Disable a light"),
           operation("GET /lights", "listLights", "List lights"),
           operation("POST /lights", "createLight", "Create a light"),
           operation("GET /parcels/{id}/tracking", "getTracking", "Tracking of a parcel"),
           operation("GET /parcels/{id}/comments", "listComments", "List comments"),
           operation("PUT /users/{id}/mute", "muteUser", "Mute a user"),
           operation("DELETE /users/{id}/mute", "unmuteUser", "Unmute a user")}};
}

TEST_F(Search, KnowsVerbsInTwoPieces) {
  const CatalogSearch search(index({lights(), shop(), chat()}));
  EXPECT_EQ(first(search, "turn on the light"), "lights.io POST /lights/{id}/enable");
  EXPECT_EQ(first(search, "turn this old light on"), "lights.io POST /lights/{id}/enable");
  EXPECT_EQ(first(search, "switch the light off"), "lights.io POST /lights/{id}/disable");
  EXPECT_EQ(first(search, "shop give the customers their money back"), "shop.com POST /v1/refunds");
}

TEST_F(Search, KnowsPhrasesAroundSmallWords) {
  const CatalogSearch search(index({lights(), shop(), chat()}));
  EXPECT_EQ(first(search, "make a customer"), "shop.com POST /v1/customers")
      << "the verb of a phrase is said by the method";
  EXPECT_EQ(first(search, "where's my parcel"), "lights.io GET /parcels/{id}/tracking");
  EXPECT_EQ(first(search, "where is the parcel"), "lights.io GET /parcels/{id}/tracking");
}

TEST_F(Search, KnowsPastFormsOfVerbs) {
  const CatalogSearch search(index({lights(), shop(), chat()}));
  EXPECT_EQ(first(search, "what was commented on a parcel"),
            "lights.io GET /parcels/{id}/comments");
}

TestDocument projects() {
  return {api("work.io", "Projects"),
          {operation("POST /projects", "createProject", "Create a project"),
           operation("GET /projects/{id}/reviewers", "listReviewers", "List reviewers"),
           operation("PUT /projects/{id}/reviewers/{number}", "addReviewer", "Add a reviewer"),
           operation("POST /projects/{id}/star", "starProject", "Star a project")}};
}

TEST_F(Search, ReadsWhereAQuestionIsAsked) {
  const CatalogSearch search(index({projects(), shop()}));
  EXPECT_EQ(first(search, "who has to review a project"), "work.io GET /projects/{id}/reviewers")
      << "a verb in a question is no order";
  EXPECT_EQ(first(search, "add somebody who has to review a project"),
            "work.io PUT /projects/{id}/reviewers/{number}")
      << "an order stays one, whatever is said of its object";
}

TEST_F(Search, TakesTheDeedForTheVerbThatIsOnlyGiven) {
  const CatalogSearch search(index({projects(), shop()}));
  EXPECT_EQ(first(search, "give a project a star"), "work.io POST /projects/{id}/star");
}

TEST_F(Search, TakesPhrasesThatSayTwoThingsForBoth) {
  const TestDocument bills{api("bills.com", "Bills"),
                           {operation("POST /invoices", "createInvoice"),
                            operation("POST /invoices/{id}/send", "sendInvoice"),
                            operation("POST /messages/send", "sendMessage")}};
  const CatalogSearch search(index({bills, shop()}));
  EXPECT_EQ(first(search, "email a bill"), "bills.com POST /invoices/{id}/send");
}

TEST_F(Search, TellsAVerbFromItsOpposite) {
  const CatalogSearch search(index({lights(), shop(), chat()}));
  EXPECT_EQ(first(search, "mute user"), "lights.io PUT /users/{id}/mute");
  EXPECT_EQ(first(search, "unmute user"), "lights.io DELETE /users/{id}/mute");
}

TEST_F(Search, TakesNewForAWishToMakeOne) {
  const CatalogSearch search(index({lights(), shop(), chat()}));
  EXPECT_EQ(first(search, "new light"), "lights.io POST /lights");
  EXPECT_EQ(first(search, "creat light"), "lights.io POST /lights") << "a verb with a typo";
}

TEST_F(Search, PrefersTheServiceNamedAfterItsProvider) {
  const TestDocument tasks{api("big.com/tasks", "Tasks"), {operation("POST /lists/{id}/tasks")}};
  const TestDocument other{api("big.com/grid", "Grid"), {operation("POST /{parent}/tasks")}};
  const CatalogSearch search(index({other, tasks}));
  EXPECT_EQ(first(search, "big tasks add a task"), "big.com/tasks POST /lists/{id}/tasks");
}

TEST_F(Search, KnowsAProviderOfTwoWordsByItsWholeName) {
  const TestDocument rates{api("rate-hub.com", "Rates"), {operation("GET /latest/{base}")}};
  const TestDocument other{api("other.com", "Other"), {operation("GET /latest/hub/rate")}};
  const CatalogSearch search(index({other, rates}));
  EXPECT_EQ(first(search, "ratehub latest"), "rate-hub.com GET /latest/{base}");
  EXPECT_EQ(first(search, "rate-hub latest"), "rate-hub.com GET /latest/{base}");
}

TEST_F(Search, FindsPathsWithParametersForWhatIsFixedOrWithTheServersPath) {
  const TestDocument books{
      api("books.org", "Books"),
      {operation("POST /indexes/books/documents"), operation("GET /{realm}/users/{id}/roles"),
       operation("GET /{realm}/users"), operation("POST /documents/index")}};
  const CatalogSearch search(index({books, shop()}));
  EXPECT_EQ(first(search, "POST /indexes/{uid}/documents"),
            "books.org POST /indexes/books/documents");
  EXPECT_EQ(first(search, "/admin/realms/{realm}/users"), "books.org GET /{realm}/users");
}

TEST_F(Search, FindsAProductByItsHostLogoOrDescription) {
  TestDocument by_host{api("vendor.com", "Public API"), {operation("GET /things", "listThings")}};
  by_host.document.servers = {"https://api.zephyr.example/v1"};
  TestDocument by_logo{api("acme.com", "REST API"), {operation("GET /things", "listThings")}};
  by_logo.document.logo = "https://cdn.acme.com/images/quokka-logo.png";
  TestDocument by_text{api("corp.com", "API"), {operation("GET /things", "listThings")}};
  by_text.document.description = "All of <b>Wombat</b> as an API.";
  const CatalogSearch search(index({by_host, by_logo, by_text}));
  EXPECT_EQ(first(search, "zephyr things"), "vendor.com GET /things");
  EXPECT_EQ(first(search, "quokka things"), "acme.com GET /things");
  EXPECT_EQ(first(search, "wombat things"), "corp.com GET /things");
}

TEST_F(Search, PutsTheMainApiAndTheNewestVersionFirst) {
  std::vector<TestDocument> documents;
  for (const std::string service : {"api.hub.com", "enterprise-2.1", "enterprise-3.0"}) {
    documents.push_back({api("hub.com/" + service, "Hub REST API"),
                         {operation("GET /repos/{owner}", "getRepo", "Get a repository")}});
  }
  const CatalogSearch search(index(documents));
  EXPECT_EQ(
      names(search.search({.text = "hub get repo"})),
      (Names{"hub.com/api.hub.com GET /repos/{owner}", "hub.com/enterprise-3.0 GET /repos/{owner}",
             "hub.com/enterprise-2.1 GET /repos/{owner}"}));
  EXPECT_EQ(names(search.search({.text = "get repo", .api = "hub.com/enterprise-2.1"})),
            Names{"hub.com/enterprise-2.1 GET /repos/{owner}"});
}

TEST_F(Search, PutsDeprecatedAndDeepPathsBehind) {
  TestDocument document{
      api("a.com", "A"),
      {operation("GET /v2/a/b/c/d/pets", "x", "List pets"),
       operation("GET /v1/pets", "y", "List pets"), operation("GET /v2/pets", "z", "List pets")}};
  document.operations[1].deprecated = true;
  const CatalogSearch search(index({document}));
  EXPECT_EQ(first(search, "list pets"), "a.com GET /v2/pets");
}

TEST_F(Search, SearchesRecentDocumentsInPlaceOfThoseTheyReplace) {
  TestDocument newer = shop();
  newer.operations = {operation("POST /v2/customers", "createCustomer", "Create a customer")};
  const TestDocument added{api("zoo.com", "Zoo"), {operation("GET /animals", "listAnimals")}};
  const auto main = index({shop(), chat()}, "main");
  const auto recent = index({newer, added}, "recent");
  const CatalogSearch search(main, recent, {"chat.io"});
  EXPECT_EQ(first(search, "create customer"), "shop.com POST /v2/customers");
  EXPECT_EQ(first(search, "animals"), "zoo.com GET /animals");
  for (const std::string_view text : {"message", "/chat.postMessage", "chat"}) {
    for (const std::string& name : names(search.search({.text = text}))) {
      EXPECT_FALSE(name.starts_with("chat.io")) << name << ": its document was removed";
    }
  }
  EXPECT_EQ(names(search.search({})),
            (Names{"shop.com POST /v2/customers", "zoo.com GET /animals"}));
}

TEST_F(Search, OrdersTheSameOverOneFileOrTwo) {
  const TestDocument zoo{api("zoo.com", "Zoo"), {operation("GET /customers", "listCustomers")}};
  const CatalogSearch one(index({shop(), chat(), zoo}, "one"));
  const CatalogSearch two(index({chat(), zoo}, "main"), index({shop()}, "recent"));
  for (const std::string_view text : {"customers", "list", "create custmoer", "", "zoo", "c"}) {
    EXPECT_EQ(names(one.search({.text = text})), names(two.search({.text = text}))) << text;
  }
}

TEST_F(Search, SurvivesHostileQueries) {
  const CatalogSearch search(index({shop(), chat()}));
  std::string many_words;
  for (int i = 0; i < 2000; ++i) {
    many_words += "w" + std::to_string(i) + " ";
  }
  for (const std::string& text :
       {std::string(10'000, 'a'), std::string(10'000, '/'), std::string("a\0b", 3), many_words,
        std::string("\xFF\xFE\x80\xC0"), std::string("{{{{}}}}//::<<>>"), std::string("...---!!!"),
        std::string(10'000, '{'), std::string("/"), std::string(" \t\n"), std::string("://"),
        std::string("GET"), std::string("GET /"), std::string("\xC3")}) {
    const SearchPage page = search.search({.text = text, .size = 1'000'000});
    for (const SearchHit& hit : page.hits) {
      for (const Highlight& mark : hit.highlights.path) {
        EXPECT_LE(mark.end, hit.path.size());
      }
    }
  }
}

TEST_F(Search, AnswersManyThreadsAlike) {
  const CatalogSearch search(index({shop(), chat()}));
  const Names expected = names(search.search({.text = "create customer"}));
  std::vector<std::thread> threads;
  threads.reserve(6);
  std::atomic<int> alike = 0;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        search.search({.text = "list custmoers"});
        alike += names(search.search({.text = "create customer"})) == expected ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(alike, 120);
}

TEST_F(Search, WorksOnAnEmptyCatalogue) {
  const CatalogSearch search(index({}));
  EXPECT_EQ(search.search({.text = "anything"}).total, 0U);
  EXPECT_EQ(search.search({}).total, 0U);
  EXPECT_EQ(search.search({.text = "/a/b"}).total, 0U);
}

}  // namespace
}  // namespace tartan::catalog
