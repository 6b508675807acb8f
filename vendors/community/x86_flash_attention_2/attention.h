// FlashAttention-2 on one thread, head by head. Included after the header of an instruction set.
#pragma once

#include <cstdint>

#include "head_group.h"

namespace x86_flash_attention_2::FA_ISA {

template <Element element, Product product>
FA_TARGET void attend(const Problem& problem) {
  Scratch scratch(problem);
  const float factor = static_cast<float>(problem.scale * 1.4426950408889634);
  const int64_t groups = problem.batches * problem.kv_heads;
  const auto group = [&](int64_t i) {
    return HeadGroup<element, product>{problem, scratch, i / problem.kv_heads, i % problem.kv_heads, factor};
  };
  for (int64_t i = 0; i < groups; ++i) {
    const auto next = group(i + 1 < groups ? i + 1 : i);
    group(i).run(i + 1 < groups ? &next : nullptr);
  }
}

}  // namespace x86_flash_attention_2::FA_ISA
