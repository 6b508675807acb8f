// bang.h: BANG C on the CPU, one header for the kernel's source. Every folder-local header holds one concept of the
// language. The memory map, task model and rules are described in harness/devices/mlu/README.md.
#pragma once

#include "bang/architecture.h"
#include "bang/arithmetic.h"
#include "bang/compare.h"
#include "bang/conv.h"
#include "bang/convert.h"
#include "bang/copy.h"
#include "bang/fill.h"
#include "bang/launch.h"
#include "bang/memory_spaces.h"
#include "bang/not_emulated.h"
#include "bang/number_types.h"
#include "bang/reduce.h"
#include "bang/reshape.h"
#include "bang/sync.h"
#include "bang/tasks.h"
