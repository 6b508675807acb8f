// The table of official ONNX node tests: families, totals, why what is no pass is none, and what is new. Pure.
import { NODE_RESULTS, type NodeRecord, type NodeResult, type NodeRun } from "../../domain/node-record.ts";
import { oneLine } from "./problem.ts";
import { visible } from "../../domain/visible.ts";

/** Cases of a group that are named. */
const NAMED = 3;

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart((widths[column] ?? 0) + 3),
      )
      .join("")
      .trimEnd(),
  );
}

function counts(records: readonly NodeRecord[]): string[] {
  return NODE_RESULTS.map((result) => String(records.filter((record) => record.result === result).length));
}

function grouped<Key>(records: readonly NodeRecord[], key: (record: NodeRecord) => Key): [Key, NodeRecord[]][] {
  const groups = new Map<Key, NodeRecord[]>();
  for (const record of records) groups.set(key(record), [...(groups.get(key(record)) ?? []), record]);
  return [...groups];
}

function familyTable(records: readonly NodeRecord[], familyOf: (operator: string) => string): string[] {
  const rows = grouped(records, ({ operator }) => familyOf(operator))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([family, members]) => [family, String(members.length), ...counts(members)]);
  return columns([["family", "cases", ...NODE_RESULTS], ...rows, ["all", String(records.length), ...counts(records)]]);
}

/** Why a kind of result came about, most frequent first. */
function reasonLines(records: readonly NodeRecord[], result: NodeResult): string[] {
  const groups = grouped(
    records.filter((record) => record.result === result),
    ({ group }) => group ?? "",
  ).sort(([, a], [, b]) => b.length - a.length);
  if (groups.length === 0) return [];
  return [
    `${result}:`,
    ...groups.map(([group, members]) => {
      const names = members.slice(0, NAMED).map((record) => record.case);
      const more = members.length > NAMED ? ", ..." : "";
      return `  ${String(members.length).padStart(5)}  ${oneLine(group)}   ${names.join(", ")}${more}`;
    }),
  ];
}

/** How often each rule judged, and what it said. */
function ruleLines(records: readonly NodeRecord[]): string[] {
  const words = records.flatMap((record) => record.rules.map(({ rule, accepted }) => ({ rule, accepted })));
  const names = [...new Set(words.map(({ rule }) => rule))];
  return names.map((name) => {
    const own = words.filter(({ rule }) => rule === name);
    const accepted = own.filter((word) => word.accepted).length;
    return `  ${String(own.length).padStart(5)}  ${name}: ${accepted} accepted, ${own.length - accepted} rejected`;
  });
}

function otherLines(records: readonly NodeRecord[]): string[] {
  const names = [...new Set(records.flatMap(({ others }) => others.map(({ executor }) => executor)))];
  return names.map((name) => {
    const own = records.flatMap(({ others }) => others.filter(({ executor }) => executor === name));
    const ran = own.filter(({ result }) => result !== null);
    const passed = ran.filter(({ result }) => result === "passed").length;
    return `${name}: ${passed} of ${ran.length} passed; absent from ${own.length - ran.length}, mostly because no op of ours covers the case`;
  });
}

/** The whole text. */
export function nodeTable(run: NodeRun, familyOf: (operator: string) => string): string {
  const { records } = run;
  const [first] = records;
  const executor = first === undefined ? "" : `${first.executor.executor} ${first.executor.version}`;
  const own = records.filter(({ expected }) => expected === "machine").length;
  return visible(
    [
      `${run.package} on ${executor}, isolation ${first?.executor.isolation ?? "none"}`,
      "",
      ...familyTable(records, familyOf),
      "",
      ...NODE_RESULTS.filter((result) => result !== "passed").flatMap((result) => reasonLines(records, result)),
      "rules:",
      ...ruleLines(records),
      ...otherLines(records),
      ...(own === 0 ? [] : [`${own} cases judged by expected outputs that this machine's numpy computed`]),
      ...(run.news.length === 0
        ? ["nothing is wrong, refused or in error that was not known of these versions"]
        : ["not known before:", ...run.news.map((line) => `  ${line}`)]),
    ].join("\n"),
  );
}
