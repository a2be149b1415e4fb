// A SQLite VFS that fails on command, over the real one: root ignores permission bits, so a full or
// read-only disk has to be made here.
#pragma once

namespace tartan::store {

enum class DiskFault {
  none,
  full,       // writes and growth answer SQLITE_FULL
  read_only,  // writes answer SQLITE_READONLY
  sync_fails  // fsync answers an I/O error
};

// The VFS's name for SqliteOptions::vfs; registered on first use.
const char* fault_vfs();

// What every file of the VFS does from now on.
void set_disk_fault(DiskFault fault);

}  // namespace tartan::store
