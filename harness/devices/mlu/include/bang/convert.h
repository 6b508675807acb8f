// Conversions between element types. Integers are fixed point: real value = stored * 2^fix, so int = round(x / 2^fix).
// Narrowing may run in place, widening may not. Too large values saturate: see the assumption in rounding.h.
#pragma once

#include <cmath>
#include <string>

#include "checks.h"
#include "number_types.h"
#include "rounding.h"

namespace openxpu::mlu {

// `block` elements: what 2xx wants n to be a multiple of; 0 where the vendor states no such rule.
template <class To, class From, class Convert>
void convert(const call& c, To* dst, From* src, int n, int block, const Convert& one) {
  if (n <= 0) c.fail("src_count", n, "must be greater than 0");
  const std::size_t dst_bytes = static_cast<std::size_t>(n) * sizeof(To);
  const std::size_t src_bytes = static_cast<std::size_t>(n) * sizeof(From);
  check_range(c, "dst", dst, dst_bytes, space::nram);
  check_range(c, "src", src, src_bytes, space::nram);
  if (strict_alignment && block != 0) {
    check_pointer_alignment(c, "dst", dst, 64);
    check_pointer_alignment(c, "src", src, 64);
    check_multiple(c, "src_count", n, block, std::string(" on ") + architecture);
  }
  const bool same_start = static_cast<void*>(dst) == static_cast<void*>(src);
  if (!same_start || sizeof(To) > sizeof(From)) check_disjoint(c, dst, dst_bytes, "src", src, src_bytes);
  for (int i = 0; i < n; ++i) {
    From from;
    std::memcpy(&from, src + i, sizeof(From));
    const To to = one(from);
    std::memcpy(dst + i, &to, sizeof(To));
  }
}

inline void check_fix_position(const call& c, int fix) {
  if (fix < -127 || fix > 127) c.fail("fix_position", fix, "must be in [-127, 127]");
}

template <class To, class From>
void to_integer(const call& c, To* dst, From* src, int n, int fix, int block, rounding mode) {
  check_fix_position(c, fix);
  const double scale = std::ldexp(1.0, -fix);
  convert(c, dst, src, n, block, [=](From v) { return round_to_integer<To>(double{to_float(v)} * scale, mode); });
}

template <class To, class From>
void from_integer(const call& c, To* dst, From* src, int n, int fix, int block) {
  check_fix_position(c, fix);
  const double scale = std::ldexp(1.0, fix);
  convert(c, dst, src, n, block, [=](From v) { return from_double<To>(v * scale); });
}

template <class To, class From>
void between_floats(const call& c, To* dst, From* src, int n, int block, rounding mode) {
  convert(c, dst, src, n, block, [=](From v) { return from_double<To>(double{to_float(v)}, mode); });
}

// The modes rn and rm have no size rule on 2xx in the vendor's text, the other five have.
constexpr int strict_block(rounding mode, int block) {
  return mode == rounding::rn || mode == rounding::rm ? 0 : block;
}

}  // namespace openxpu::mlu

#define OPENXPU_MLU_TO_INTEGER(from, to, integer, block, mode)                                         \
  inline void __bang_##from##2##to##_##mode(integer* dst, from* src, int n, int fix, OPENXPU_MLU_AT) { \
    constexpr auto rule = openxpu::mlu::strict_block(openxpu::mlu::rounding::mode, block);             \
    openxpu::mlu::to_integer({"__bang_" #from "2" #to "_" #mode, at}, dst, src, n, fix, rule,          \
                             openxpu::mlu::rounding::mode);                                            \
  }

#define OPENXPU_MLU_NARROW(to, type, mode)                                               \
  inline void __bang_float2##to##_##mode(type* dst, float* src, int n, OPENXPU_MLU_AT) { \
    constexpr auto rule = openxpu::mlu::strict_block(openxpu::mlu::rounding::mode, 64);  \
    openxpu::mlu::between_floats({"__bang_float2" #to "_" #mode, at}, dst, src, n, rule, \
                                 openxpu::mlu::rounding::mode);                          \
  }

#define OPENXPU_MLU_ALL_MODES(family, ...)                                                        \
  family(__VA_ARGS__, rn) family(__VA_ARGS__, rd) family(__VA_ARGS__, tz) family(__VA_ARGS__, oz) \
      family(__VA_ARGS__, up) family(__VA_ARGS__, dn) family(__VA_ARGS__, rm)

OPENXPU_MLU_ALL_MODES(OPENXPU_MLU_TO_INTEGER, float, int8, int8, 128)
OPENXPU_MLU_ALL_MODES(OPENXPU_MLU_TO_INTEGER, float, int16, int16, 64)
OPENXPU_MLU_ALL_MODES(OPENXPU_MLU_TO_INTEGER, half, int8, int8, 128)
OPENXPU_MLU_ALL_MODES(OPENXPU_MLU_TO_INTEGER, half, int16, int16, 64)
OPENXPU_MLU_ALL_MODES(OPENXPU_MLU_NARROW, half, half)
#if __BANG_ARCH__ >= 322
OPENXPU_MLU_ALL_MODES(OPENXPU_MLU_TO_INTEGER, float, int32, int, 0)
OPENXPU_MLU_ALL_MODES(OPENXPU_MLU_NARROW, bfloat16, bfloat16_t)
#endif
#undef OPENXPU_MLU_ALL_MODES
#undef OPENXPU_MLU_TO_INTEGER
#undef OPENXPU_MLU_NARROW

#define OPENXPU_MLU_FROM_INTEGER(name, integer, to, block)                  \
  inline void name(to* dst, integer* src, int n, int fix, OPENXPU_MLU_AT) { \
    openxpu::mlu::from_integer({#name, at}, dst, src, n, fix, block);       \
  }

OPENXPU_MLU_FROM_INTEGER(__bang_int82float, int8, float, 128)
OPENXPU_MLU_FROM_INTEGER(__bang_int162float, int16, float, 64)
OPENXPU_MLU_FROM_INTEGER(__bang_int82half, int8, half, 128)
OPENXPU_MLU_FROM_INTEGER(__bang_int162half, int16, half, 64)
#if __BANG_ARCH__ >= 322
OPENXPU_MLU_FROM_INTEGER(__bang_int322float_rn, int, float, 0)
#endif
#undef OPENXPU_MLU_FROM_INTEGER

inline void __bang_half2float(float* dst, half* src, int n, OPENXPU_MLU_AT) {
  openxpu::mlu::between_floats({"__bang_half2float", at}, dst, src, n, 64, openxpu::mlu::rounding::rn);
}
