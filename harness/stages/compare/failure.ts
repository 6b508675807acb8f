// Takes how a kernel failed, gives the status and the finding in words. Pure.
import type { BrokenCanary, Failure, Placement } from "../../domain/kernel.ts";
import type { TensorSpec } from "../../domain/op.ts";
import type { Failed, Finding } from "../../domain/verdict.ts";
import { dtypeBytes } from "../../domain/dtype.ts";

function element(bytes: number, spec: TensorSpec): string {
  const size = dtypeBytes(spec.dtype);
  const count = spec.shape.reduce((product, extent) => product * extent, 1);
  const index = Math.floor(bytes / size);
  if (index < 0) return `${-index} element${index === -1 ? "" : "s"} before its start`;
  if (index >= count) return `${index - count + 1} element${index === count ? "" : "s"} past its end`;
  return `element ${index}`;
}

function faultMessage(failure: Failure, specs: readonly TensorSpec[]): string {
  const spec = failure.tensor === undefined ? undefined : specs[failure.tensor.index];
  const advisory = failure.advisory === true ? " (the address is advisory: no tracer on this machine)" : "";
  if (failure.tensor === undefined || spec === undefined) {
    return `${failure.signal ?? "a fault"} at address ${failure.address ?? "unknown"}, outside every tensor${advisory}`;
  }
  const where = element(failure.tensor.byte, spec);
  return failure.tensor.region === "sealed"
    ? `it wrote to input '${spec.name}' (${where}), which is read-only${advisory}`
    : `it touched memory outside '${spec.name}': ${where}${advisory}`;
}

/** What Python raises for a source that it cannot read: the compile errors of an interpreted dialect. */
const SYNTAX_ERRORS = ["SyntaxError", "IndentationError", "TabError"];

/** The status a failure means and what to tell the author. `specs` are inputs then outputs, in op order. */
export function readFailure(
  failure: Failure,
  specs: readonly TensorSpec[],
): { readonly status: Failed; readonly gate: string; readonly message: string } {
  switch (failure.kind) {
    case "declined":
      return {
        status: "UNSUPPORTED",
        gate: "declined",
        message: `it declined a case inside 'supports': ${failure.message}`,
      };
    case "raised":
      return {
        status: "RUNTIME_ERROR",
        gate: "raised",
        message: `it raised ${failure.errorKind ?? "an error"}: ${failure.message}`,
      };
    case "load": {
      const unreadable = SYNTAX_ERRORS.some((kind) => kind === failure.errorKind);
      const status = unreadable ? "COMPILE_ERROR" : "RUNTIME_ERROR";
      return { status, gate: "load", message: `it could not be loaded: ${failure.message}` };
    }
    case "fault": {
      const status = failure.tensor === undefined ? "RUNTIME_ERROR" : "INTEGRITY_VIOLATION";
      return { status, gate: "fault", message: faultMessage(failure, specs) };
    }
    case "signal":
      return {
        status: "RUNTIME_ERROR",
        gate: "signal",
        message: `it was killed by ${failure.signal ?? "a signal"}: ${failure.message}`,
      };
    case "exit":
      return {
        status: "RUNTIME_ERROR",
        gate: "exit",
        message: `it left the process with status ${failure.status ?? "unknown"}`,
      };
    case "denied": {
      const call = failure.syscall ?? "unknown";
      return {
        status: "INTEGRITY_VIOLATION",
        gate: "denied",
        message: `it asked for ${failure.category ?? "system"} access: system call ${call}`,
      };
    }
    case "control":
      return {
        status: "INTEGRITY_VIOLATION",
        gate: "control",
        message: `it left the processor in another state (rounding or flushing): ${failure.message}`,
      };
    case "restless":
      return { status: "INTEGRITY_VIOLATION", gate: "restless", message: failure.message };
    case "timeout":
      return {
        status: "TIMEOUT",
        gate: "deadline",
        message: `it gave no answer within ${(failure.deadlineMs ?? 0) / 1000} s`,
      };
  }
}

/** A finding that no single element shows: a gate, its words, and where it was met. */
export function bareFinding(
  gate: string,
  lane: "memory" | "execution",
  message: string,
  probe: string | null,
  placement: Placement | null,
): Finding {
  return {
    lane,
    gate,
    probe,
    placement,
    output: null,
    message,
    mismatches: 0,
    total: 0,
    first: null,
    worst: null,
    pattern: null,
  };
}

/** What it did, and where that was not on the case that is judged. */
function placed(companion: string | null, words: string): string {
  return companion === null ? words : `on another case in the same process (${companion}), ${words}`;
}

/**
 * The finding of a failure; without a probe it failed before its first call, while its library loaded, or on a companion of the case.
 * @param specs of the case it failed on
 */
export function failureFinding(
  failure: Failure,
  specs: readonly TensorSpec[],
  probe: string | null,
  placement: Placement,
  companion: string | null = null,
): { readonly status: Failed; readonly finding: Finding } {
  const { status, gate, message: words } = readFailure(failure, specs);
  const loading = probe === null && companion === null && failure.kind !== "load";
  const message = placed(companion, loading ? `while it loaded, ${words}` : words);
  return {
    status,
    finding: bareFinding(
      gate,
      gate === "fault" || gate === "denied" ? "memory" : "execution",
      message,
      probe,
      placement,
    ),
  };
}

/** The finding of an overwritten canary. */
export function canaryFinding(
  canary: BrokenCanary,
  specs: readonly TensorSpec[],
  probe: string | null,
  placement: Placement,
  companion: string | null = null,
): Finding {
  const spec = specs[canary.index];
  const name = spec?.name ?? `argument ${canary.index}`;
  const where =
    canary.side === "between"
      ? `byte ${canary.byte} from its data pointer, in the padding of its rows or before its offset`
      : spec === undefined
        ? canary.side
        : element(canary.byte, spec);
  const words = `it wrote outside '${name}': ${where}`;
  return bareFinding("canary", "memory", placed(companion, words), probe, placement);
}
