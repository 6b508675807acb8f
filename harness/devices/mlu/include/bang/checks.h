// The rules that many intrinsics share: space, bounds, alignment, counts and overlap of operands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "architecture.h"
#include "device_error.h"
#include "tasks.h"

namespace openxpu::mlu {

// Elements of a vector operand: positive, and on 2xx whole blocks of 128 bytes.
inline void check_count(const call& c, const char* argument, int count, std::size_t element_bytes) {
  if (count <= 0) c.fail(argument, count, "must be greater than 0");
  const std::size_t bytes = static_cast<std::size_t>(count) * element_bytes;
  if (strict_alignment && bytes % 128 != 0) {
    c.fail(argument, count,
           "times " + std::to_string(element_bytes) + " bytes must be a multiple of 128 on " + architecture);
  }
}

inline void check_multiple(const call& c, const char* argument, std::int64_t value, std::int64_t of,
                           const std::string& why) {
  if (value % of != 0) c.fail(argument, value, "must be a multiple of " + std::to_string(of) + why);
}

inline void check_pointer_alignment(const call& c, const char* argument, const void* p, std::uintptr_t alignment) {
  if (reinterpret_cast<std::uintptr_t>(p) % alignment == 0) return;
  c.fail(argument, this_task().memory.describe(p),
         "must be " + std::to_string(alignment) + "-byte aligned on " + architecture);
}

// The bytes [p, p + bytes) lie inside the declared memory of one space.
inline void check_range(const call& c, const char* argument, const void* p, std::size_t bytes, space wanted) {
  const task& t = this_task();
  if (p == nullptr) c.fail(argument, "a null pointer", std::string("must point to ") + name_of(wanted));
  if (t.memory.space_of(p) != wanted) {
    c.fail(argument, t.memory.describe(p), std::string("must point to ") + name_of(wanted));
  }
  if (t.is_mpu && (wanted == space::nram || wanted == space::wram)) {
    c.fail(argument, t.memory.describe(p), "the memory core has no NRAM and no WRAM: return early if __is_mpu()");
  }
  const range bounds = t.memory.bounds_of(p);
  if (bounds.begin != nullptr && !bounds.contains(p, bytes)) {
    c.fail(argument, t.memory.describe(p),
           "its " + std::to_string(bytes) + " bytes leave the declared " + name_of(wanted) + ", which has " +
               std::to_string(bounds.bytes()));
  }
}

// A vector operand: in NRAM, and 64-byte aligned on 2xx.
inline void check_vector(const call& c, const char* argument, const void* p, std::size_t bytes) {
  check_range(c, argument, p, bytes, space::nram);
  if (strict_alignment) check_pointer_alignment(c, argument, p, 64);
}

inline bool overlap(const void* a, std::size_t a_bytes, const void* b, std::size_t b_bytes) {
  const auto x = reinterpret_cast<std::uintptr_t>(a);
  const auto y = reinterpret_cast<std::uintptr_t>(b);
  return x < y + b_bytes && y < x + a_bytes;
}

// For operands that may not share memory at all.
inline void check_disjoint(const call& c, const void* dst, std::size_t dst_bytes, const char* other_name,
                           const void* other, std::size_t other_bytes) {
  if (!overlap(dst, dst_bytes, other, other_bytes)) return;
  c.fail("dst", this_task().memory.describe(dst), std::string("must not overlap ") + other_name);
}

// For operands that may be the same vector but not two that overlap in part.
inline void check_same_or_disjoint(const call& c, const void* dst, const char* other_name, const void* other,
                                   std::size_t bytes) {
  if (dst == other || !overlap(dst, bytes, other, bytes)) return;
  c.fail("dst", this_task().memory.describe(dst), std::string("must be equal to ") + other_name + " or not overlap it");
}

}  // namespace openxpu::mlu
