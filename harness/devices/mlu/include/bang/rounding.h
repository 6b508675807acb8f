// The seven rounding suffixes of BANG C, and narrowing to integers. All arithmetic is in double, which holds every
// input exactly.
#pragma once

#include <cmath>
#include <limits>

namespace openxpu::mlu {

// rn: nearest, ties to even. rd: nearest, ties away from zero. tz: towards zero. oz: away from zero.
// up: towards +infinity. dn: towards -infinity. rm: "math" rounding, nearest with ties towards +infinity.
enum class rounding { rn, rd, tz, oz, up, dn, rm };

// x to an integral value. The difference x - floor(x) is exact in double for |x| < 2^53.
inline double round_to_integral(double x, rounding mode) {
  const double below = std::floor(x);
  const double fraction = x - below;
  switch (mode) {
    case rounding::rn: {
      const bool odd = std::floor(below / 2) * 2 != below;
      return fraction > 0.5 || (fraction == 0.5 && odd) ? below + 1 : below;
    }
    case rounding::rd:
      return std::copysign(std::floor(std::fabs(x)) + (std::fabs(x) - std::floor(std::fabs(x)) >= 0.5 ? 1 : 0), x);
    case rounding::tz:
      return std::trunc(x);
    case rounding::oz:
      return std::copysign(std::ceil(std::fabs(x)), x);
    case rounding::up:
      return std::ceil(x);
    case rounding::dn:
      return below;
    case rounding::rm:
      return fraction >= 0.5 ? below + 1 : below;
  }
  return x;
}

// assumption (open point 1): too large values saturate, NaN gives the lowest value.
template <class Integer>
Integer round_to_integer(double x, rounding mode) {
  constexpr double lowest = std::numeric_limits<Integer>::lowest();
  constexpr double highest = std::numeric_limits<Integer>::max();
  if (std::isnan(x)) return std::numeric_limits<Integer>::lowest();
  if (std::isinf(x)) return x > 0 ? std::numeric_limits<Integer>::max() : std::numeric_limits<Integer>::lowest();
  const double integral = round_to_integral(x, mode);
  if (integral >= highest) return std::numeric_limits<Integer>::max();
  if (integral <= lowest) return std::numeric_limits<Integer>::lowest();
  return static_cast<Integer>(integral);
}

// True where an overflow of this sign goes to infinity and not to the largest finite number (IEEE 754-2019, 7.4).
inline bool overflows_to_infinity(bool negative, rounding mode) {
  switch (mode) {
    case rounding::tz:
      return false;
    case rounding::up:
      return !negative;
    case rounding::dn:
      return negative;
    default:
      return true;
  }
}

}  // namespace openxpu::mlu
