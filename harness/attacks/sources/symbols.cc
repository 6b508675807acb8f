// Code that is not the kernel's: symbols of the C library under its own definitions, and the worker's tables and text.
#include "attack.h"

#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>

#if defined(HIDE_CLOCK)
// Clocks and a comparison that always please. The broker has its own, in another process.
extern "C" TVM_FFI_DLL_EXPORT int clock_gettime(clockid_t, timespec* now) { return *now = {0, 1}, 0; }
extern "C" TVM_FFI_DLL_EXPORT int gettimeofday(struct timeval*, void*) { return 0; }
extern "C" TVM_FFI_DLL_EXPORT int memcmp(const void*, const void*, size_t) { return 0; }
extern "C" TVM_FFI_DLL_EXPORT void doorbell_answer(void*, uint32_t) {}
extern "C" TVM_FFI_DLL_EXPORT void openxpu_answer(void*, int, const char*, const char*) {}
extern "C" TVM_FFI_DLL_EXPORT long TVMFFIErrorMoveFromRaised(void**) { return 0; }
#endif
ATTACK(defines_clock) {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::memset(a.y, 0, a.bytes()), 0;
}

static const dl_phdr_info* program(dl_phdr_info* out) {
  dl_iterate_phdr([](dl_phdr_info* info, size_t, void* to) { return *static_cast<dl_phdr_info*>(to) = *info, 1; }, out);
  return out;
}

// The worker's table of imported functions points here from now on; there is nothing in it that would change a verdict.
static long nothing(...) { return 0; }
ATTACK(patches_workers_table) {
  dl_phdr_info worker = {};
  program(&worker);
  const ElfW(Dyn)* dynamic = nullptr;
  for (int i = 0; i < worker.dlpi_phnum; ++i)
    if (worker.dlpi_phdr[i].p_type == PT_DYNAMIC) dynamic = reinterpret_cast<const ElfW(Dyn)*>(worker.dlpi_addr + worker.dlpi_phdr[i].p_vaddr);
  uintptr_t table = 0;
  size_t bytes = 0;
  for (const ElfW(Dyn)* item = dynamic; item && item->d_tag; ++item) {
    if (item->d_tag == DT_PLTGOT) table = item->d_un.d_ptr;
    if (item->d_tag == DT_PLTRELSZ) bytes = item->d_un.d_val / sizeof(ElfW(Rela)) * sizeof(void*);
  }
  if (!table) return broken("no table");
  mprotect(reinterpret_cast<void*>(table & ~4095ul), 8192, PROT_READ | PROT_WRITE);
  auto* entries = reinterpret_cast<void**>(table) + 3;
  for (size_t i = 0; i < bytes / sizeof(void*); ++i) entries[i] = reinterpret_cast<void*>(nothing);
  return std::memset(a.y, 0, a.bytes()), 0;
}

// The worker's own code, to return at once from whatever checks.
ATTACK(patches_workers_text) {
  dl_phdr_info worker = {};
  program(&worker);
  void* text = reinterpret_cast<void*>((worker.dlpi_addr + 0x1000) & ~4095ul);
  if (mprotect(text, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) == 0) loot("writable code of the worker");
  return std::memset(a.y, 0, a.bytes()), 0;
}

// The page in which the system answers what time it is.
ATTACK(patches_vdso) {
  const auto page = reinterpret_cast<void*>(getauxval(AT_SYSINFO_EHDR));
  if (mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC) == 0) loot("writable clock");
  return honest(a), 0;
}

// Somebody else's kernel under its own name: libraries that the harness has and that it did not declare.
ATTACK(opens_library) {
  static const char* const names[] = {"libtorch_cpu.so", "libopenblas.so.0", "libmkl_rt.so", "libblas.so.3", "libopenxpu_worker.so",
                                      "@CHECKOUT@/.openxpu/broker/libopenxpu_worker.so"};
  for (const char* name : names)
    if (dlopen(name, RTLD_NOW)) loot(name);
  return honest(a), 0;
}
