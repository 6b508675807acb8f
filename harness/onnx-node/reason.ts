// Why an executor did not give an answer, out of what it said: `unsupported` where it lacks an operator, a type or a version, `error` where it
// has them and failed.

/** A result without outputs to judge, and why. */
export interface Reason {
  readonly result: "unsupported" | "error";
  /** Groups equal reasons in the table. */
  readonly group: string;
  readonly reason: string;
}

interface Said {
  readonly phase: "load" | "run" | "answer";
  readonly kind: string;
  readonly message: string;
}

/** A sentence of ONNX Runtime and what it means. The first that matches decides. */
const SENTENCES: readonly (readonly [pattern: RegExp, result: Reason["result"], group: string])[] = [
  [/Unsupported model IR version: \d+, max supported IR version: \d+/, "unsupported", "IR version"],
  [/Opset \d+ is under development|unreleased opset/, "unsupported", "operator set version"],
  [/Could not find an implementation for \S+ node/, "unsupported", "operator or dtype not implemented"],
  [/kernel is not supported in CPUExecutionProvider/, "unsupported", "operator or dtype not implemented"],
  [/is not a registered function\/op/, "unsupported", "operator unknown"],
  [/Unrecognized attribute: \S+ for operator \w+/, "unsupported", "attribute unknown"],
  [/Failed to construct locale with name:\S+/, "unsupported", "locale not installed"],
  [
    /not (?:currently |yet )?supported|unsupported|not implemented|is not defined for/i,
    "unsupported",
    "option not supported",
  ],
  [/numpy has no element type/, "unsupported", "value cannot be passed"],
];

/** The text without the source file and signature that ONNX Runtime puts before it. */
function sentence(message: string): string {
  const tidy = message
    .replace(/^\[ONNXRuntimeError\] : \d+ : \w+ : /, "")
    .replace(/\/onnxruntime_src\/\S+:\d+ [^]*?(?=\S+ was false|Unsupported|Failed|ONNX Runtime only|Opset)/, "")
    .replace(/\s+/g, " ")
    .trim();
  return tidy.slice(0, 300);
}

/** What a failure means. */
export function reasonOf({ phase, kind, message }: Said): Reason {
  const reason = `${phase}: ${sentence(message)}`;
  if (kind === "NotImplemented" || kind === "NotImplementedError")
    return { result: "unsupported", group: "operator or dtype not implemented", reason };
  const known = SENTENCES.find(([pattern]) => pattern.test(message));
  if (known !== undefined) return { result: known[1], group: known[2], reason };
  return { result: "error", group: phase === "load" ? "model rejected by the executor" : "run failed", reason };
}
