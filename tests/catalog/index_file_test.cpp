// Index files: damage is found when a file is opened, and no damage gets further than that.
#include "catalog/search/index_file.h"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "search_fixture.h"

namespace tartan::catalog {
namespace {

class IndexFiles : public SearchTest {
 protected:
  std::string sample_bytes() const {
    TestDocument document{api("a.com/b", "Title"), {}};
    for (int i = 0; i < 40; ++i) {
      document.operations.push_back(operation("GET /things/" + std::to_string(i), "getThing",
                                              "Get thing number " + std::to_string(i)));
      document.operations.back().tags = {"tag" + std::to_string(i % 3)};
    }
    index({document}, "sample");
    std::ifstream in(path("sample"), std::ios::binary);
    std::ostringstream bytes;
    bytes << in.rdbuf();
    return bytes.str();
  }

  // Opens a file of these bytes, and searches it if that works.
  bool opens(const std::string& bytes) const {
    std::ofstream(path("damaged"), std::ios::binary) << bytes;
    const auto file = IndexFile::open(path("damaged"));
    if (!file) {
      EXPECT_EQ(file.error().fault, Fault::damaged);
      return false;
    }
    const CatalogSearch search(*file);
    search.search({.text = "get thing number 7 /things"});
    search.search({.tag = "tag1"});
    return true;
  }
};

TEST_F(IndexFiles, HoldWhatWasWritten) {
  index({{api("a.com", "A"), {operation("GET /x", "getX", "Get X")}}});
  const auto file = IndexFile::open(path("index"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->operation_count(), 1U);
  EXPECT_EQ((*file)->key(0), "a.com");
  EXPECT_EQ((*file)->shown(0).summary, "Get X");
}

TEST_F(IndexFiles, RefuseEveryTruncation) {
  const std::string bytes = sample_bytes();
  ASSERT_TRUE(opens(bytes));
  for (std::size_t size = 0; size < bytes.size(); size += size < 1000 ? 7 : 61) {
    EXPECT_FALSE(opens(bytes.substr(0, size))) << size;
  }
  EXPECT_FALSE(opens(bytes + "x"));
}

// Whether a byte is read at all; sections begin at round places, with nothing between them.
bool is_read(const std::string& bytes, std::size_t at) {
  format::Header header;
  std::memcpy(&header, bytes.data(), sizeof(header));
  return at < sizeof(header) ||
         std::any_of(std::begin(header.sections), std::end(header.sections),
                     [&](const format::SectionEntry& entry) {
                       return at >= entry.begin && at < entry.begin + entry.size;
                     });
}

TEST_F(IndexFiles, RefuseFlippedBytes) {
  const std::string bytes = sample_bytes();
  for (std::size_t at = 0; at < bytes.size(); at += at < 600 ? 1 : 7) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x41);
    EXPECT_EQ(opens(flipped), !is_read(bytes, at)) << at;
  }
}

TEST_F(IndexFiles, RefuseNumbersThatLeadOutside) {
  // Sums that fit do not make a posting fit: what is checked is more than damage by accident.
  const std::string bytes = sample_bytes();
  for (std::size_t section = 0; section < format::kSectionCount; ++section) {
    std::string changed = bytes;
    format::Header header;
    std::memcpy(&header, changed.data(), sizeof(header));
    format::SectionEntry& entry = header.sections[section];
    for (std::size_t i = 0; i < entry.size; ++i) {
      changed[entry.begin + i] = static_cast<char>(0xEE);
    }
    entry.checksum = format::checksum({changed.data() + entry.begin, entry.size});
    header.checksum = 0;
    header.checksum = format::checksum({reinterpret_cast<const char*>(&header), sizeof(header)});
    std::memcpy(changed.data(), &header, sizeof(header));
    opens(changed);
  }
}

TEST_F(IndexFiles, TellWhenThereIsNone) {
  const auto file = IndexFile::open(path("nowhere"));
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().fault, Fault::not_found);
}

TEST_F(IndexFiles, RefuseAKeyTwice) {
  IndexWriter writer;
  writer.begin_document(api("a.com", "A"));
  writer.begin_document(api("a.com", "A"));
  const Result<Done> written = writer.write(path("twice"));
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().fault, Fault::invalid);
}

TEST_F(IndexFiles, AreReplacedUnderTheirReaders) {
  const auto old = index({{api("a.com", "A"), {operation("GET /old", "old")}}});
  const auto fresh = index({{api("a.com", "A"), {operation("GET /new", "new")}}});
  EXPECT_EQ(old->shown(0).path, "/old");
  EXPECT_EQ(fresh->shown(0).path, "/new");
}

}  // namespace
}  // namespace tartan::catalog
