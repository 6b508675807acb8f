// The style sheet of every page: a lab report. Paper, ink, hairlines; colour only repeats what a glyph and a word say.

/** Contrast of every pair of text and ground is at least 4.5:1 in both schemes; the page tests compute it. */
const COLOURS = `
:root {
  color-scheme: light dark;
  --paper: #fcfcfa; --raised: #f4f4f0; --ink: #1a1d21; --muted: #5b626b; --line: #dedfd9; --strong: #b9bcb6;
  --good: #17683a; --good-ground: #e6f2e9; --bad: #b02318; --bad-ground: #fbe9e6;
  --warn: #865100; --warn-ground: #f9efd9; --note: #2b5a8c; --note-ground: #e6eef7;
  --bar: #44617f; --bar-soft: #a9b6c3; --band: #d7e1ec;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14171a; --raised: #1c2024; --ink: #e7e6e2; --muted: #a1a8b0; --line: #2c3136; --strong: #4c535b;
    --good: #83d3a0; --good-ground: #173022; --bad: #ff9d92; --bad-ground: #3a1d1a;
    --warn: #efc06c; --warn-ground: #352a14; --note: #93c3f2; --note-ground: #17293b;
    --bar: #8fb0d0; --bar-soft: #52606e; --band: #26394b;
  }
}`;

/** Type: the reader's own fonts; figures of one width, so that columns of numbers can be compared. */
const TEXT = `
* { box-sizing: border-box; }
html {
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Open Sans", sans-serif;
  font-variant-numeric: tabular-nums; background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%;
  text-size-adjust: 100%;
}
body { margin: 0 auto; padding: 1.5rem 1.5rem 3rem; max-width: 92rem; }
body.narrow { max-width: 68rem; }
h1 {
  font-size: 1.75rem; line-height: 1.2; font-weight: 650; letter-spacing: -.012em; margin: .2rem 0 .3rem;
  overflow-wrap: anywhere; text-wrap: balance;
}
h1.mono { font-size: 1.6rem; }
h2 {
  font-size: 1.08rem; font-weight: 650; margin: 2.2rem 0 .6rem; padding-top: .55rem;
  border-top: 1px solid var(--strong); display: flex; gap: .6rem;
}
h2 .step { color: var(--muted); font-weight: 400; }
p { margin: .35rem 0; max-width: 84ch; overflow-wrap: anywhere; }
a { color: var(--note); text-underline-offset: .18em; text-decoration-thickness: .06em; }
a:focus-visible,
button:focus-visible,
select:focus-visible,
input:focus-visible,
summary:focus-visible,
[tabindex]:focus-visible {
  outline: 2px solid var(--note); outline-offset: 2px; border-radius: 2px;
}
code, pre, .mono {
  font-family: ui-monospace, SFMono-Regular, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: .92em;
}
code { overflow-wrap: anywhere; unicode-bidi: isolate; }
pre {
  margin: 0; padding: .7rem .85rem; background: var(--raised); border: 1px solid var(--line); white-space: pre-wrap;
  overflow-wrap: anywhere; unicode-bidi: isolate;
}
.muted { color: var(--muted); } .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.lines { white-space: pre-wrap; }
.small { font-size: .86em; } p.lead { font-size: 1.06rem; }
.number { white-space: nowrap; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .3rem .6rem; }
.trail { font-size: .9rem; color: var(--muted); overflow-wrap: anywhere; }
footer {
  margin-top: 2.5rem; padding-top: .6rem; border-top: 1px solid var(--line); color: var(--muted); font-size: .86em;
}
ul.plain { list-style: none; margin: .3rem 0; padding: 0; }`;

/** Verdicts, badges and facts. */
const MARKS = `
.mark { display: inline-flex; gap: .35em; align-items: baseline; font-weight: 600; white-space: nowrap; }
.mark.good { color: var(--good); }
.mark.bad { color: var(--bad); }
.mark.warn { color: var(--warn); }
.mark.quiet { color: var(--muted); font-weight: 500; }
.seal {
  display: inline-flex; gap: .45em; padding: .14rem .6rem .18rem; font-weight: 650; border: 1px solid;
  border-radius: 3px; overflow-wrap: anywhere;
}
.seal.good { color: var(--good); background: var(--good-ground); }
.seal.bad { color: var(--bad); background: var(--bad-ground); }
.seal.warn { color: var(--warn); background: var(--warn-ground); }
.badge {
  display: inline-block; padding: 0 .4em; font-size: .8em; line-height: 1.5; border: 1px solid; border-radius: 3px;
  white-space: nowrap;
}
.badge.emulated { color: var(--warn); } .badge.physical { color: var(--note); }
.tally { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin: .6rem 0 .9rem; padding: 0; list-style: none; }
.tally b { font-size: 1.25rem; font-weight: 650; margin-right: .1em; } .tally .none { color: var(--muted); }
.notice {
  margin: .7rem 0; padding: .5rem .8rem; border-left: 3px solid var(--warn); background: var(--warn-ground);
  overflow-wrap: anywhere; max-width: none;
}
dl.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .18rem 1.1rem; margin: .5rem 0; }
dl.facts > div { display: contents; }
dl.facts dt { color: var(--muted); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; unicode-bidi: isolate; }
header dl.facts {
  grid-template-columns: repeat(auto-fit, minmax(13rem, max-content)); gap: .35rem 2rem; padding: .55rem 0;
  border-top: 1px solid var(--line); border-bottom: 1px solid var(--line);
}
header dl.facts > div { display: block; min-width: 0; }
header dl.facts dt { font-size: .82em; }
header dl.facts code { font-size: .86em; }
`;

/** Tables: hairlines between rows, none between columns. */
const TABLES = `
.wide { overflow-x: auto; margin: .6rem 0; }
table { border-collapse: collapse; }
table.matrix { width: 100%; }
caption { text-align: left; color: var(--muted); font-size: .9em; padding: .1rem 0 .35rem; }
th, td {
  padding: .3rem 1.5rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line);
  unicode-bidi: isolate; overflow-wrap: break-word;
}
td code, th code { overflow-wrap: break-word; }
td.words { min-width: 8rem; max-width: 30rem; overflow-wrap: anywhere; }
th:last-child, td:last-child { padding-right: 0; }
thead th {
  color: var(--muted); font-weight: 500; font-size: .86em; vertical-align: bottom;
  border-bottom: 1px solid var(--strong);
}
tbody th { font-weight: 500; }
td.right, th.right { text-align: right; }
thead button { all: unset; cursor: pointer; color: inherit; } thead button:hover { color: var(--ink); }
th[aria-sort] button::after { content: " \\2191"; } th[aria-sort="descending"] button::after { content: " \\2193"; }
.matrix tbody tr:hover { background: var(--raised); }
.matrix th, .matrix td { padding-right: .9rem; }
.matrix td, .matrix tbody th { padding-top: .5rem; padding-bottom: .55rem; }
.matrix .name { font-weight: 600; }
.sub { display: block; color: var(--muted); font-size: .86em; }
.sub.mono { font-size: .8em; }
.sub.warn { color: var(--warn); }
td.bin { white-space: nowrap; } td.bin svg { vertical-align: -.1em; margin-right: .45rem; }
.evidence { border-left: 3px solid var(--bad); padding-left: .9rem; margin: .8rem 0 1.1rem; }`;

/** Charts: every colour is a variable, so that both schemes and paper fit. */
const CHARTS = `
svg { overflow: visible; } svg text { font-size: 11px; fill: var(--muted); }
.headroom { display: inline-flex; gap: .45rem; align-items: center; } .headroom .number { min-width: 2.1em; }
.track { fill: var(--line); } .limit { stroke: var(--ink); stroke-width: 1; }
.fill.good { fill: var(--good); }
.fill.bad { fill: var(--bad); }
.fill.ink { fill: var(--bar); }
.fill.soft { fill: var(--bar-soft); }
.grid { stroke: var(--line); } .one { stroke: var(--muted); stroke-dasharray: 2 2; }
.whisker { stroke: var(--ink); stroke-width: 2; } .whisker.control { stroke: var(--muted); }
.estimate { fill: var(--ink); }
.estimate.control { fill: var(--muted); }
.case { fill: var(--bar-soft); }
.band { fill: var(--band); }
.dot { fill: var(--bar); }
.interval, .axis { display: block; }
.plot { display: block; width: 100%; min-width: 26rem; max-width: 38rem; }
.plot text { font-size: 12px; }
.share { display: block; margin-bottom: .2rem; max-width: 100%; }`;

/** Filters, the copy button, the log. */
const CONTROLS = `
form.filters { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin: 1rem 0 .4rem; }
[hidden] { display: none !important; }
form.filters label { display: grid; gap: .1rem; color: var(--muted); font-size: .82em; min-width: 0; }
select, input {
  font: inherit; font-size: 1rem; color: var(--ink); background: var(--paper); border: 1px solid var(--strong);
  border-radius: 3px; padding: .18rem .4rem; max-width: 16rem; min-height: 1.95rem;
}
form.filters output { color: var(--muted); padding-bottom: .3rem; }
.command { position: relative; }
.command button {
  position: absolute; top: .4rem; right: .4rem; font: inherit; font-size: .86em; color: var(--ink);
  background: var(--paper); border: 1px solid var(--strong); border-radius: 3px; padding: .1rem .6rem;
  cursor: pointer;
}
.command pre { padding-right: 5.5rem; }
details > summary { cursor: pointer; color: var(--note); } details > pre { margin-top: .5rem; }`;

/** Narrow screens: a line of the matrix becomes a card whose cells carry their column's name. */
const NARROW = `
@media screen and (max-width: 75rem) {
  .matrix thead { display: none; }
  .matrix, .matrix tbody, .matrix caption { display: block; }
  .matrix tbody tr {
    display: grid; grid-template-columns: repeat(auto-fill, minmax(9.2rem, 1fr)); gap: .15rem 1rem; padding: .8rem 0;
    border-bottom: 1px solid var(--strong);
  }
  .matrix td, .matrix tbody th { display: block; border: 0; padding: .15rem 0; min-width: 0; overflow-wrap: anywhere; }
  .matrix .number { white-space: normal; }
  .matrix .span { grid-column: 1 / -1; }
  .matrix .lead { grid-column: span 2; } .matrix .lead + .span { grid-column: 3 / -1; }
  .matrix .spare { display: none; }
  .matrix td[data-label]::before {
    content: attr(data-label); display: block; color: var(--muted); font-size: .82em;
  }
}
@media screen and (max-width: 45rem) {
  body { padding: 1rem 1rem 2rem; }
  .matrix .lead, .matrix .lead + .span { grid-column: 1 / -1; }
  dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; } dl.facts dd { margin-bottom: .4rem; }
  header dl.facts { grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
  select, input { width: 100%; }
}`;

/** Paper: light, without controls, the matrix on landscape sheets, logs unfolded. */
const PRINT = `
@media print {
  @page { margin: 14mm; } @page wide { size: A4 landscape; margin: 12mm; }
  html { font-size: 9.5pt; background: none; } body, body.narrow { max-width: none; padding: 0; }
  form.filters, .command button, .skip, .trail { display: none; }
  tr, .evidence, svg { break-inside: avoid; }
  thead { display: table-header-group; }
  h2, caption { break-after: avoid; }
  .wide { overflow: visible; }
  svg, .seal, .notice, pre { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; }
  a { color: inherit; text-decoration: none; }
}
@media print { body.wide-print { page: wide; zoom: .88; } }`;

/** The whole sheet. */
export const STYLE: string = `${[COLOURS, TEXT, MARKS, TABLES, CHARTS, CONTROLS, NARROW, PRINT].join("\n").trim()}\n`;
