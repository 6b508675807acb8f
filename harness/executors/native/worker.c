// openxpu-native: zygote and worker for kernels behind the TVM FFI ABI. Usage: openxpu-native <path of libtvm_ffi.so>
#include "arguments.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Libraries that kernels may need are mapped here, outside the sandbox, where their files can be seen.
static void preload(const char *tvm_path) {
  static const char *const needed[] = {"libm.so.6",       "libgcc_s.so.1", "libstdc++.so.6",
                                       "libpthread.so.0", "libdl.so.2",    "librt.so.1"};
  for (size_t i = 0; i < sizeof needed / sizeof *needed; i++) dlopen(needed[i], RTLD_NOW | RTLD_GLOBAL);
  if (dlopen(tvm_path, RTLD_NOW | RTLD_GLOBAL)) return;
  fprintf(stderr, "openxpu-native: %s\n", dlerror());
  exit(1);
}

static void *symbol(const char *name) {
  void *found = dlsym(RTLD_DEFAULT, name);
  if (found) return found;
  fprintf(stderr, "openxpu-native: libtvm_ffi.so has no %s\n", name);
  exit(1);
}

static tvm_library bind_tvm(void) {
  tvm_library tvm;
  // ISO C has no cast from object to function pointers; POSIX guarantees that the bits are the same.
  *(void **)&tvm.get_version = symbol("TVMFFIGetVersion");
  *(void **)&tvm.get_global = symbol("TVMFFIFunctionGetGlobal");
  *(void **)&tvm.call = symbol("TVMFFIFunctionCall");
  *(void **)&tvm.take_error = symbol("TVMFFIErrorMoveFromRaised");
  *(void **)&tvm.release = symbol("TVMFFIObjectDecRef");
  return tvm;
}

static tvm_function *load(worker *child, const char *artifact, const char *entry) {
  char name[256];
  tvm_function *kernel = NULL;
  snprintf(name, sizeof name, "__tvm_ffi_%s", entry);
  void *library = dlopen(artifact, RTLD_NOW | RTLD_LOCAL);
  if (library) *(void **)&kernel = dlsym(library, name);
  if (!kernel) openxpu_answer(child, OUTCOME_LOAD, library ? "symbol" : "dlopen", dlerror());
  return kernel;
}

// The error that the kernel left in its thread.
static void answer_error(worker *child, const tvm_library *tvm) {
  tvm_error *error = NULL;
  char kind[64] = "unknown", message[2048] = "the kernel returned an error without raising one";
  tvm->take_error((void **)&error);
  if (error) {
    snprintf(kind, sizeof kind, "%.*s", (int)error->kind.length, error->kind.bytes);
    snprintf(message, sizeof message, "%.*s", (int)error->message.length, error->message.bytes);
  }
  bool declined = strcmp(kind, "NotImplementedError") == 0;
  openxpu_answer(child, declined ? OUTCOME_DECLINED : OUTCOME_RAISED, kind, message);
}

static void serve(worker *child, const tvm_library *tvm, tvm_function *kernel, const arguments *lists) {
  openxpu_answer(child, OUTCOME_OK, NULL, NULL);
  for (;;) {
    int failed = 0;
    if (openxpu_wait(child) == PHASE_RUN) {
      const arguments *list = &lists[openxpu_signature(child)];
      tvm_any result = {.type = TVM_NONE};
      failed = kernel(NULL, list->values, list->count, &result);
    }
    if (failed) answer_error(child, tvm);
    else openxpu_answer(child, OUTCOME_OK, NULL, NULL);
  }
}

static void __attribute__((noreturn)) run_child(worker *child, const tvm_library *tvm) {
  static arguments lists[MAX_SIGNATURES];
  setvbuf(stdout, NULL, _IOLBF, 0);
  openxpu_enter(child, false, false);
  const json *program = json_get(openxpu_document(child), "program");
  const char *wrong = NULL;
  for (int i = 0; i < openxpu_layout(child)->signatures && !wrong; i++) wrong = arguments_build(&lists[i], child, i, tvm);
  tvm_function *kernel = NULL;
  if (wrong) openxpu_answer(child, OUTCOME_LOAD, "request", wrong);
  else kernel = load(child, json_text(program, "artifact", ""), json_text(program, "entry", ""));
  if (kernel) serve(child, tvm, kernel, lists);
  for (;;) pause();
}

int main(int count, char **words) {
  if (count != 2) {
    fprintf(stderr, "usage: openxpu-native <path of libtvm_ffi.so>\n");
    return 2;
  }
  preload(words[1]);
  tvm_library tvm = bind_tvm();
  tvm_version version;
  tvm.get_version(&version);
  char report[128];
  snprintf(report, sizeof report, "{\"tvmFfi\":\"%u.%u.%u\"}", version.major, version.minor, version.patch);
  if (!openxpu_report(report)) return 1;
  worker *child = NULL;
  int forked;
  do forked = openxpu_fork(&child, NULL, NULL, NULL);
  while (forked > 0);
  if (forked == 0) run_child(child, &tvm);
  return 0;
}
