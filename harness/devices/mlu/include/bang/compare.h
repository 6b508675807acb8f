// Comparisons, which write 1.0 or 0.0 in the operands' type, and the logic on such masks (any value but 0 is true).
#pragma once

#include "arithmetic.h"

#define OPENXPU_MLU_COMPARE(name, op)                             \
  OPENXPU_MLU_BINARY(__bang_##name, either, a op b ? 1.0F : 0.0F) \
  OPENXPU_MLU_SCALAR(__bang_##name##_scalar, a op b ? 1.0F : 0.0F)

OPENXPU_MLU_COMPARE(eq, ==)
OPENXPU_MLU_COMPARE(ne, !=)
OPENXPU_MLU_COMPARE(lt, <)
OPENXPU_MLU_COMPARE(le, <=)
OPENXPU_MLU_COMPARE(gt, >)
OPENXPU_MLU_COMPARE(ge, >=)
#undef OPENXPU_MLU_COMPARE

OPENXPU_MLU_BINARY(__bang_and, src0, a != 0 && b != 0 ? 1.0F : 0.0F)
OPENXPU_MLU_BINARY(__bang_or, src0, a != 0 || b != 0 ? 1.0F : 0.0F)
OPENXPU_MLU_BINARY(__bang_xor, src0, (a != 0) != (b != 0) ? 1.0F : 0.0F)
OPENXPU_MLU_UNARY(__bang_not, a != 0 ? 0.0F : 1.0F)

#undef OPENXPU_MLU_UNARY
#undef OPENXPU_MLU_BINARY
#undef OPENXPU_MLU_SCALAR
#undef OPENXPU_MLU_CYCLE
