// Scratch memory of one call: aligned, never kept between calls.
#pragma once
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace x86_conv2d {

struct free_memory {
  void operator()(void* memory) const { std::free(memory); }
};

template <typename T>
using buffer = std::unique_ptr<T[], free_memory>;

// `count` uninitialised elements on a cache line boundary.
template <typename T>
buffer<T> allocate(std::size_t count) {
  const std::size_t line = 64;
  const std::size_t bytes = (count * sizeof(T) + line) / line * line;
  void* memory = std::aligned_alloc(line, bytes);
  if (memory == nullptr) throw std::bad_alloc();
  return buffer<T>(static_cast<T*>(memory));
}

}  // namespace x86_conv2d
