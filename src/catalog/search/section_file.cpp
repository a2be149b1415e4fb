#include "catalog/search/section_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace tartan::catalog {
namespace {

constexpr std::uint64_t kAlignment = 64;  // of sections: numbers are read in place

}  // namespace

SectionFile::SectionFile(std::string path, std::uint32_t operation_count)
    : path_(std::move(path)), temporary_(path_ + ".new") {
  header_.magic = format::kMagic;
  header_.version = format::kVersion;
  header_.operation_count = operation_count;
  end_ = (sizeof(header_) + kAlignment - 1) / kAlignment * kAlignment;
  file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file_ < 0) {
    fail("can't create");
  }
}

SectionFile::~SectionFile() {
  if (file_ >= 0) {
    ::close(file_);
    ::unlink(temporary_.c_str());
  }
}

void SectionFile::fail(const char* what) {
  if (!failed_) {
    failed_ = true;
    error_ = {errno == ENOSPC || errno == EDQUOT ? Fault::full : Fault::internal,
              std::string(what) + ' ' + temporary_ + ": " + std::strerror(errno)};
  }
}

void SectionFile::write_at(std::uint64_t at, std::string_view bytes) {
  while (!bytes.empty() && !failed_) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      fail("can't write");
      return;
    }
    at += static_cast<std::uint64_t>(written);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void SectionFile::add(format::Section section, std::string_view bytes) {
  format::SectionEntry& entry = header_.sections[static_cast<std::size_t>(section)];
  entry = {end_, bytes.size(), format::checksum(bytes)};
  write_at(end_, bytes);
  end_ = (end_ + bytes.size() + kAlignment - 1) / kAlignment * kAlignment;
}

Result<Done> SectionFile::finish() {
  header_.file_size = end_;
  header_.checksum = format::checksum({reinterpret_cast<const char*>(&header_), sizeof(header_)});
  write_at(0, {reinterpret_cast<const char*>(&header_), sizeof(header_)});
  if (!failed_ && ::ftruncate(file_, static_cast<off_t>(end_)) != 0) {
    fail("can't write");
  }
  if (!failed_ && ::fsync(file_) != 0) {
    fail("can't write");
  }
  if (!failed_ && std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    fail("can't rename");
  }
  if (failed_) {
    return error_;
  }
  ::close(std::exchange(file_, -1));
  return sync_folder();
}

// A rename is on disk once its folder is.
Result<Done> SectionFile::sync_folder() {
  const std::size_t slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  if (!synced) {
    fail("can't sync the folder of");
  }
  if (file >= 0) {
    ::close(file);
  }
  return synced ? Result<Done>(Done{}) : Result<Done>(error_);
}

}  // namespace tartan::catalog
