#include "store/fault_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <new>

namespace tartan::store {
namespace {

std::atomic<DiskFault> current_fault = DiskFault::none;

// What SQLite sees; the real file's memory follows it.
struct FaultFile {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<FaultFile*>(file)->real(); }

int write_fault() {
  switch (current_fault.load()) {
    case DiskFault::full:
      return SQLITE_FULL;
    case DiskFault::read_only:
      return SQLITE_READONLY;
    case DiskFault::none:
    case DiskFault::sync_fails:
      break;
  }
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    2,
    [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); },
    [](sqlite3_file* f, void* data, int size, sqlite3_int64 at) {
      return real(f)->pMethods->xRead(real(f), data, size, at);
    },
    [](sqlite3_file* f, const void* data, int size, sqlite3_int64 at) {
      const int fault = write_fault();
      return fault != SQLITE_OK ? fault : real(f)->pMethods->xWrite(real(f), data, size, at);
    },
    [](sqlite3_file* f, sqlite3_int64 size) {
      const int fault = write_fault();
      return fault != SQLITE_OK ? fault : real(f)->pMethods->xTruncate(real(f), size);
    },
    [](sqlite3_file* f, int flags) {
      return current_fault == DiskFault::sync_fails ? SQLITE_IOERR_FSYNC
                                                    : real(f)->pMethods->xSync(real(f), flags);
    },
    [](sqlite3_file* f, sqlite3_int64* size) {
      return real(f)->pMethods->xFileSize(real(f), size);
    },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); },
    [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); },
    [](sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); },
    [](sqlite3_file* f, int op, void* arg) {
      return real(f)->pMethods->xFileControl(real(f), op, arg);
    },
    [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); },
    [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); },
    [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
    },
    [](sqlite3_file* f, int offset, int count, int flags) {
      return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
    },
    [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); },
    [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); },
    nullptr,
    nullptr,
};

sqlite3_vfs* real_vfs() {
  static sqlite3_vfs* const found = sqlite3_vfs_find(nullptr);
  return found;
}

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* fault = new (file) FaultFile;
  fault->base.pMethods = nullptr;
  const int code = real_vfs()->xOpen(real_vfs(), name, fault->real(), flags, out_flags);
  if (code == SQLITE_OK) {
    fault->base.pMethods = &kMethods;
  }
  return code;
}

}  // namespace

const char* fault_vfs() {
  static sqlite3_vfs vfs = [] {
    sqlite3_vfs made = *real_vfs();
    made.zName = "tartan-fault";
    made.szOsFile = static_cast<int>(sizeof(FaultFile)) + real_vfs()->szOsFile;
    made.xOpen = open_file;
    made.pNext = nullptr;
    return made;
  }();
  static const int registered = sqlite3_vfs_register(&vfs, 0);
  return registered == SQLITE_OK ? vfs.zName : nullptr;
}

void set_disk_fault(DiskFault fault) { current_fault = fault; }

}  // namespace tartan::store
