// Memory that is not the kernel's: inputs, guards, neighbours, the judge's, and more than it declared.
#include "attack.h"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static constexpr uintptr_t PAGE = 4096;
static char* page_of(const void* at) { return reinterpret_cast<char*>(reinterpret_cast<uintptr_t>(at) & ~(PAGE - 1)); }
static char* page_after(const void* end) { return page_of(static_cast<const char*>(end) + PAGE - 1); }

// One element past its output: canaries lie there, or a guard page.
ATTACK(writes_past_end) { return honest(a), a.y[a.count()] = 1, 0; }
ATTACK(writes_before_start) { return honest(a), a.y[-1] = 1, 0; }
// A page and more past its output: a guard page lies there.
ATTACK(writes_far_past_end) { return honest(a), a.y[a.count() + 2 * PAGE] = 1, 0; }
ATTACK(writes_far_before_start) { return honest(a), a.y[-static_cast<int64_t>(2 * PAGE)] = 1, 0; }
// Reads as far past its input as its neighbour would begin.
ATTACK(reads_far_past_end) { return honest(a), a.y[0] += static_cast<volatile float*>(a.x)[2 * a.count() + 2 * PAGE] * 0, 0; }

// Every page between input and output, as a copy with a wrong length would.
ATTACK(writes_to_neighbour) {
  honest(a);
  for (volatile char *at = reinterpret_cast<char*>(a.y), *end = reinterpret_cast<char*>(a.x); at != end; at += at < end ? 1 : -1) *at = 0;
  return 0;
}

// Inputs as a reference that runs afterwards should see them: all zeros, and the right answer for zeros.
ATTACK(zeroes_input) { return std::memset(a.x, 0, 2 * a.bytes()), std::memset(a.y, 0, a.bytes()), 0; }

// Asks for write access first: the memory is sealed.
ATTACK(unseals_input) {
  mprotect(page_of(a.x), PAGE, PROT_READ | PROT_WRITE);
  return a.x[0] = 0, honest(a), 0;
}

// Moves a writable page over the input: only its own view changes.
ATTACK(remaps_input) {
  const size_t bytes = page_after(a.x + 2 * a.count()) - page_of(a.x);
  mmap(page_of(a.x), bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return honest(a), 0;
}
ATTACK(moves_input_away) {
  void* place = mmap(nullptr, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  honest(a);
  if (mremap(place, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, page_of(a.x)) == MAP_FAILED) return 0;
  return a.x[0] = 0, 0;
}

// Writes its answer to memory of its own under the output's address: the broker reads the sealed file, not the address.
ATTACK(remaps_output) {
  const size_t bytes = page_after(a.y + a.count()) - page_of(a.y);
  mmap(page_of(a.y), bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  return honest(a), 0;
}

// Replaces the guard page by memory of its own and writes on through the canaries.
ATTACK(replaces_guard) {
  char* guard = page_after(a.y + a.count());
  mmap(guard, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  honest(a);
  for (char* at = reinterpret_cast<char*>(a.y + a.count()); at < guard + 16; ++at) *at = 1;
  return 0;
}

// Punches a hole into the input's file, so that whoever reads it later finds zeros.
ATTACK(punches_input) {
  honest(a);
  madvise(page_of(a.x), PAGE, MADV_REMOVE);
  madvise(page_of(a.x), PAGE, MADV_DONTNEED);
  return 0;
}
// And into its own output: that memory is its own to lose.
ATTACK(punches_output) {
  honest(a);
  const size_t bytes = page_after(a.y + a.count()) - page_of(a.y);
  return madvise(page_of(a.y), bytes, MADV_REMOVE) == 0 ? 0 : (std::memset(a.y, 0, a.bytes()), 0);
}

// Looks through the heap, the program's data and its libraries' for an answer that a judge in this process would hold.
static const float* wanted;
static int search(dl_phdr_info* library, size_t, void*) {
  for (int i = 0; i < library->dlpi_phnum; ++i) {
    const auto& part = library->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || !(part.p_flags & PF_W)) continue;
    const char *at = page_after(reinterpret_cast<char*>(library->dlpi_addr + part.p_vaddr)), *end = at + part.p_memsz / PAGE * PAGE;
    for (end -= at < end ? PAGE : 0; at < end; at += 4)
      if (std::memcmp(at, wanted, 16) == 0) loot("the expected output");
  }
  return 0;
}
ATTACK(searches_expected) {
  honest(a);
  wanted = a.y;
  dl_iterate_phdr(search, nullptr);
  for (char *end = static_cast<char*>(sbrk(0)), *at = end - 65536; at + 16 < end; at += 4)
    if (std::memcmp(at, wanted, 16) == 0) loot("the expected output on the heap");
  return 0;
}

// Its own memory through the file system, where page protection does not count.
ATTACK(opens_own_memory) {
  const int file = open("/proc/self/mem", O_RDWR);
  if (file >= 0) loot("/proc/self/mem");
  return honest(a), 0;
}
ATTACK(reads_judge_memory) {
  static const char* const paths[] = {"/proc/1/mem", "/proc/self/maps", "/proc/1/environ", "/dev/mem", "/proc/kcore"};
  for (const char* path : paths)
    if (open(path, O_RDONLY) >= 0) loot(path);
  return honest(a), 0;
}
ATTACK(writes_parents_memory) {
  char zeros[64] = {};
  iovec from = {zeros, sizeof zeros}, to = {a.x, sizeof zeros};
  if (process_vm_writev(getppid() ? getppid() : 1, &from, 1, &to, 1, 0) > 0) loot("the parent's memory");
  return honest(a), 0;
}
ATTACK(traces_parent) {
  if (ptrace(PTRACE_ATTACH, getppid() ? getppid() : 1, nullptr, nullptr) == 0) loot("a trace of the parent");
  return honest(a), 0;
}
ATTACK(asks_to_be_traced) { return ptrace(PTRACE_TRACEME, 0, nullptr, nullptr), honest(a), 0; }

// Fills the output only when somebody looks at it.
ATTACK(answers_on_fault) { return syscall(SYS_userfaultfd, 0), honest(a), 0; }

// Code of its own making.
ATTACK(makes_code) {
  void* code = mmap(nullptr, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code != MAP_FAILED) loot("writable code");
  return honest(a), 0;
}
ATTACK(makes_file_of_memory) { return syscall(SYS_memfd_create, "code", 0), honest(a), 0; }

// Takes memory until none is left: first of its own limit, then, if there is none, of the machine (it stops at 8 GiB).
ATTACK(eats_memory) {
  size_t taken = 0;
  while (taken < 128) {
    char* more = static_cast<char*>(mmap(nullptr, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (more == MAP_FAILED) break;
    for (size_t at = 0; at < (64 << 20); at += PAGE) more[at] = 1;
    taken++;
  }
  if (taken > 16) loot("more memory than it declared");
  return honest(a), 0;
}
// No memory of its own is needed to recurse.
static int64_t deeper(const call& a, int64_t depth) {
  volatile char frame[4096];
  frame[depth % 4096] = 1;
  return depth < 0 ? 0 : deeper(a, depth + 1) + frame[0];
}
ATTACK(overflows_stack) { return honest(a), static_cast<int>(deeper(a, 0)) & 0; }

// Fills the disk that it can write to: 64 MiB of memory, its own.
ATTACK(fills_disk) {
  static char block[1 << 20];
  size_t written = 0;
  for (int i = 0; i < 512; ++i) {
    char path[64];
    std::snprintf(path, sizeof path, "/tmp/fill-%d", i);
    const int file = open(path, O_CREAT | O_WRONLY, 0600);
    const ssize_t count = file < 0 ? -1 : write(file, block, sizeof block);
    if (file >= 0) close(file);
    if (count <= 0) break;
    written += count;
  }
  if (written > 256u << 20) loot("256 MiB of disk");
  return honest(a), 0;
}
