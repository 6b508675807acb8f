// What memory holds that nobody has written: the bytes ff 7f ff 7f ..., which is NaN as half, bfloat16_t and float, and
// far from zero as an integer, so that a missing load or a missing sync shows in the result.
#pragma once

#include <cstdint>
#include <cstring>

namespace openxpu::mlu {

inline constexpr unsigned char poison_even = 0xff;
inline constexpr unsigned char poison_odd = 0x7f;

// The pattern hangs on the address, so neighbouring fills continue each other.
inline void poison(void* start, std::size_t bytes) {
  auto* p = static_cast<unsigned char*>(start);
  if (bytes != 0 && (reinterpret_cast<std::uintptr_t>(p) & 1) != 0) {
    *p++ = poison_odd;
    --bytes;
  }
  constexpr std::uint16_t pair = poison_odd << 8 | poison_even;
  for (; bytes >= 2; bytes -= 2, p += 2) std::memcpy(p, &pair, 2);
  if (bytes != 0) *p = poison_even;
}

}  // namespace openxpu::mlu
