// The movement of bytes behind __memcpy: segments of a strided copy, done at once or when a sync comes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "poison.h"
#include "tasks.h"

namespace openxpu::mlu {

inline int segment_count(const copy_shape& s) { return (s.segments1 + 1) * (s.segments2 + 1); }

inline std::ptrdiff_t segment_offset(const copy_shape& s, int i) {
  const int inner = s.segments1 + 1;
  return std::ptrdiff_t{i % inner} * s.stride1 + std::ptrdiff_t{i / inner} * s.stride2;
}

// Bytes from the lowest segment's start to the highest one's end, and where the lowest starts relative to the pointer.
struct copy_extent {
  std::ptrdiff_t lowest;
  std::size_t bytes;
};

inline copy_extent extent_of(const copy_shape& s, int bytes) {
  const std::ptrdiff_t span1 = std::ptrdiff_t{s.stride1} * s.segments1;
  const std::ptrdiff_t span2 = std::ptrdiff_t{s.stride2} * s.segments2;
  const std::ptrdiff_t lowest = std::min<std::ptrdiff_t>(span1, 0) + std::min<std::ptrdiff_t>(span2, 0);
  const std::ptrdiff_t highest = std::max<std::ptrdiff_t>(span1, 0) + std::max<std::ptrdiff_t>(span2, 0) + bytes;
  return {lowest, static_cast<std::size_t>(highest - lowest)};
}

// Lane and offset that a WRAM address names.
struct wram_place {
  std::size_t lane;
  std::size_t offset;
};

inline wram_place wram_place_of(const task& t, const void* p) {
  const auto linear = static_cast<std::size_t>(static_cast<const char*>(p) - t.memory.wram.begin);
  return {linear / wram_lane_bytes, linear % wram_lane_bytes};
}

// A contiguous copy into WRAM spreads its bytes over the 64 lanes, in order; a strided one addresses the lanes itself.
template <class Segment>
void for_each_wram_segment(const task& t, const pending_copy& copy, const Segment& segment) {
  const wram_place start = wram_place_of(t, copy.dst);
  if (!copy.strided) {
    const std::size_t part = static_cast<std::size_t>(copy.bytes) / wram_lanes;
    for (std::size_t lane = 0; lane < wram_lanes; ++lane) {
      segment(lane, start.offset, static_cast<const char*>(copy.src) + lane * part, part);
    }
    return;
  }
  for (int i = 0; i < segment_count(copy.dst_shape); ++i) {
    const wram_place place = wram_place_of(t, static_cast<char*>(copy.dst) + segment_offset(copy.dst_shape, i));
    const char* source = static_cast<const char*>(copy.src) + segment_offset(copy.src_shape, i);
    segment(place.lane, place.offset, source, static_cast<std::size_t>(copy.bytes));
  }
}

inline void perform(task& t, const pending_copy& copy) {
  if (t.memory.space_of(copy.dst) == space::wram) {
    for_each_wram_segment(t, copy, [&](std::size_t lane, std::size_t offset, const char* source, std::size_t bytes) {
      t.wram->write(lane, offset, source, bytes);
    });
    return;
  }
  for (int i = 0; i < segment_count(copy.dst_shape); ++i) {
    std::memcpy(static_cast<char*>(copy.dst) + segment_offset(copy.dst_shape, i),
                static_cast<const char*>(copy.src) + segment_offset(copy.src_shape, i),
                static_cast<std::size_t>(copy.bytes));
  }
}

// Until the sync, nothing may be expected of the destination.
inline void poison_destination(task& t, const pending_copy& copy) {
  if (t.memory.space_of(copy.dst) == space::wram) {
    for_each_wram_segment(t, copy, [&](std::size_t lane, std::size_t offset, const char*, std::size_t bytes) {
      t.wram->poison_segment(lane, offset, bytes);
    });
    return;
  }
  for (int i = 0; i < segment_count(copy.dst_shape); ++i) {
    poison(static_cast<char*>(copy.dst) + segment_offset(copy.dst_shape, i), static_cast<std::size_t>(copy.bytes));
  }
}

}  // namespace openxpu::mlu
