// The answer to /explain: why a check is as it is, from the records, in words that a kernel author can act on.
import type { Evidence, EvidenceVerdict } from "../../domain/evidence.ts";
import { outside, word } from "./markdown.ts";
import { commentMark } from "./mark.ts";

export type Language = "en" | "zh";

interface Phrases {
  readonly none: string;
  readonly fine: (name: string, passed: number, counted: number) => string;
  readonly fails: (name: string, status: string) => string;
  readonly repeat: string;
  readonly blocked: string;
  readonly more: (count: number) => string;
  readonly statuses: Readonly<Record<string, string>>;
}

const PHRASES: Readonly<Record<Language, Phrases>> = {
  en: {
    none: "There is no evidence for this head yet.",
    fine: (name, passed, counted) => `${name} conforms: ${passed} of ${counted} cases passed.`,
    fails: (name, status) => `${name} does not conform (${status}):`,
    repeat:
      "To see it yourself: `npx openxpu check vendors/<vendor>/<submission>` in a checkout of the head; the line `repeat` of a failing case runs that case alone.",
    blocked: "No vote can open because:",
    more: (count) => `and ${count} more.`,
    statuses: {
      INCORRECT_NUMERICAL: "the numbers are further from the exact ones than the declared numerics class allows",
      INCORRECT_SHAPE: "an output has another shape than the op's contract says",
      INCORRECT_DTYPE: "an output has another dtype than the op's contract says",
      RUNTIME_ERROR: "the kernel crashed or raised",
      COMPILE_ERROR: "the source does not compile",
      TIMEOUT: "a call did not come back in its time",
      NONDETERMINISTIC: "the same inputs gave different outputs although the kernel declares itself deterministic",
      INTEGRITY_VIOLATION: "the kernel touched what is not its own: memory, files, network or processes",
      UNSUPPORTED: "the kernel declined a case that its manifest says it takes",
      REFERENCE_DISAGREEMENT: "no reference agreed with the oracle: the harness needs a look, not the kernel",
      INFRA_ERROR: "the harness broke: run it again with /recheck",
    },
  },
  zh: {
    none: "此提交尚无证据。",
    fine: (name, passed, counted) => `${name} 符合：${counted} 个用例中通过 ${passed} 个。`,
    fails: (name, status) => `${name} 不符合（${status}）：`,
    repeat:
      "自行复现：在该提交的检出中运行 `npx openxpu check vendors/<vendor>/<submission>`；失败用例的 `repeat` 行只重跑该用例。",
    blocked: "无法开启投票，因为：",
    more: (count) => `以及另外 ${count} 个。`,
    statuses: {
      INCORRECT_NUMERICAL: "数值误差超出所声明数值类别的允许范围",
      INCORRECT_SHAPE: "输出形状与算子约定不符",
      INCORRECT_DTYPE: "输出类型与算子约定不符",
      RUNTIME_ERROR: "内核崩溃或抛出异常",
      COMPILE_ERROR: "源代码无法编译",
      TIMEOUT: "调用未在限定时间内返回",
      NONDETERMINISTIC: "声明为确定性的内核对相同输入给出了不同输出",
      INTEGRITY_VIOLATION: "内核触碰了不属于它的内存、文件、网络或进程",
      UNSUPPORTED: "内核拒绝了其清单声明支持的用例",
      REFERENCE_DISAGREEMENT: "没有参考实现与基准一致：需要检查的是测试框架，而不是内核",
      INFRA_ERROR: "测试框架出错：用 /recheck 重跑",
    },
  },
};

/** Failing cases that are told one by one. */
const MOST = 8;

function verdictLines(verdict: EvidenceVerdict, phrases: Phrases): string[] {
  const { vendor, submission, device, conforms, cases, failing, status } = verdict;
  const name = word(`${vendor}/${submission} · ${device.chip}`, 120);
  if (conforms) return [phrases.fine(name, cases.passed, cases.counted)];
  const shown = failing
    .slice(0, MOST)
    .map(
      ({ name: failed, status: how, finding }) =>
        `- ${outside(failed, 60)} ${how}: ${word(phrases.statuses[how] ?? how, 200)}. ${outside(finding, 400)}`,
    );
  const rest = failing.length > MOST ? [`- ${phrases.more(failing.length - MOST)}`] : [];
  return [phrases.fails(name, status), [...shown, ...rest].join("\n"), phrases.repeat];
}

/** What can be said of a pull request. */
export interface Explained {
  readonly evidence: Evidence | null;
  readonly blocking: readonly string[];
}

/** The answer in words. */
export function explainText({ evidence, blocking }: Explained, language: Language): string {
  const phrases = PHRASES[language];
  const lines =
    evidence === null ? [phrases.none] : evidence.verdicts.flatMap((verdict) => verdictLines(verdict, phrases));
  const stopped = blocking.slice(0, 20).map((line) => `- ${word(line, 400)}`);
  const runs = evidence?.runs.map(({ run, url }) => `[run ${run}](${url})`) ?? [];
  return [
    ...lines,
    ...(stopped.length > 0 ? [phrases.blocked, stopped.join("\n")] : []),
    ...(runs.length > 0 ? [runs.join(", ")] : []),
  ].join("\n\n");
}

/** The mark of the answer to one comment. */
export function explainMark(comment: number): string {
  return commentMark(`explain comment=${comment}`);
}
