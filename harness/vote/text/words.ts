// Every sentence of a vote issue in the languages it is written in.
import type { Policy } from "../../domain/governance.ts";
import type { Ballot, Reason, UNCOUNTED } from "../../domain/vote.ts";

/** One language. */
export interface Words {
  readonly heading: (name: string, pull: number, head: string) => string;
  readonly open: (deadline: string) => string;
  readonly ended: Readonly<Record<"passed" | "failed" | "no quorum" | "superseded" | "cancelled" | "merged", string>>;
  readonly evidence: string;
  readonly evidenceHead: readonly string[];
  readonly evidenceTail: readonly string[];
  readonly bundle: (digest: string, runs: string) => string;
  readonly sourceOnly: string;
  readonly emulated: string;
  readonly emulatedOnly: string;
  readonly hidden: string;
  readonly exact: string;
  readonly over: string;
  readonly waived: string;
  readonly until: string;
  readonly rule: string;
  readonly ruleLine: (policy: Policy) => string;
  readonly how: string;
  readonly howLine: string;
  readonly tally: string;
  readonly thumbs: (up: number, down: number) => string;
  readonly cast: (pro: number, against: number, abstain: number) => string;
  readonly rules: Readonly<Record<Reason["rule"], string>>;
  readonly organisationHead: readonly string[];
  readonly ballots: (count: number) => string;
  readonly ballotHead: readonly string[];
  readonly choices: Readonly<Record<Ballot["choice"], string>>;
  readonly counts: string;
  readonly uncounted: Readonly<Record<(typeof UNCOUNTED)[number], string>>;
  readonly electorate: (deciding: number, all: number) => string;
  readonly electorHead: readonly string[];
  readonly decides: string;
  readonly recused: string;
  readonly next: (wait: string) => string;
  readonly before: (issue: number) => string;
}

const fraction = ([part, whole]: Policy["cap"]): string => `${part}/${whole}`;

export const ENGLISH: Words = {
  heading: (name, pull, head) => `Shall **${name}** (#${pull} at \`${head}\`) be merged?`,
  open: (deadline) => `Ballots count until **${deadline}**.`,
  ended: {
    passed: "**Passed.**",
    failed: "**Failed.**",
    "no quorum": "**No quorum.**",
    superseded: "**Superseded**, never counted:",
    cancelled: "**Cancelled**, never counted:",
    merged: "**Passed and merged.**",
  },
  evidence: "Evidence",
  evidenceHead: ["submission", "device", "verdict", "cases passed"],
  evidenceTail: ["headroom used", "speedup, 95 % interval", "isolation", "environment"],
  bundle: (digest, runs) =>
    `Evidence \`${digest}\` from ${runs}; every verdict was computed again from its raw numbers.`,
  sourceOnly: "**Emulated only.** This vote accepts source: nothing is said of any chip, and no speed is claimed.",
  emulated: "emulated",
  emulatedOnly: "emulated: none",
  hidden: "hidden",
  exact: "exact",
  over: "over",
  waived: "Waived",
  until: "until",
  rule: "The rule",
  ruleLine: ({ quorum, approval, organisations, cap }) =>
    `Passes with ${quorum} ballots for or against, ${fraction(approval)} of the weight in favour, ${organisations} organisations in favour, and no single organisation decisive. One organisation has at most ${fraction(cap)} of the weight. Voters of the submitting vendor and authors are shown and not counted.`,
  how: "How to vote",
  howLine:
    "Comment `/vote +1`, `/vote -1 <reason>` or `/vote 0` below, at the start of a line. Of several the last one counts; an objection needs a reason. Comments are the ballots; reactions are shown and decide nothing. `/cancel <reason>` ends the vote, `/explain` says what the evidence means.",
  tally: "Tally",
  thumbs: (up, down) => `Reactions, advisory: ${up} up, ${down} down.`,
  cast: (pro, against, abstain) => `${pro} for, ${against} against, ${abstain} abstain.`,
  rules: {
    quorum: "quorum",
    approval: "approval",
    organisations: "organisations in favour",
    "leave one out": "no single organisation decides",
  },
  organisationHead: ["organisation", "for", "against", "weight", "approval without it"],
  ballots: (count) => `${count} ballots`,
  ballotHead: ["voter", "organisation", "ballot", "counts", "said", "reason"],
  choices: { for: "for", against: "against", abstain: "abstains", spoiled: "spoiled" },
  counts: "yes",
  uncounted: {
    "no elector": "no: not in the electorate",
    recused: "no: recused",
    late: "no: late",
    "edited after the deadline": "no: edited after the deadline",
    "replaced by a later ballot": "no: replaced by a later ballot",
    spoiled: "no: says two things, or none that can be said",
    "an objection needs a reason": "no: an objection needs a reason",
  },
  electorate: (deciding, all) => `Electorate: ${deciding} decide, ${all - deciding} recused`,
  electorHead: ["voter", "organisation", "part"],
  decides: "decides",
  recused: "recused",
  next: (wait) =>
    `What happens next: at the deadline the tally is frozen; a vote that passes is merged ${wait} later, by its commit. A new head, policy, electorate or op supersedes it.`,
  before: (issue) => `Follows #${issue}.`,
};

export const CHINESE: Words = {
  heading: (name, pull, head) => `是否合并 **${name}**（#${pull}，提交 \`${head}\`）？`,
  open: (deadline) => `投票截止：**${deadline}**。`,
  ended: {
    passed: "**通过。**",
    failed: "**未通过。**",
    "no quorum": "**未达法定票数。**",
    superseded: "**已被取代**，不计票：",
    cancelled: "**已取消**，不计票：",
    merged: "**通过并已合并。**",
  },
  evidence: "证据",
  evidenceHead: ["提交", "设备", "结论", "通过用例"],
  evidenceTail: ["误差余量占用", "加速比，95 % 区间", "隔离级别", "环境"],
  bundle: (digest, runs) => `证据 \`${digest}\`，来自 ${runs}；每个结论都由原始数值重新计算。`,
  sourceOnly: "**仅仿真。** 本次投票只接受源代码：不对任何芯片作结论，也不声称任何速度。",
  emulated: "仿真",
  emulatedOnly: "仿真：无",
  hidden: "隐藏",
  exact: "精确",
  over: "相对",
  waived: "豁免",
  until: "有效期至",
  rule: "规则",
  ruleLine: ({ quorum, approval, organisations, cap }) =>
    `通过条件：赞成与反对至少 ${quorum} 票，赞成权重占 ${fraction(approval)}，至少 ${organisations} 个组织赞成，且任何单一组织都不起决定作用。一个组织的权重最多 ${fraction(cap)}。提交厂商的投票人与作者的票只显示、不计入。`,
  how: "如何投票",
  howLine:
    "在下方评论，行首写 `/vote +1`、`/vote -1 <理由>` 或 `/vote 0`。多次投票以最后一次为准；反对须附理由。评论即选票；表情回应只供参考。`/cancel <理由>` 结束投票，`/explain zh` 解释证据。",
  tally: "计票",
  thumbs: (up, down) => `表情回应（仅供参考）：赞成 ${up}，反对 ${down}。`,
  cast: (pro, against, abstain) => `赞成 ${pro}，反对 ${against}，弃权 ${abstain}。`,
  rules: {
    quorum: "法定票数",
    approval: "赞成比例",
    organisations: "赞成的组织",
    "leave one out": "无单一组织决定",
  },
  organisationHead: ["组织", "赞成", "反对", "权重", "去掉它的赞成比例"],
  ballots: (count) => `${count} 张选票`,
  ballotHead: ["投票人", "组织", "选票", "是否计入", "时间", "理由"],
  choices: { for: "赞成", against: "反对", abstain: "弃权", spoiled: "无效" },
  counts: "是",
  uncounted: {
    "no elector": "否：不在选民名单",
    recused: "否：回避",
    late: "否：逾期",
    "edited after the deadline": "否：截止后被编辑",
    "replaced by a later ballot": "否：被之后的选票取代",
    spoiled: "否：内容矛盾或无法识别",
    "an objection needs a reason": "否：反对须附理由",
  },
  electorate: (deciding, all) => `选民：${deciding} 人表决，${all - deciding} 人回避`,
  electorHead: ["投票人", "组织", "角色"],
  decides: "表决",
  recused: "回避",
  next: (wait) =>
    `接下来：截止时冻结计票；若通过，${wait} 后按该提交合并。代码、政策、选民或算子定义一旦变化，本次投票即被取代。`,
  before: (issue) => `接续 #${issue}。`,
};
