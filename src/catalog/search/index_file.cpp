#include "catalog/search/index_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "catalog/search/path_shape.h"

namespace tartan::catalog {
namespace {

Error damaged(const char* what) {
  return {Fault::damaged, std::string("the search index is damaged: ") + what};
}

template <typename T>
bool read_array(std::string_view bytes, std::span<const T>& numbers) {
  if (bytes.size() % sizeof(T) != 0 ||
      reinterpret_cast<std::uintptr_t>(bytes.data()) % alignof(T) != 0) {
    return false;
  }
  numbers = {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  return true;
}

// Whether `starts` cuts `size` things into `count` pieces.
bool cuts(std::span<const std::uint32_t> starts, std::size_t count, std::size_t size) {
  return starts.size() == count + 1 && starts.front() == 0 && starts.back() == size &&
         std::is_sorted(starts.begin(), starts.end());
}

bool all_below(std::span<const std::uint32_t> marks, int shift, std::uint32_t limit) {
  std::uint32_t largest = 0;
  for (const std::uint32_t mark : marks) {
    largest = std::max(largest, mark >> shift);
  }
  return marks.empty() || largest < limit;
}

bool within(format::TextRange range, std::string_view text) {
  return range.begin <= text.size() && range.size <= text.size() - range.begin;
}

// Takes a number from the front of `bytes`; false when there is none.
bool take_number(std::string_view& bytes, std::size_t& number) {
  number = 0;
  for (int shift = 0; shift <= 28 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<std::size_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) {
      return true;
    }
  }
  return false;
}

bool take_text(std::string_view& bytes, std::string_view& text) {
  std::size_t size = 0;
  if (!take_number(bytes, size) || size > bytes.size()) {
    return false;
  }
  text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

bool take_shown(std::string_view bytes, IndexFile::Shown& shown) {
  return take_text(bytes, shown.id) && take_text(bytes, shown.path) &&
         take_text(bytes, shown.operation_id) && take_text(bytes, shown.summary) && bytes.empty();
}

std::string_view piece(std::string_view text, std::span<const std::uint32_t> starts,
                       std::uint32_t at) {
  return text.substr(starts[at], starts[at + 1] - starts[at]);
}

}  // namespace

IndexFile::~IndexFile() {
  if (bytes_ != nullptr) {
    ::munmap(const_cast<char*>(bytes_), size_);
  }
}

Result<std::shared_ptr<const IndexFile>> IndexFile::open(const std::string& path) {
  const std::shared_ptr<IndexFile> file(new IndexFile());
  if (const Result<Done> mapped = file->map(path); !mapped) {
    return mapped.error();
  }
  if (const Result<Done> read = file->read_sections(); !read) {
    return read.error();
  }
  return std::shared_ptr<const IndexFile>(file);
}

Result<Done> IndexFile::map(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return Error{errno == ENOENT ? Fault::not_found : Fault::internal,
                 "can't open " + path + ": " + std::strerror(errno)};
  }
  struct stat status {};
  if (::fstat(file, &status) != 0 ||
      static_cast<std::size_t>(status.st_size) < sizeof(format::Header)) {
    ::close(file);
    return damaged("it is too short");
  }
  size_ = static_cast<std::size_t>(status.st_size);
  void* const bytes = ::mmap(nullptr, size_, PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  if (bytes == MAP_FAILED) {
    return Error{Fault::internal, "can't map " + path + ": " + std::strerror(errno)};
  }
  bytes_ = static_cast<const char*>(bytes);
  return Done{};
}

std::string_view IndexFile::section(format::Section section) const {
  const auto* header = reinterpret_cast<const format::Header*>(bytes_);
  const format::SectionEntry& entry = header->sections[static_cast<std::size_t>(section)];
  return {bytes_ + entry.begin, static_cast<std::size_t>(entry.size)};
}

Result<Done> IndexFile::check_header() const {
  format::Header header;
  std::memcpy(&header, bytes_, sizeof(header));
  if (header.magic != format::kMagic || header.version != format::kVersion) {
    return damaged("it is none, or of another version");
  }
  const std::uint64_t sum = std::exchange(header.checksum, 0);
  if (sum != format::checksum({reinterpret_cast<const char*>(&header), sizeof(header)}) ||
      header.file_size != size_) {
    return damaged("its header does not fit");
  }
  for (const format::SectionEntry& entry : header.sections) {
    if (entry.begin > size_ || entry.size > size_ - entry.begin ||
        entry.checksum != format::checksum({bytes_ + entry.begin, entry.size})) {
      return damaged("a section does not fit its sum");
    }
  }
  return Done{};
}

Result<Done> IndexFile::read_sections() {
  if (Result<Done> header = check_header(); !header) {
    return header;
  }
  using format::Section;
  operation_count_ = reinterpret_cast<const format::Header*>(bytes_)->operation_count;
  document_text_ = section(Section::document_text);
  operation_text_ = section(Section::operation_text);
  term_text_ = section(Section::term_text);
  tag_text_ = section(Section::tag_text);
  const bool aligned = read_array(section(Section::documents), documents_) &&
                       read_array(section(Section::methods), methods_) &&
                       read_array(section(Section::own_words), own_words_) &&
                       read_array(section(Section::priors), priors_) &&
                       read_array(section(Section::flags), flags_) &&
                       read_array(section(Section::text_starts), text_starts_) &&
                       read_array(section(Section::term_starts), term_starts_) &&
                       read_array(section(Section::term_letters), term_letters_) &&
                       read_array(section(Section::posting_starts), posting_starts_) &&
                       read_array(section(Section::postings), postings_) &&
                       read_array(section(Section::document_starts), document_starts_) &&
                       read_array(section(Section::document_postings), document_postings_) &&
                       read_array(section(Section::paths), paths_) &&
                       read_array(section(Section::tag_starts), tag_starts_) &&
                       read_array(section(Section::tag_posting_starts), tag_posting_starts_) &&
                       read_array(section(Section::tag_postings), tag_postings_);
  if (!aligned || !bounds_hold() || !texts_hold()) {
    return damaged("a number leads outside");
  }
  return Done{};
}

bool IndexFile::bounds_hold() const {
  const std::size_t terms = term_letters_.size();
  const bool sizes = methods_.size() == operation_count_ && own_words_.size() == operation_count_ &&
                     priors_.size() == operation_count_ && flags_.size() == operation_count_ &&
                     paths_.size() == operation_count_ && !tag_starts_.empty();
  if (!sizes) {
    return false;
  }
  const std::size_t tags = tag_starts_.size() - 1;
  std::uint32_t first = 0;
  for (const format::Document& document : documents_) {
    const bool fits =
        document.first_operation == first && document.operation_count <= operation_count_ - first &&
        within(document.key, document_text_) && within(document.api, document_text_) &&
        within(document.title, document_text_) && within(document.version, document_text_);
    if (!fits) {
      return false;
    }
    first += document.operation_count;
  }
  const bool paths_fit = std::all_of(paths_.begin(), paths_.end(), [&](std::uint64_t path) {
    return static_cast<std::uint32_t>(path) < operation_count_;
  });
  return first == operation_count_ && paths_fit &&
         cuts(text_starts_, operation_count_, operation_text_.size()) &&
         cuts(term_starts_, terms, term_text_.size()) &&
         cuts(posting_starts_, terms, postings_.size()) &&
         cuts(document_starts_, terms, document_postings_.size()) &&
         cuts(tag_starts_, tags, tag_text_.size()) &&
         cuts(tag_posting_starts_, tags, tag_postings_.size()) &&
         all_below(postings_, 8, operation_count_) &&
         all_below(document_postings_, 8, document_count()) &&
         all_below(tag_postings_, 0, operation_count_);
}

bool IndexFile::texts_hold() const {
  Shown shown;
  for (std::uint32_t i = 0; i < operation_count_; ++i) {
    if (methods_[i] > 8 || !take_shown(piece(operation_text_, text_starts_, i), shown)) {
      return false;
    }
  }
  return true;
}

std::string_view IndexFile::text(format::TextRange range) const {
  return document_text_.substr(range.begin, range.size);
}

std::uint32_t IndexFile::document_of(std::uint32_t operation) const {
  const auto after = std::upper_bound(
      documents_.begin(), documents_.end(), operation,
      [](std::uint32_t number, const format::Document& d) { return number < d.first_operation; });
  return static_cast<std::uint32_t>(after - documents_.begin()) - 1;
}

IndexFile::Shown IndexFile::shown(std::uint32_t operation) const {
  Shown shown;
  take_shown(piece(operation_text_, text_starts_, operation), shown);
  return shown;
}

std::string_view IndexFile::term(std::uint32_t number) const {
  return piece(term_text_, term_starts_, number);
}

// The first term that is not before `word`.
std::uint32_t IndexFile::first_term(std::string_view word) const {
  std::uint32_t low = 0;
  std::uint32_t high = term_count();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (term(middle) < word) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::optional<std::uint32_t> IndexFile::find_term(std::string_view word) const {
  const std::uint32_t at = first_term(word);
  if (at == term_count() || term(at) != word) {
    return std::nullopt;
  }
  return at;
}

std::pair<std::uint32_t, std::uint32_t> IndexFile::terms_with(std::string_view prefix) const {
  const std::uint32_t first = first_term(prefix);
  // No word holds the byte 0xFF of valid text, and of other text it is no harm to miss one.
  const std::uint32_t last = first_term(std::string(prefix) + '\xFF');
  return {first, std::max(first, last)};
}

std::span<const std::uint32_t> IndexFile::postings(std::uint32_t term) const {
  return postings_.subspan(posting_starts_[term],
                           posting_starts_[term + 1] - posting_starts_[term]);
}

std::span<const std::uint32_t> IndexFile::document_postings(std::uint32_t term) const {
  return document_postings_.subspan(document_starts_[term],
                                    document_starts_[term + 1] - document_starts_[term]);
}

std::span<const std::uint64_t> IndexFile::operations_at(std::string_view path) const {
  const std::uint64_t high = path_hash(path) & 0xFFFFFFFF00000000;
  const auto first = std::lower_bound(paths_.begin(), paths_.end(), high);
  const auto last = std::upper_bound(first, paths_.end(), high | 0xFFFFFFFF);
  return {first, last};
}

std::span<const std::uint32_t> IndexFile::operations_tagged(std::string_view tag) const {
  std::uint32_t low = 0;
  auto high = static_cast<std::uint32_t>(tag_starts_.size() - 1);
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (piece(tag_text_, tag_starts_, middle) < tag) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low + 1 >= tag_starts_.size() || piece(tag_text_, tag_starts_, low) != tag) {
    return {};
  }
  return tag_postings_.subspan(tag_posting_starts_[low],
                               tag_posting_starts_[low + 1] - tag_posting_starts_[low]);
}

}  // namespace tartan::catalog
