// Sizes and the alignment regime of the emulated architecture, chosen by __BANG_ARCH__ (372 when the build names none).
// Source of the sizes: zhourunyu/llvm-mlu:clang/lib/Basic/Targets/MLISA.cpp.
#pragma once

#include <cstddef>

#ifndef __BANG__
#define __BANG__ 1
#endif
#ifndef __BANG_ARCH__
#define __BANG_ARCH__ 372
#endif

// The compiler predefines these three, in KB; kernels size their buffers by them.
#if __BANG_ARCH__ == 220
#define __MLU_NRAM_SIZE__ 512
#define __MLU_WRAM_SIZE__ 512
#define __MLU_SRAM_SIZE__ 2048
#elif __BANG_ARCH__ == 270
#define __MLU_NRAM_SIZE__ 512
#define __MLU_WRAM_SIZE__ 1024
#define __MLU_SRAM_SIZE__ 2048
#elif __BANG_ARCH__ == 290
#define __MLU_NRAM_SIZE__ 512
#define __MLU_WRAM_SIZE__ 512
#define __MLU_SRAM_SIZE__ 2048
#elif __BANG_ARCH__ == 322
#define __MLU_NRAM_SIZE__ 768
#define __MLU_WRAM_SIZE__ 1024
#define __MLU_SRAM_SIZE__ 1536
#elif __BANG_ARCH__ == 372
#define __MLU_NRAM_SIZE__ 768
#define __MLU_WRAM_SIZE__ 1024
#define __MLU_SRAM_SIZE__ 4096
#elif __BANG_ARCH__ == 392
#define __MLU_NRAM_SIZE__ 512
#define __MLU_WRAM_SIZE__ 512
#define __MLU_SRAM_SIZE__ 2048
#else
#error "this __BANG_ARCH__ is not emulated, its memory sizes are not public: see harness/devices/mlu/README.md"
#endif

#define OPENXPU_MLU_TEXT_OF(value) #value
#define OPENXPU_MLU_TEXT(value) OPENXPU_MLU_TEXT_OF(value)

// Constants of this library alone (no inline: two libraries of different architectures may meet in one process).
namespace openxpu::mlu {

constexpr const char* architecture = "mtp_" OPENXPU_MLU_TEXT(__BANG_ARCH__);
// 2xx wants 64-byte pointers and 128-byte vectors; from 3xx on the vector units take any positive count.
constexpr bool strict_alignment = __BANG_ARCH__ < 300;

constexpr std::size_t nram_bytes = std::size_t{__MLU_NRAM_SIZE__} * 1024;
constexpr std::size_t wram_bytes = std::size_t{__MLU_WRAM_SIZE__} * 1024;
constexpr std::size_t sram_bytes = std::size_t{__MLU_SRAM_SIZE__} * 1024;

// WRAM is 64 lanes ("LT") side by side; lane l of the linear address space starts at l * wram_lane_bytes.
constexpr std::size_t wram_lanes = 64;
constexpr std::size_t wram_lane_bytes = wram_bytes / wram_lanes;

// IPU cores of a cluster.
constexpr int cores_per_cluster = __BANG_ARCH__ == 322 ? 1 : 4;

}  // namespace openxpu::mlu
