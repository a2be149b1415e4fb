// What runs here, for the workbench's first page and its settings.
#pragma once

#include "contract/router.h"
#include "server/config.h"
#include "server/core.h"

namespace tartan::server {

struct Addresses {
  http::Address workbench;
  http::Address sandbox;
  http::Address production;

  const http::Address& of(access::Environment environment) const {
    return environment == access::Environment::sandbox ? sandbox : production;
  }
};

// "http://127.0.0.1:8080"
std::string url_of(const http::Address& address);

struct About {
  About(Core& core_, const Config& config_)
      : core(core_), config(config_), started_at(core_.clock().now()) {}

  contract::ApiReply answer();

  Core& core;
  const Config& config;
  UnixMs started_at;
  Addresses addresses;
};

}  // namespace tartan::server
