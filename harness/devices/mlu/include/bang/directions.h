// The directions of __memcpy and in which forms each is allowed on mtp_290 and mtp_372 (both have the same tables).
#pragma once

#include <array>

#include "memory_spaces.h"

// The order is the vendor's.
enum mluMemcpyDirection_t {
  GDRAM2NRAM,
  NRAM2GDRAM,
  LDRAM2NRAM,
  NRAM2LDRAM,
  GDRAM2WRAM,
  WRAM2GDRAM,
  LDRAM2WRAM,
  WRAM2LDRAM,
  NRAM2NRAM,
  NRAM2WRAM,
  WRAM2NRAM,
  GDRAM2SRAM,
  SRAM2GDRAM,
  LDRAM2SRAM,
  SRAM2LDRAM,
  SRAM2NRAM,
  NRAM2SRAM,
  SRAM2WRAM,
  WRAM2SRAM,
  GDRAM2GDRAM,
  GDRAM2LDRAM,
  LDRAM2GDRAM,
  LDRAM2LDRAM,
  SRAM2SRAM,
};

namespace openxpu::mlu {

struct direction {
  const char* name;
  space src;
  space dst;
  bool contiguous;
  bool strided;
  bool asynchronous;  // in both forms, but for WRAM as the source
};

inline constexpr std::array<direction, 24> directions = {{
    {"GDRAM2NRAM", space::gdram, space::nram, true, true, true},
    {"NRAM2GDRAM", space::nram, space::gdram, true, true, true},
    {"LDRAM2NRAM", space::ldram, space::nram, true, true, false},
    {"NRAM2LDRAM", space::nram, space::ldram, true, true, false},
    {"GDRAM2WRAM", space::gdram, space::wram, true, true, true},
    {"WRAM2GDRAM", space::wram, space::gdram, true, false, false},
    {"LDRAM2WRAM", space::ldram, space::wram, true, false, false},
    {"WRAM2LDRAM", space::wram, space::ldram, true, false, false},
    {"NRAM2NRAM", space::nram, space::nram, true, true, true},
    {"NRAM2WRAM", space::nram, space::wram, true, true, true},
    {"WRAM2NRAM", space::wram, space::nram, true, false, true},
    {"GDRAM2SRAM", space::gdram, space::sram, true, true, true},
    {"SRAM2GDRAM", space::sram, space::gdram, true, true, true},
    {"LDRAM2SRAM", space::ldram, space::sram, true, true, false},
    {"SRAM2LDRAM", space::sram, space::ldram, true, true, false},
    {"SRAM2NRAM", space::sram, space::nram, true, true, true},
    {"NRAM2SRAM", space::nram, space::sram, true, true, true},
    {"SRAM2WRAM", space::sram, space::wram, true, true, true},
    {"WRAM2SRAM", space::wram, space::sram, true, false, true},
    {"GDRAM2GDRAM", space::gdram, space::gdram, true, true, true},
    {"GDRAM2LDRAM", space::gdram, space::ldram, true, true, true},
    {"LDRAM2GDRAM", space::ldram, space::gdram, true, true, false},
    {"LDRAM2LDRAM", space::ldram, space::ldram, false, true, false},
    {"SRAM2SRAM", space::sram, space::sram, true, true, false},
}};

}  // namespace openxpu::mlu
