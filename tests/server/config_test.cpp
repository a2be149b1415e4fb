// Settings: later sources win, every key is checked, what is wrong is named.
#include "server/config.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_directory.h"

namespace tartan::server {
namespace {

Result<Config> config_of(std::initializer_list<const Values*> sources) {
  return make_config(std::span(sources.begin(), sources.size()));
}

std::string refusal(const Values& values) {
  const auto config = config_of({&values});
  return config ? "accepted" : config.error().message;
}

TEST(Config, LaterSourcesWin) {
  const Values file{{"workers", "3"}, {"log_level", "warn"}};
  const Values flags{{"workers", "5"}};
  const auto config = config_of({&file, &flags});
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->workers, 5U);
  EXPECT_EQ(config->log_level, LogLevel::warn);
}

TEST(Config, RefusesValuesOutOfRangeAndNamesTheKey) {
  for (const auto& [key, text] :
       std::map<std::string, std::string>{{"workers", "many"},
                                          {"sandbox_listen", "8081"},
                                          {"sandbox_listen", "127.0.0.1:70000"},
                                          {"body_bytes_max", "-1"},
                                          {"log_format", "xml"},
                                          {"ephemeral", "yes"}}) {
    EXPECT_NE(refusal({{key, text}}).find(key), std::string::npos) << key << "=" << text;
  }
}

TEST(Config, EverySettingHasAnEntryThatPrintConfigShows) {
  const std::string printed = print_config(Config{});
  for (const Setting& setting : settings()) {
    EXPECT_NE(printed.find(std::string(setting.key) + " = "), std::string::npos) << setting.key;
  }
}

TEST(Config, MasksSecretsWhenPrinted) {
  Config config;
  config.secret_sandbox = "planted-secret";
  EXPECT_EQ(print_config(config).find("planted-secret"), std::string::npos);
}

TEST(Config, RefusesCertificateAuthoritiesThatItCantRead) {
  const test::TemporaryDirectory folder;
  const auto file = (folder.path() / "ca.pem").string();
  const auto refused = [&] { return refusal({{"egress_ca_file", file}}); };
  EXPECT_NE(refused().find("can't be read"), std::string::npos) << refused();
  std::ofstream(file) << "no certificate";
  EXPECT_NE(refused().find("no certificate in it"), std::string::npos) << refused();
  std::ofstream(file) << "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_NE(refused().find("of its 1 blocks only 0"), std::string::npos) << refused();
  EXPECT_NE(refused().find("egress_ca_file"), std::string::npos);
  EXPECT_NE(refused().find(file), std::string::npos);
}

TEST(Config, RefusesUnknownKeysAndBrokenFiles) {
  const test::TemporaryDirectory folder;
  const auto file = (folder.path() / "tartan.toml").string();
  std::ofstream(file) << "workers = 2\nworkerz = 3\n";
  auto read = read_config_file(file);
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().message.find("workerz"), std::string::npos);
  std::ofstream(file) << "workers = \n";
  EXPECT_FALSE(read_config_file(file).ok());
  std::ofstream(file) << "sandbox_listen = \"127.0.0.1:0\"\nworkers = 2\n";
  read = read_config_file(file);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->at("workers"), "2");
}

}  // namespace
}  // namespace tartan::server
