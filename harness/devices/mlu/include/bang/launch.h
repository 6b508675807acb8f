// The launch: kernel<<<dim, type, queue>>>(arguments) becomes OPENXPU_LAUNCH before the compiler sees it, and this runs
// every task.
#pragma once

#include <mutex>
#include <sstream>
#include <string>

#include "poison.h"
#include "raise.h"
#include "sync.h"
#include "tasks.h"

#define __mlu_global__
#define __mlu_entry__
#define __mlu_device__
#define __mlu_host__
#define __mlu_func__ inline
#define __mlu_builtin__ inline

struct cnrtDim3_t {
  unsigned int x = 1, y = 1, z = 1;
};

// The value of UnionN is its number of cores (inferred from Cambricon/mlu-ops:core/runtime/device.h).
enum cnrtFunctionType_t {
  cnrtFuncTypeBlock = 1,
  cnrtFuncTypeUnion1 = 4,
  cnrtFuncTypeUnion2 = 8,
  cnrtFuncTypeUnion4 = 16,
  cnrtFuncTypeUnion8 = 32,
  cnrtFuncTypeUnion16 = 64,
};

using cnrtQueue_t = void*;

namespace openxpu::mlu {

struct launch_config {
  cnrtDim3_t dim;
  cnrtFunctionType_t type;
  cnrtQueue_t queue;  // work is done when the launch returns
};

inline void check_launch(const launch_config& config, const memory_map& memory) {
  const auto require = [](bool holds, const std::string& text) {
    if (!holds) throw device_error(text);
  };
  const auto fits = [&](const char* name, std::size_t declared, std::size_t available) {
    std::ostringstream text;
    text << name << ": " << declared << " bytes are declared, " << architecture << " has " << available;
    require(declared <= available, text.str());
  };
  fits("NRAM", memory.nram.bytes(), nram_bytes);
  fits("WRAM", memory.wram.bytes(), wram_bytes);
  fits("SRAM", memory.sram.bytes(), sram_bytes);
  require(config.dim.x >= 1 && config.dim.y >= 1 && config.dim.z >= 1, "a launch dimension is 0, must be at least 1");
  require(config.type == cnrtFuncTypeBlock || config.dim.x % config.type == 0,
          "dim.x is " + std::to_string(config.dim.x) + ", must be a multiple of the " + std::to_string(config.type) +
              " cores of the task type");
}

// Every task starts with poisoned memory: nothing may be expected from the task that ran here before.
inline void reset_memory(task& t) {
  t.wram->forget();
  poison(t.memory.nram.begin, t.memory.nram.bytes());
  poison(t.memory.sram.begin, t.memory.sram.bytes());
  poison(t.memory.ldram.begin, t.memory.ldram.bytes());
  // NRAM arrays with an initialiser lie between the special sections; WRAM's pages are closed, so it is copied around
  // them.
  std::array<range, 3> special = {t.memory.wram, t.memory.sram, t.memory.ldram};
  std::sort(special.begin(), special.end(), [](const range& a, const range& b) { return a.begin < b.begin; });
  char* from = t.memory.tls.begin;
  for (const range& skip : {special[0], special[1], special[2], range{t.memory.nram.begin, nullptr}}) {
    std::memcpy(from, t.memory.image + (from - t.memory.tls.begin), static_cast<std::size_t>(skip.begin - from));
    from = skip.end;
  }
}

template <class Body>
void run_task(task& t, const char* kernel, const Body& body) {
  reset_memory(t);
  t.pending.clear();
  try {
    body();
    // assumption (open point 14): no public text says that the end of a kernel waits for copies, so it is an error.
    if (!t.pending.empty()) {
      t.pending.front().origin.fail("the end of the task", "reached", "no sync waits for this copy");
    }
  } catch (const device_error& e) {
    std::ostringstream text;
    text << kernel << ", task " << t.id() << " of " << t.dim() << (t.is_mpu ? " (memory core)" : "") << ": "
         << e.what();
    throw device_error(text.str());
  }
}

template <class Body>
void run_all(const launch_config& config, task& t, const char* kernel, const Body& body) {
  t.dim_x = static_cast<int>(config.dim.x);
  t.dim_y = static_cast<int>(config.dim.y);
  t.dim_z = static_cast<int>(config.dim.z);
  const bool block = config.type == cnrtFuncTypeBlock;
  t.cluster_dim = block ? 0 : config.type / 4;
  for (t.z = 0; t.z < t.dim_z; ++t.z) {
    for (t.y = 0; t.y < t.dim_y; ++t.y) {
      for (t.x = 0; t.x < t.dim_x; ++t.x) {
        t.is_mpu = false;
        t.core_id = block ? 0 : t.x % coreDim;
        t.cluster_id = block ? 0 : t.x / coreDim % t.cluster_dim;
        run_task(t, kernel, body);
        if (block || t.core_id != coreDim - 1) continue;
        t.is_mpu = true;
        t.core_id = mpu_core_id;
        run_task(t, kernel, body);
      }
    }
  }
}

// One launch at a time, because the tasks share the state below; recursive, so that a nested launch gets a message.
__attribute__((visibility("hidden"))) inline std::recursive_mutex one_launch;

__attribute__((visibility("hidden"))) inline wram_store& shared_wram() {
  static wram_store store;
  return store;
}

// Makes a task current for as long as it lives.
class running_task {
 public:
  explicit running_task(task& t) { current_task = &t; }
  ~running_task() { current_task = nullptr; }
  running_task(const running_task&) = delete;
  running_task& operator=(const running_task&) = delete;
};

// Runs the kernel to its end. A broken rule leaves as a RuntimeError that names the task, the intrinsic and the line.
template <class Body>
void launch(const launch_config& config, const char* kernel, const Body& body) {
  const std::lock_guard<std::recursive_mutex> lock(one_launch);
  if (current_task != nullptr) throw device_error("a kernel launches a kernel, which is not emulated");
  try {
    task t;
    t.memory = map_of_this_thread(static_cast<const char*>(__builtin_frame_address(0)));
    t.wram = &shared_wram();
    check_launch(config, t.memory);
    const closed_wram closed(t.memory.wram);
    const running_task running(t);
    run_all(config, t, kernel, body);
  } catch (const device_error& e) {
    raise_to_caller(e.what());
  }
}

}  // namespace openxpu::mlu

// The arguments are evaluated once for each task: they must have no side effects.
#define OPENXPU_LAUNCH(kernel, config, arguments) \
  ::openxpu::mlu::launch(::openxpu::mlu::launch_config config, #kernel, [&] { kernel arguments; })
