// Naming a failure: its tensor from its address, its JSON from its fields.
#include "failure.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[] = {"none", "declined", "raised", "load", "fault", "signal", "exit", "denied", "timeout", "control", "restless"};

static void set_tensor(failure *fault, int index, const char *region, uint64_t first_byte) {
  fault->tensor = index;
  fault->region = region;
  fault->byte = (int64_t)(fault->address - first_byte);
}

// Neighbours share a guard: an address in it belongs to the nearer one.
void failure_locate(failure *fault, const layout *tensors, uint64_t region) {
  fault->tensor = -1;
  // The child has not said yet where its tensors lie.
  if (!region) return;
  if (fault->address < region || fault->address >= region + tensors->region_bytes) return;
  uint64_t offset = fault->address - region, nearest = UINT64_MAX;
  for (int i = 0; i < tensors->count; i++) {
    const tensor *t = &tensors->tensors[i];
    if (!t->page_bytes) continue;
    uint64_t begin = t->region_offset, end = begin + t->page_bytes, first_byte = region + begin + t->start;
    if (offset >= begin && offset < end) {
      if (!t->output) set_tensor(fault, i, "sealed", first_byte);
      return;
    }
    uint64_t distance = offset < begin ? begin - offset : offset - end + 1;
    if (distance >= nearest) continue;
    nearest = distance;
    set_tensor(fault, i, offset < begin ? "guard_before" : "guard_after", first_byte);
  }
}

static void write_signal(json_writer *out, int number) {
  char name[32];
  const char *short_name = sigabbrev_np(number);
  snprintf(name, sizeof name, "SIG%s", short_name ? short_name : "UNKNOWN");
  json_put_text(out, "signal", name);
}

static void write_tensor(const failure *fault, const layout *tensors, json_writer *out) {
  if (fault->tensor < 0) return;
  json_begin(out, "tensor", '{');
  json_put_integer(out, "index", fault->tensor);
  json_put_text(out, "name", tensors->tensors[fault->tensor].name);
  json_put_text(out, "region", fault->region);
  json_put_integer(out, "byte", fault->byte);
  json_end(out, '}');
}

static void write_message(const failure *fault, const layout *tensors, char message[512]) {
  switch (fault->kind) {
    case FAILURE_FAULT:
      if (fault->tensor >= 0)
        snprintf(message, 512, "touched byte %" PRId64 " of %.200s (%s)", fault->byte, tensors->tensors[fault->tensor].name,
                 fault->region);
      else snprintf(message, 512, "touched address 0x%" PRIx64 ", which belongs to no tensor", fault->address);
      return;
    case FAILURE_SIGNAL: snprintf(message, 512, "ended by signal %d (%s)", fault->signal, strsignal(fault->signal)); return;
    case FAILURE_EXIT: snprintf(message, 512, "left by exit with status %d", fault->status); return;
    case FAILURE_DENIED:
      snprintf(message, 512, "forbidden system call %s (%s)%s%.255s", fault->syscall, fault->category,
               fault->message[0] ? " on " : "", fault->message);
      return;
    case FAILURE_RESTLESS: snprintf(message, 512, "a thread of it ran while it was frozen"); return;
    case FAILURE_TIMEOUT: snprintf(message, 512, "no answer within %" PRId64 " ms", fault->deadline_ms); return;
    default: message[0] = 0;
  }
}

void failure_write(const failure *fault, const layout *tensors, json_writer *out) {
  char message[512];
  write_message(fault, tensors, message);
  json_put_text(out, "state", "failed");
  json_begin(out, "failure", '{');
  json_put_text(out, "kind", kind_names[fault->kind]);
  json_put_text(out, "message", message[0] ? message : fault->message);
  if (fault->kind == FAILURE_RAISED || fault->kind == FAILURE_DECLINED || fault->kind == FAILURE_LOAD)
    json_put_text(out, "errorKind", fault->error_kind);
  if (fault->kind == FAILURE_FAULT) {
    char address[24];
    snprintf(address, sizeof address, "0x%" PRIx64, fault->address);
    write_signal(out, fault->signal);
    json_put_text(out, "address", address);
    json_put_bool(out, "advisory", fault->advisory);
    write_tensor(fault, tensors, out);
  }
  if (fault->kind == FAILURE_SIGNAL) write_signal(out, fault->signal);
  if (fault->kind == FAILURE_EXIT) json_put_integer(out, "status", fault->status);
  if (fault->kind == FAILURE_DENIED) {
    json_put_text(out, "syscall", fault->syscall);
    json_put_text(out, "category", fault->category);
  }
  if (fault->kind == FAILURE_TIMEOUT) json_put_integer(out, "deadlineMs", fault->deadline_ms);
  json_end(out, '}');
}
