// mlu.h: the other name that kernels include the language by.
#pragma once

#include "bang.h"
