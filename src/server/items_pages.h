// What the workbench shows and does of Users & Items: Users with their Items, removals, a removal
// spelled out and done, sandbox Items, the request journal. Reads and writes go through src/items.
#pragma once

#include <functional>
#include <memory>

#include "contract/router.h"
#include "items/deed.h"
#include "items/journal.h"
#include "items/user.h"
#include "server/about.h"
#include "server/core.h"

namespace tartan::server {

// One for each environment; nullptr where none is kept.
struct Journals {
  std::unique_ptr<items::Journal> sandbox;
  std::unique_ptr<items::Journal> production;

  items::Journal* of(access::Environment environment) const {
    return environment == access::Environment::sandbox ? sandbox.get() : production.get();
  }
};

class ItemsPages {
 public:
  ItemsPages(Core& core, const Journals& journals, const Addresses& addresses)
      : core_(core), journals_(journals), addresses_(addresses) {}

  void bind(contract::Router& router);

 private:
  using Environment = access::Environment;

  contract::ApiResult list_users(contract::Call& call, Environment environment);
  contract::ApiResult create_user(contract::Call& call, Environment environment);
  contract::ApiResult get_user(contract::Call& call, Environment environment);
  contract::ApiResult create_item(contract::Call& call, Environment environment);
  contract::ApiResult preview_removal(contract::Call& call, Environment environment);
  contract::ApiResult remove_items(contract::Call& call, Environment environment);
  contract::ApiResult preview_user_removal(contract::Call& call, Environment environment);
  contract::ApiResult remove_user(contract::Call& call, Environment environment);
  contract::ApiResult list_removals(contract::Call& call, Environment environment);
  contract::ApiResult list_institutions(contract::Call& call, Environment environment);
  contract::ApiResult list_journal(contract::Call& call, Environment environment);
  contract::ApiResult get_journal_entry(contract::Call& call, Environment environment);

  // A call in the place of the User's client, by whoever called the workbench.
  using Use = std::function<contract::ApiResult(items::Call&, const items::User&)>;
  contract::ApiResult read_user(const contract::Call& call, Environment environment,
                                const Use& use);
  contract::ApiResult change_user(const contract::Call& call, Environment environment,
                                  const Use& use);
  contract::ApiResult with_user(const contract::Call& call, Environment environment,
                                store::Transaction& tx, const Use& use);
  json::Object view_removal(const items::Removal& removal) const;
  access::Client client_of(std::string_view client_id) const;

  Core& core_;
  const Journals& journals_;
  const Addresses& addresses_;
};

}  // namespace tartan::server
