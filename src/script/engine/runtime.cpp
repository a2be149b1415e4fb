#include "script/engine/runtime.h"

#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdarg>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace tartan::script {
namespace {

// A 32-bit address plus a 32-bit constant offset, and the widest access.
constexpr std::size_t kReservation = (std::size_t{1} << 33) + kWasmPage;

// wasm2c's numbers of function signatures; one list for the one module.
using Signature = std::vector<int>;
thread_local std::vector<Signature> signatures;

template <typename T>
void put(const quickjs_imports_t* imports, std::uint32_t address, T value) {
  std::memcpy(imports->at(address, sizeof(value)).data(), &value, sizeof(value));
}

}  // namespace

void trap() { ::_exit(kExitTrap); }

ProcessorClock::time_point ProcessorClock::now() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return time_point(std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec));
}

}  // namespace tartan::script

using tartan::script::kWasmPage;
using tartan::script::put;
using tartan::script::trap;

void quickjs_imports_t::reserve(std::uint32_t pages) {
  void* start = ::mmap(nullptr, tartan::script::kReservation, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (start == MAP_FAILED) {
    trap();
  }
  // A huge page would be cleared whole for the one byte that an evaluation touches.
  ::madvise(start, tartan::script::kReservation, MADV_NOHUGEPAGE);
  memory.data = static_cast<std::uint8_t*>(start);
  memory.max_pages = 65'536;
  resize(pages);
}

void quickjs_imports_t::resize(std::uint32_t pages) {
  const std::size_t before = memory.size;
  const std::size_t after = pages * kWasmPage;
  if (after > before) {
    if (::mprotect(memory.data + before, after - before, PROT_READ | PROT_WRITE) != 0) {
      trap();
    }
  } else if (after < before) {
    ::madvise(memory.data + after, before - after, MADV_DONTNEED);
    if (::mprotect(memory.data + after, before - after, PROT_NONE) != 0) {
      trap();
    }
  }
  memory.pages = pages;
  memory.size = static_cast<std::uint32_t>(after);
}

std::span<std::uint8_t> quickjs_imports_t::at(std::uint32_t address, std::size_t length) const {
  if (address > memory.size || length > memory.size - address) {
    trap();
  }
  return {memory.data + address, length};
}

extern "C" {

// What the translated code asks of its runtime (wasm-rt.h).

bool wasm_rt_is_initialized(void) { return true; }

void wasm_rt_trap(wasm_rt_trap_t) { trap(); }

uint32_t wasm_rt_register_func_type(uint32_t params, uint32_t results, ...) {
  tartan::script::Signature signature{static_cast<int>(params)};
  va_list types;
  va_start(types, results);
  for (uint32_t i = 0; i < params + results; ++i) {
    signature.push_back(va_arg(types, int));
  }
  va_end(types);
  auto& known = tartan::script::signatures;
  const auto found = std::find(known.begin(), known.end(), signature);
  const auto index = found - known.begin();
  if (found == known.end()) {
    known.push_back(std::move(signature));
  }
  return static_cast<uint32_t>(index) + 1;
}

void wasm_rt_allocate_funcref_table(wasm_rt_funcref_table_t* table, uint32_t elements,
                                    uint32_t max_elements) {
  table->data = static_cast<wasm_rt_funcref_t*>(std::calloc(elements, sizeof(wasm_rt_funcref_t)));
  table->size = table->data != nullptr ? elements : 0;
  table->max_size = max_elements;
}

void wasm_rt_free_funcref_table(wasm_rt_funcref_table_t* table) { std::free(table->data); }

// What the module imports. Nothing here reaches outside the process.

wasm_rt_memory_t* import_memory(quickjs_imports_t* imports) { return &imports->memory; }

void import_assert_fail(quickjs_imports_t*, u32, u32, u32, u32) { trap(); }
void import_abort(quickjs_imports_t*) { trap(); }
void import_exit(quickjs_imports_t*, u32) { trap(); }
void import_keepalive_clear(quickjs_imports_t*) {}
void import_free_host_ref(quickjs_imports_t*, u32, u32) {}
u32 import_set_timer(quickjs_imports_t*, u32, f64) { return 0; }
u32 import_call_function(quickjs_imports_t*, u32, u32, u32, u32, u32) { return 0; }
u32 import_load_module(quickjs_imports_t*, u32, u32, u32) { return 0; }
u32 import_normalize_module(quickjs_imports_t*, u32, u32, u32, u32) { return 0; }

u32 import_should_interrupt(quickjs_imports_t* imports, u32) {
  if (quickjs_imports_t::Clock::now() < imports->deadline) {
    return 0;
  }
  imports->interrupted = true;
  return 1;
}

u32 import_grow_memory(quickjs_imports_t* imports, u32 bytes) {
  const std::uint64_t pages = (std::uint64_t{bytes} + kWasmPage - 1) / kWasmPage;
  if (pages > imports->pages_max) {
    imports->growth_refused = true;
    return 0;
  }
  if (pages > imports->memory.pages) {
    // A step ahead, so that a growing heap does not come back for each page.
    const std::uint64_t ahead = std::min<std::uint64_t>(pages + pages / 8, imports->pages_max);
    imports->resize(static_cast<std::uint32_t>(ahead));
  }
  return 1;
}

f64 import_date_now(quickjs_imports_t* imports) { return static_cast<f64>(imports->now_ms); }

u32 import_clock_time(quickjs_imports_t* imports, u32, u64, u32 out) {
  put(imports, out, imports->now_ms * 1'000'000);
  return 0;
}

// The time zone inside is UTC: all that the engine reads of a local time is its distance from that.
void import_local_time(quickjs_imports_t* imports, u64, u32 out) {
  constexpr std::size_t broken_down_time = 44;
  const auto time = imports->at(out, broken_down_time);
  std::fill(time.begin(), time.end(), std::uint8_t{0});
}

void import_time_zone(quickjs_imports_t* imports, u32 offset, u32 has_summer_time,
                      u32 standard_name, u32 summer_name) {
  put<std::int32_t>(imports, offset, 0);
  put<std::int32_t>(imports, has_summer_time, 0);
  for (const u32 name : {standard_name, summer_name}) {
    std::memcpy(imports->at(name, 4).data(), "UTC", 4);
  }
}

u32 import_environ_get(quickjs_imports_t*, u32, u32) { return 0; }

u32 import_environ_sizes_get(quickjs_imports_t* imports, u32 count, u32 size) {
  put<std::uint32_t>(imports, count, 0);
  put<std::uint32_t>(imports, size, 0);
  return 0;
}

u32 import_fd_close(quickjs_imports_t*, u32) { return 52; }                // ENOSYS
u32 import_fd_seek(quickjs_imports_t*, u32, u64, u32, u32) { return 70; }  // ESPIPE

// Swallows what the engine prints (its own diagnostics).
u32 import_fd_write(quickjs_imports_t* imports, u32, u32 vectors, u32 count, u32 written) {
  std::uint32_t total = 0;
  for (u32 i = 0; i < count; ++i) {
    std::uint32_t length = 0;
    std::memcpy(&length, imports->at(vectors + i * 8 + 4, sizeof(length)).data(), sizeof(length));
    total += length;
  }
  put(imports, written, total);
  return 0;
}

}  // extern "C"
