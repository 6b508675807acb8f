// WRAM: 64 lanes of weight memory. Its addresses name (lane, offset) pairs and nothing else: the bytes behind a
// __wram__ array are not accessible, the values live here, and only __memcpy and the matrix units reach them.
// assumption (open point 4): the lane layout is opaque but for the two documented ways to fill it.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "architecture.h"
#include "memory_spaces.h"
#include "poison.h"

namespace openxpu::mlu {

class wram_store {
 public:
  // The row of one output channel: `offset` bytes into `lane`.
  const std::byte* row(std::size_t lane, std::size_t offset) const {
    return bytes_.get() + lane * wram_lane_bytes + offset;
  }

  // One segment into a lane. Documented for 3xx: of a segment that is no multiple of 8 bytes, the unaligned part is
  // uncertain.
  void write(std::size_t lane, std::size_t offset, const void* source, std::size_t bytes) {
    std::byte* target = bytes_.get() + lane * wram_lane_bytes + offset;
    std::memcpy(target, source, bytes);
    const std::size_t aligned = (offset + bytes) / 8 * 8;
    const std::size_t uncertain = (offset + bytes) % 8 == 0 ? 0 : 8;
    if (uncertain != 0) poison(bytes_.get() + lane * wram_lane_bytes + aligned, uncertain);
    written_ = std::max(written_, std::min(aligned + uncertain, wram_lane_bytes));
  }

  void poison_segment(std::size_t lane, std::size_t offset, std::size_t bytes) {
    poison(bytes_.get() + lane * wram_lane_bytes + offset, bytes);
  }

  // Forgets the weights of the task before; only what was written needs it.
  void forget() {
    for (std::size_t lane = 0; lane < wram_lanes; ++lane) poison_segment(lane, 0, written_);
    written_ = 0;
  }

 private:
  static std::unique_ptr<std::byte[]> poisoned() {
    auto bytes = std::make_unique<std::byte[]>(wram_bytes + 8);
    poison(bytes.get(), wram_bytes + 8);
    return bytes;
  }

  std::unique_ptr<std::byte[]> bytes_ = poisoned();
  std::size_t written_ = 0;  // bytes of each lane that may have been written since the last forget
};

// Closes the pages of the __wram__ arrays while a kernel runs, so that a scalar access faults at once. Pages at the
// ends that other variables share stay open; where mprotect is refused the arrays hold poison, and nothing written
// there is ever read.
class closed_wram {
 public:
  explicit closed_wram(const range& declared) {
    constexpr std::uintptr_t page = 4096;
    const std::uintptr_t first = (reinterpret_cast<std::uintptr_t>(declared.begin) + page - 1) / page * page;
    const std::uintptr_t last = reinterpret_cast<std::uintptr_t>(declared.end) / page * page;
    if (declared.bytes() != 0) poison(declared.begin, declared.bytes());
    if (first >= last) return;
    start_ = reinterpret_cast<void*>(first);
    bytes_ = last - first;
    mprotect(start_, bytes_, PROT_NONE);
  }
  ~closed_wram() {
    if (bytes_ != 0) mprotect(start_, bytes_, PROT_READ | PROT_WRITE);
  }
  closed_wram(const closed_wram&) = delete;
  closed_wram& operator=(const closed_wram&) = delete;

 private:
  void* start_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace openxpu::mlu
