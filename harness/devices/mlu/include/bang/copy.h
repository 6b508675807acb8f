// __memcpy and __memcpy_async in their three forms: contiguous, strided, and strided in two dimensions. Directions,
// sizes and alignments: the tables of __memcpy in zhourunyu/llvm-mlu:clang/lib/Headers/bang_device_functions_decls.h.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

#include "checks.h"
#include "copy_segments.h"
#include "directions.h"
#include "tasks.h"

namespace openxpu::mlu {

inline void check_copy_direction(const call& c, mluMemcpyDirection_t dir, bool strided, bool asynchronous) {
  if (dir < 0 || static_cast<std::size_t>(dir) >= directions.size()) c.fail("dir", dir, "must be a direction");
  const direction& d = directions[dir];
  const std::string form = std::string(asynchronous ? "must be allowed in an asynchronous " : "must be allowed in a ") +
                           (strided ? "strided copy" : "contiguous copy");
  if (d.src == space::wram) c.fail("dir", d.name, "reading WRAM back is not emulated yet");
  if (dir == SRAM2SRAM) c.fail("dir", d.name, "copies between clusters are not emulated yet");
  if (asynchronous ? !d.asynchronous : strided ? !d.strided : !d.contiguous) c.fail("dir", d.name, form);
}

// |stride| >= size unless stride and segment number are both 0, and WRAM strides in units of 8 bytes.
inline void check_dst_stride(const call& c, const char* argument, int stride, int segments, int size, bool wram) {
  if ((stride != 0 || segments != 0) && std::abs(stride) < size) {
    c.fail(argument, stride, "its absolute value must be at least the size, " + std::to_string(size));
  }
  if (wram) check_multiple(c, argument, stride, 8, " where dst is in WRAM");
}

// A contiguous copy into WRAM starts in lane 0 and gives every lane the same number of bytes; no segment may leave its
// lane.
inline void check_wram_destination(const call& c, const pending_copy& copy) {
  const task& t = this_task();
  check_pointer_alignment(c, "dst", copy.dst, 8);
  if (!copy.strided) {
    if (wram_place_of(t, copy.dst).lane != 0)
      c.fail("dst", t.memory.describe(copy.dst), "must be in the first lane of WRAM");
    check_multiple(c, "size", copy.bytes, wram_lanes, ", the lanes of WRAM");
  }
  for_each_wram_segment(t, copy, [&](std::size_t, std::size_t offset, const char*, std::size_t bytes) {
    if (offset + bytes <= wram_lane_bytes) return;
    c.fail("size", copy.bytes,
           "a segment leaves its lane of WRAM, which has " + std::to_string(wram_lane_bytes) + " bytes");
  });
}

// On-chip copies whose sides overlap: compared segment by segment, because interleaved segments are fine.
inline void check_copy_overlap(const call& c, const pending_copy& copy) {
  const copy_extent d = extent_of(copy.dst_shape, copy.bytes);
  const copy_extent s = extent_of(copy.src_shape, copy.bytes);
  char* dst = static_cast<char*>(copy.dst);
  const char* src = static_cast<const char*>(copy.src);
  if (!overlap(dst + d.lowest, d.bytes, src + s.lowest, s.bytes)) return;
  const auto size = static_cast<std::size_t>(copy.bytes);
  for (int i = 0; i < segment_count(copy.dst_shape); ++i) {
    for (int j = 0; j < segment_count(copy.src_shape); ++j) {
      const char* target = dst + segment_offset(copy.dst_shape, i);
      check_disjoint(c, target, size, "src", src + segment_offset(copy.src_shape, j), size);
    }
  }
}

inline void check_copy(const call& c, const pending_copy& copy, mluMemcpyDirection_t dir, bool asynchronous) {
  check_copy_direction(c, dir, copy.strided, asynchronous);
  const direction& d = directions[dir];
  if (copy.bytes <= 0) c.fail("size", copy.bytes, "must be greater than 0");
  for (const int segments :
       {copy.dst_shape.segments1, copy.dst_shape.segments2, copy.src_shape.segments1, copy.src_shape.segments2}) {
    if (segments < 0) c.fail("segnum", segments, "must not be negative; it is the number of segments less one");
  }
  if (segment_count(copy.dst_shape) != segment_count(copy.src_shape)) {
    c.fail("dst_segnum", segment_count(copy.dst_shape),
           "segments in dst must equal those in src, " + std::to_string(segment_count(copy.src_shape)));
  }
  check_dst_stride(c, "dst_stride0", copy.dst_shape.stride1, copy.dst_shape.segments1, copy.bytes,
                   d.dst == space::wram);
  check_dst_stride(c, "dst_stride1", copy.dst_shape.stride2, copy.dst_shape.segments2, copy.bytes,
                   d.dst == space::wram);
  const copy_extent dst = extent_of(copy.dst_shape, copy.bytes);
  const copy_extent src = extent_of(copy.src_shape, copy.bytes);
  check_range(c, "dst", static_cast<const char*>(copy.dst) + dst.lowest, dst.bytes, d.dst);
  check_range(c, "src", static_cast<const char*>(copy.src) + src.lowest, src.bytes, d.src);
  if (d.dst == space::wram) check_wram_destination(c, copy);
  if (dir == NRAM2NRAM && !copy.strided) {
    check_pointer_alignment(c, "dst", copy.dst, 64);
    check_pointer_alignment(c, "src", copy.src, 64);
    if (strict_alignment) check_multiple(c, "size", copy.bytes, 128, std::string(" in NRAM2NRAM on ") + architecture);
  }
  check_copy_overlap(c, copy);
}

inline void copy(const call& c, void* dst, const void* src, int size, mluMemcpyDirection_t dir,
                 const copy_shape& dst_shape, const copy_shape& src_shape, bool strided, bool asynchronous) {
  task& t = this_task();
  const bool off_chip = t.memory.space_of(dst) == space::gdram || t.memory.space_of(src) == space::gdram;
  const pending_copy request{dst, src, size, dst_shape, src_shape, strided, off_chip, c};
  check_copy(c, request, dir, asynchronous);
  if (!asynchronous) {
    perform(t, request);
    return;
  }
  poison_destination(t, request);
  t.pending.push_back(request);
}

}  // namespace openxpu::mlu

#define OPENXPU_MLU_COPY(name, asynchronous)                                                                           \
  inline void name(void* dst, const void* src, int size, mluMemcpyDirection_t dir, OPENXPU_MLU_AT) {                   \
    openxpu::mlu::copy({#name, at}, dst, src, size, dir, {}, {}, false, asynchronous);                                 \
  }                                                                                                                    \
  inline void name(void* dst, const void* src, int size, mluMemcpyDirection_t dir, int dst_stride, int src_stride,     \
                   int segnum, OPENXPU_MLU_AT) {                                                                       \
    openxpu::mlu::copy({#name, at}, dst, src, size, dir, {dst_stride, segnum, 0, 0}, {src_stride, segnum, 0, 0}, true, \
                       asynchronous);                                                                                  \
  }                                                                                                                    \
  inline void name(void* dst, const void* src, int size, mluMemcpyDirection_t dir, int dst_stride0, int dst_segnum1,   \
                   int dst_stride1, int dst_segnum2, int src_stride0, int src_segnum1, int src_stride1,                \
                   int src_segnum2, OPENXPU_MLU_AT) {                                                                  \
    openxpu::mlu::copy({#name, at}, dst, src, size, dir, {dst_stride0, dst_segnum1, dst_stride1, dst_segnum2},         \
                       {src_stride0, src_segnum1, src_stride1, src_segnum2}, true, asynchronous);                      \
  }

OPENXPU_MLU_COPY(__memcpy, false)
OPENXPU_MLU_COPY(__memcpy_async, true)
#undef OPENXPU_MLU_COPY
