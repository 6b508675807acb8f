// A compiler that never ends: exponentially many instantiations of shallow templates.
#include "attack.h"
template <int N, long Path> struct tree { static constexpr long value = tree<N - 1, Path * 2>::value + tree<N - 1, Path * 2 + 1>::value; };
template <long Path> struct tree<0, Path> { static constexpr long value = Path; };
ATTACK(computes_for_ever) { return static_cast<int>(tree<40, 1>::value); }
