// /user/create, get, update, remove, identity/remove, products/terminate.
#include "items/user.h"

#include "items/deed.h"
#include "items/identity.h"
#include "items/item.h"
#include "users_items.h"

namespace tartan::items {
namespace {

using contract::Field;

// Puts the identities of a request into a profile, checked and normalised.
enum class Merge { replace, fill_in };
PlaidResult<Done> take_identities(Profile& profile, const Field<const json::Object*>& identity,
                                  const Field<const json::Object*>& legacy, Merge merge) {
  if (identity) {
    auto fresh = normalize_identity(**identity);
    if (!fresh) {
      return std::move(fresh).error();
    }
    if (merge == Merge::fill_in && profile.identity) {
      merge_identity(*profile.identity, *fresh);
    } else {
      profile.identity = *std::move(fresh);
    }
  }
  if (legacy) {
    auto fresh = normalize_legacy_identity(**legacy);
    if (!fresh) {
      return std::move(fresh).error();
    }
    profile.legacy_identity = *std::move(fresh);
  }
  return Done{};
}

Reply user_reply(const Call& call, const User& user, std::string_view user_token,
                 Reply::Kind kind) {
  return make_reply(
      call,
      [&](json::Writer& out) {
        out.key("user_id").string(user.user_id);
        if (!user_token.empty()) {
          out.key("user_token").string(user_token);
        }
      },
      kind);
}

// A client_user_id that has a User already: the current API answers that User and attaches a
// supplied identity; the legacy one refuses.
PlaidResult<Reply> repeat_create(Call& call, const User& user, access::Generation wanted,
                                 const api::UserCreateRequest& request) {
  if (wanted == access::Generation::legacy || user.generation == access::Generation::legacy) {
    return PlaidError{Code::invalid_field,
                      "client_user_id: there is a User with this client_user_id already; its "
                      "user_token was answered when it was made"};
  }
  if (request.identity || request.consumer_report_user_identity) {
    auto profile = open_profile(call, user);
    if (!profile) {
      return std::move(profile).error();
    }
    auto taken = take_identities(*profile, request.identity, request.consumer_report_user_identity,
                                 Merge::fill_in);
    if (!taken) {
      return std::move(taken).error();
    }
    save_profile(call, user, *profile);
  }
  return user_reply(call, user, {}, Reply::Kind::ok);
}

void log_deed(Call& call, std::string_view action, const User& user) {
  record_deed(call, {action, user.user_id, {}});
}

}  // namespace

PlaidResult<Reply> user_create(Call& call, const api::UserCreateRequest& request) {
  const bool upgraded = call.client.generation == access::Generation::current ||
                        request.with_upgraded_user.value_or(false);
  const auto generation = upgraded ? access::Generation::current : access::Generation::legacy;
  if (!upgraded && !(request.identity.state == decltype(request.identity)::State::absent)) {
    return PlaidError{Code::unknown_fields,
                      "the following fields are not recognized by this endpoint: identity (this "
                      "client uses the legacy User API: send consumer_report_user_identity, or "
                      "with_upgraded_user)"};
  }
  if (looks_personal(request.client_user_id)) {
    return PlaidError{Code::invalid_field,
                      "client_user_id must not be personal information such as an email address, "
                      "a phone number or a social security number"};
  }
  if (const auto existing = find_by_client_user_id(call, request.client_user_id)) {
    return repeat_create(call, *existing, generation, request);
  }
  if (is_retired(call, request.client_user_id)) {
    return PlaidError{
        Code::invalid_field,
        "client_user_id: a legacy User with this client_user_id was removed; it can't "
        "be used again"};
  }
  Profile profile;
  profile.client_user_id = request.client_user_id;
  auto taken = take_identities(profile, request.identity, request.consumer_report_user_identity,
                               Merge::replace);
  if (!taken) {
    return std::move(taken).error();
  }
  const NewUser made = create_user(call, generation, profile);
  log_deed(call, "user.create", made.user);
  // The legacy API answers 200 (facts, section 8.4).
  return user_reply(call, made.user, made.user_token,
                    upgraded ? Reply::Kind::created : Reply::Kind::ok);
}

PlaidResult<Reply> user_get(Call& call, const api::UserGetRequest& request) {
  auto user = find_user(call, request.user_id);
  if (!user) {
    return std::move(user).error();
  }
  auto profile = open_profile(call, *user);
  if (!profile) {
    return std::move(profile).error();
  }
  return make_reply(call, [&](json::Writer& out) {
    out.key("client_user_id").string(profile->client_user_id);
    out.key("created_at").string(format_utc(user->created_at));
    out.key("identity");
    if (profile->identity) {
      out.value(*profile->identity);
    } else {
      out.null();
    }
    if (user->updated_at) {
      out.key("updated_at").string(format_utc(*user->updated_at));
    }
    out.key("user_id").string(user->user_id);
  });
}

PlaidResult<Reply> user_update(Call& call, const api::UserUpdateRequest& request) {
  auto user = find_user(call, request.user_id, request.user_token);
  if (!user) {
    return std::move(user).error();
  }
  if (user->generation == access::Generation::legacy && request.identity) {
    return PlaidError{Code::invalid_field,
                      "identity: this User was made with the legacy API; send "
                      "consumer_report_user_identity"};
  }
  auto profile = open_profile(call, *user);
  if (!profile) {
    return std::move(profile).error();
  }
  auto taken = take_identities(*profile, request.identity, request.consumer_report_user_identity,
                               Merge::fill_in);
  if (!taken) {
    return std::move(taken).error();
  }
  save_profile(call, *user, *profile);
  log_deed(call, "user.update", *user);
  return empty_reply(call);
}

PlaidResult<Reply> user_identity_remove(Call& call, const api::UserIdentityRemoveRequest& request) {
  auto user = find_user(call, request.user_id);
  if (!user) {
    return std::move(user).error();
  }
  auto profile = open_profile(call, *user);
  if (!profile) {
    return std::move(profile).error();
  }
  profile->identity.reset();
  profile->legacy_identity.reset();
  save_profile(call, *user, *profile);
  log_deed(call, "user.identity.remove", *user);
  return empty_reply(call);
}

PlaidResult<Reply> user_remove(Call& call, const api::UserRemoveRequest& request) {
  auto user = find_user(call, request.user_id, request.user_token);
  if (!user) {
    return std::move(user).error();
  }
  if (auto removed = remove_user(call, *user); !removed) {
    return std::move(removed).error();
  }
  return empty_reply(call);
}

PlaidResult<Reply> user_products_terminate(Call& call,
                                           const api::UserProductsTerminateRequest& request) {
  auto user = find_user(call, request.user_id);
  if (!user) {
    return std::move(user).error();
  }
  end_subscriptions(call, user->user_id, EndCause::user_products_terminated);
  record_deed(call, {"user.products.terminate", user->user_id, {}, request.reason_code});
  return empty_reply(call);
}

}  // namespace tartan::items
