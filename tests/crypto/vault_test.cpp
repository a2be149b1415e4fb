// Sealed values open only with their key, context and exact bytes; hashes depend on key and
// purpose; the key file is made once and readable by its owner only.
#include "crypto/vault.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "support/temporary_directory.h"

namespace tartan::crypto {
namespace {

Key key_of(unsigned char fill) {
  Key key;
  key.fill(fill);
  return key;
}

TEST(Vault, OpensWhatItSealed) {
  SeededRandom random(1);
  const Key key = key_of(7);
  const Bytes sealed = seal(key, random, "row 1", "a secret");
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  const auto opened = open_sealed(key, "row 1", sealed);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, "a secret");
}

TEST(Vault, RefusesAnotherKeyAnotherContextAndAnyAlteredByte) {
  SeededRandom random(1);
  const Key key = key_of(7);
  const Bytes sealed = seal(key, random, "row 1", "a secret");
  EXPECT_FALSE(open_sealed(key_of(8), "row 1", sealed).ok());
  EXPECT_FALSE(open_sealed(key, "row 2", sealed).ok());
  EXPECT_FALSE(open_sealed(key, "row 1", "").ok());
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes altered = sealed;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_FALSE(open_sealed(key, "row 1", altered).ok()) << "byte " << i;
  }
}

TEST(Vault, WrapsAKeyForItsOwnerOnly) {
  SeededRandom random(1);
  const Vault vault(key_of(1));
  const ObjectKey made = vault.make_object_key(random, "item-1");
  const auto key = vault.unwrap(made.wrapped, "item-1");
  ASSERT_TRUE(key.ok());
  EXPECT_EQ(*key, made.key);
  EXPECT_FALSE(vault.unwrap(made.wrapped, "item-2").ok());
  EXPECT_FALSE(Vault(key_of(2)).unwrap(made.wrapped, "item-1").ok());
}

TEST(Vault, HashesDependOnTextPurposeAndKey) {
  const Vault vault(key_of(1));
  EXPECT_EQ(vault.hash("access", "token"), vault.hash("access", "token"));
  EXPECT_NE(vault.hash("access", "token"), vault.hash("access", "tokem"));
  EXPECT_NE(vault.hash("access", "token"), vault.hash("public", "token"));
  EXPECT_NE(vault.hash("access", "token"), Vault(key_of(2)).hash("access", "token"));
}

TEST(Vault, MakesItsKeyFileOnceAndForItsOwnerOnly) {
  const test::TemporaryDirectory folder;
  const auto file = folder.path() / "key";
  SystemRandom random;
  EXPECT_FALSE(Vault::open(file, random, Vault::IfMissing::fail).ok());
  const auto first = Vault::open(file, random, Vault::IfMissing::create);
  ASSERT_TRUE(first.ok());
  const auto again = Vault::open(file, random, Vault::IfMissing::create);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(first->hash("p", "t"), again->hash("p", "t"));
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(Vault, RefusesAKeyFileThatHoldsNoKey) {
  const test::TemporaryDirectory folder;
  const auto file = folder.path() / "key";
  std::ofstream(file) << "not a key\n";
  SystemRandom random;
  const auto opened = Vault::open(file, random, Vault::IfMissing::create);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().fault, Fault::damaged);
}

}  // namespace
}  // namespace tartan::crypto
