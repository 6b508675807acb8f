// Templates without an end.
#include "attack.h"
template <int N> struct deep { static constexpr long value = deep<N + 1>::value + 1; };
ATTACK(nests_templates) { return static_cast<int>(deep<0>::value); }
