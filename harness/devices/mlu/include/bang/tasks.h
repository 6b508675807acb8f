// The task that runs now: its built-in variables, its memory and its copies in flight. Tasks of a launch run one after
// the other on the calling thread, so one task is current at a time and launches of different threads wait for each
// other.
#pragma once

#include <vector>

#include "device_error.h"
#include "memory_spaces.h"
#include "wram.h"

namespace openxpu::mlu {

// One side of a strided copy: (segments1 + 1) * (segments2 + 1) segments; strides in bytes between segment starts.
struct copy_shape {
  int stride1 = 0;
  int segments1 = 0;
  int stride2 = 0;
  int segments2 = 0;
};

// A __memcpy_async that no sync has waited for yet.
struct pending_copy {
  void* dst;
  const void* src;
  int bytes;
  copy_shape dst_shape;
  copy_shape src_shape;
  bool strided;   // one of the strided forms, even if it has a single segment
  bool off_chip;  // touches GDRAM, so it is in the io queue; otherwise in the move queue
  call origin;
};

// assumption (open point 6): taskId = z * X * Y + y * X + x.
struct task {
  int x = 0, y = 0, z = 0;
  int dim_x = 1, dim_y = 1, dim_z = 1;
  int cluster_id = 0, cluster_dim = 0;
  int core_id = 0;
  bool is_mpu = false;  // the memory core of a cluster, which runs the same kernel
  memory_map memory;
  wram_store* wram = nullptr;
  std::vector<pending_copy> pending;

  int id() const { return (z * dim_y + y) * dim_x + x; }
  int dim() const { return dim_x * dim_y * dim_z; }
};

// Hidden, like all state here: each library has its own.
__attribute__((visibility("hidden"))) inline task* current_task = nullptr;

inline task& this_task() {
  if (current_task == nullptr) throw device_error("a built-in variable or an intrinsic is used outside a kernel");
  return *current_task;
}

// coreId of the memory core.
inline constexpr int mpu_core_id = 0x80;

}  // namespace openxpu::mlu

#define taskId (::openxpu::mlu::this_task().id())
#define taskIdX (::openxpu::mlu::this_task().x)
#define taskIdY (::openxpu::mlu::this_task().y)
#define taskIdZ (::openxpu::mlu::this_task().z)
#define taskDim (::openxpu::mlu::this_task().dim())
#define taskDimX (::openxpu::mlu::this_task().dim_x)
#define taskDimY (::openxpu::mlu::this_task().dim_y)
#define taskDimZ (::openxpu::mlu::this_task().dim_z)
#define coreId (::openxpu::mlu::this_task().core_id)
#define coreDim (::openxpu::mlu::cores_per_cluster)
#define clusterId (::openxpu::mlu::this_task().cluster_id)
#define clusterDim (::openxpu::mlu::this_task().cluster_dim)

inline bool __is_mpu() { return openxpu::mlu::this_task().is_mpu; }
inline bool __is_ipu() { return !openxpu::mlu::this_task().is_mpu; }
