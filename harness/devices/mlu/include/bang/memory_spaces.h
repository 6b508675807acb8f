// Where memory lies: the space attributes and the map from an address to its space. Generic pointers carry no space in
// their type, so the emulator finds it from the address: every space is a range of this library's thread-local storage
// (TLS).
//   __nram__        the ordinary TLS sections (.tdata, .tbss)
//   __wram__        the section openxpu_wram; its bytes cannot be read or written, the values live in wram.h
//   __mlu_shared__  the section openxpu_sram
//   __ldram__       the section openxpu_ldram; the stack of the launch counts as LDRAM too
// Everything else is GDRAM. thread_local gives the attribute the device's meaning everywhere (static storage in a
// function, external linkage at file scope) and one memory for each thread that launches.
#pragma once

#include <link.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <sstream>
#include <string>

#include "architecture.h"

#define __nram__ __attribute__((aligned(64))) thread_local
#define __wram__ __attribute__((section("openxpu_wram"), aligned(4096))) thread_local
#define __mlu_shared__ __attribute__((section("openxpu_sram"), aligned(64))) thread_local
#define __ldram__ __attribute__((section("openxpu_ldram"), aligned(64))) thread_local
#define __mlu_const__

// The sections exist, empty, in a source that declares nothing in them; the linker then defines their start and stop
// symbols.
__asm__(
    ".pushsection openxpu_wram,\"awT\",@progbits\n.popsection\n"
    ".pushsection openxpu_sram,\"awT\",@progbits\n.popsection\n"
    ".pushsection openxpu_ldram,\"awT\",@progbits\n.popsection\n");

namespace openxpu::mlu {

#define OPENXPU_MLU_BOUND(name, symbol) \
  extern __thread char name[] __asm__(symbol) __attribute__((visibility("hidden")))
OPENXPU_MLU_BOUND(wram_begin, "__start_openxpu_wram");
OPENXPU_MLU_BOUND(wram_end, "__stop_openxpu_wram");
OPENXPU_MLU_BOUND(sram_begin, "__start_openxpu_sram");
OPENXPU_MLU_BOUND(sram_end, "__stop_openxpu_sram");
OPENXPU_MLU_BOUND(ldram_begin, "__start_openxpu_ldram");
OPENXPU_MLU_BOUND(ldram_end, "__stop_openxpu_ldram");
#undef OPENXPU_MLU_BOUND

enum class space { gdram, ldram, nram, wram, sram };

inline const char* name_of(space s) {
  constexpr std::array<const char*, 5> names = {"GDRAM", "LDRAM", "NRAM", "WRAM", "SRAM"};
  return names[static_cast<std::size_t>(s)];
}

// Bytes [begin, end).
struct range {
  char* begin = nullptr;
  char* end = nullptr;

  std::size_t bytes() const { return static_cast<std::size_t>(end - begin); }
  bool contains(const void* p) const { return p >= begin && p < end; }
  bool contains(const void* p, std::size_t n) const {
    return contains(p) && n <= static_cast<std::size_t>(end - static_cast<const char*>(p));
  }
};

// The memory map of the calling thread.
struct memory_map {
  range wram{wram_begin, wram_end};
  range sram{sram_begin, sram_end};
  range ldram{ldram_begin, ldram_end};
  range tls;                    // the whole block of this library
  range nram;                   // its .tbss: the arrays without an initialiser, which are the ones counted and poisoned
  const char* image = nullptr;  // what the initialised part of the block starts as
  const char* stack_top = nullptr;  // the frame of the launch; the device's stack grows down from it

  space space_of(const void* p) const {
    if (wram.contains(p)) return space::wram;
    if (sram.contains(p)) return space::sram;
    if (ldram.contains(p) || on_stack(p)) return space::ldram;
    return tls.contains(p) ? space::nram : space::gdram;
  }

  // The range that an access at p must stay in; empty for GDRAM, whose tensors the judge guards, and for the stack.
  range bounds_of(const void* p) const {
    for (const range& r : {wram, sram, ldram, nram}) {
      if (r.contains(p)) return r;
    }
    return tls.contains(p) ? range{tls.begin, nram.begin} : range{};
  }

  // "NRAM+0x40", or the address itself in GDRAM
  std::string describe(const void* p) const {
    if (p == nullptr) return "a null pointer";
    std::ostringstream text;
    const range bounds = bounds_of(p);
    text << name_of(space_of(p));
    if (bounds.begin == nullptr) {
      text << ' ' << p;
    } else {
      text << "+0x" << std::hex << (static_cast<const char*>(p) - bounds.begin);
    }
    return text.str();
  }

 private:
  bool on_stack(const void* p) const { return p < stack_top && p >= __builtin_frame_address(0); }
};

// The map of the calling thread, found among the TLS blocks of the process; `stack_top` is a frame above the kernel's.
inline memory_map map_of_this_thread(const char* stack_top) {
  memory_map map;  // taking the bounds above makes the loader allocate the block
  const auto visit = [](dl_phdr_info* module, std::size_t, void* argument) {
    auto& found = *static_cast<memory_map*>(argument);
    for (int i = 0; i < module->dlpi_phnum; ++i) {
      const auto& segment = module->dlpi_phdr[i];
      auto* block = static_cast<char*>(module->dlpi_tls_data);
      if (segment.p_type != PT_TLS || block == nullptr) continue;
      if (found.wram.begin < block || found.wram.begin > block + segment.p_memsz) continue;
      // NRAM arrays are 64-byte aligned, so .tbss starts at the next such boundary after the initialised bytes.
      const std::size_t initialised = std::min<std::size_t>((segment.p_filesz + 63) / 64 * 64, segment.p_memsz);
      found.tls = {block, block + segment.p_memsz};
      found.nram = {block + initialised, block + segment.p_memsz};
      found.image = reinterpret_cast<const char*>(module->dlpi_addr + segment.p_vaddr);
      return 1;
    }
    return 0;
  };
  dl_iterate_phdr(visit, &map);
  map.stack_top = stack_top;
  return map;
}

}  // namespace openxpu::mlu
