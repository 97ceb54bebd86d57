// The one stylesheet and the one icon: the tokens of the house in light and dark, one column, native controls.
import { sha256Hex } from './secrets.ts'

const css = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf6; --card: #ffffff; --ink: #1d2129; --muted: #5a6270; --line: #d9d5ca;
  --accent: #0b5f56; --on-accent: #ffffff; --focus: #9a4a00; --error: #9b1c1c; --ok: #20603a; --warn: #7a5200;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1c2026; --ink: #ece9e1; --muted: #a7adb8; --line: #3a4048;
    --accent: #5cc4b4; --on-accent: #0d1a18; --focus: #ffb15c; --error: #ff9a93; --ok: #86d3a0; --warn: #f0c36a;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { font: 100%/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word; }
body.answering { font-size: 1.125rem; }
main, .bar > *, .foot > * { margin-inline: auto; }
main { max-width: 60rem; padding: 24px 16px 48px; }
.bar > *, .foot > * { max-width: calc(60rem - 32px); }
.answering main { max-width: 40rem; }
.answering .bar > *, .answering .foot > * { max-width: calc(40rem - 32px); }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 16px; }
h2 { font-size: 1.25rem; line-height: 1.25; margin: 32px 0 8px; }
p, ul, ol, dl { margin: 0 0 16px; max-width: 65ch; }
li > ul { margin: 0; }
a { color: var(--accent); }
p > a, th > a, td > a { display: inline-block; }
li > a { display: block; padding-block: 9px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.skip { position: absolute; left: 8px; top: -100px; background: var(--card); padding: 8px 16px; z-index: 1; }
.skip:focus { top: 8px; }
.console main { max-width: 76rem; }
.console .bar > *, .console .foot > * { max-width: calc(76rem - 32px); }
.bar { border-bottom: 1px solid var(--line); padding: 8px 16px; }
.bar > div { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; justify-content: space-between; }
.bar .name { font-weight: 600; }
.bar a { display: inline-flex; align-items: center; min-height: 44px; }
.filters { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: flex-end; margin: 0 0 24px; }
.filters label { font-weight: 600; }
.filters .hint { margin: 0; }
.inline { display: flex; flex-wrap: wrap; gap: 8px; }
.inline select { width: auto; flex: 1 1 9rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(16rem, 1fr)); gap: 8px 24px; max-width: none; }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.ways { display: flex; flex-wrap: wrap; gap: 0 16px; }
.ways.inside { flex-basis: 100%; border-top: 1px solid var(--line); }
.ways [aria-current] { font-weight: 600; text-decoration: none; color: var(--ink); }
.person { display: flex; flex-wrap: wrap; gap: 0 16px; align-items: center; margin-left: auto; }
.foot { border-top: 1px solid var(--line); padding: 16px; color: var(--muted); font-size: 1rem; }
.muted { color: var(--muted); }
.place { margin: 0 0 8px; color: var(--muted); }
.notice { border-left: 4px solid var(--accent); background: var(--card); padding: 16px; margin: 0 0 24px; }
.notice > :last-child, .errors > :last-child, .doubts > :last-child { margin-bottom: 0; }
.errors, .doubts { border: 2px solid var(--error); border-radius: 6px; background: var(--card); padding: 16px; margin: 0 0 24px; }
.errors h2, .doubts h2 { margin-top: 0; color: var(--error); }
.doubts { border-color: var(--warn); }
.doubts h2 { color: var(--warn); }
.error { color: var(--error); font-weight: 600; margin: 0 0 8px; }
.error.mild { color: var(--warn); }
fieldset { border: 0; margin: 0 0 32px; padding: 0; min-width: 0; }
legend, .label { font-weight: 600; padding: 0; margin: 0 0 8px; display: block; max-width: 65ch; }
.stem { font-weight: 600; margin: 32px 0 16px; }
.heard { position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.hint { color: var(--muted); margin: 0 0 8px; white-space: pre-line; }
.option { display: flex; gap: 12px; align-items: center; min-height: 44px; padding: 8px 12px; background: var(--card);
  border: 1px solid var(--muted); border-radius: 6px; margin: 0 0 8px; cursor: pointer; }
.option:has(:checked) { border: 2px solid var(--accent); padding: 7px 11px; }
.option input { width: 20px; height: 20px; flex: none; margin: 0; accent-color: var(--accent); }
.option.lighter { border-style: dashed; color: var(--muted); }
.ends { display: flex; justify-content: space-between; gap: 16px; color: var(--muted); }
.ratings { display: grid; grid-template-columns: repeat(6, 1fr); gap: 8px 4px; margin: 0 0 8px; }
@media (min-width: 36em) { .ratings { grid-template-columns: repeat(11, 1fr); } }
.ratings .option { flex-direction: column; gap: 2px; margin: 0; padding: 8px 0 4px; }
.ratings .option:has(:checked) { padding: 7px 0 3px; }
input[type=text], input[type=number], input[type=date], input[type=file], input[type=search], textarea, select { font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--muted); border-radius: 6px; padding: 8px 12px; min-height: 44px; width: 100%; }
input.short { width: 8rem; }
.label ~ input, .label ~ select, .label ~ textarea { display: block; margin: 0 0 8px; }
.parts { display: flex; flex-wrap: wrap; gap: 8px 16px; margin: 0 0 8px; }
.period .parts > * { flex: 1 1 8rem; }
.period .sides > * { flex-basis: 17rem; }
.parts input.short { width: 5rem; }
.period { border: 1px solid var(--line); border-radius: 6px; padding: 8px 16px 16px; margin: 0 0 16px; }
.period legend { margin: 0; padding: 0 8px 0 0; }
.actions { display: flex; flex-wrap: wrap; gap: 16px; justify-content: space-between; flex-direction: row-reverse; margin: 32px 0 16px; }
.actions .second { margin-right: auto; }
button, .button { font: inherit; min-height: 44px; padding: 8px 24px; border-radius: 6px; border: 1px solid var(--accent);
  background: var(--accent); color: var(--on-accent); cursor: pointer; text-decoration: none; display: inline-block; }
button.second { background: transparent; color: var(--accent); }
button.link { background: none; border: 0; padding: 8px 0; color: var(--accent); text-decoration: underline; }
.step:has(+ *) { display: none; }
progress { width: 100%; height: 8px; display: block; margin: 0 0 16px; accent-color: var(--accent); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; margin: 0 0 16px; }
caption { text-align: left; font-weight: 600; margin: 0 0 8px; }
th, td { text-align: left; vertical-align: top; padding: 8px; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; }
.scroll { overflow-x: auto; position: relative; }
.years { display: none; margin: 0 0 24px; }
.years svg { display: block; width: 100%; height: auto; }
@media (min-width: 60em) { .years { display: block; } }
.years rect { fill: var(--accent); }
.years text { fill: var(--ink); font-size: 14px; }
.years .cohort { font-weight: 600; }
.years line { stroke: var(--line); }
.years .today { stroke: var(--focus); stroke-dasharray: 4 3; }
figure { margin: 0 0 24px; }
figure img { max-width: 100%; height: auto; background: #ffffff; border: 1px solid var(--line); border-radius: 6px; }
figcaption { color: var(--muted); }
.downloads { display: flex; flex-wrap: wrap; gap: 0 24px; }
.downloads a { min-height: 44px; padding-block: 9px; }
th .downloads { margin: 0; font-weight: normal; }
td.shade-1 { background: color-mix(in srgb, var(--accent) 10%, transparent); }
td.shade-2 { background: color-mix(in srgb, var(--accent) 18%, transparent); }
td.shade-3 { background: color-mix(in srgb, var(--accent) 26%, transparent); }
td.shade-4 { background: color-mix(in srgb, var(--accent) 34%, transparent); }
details { margin: 0 0 16px; }
summary { cursor: pointer; min-height: 44px; padding: 8px 0; color: var(--accent); }
pre { white-space: pre-wrap; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 16px; margin: 0 0 24px; }
dt { font-weight: 600; }
dd { margin: 0 0 8px; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print {
  @page { size: A4; margin: 18mm; }
  .bar, .foot, .skip, .actions, .downloads, nav, summary { display: none; }
  body { background: #ffffff; color: #000000; }
  main { max-width: none; padding: 0; }
  details::details-content { content-visibility: visible; display: block; }
  h2, caption { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  .scroll { overflow: visible; }
}
`

/** A ring that comes back to where it began. */
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="10" fill="none" stroke="#0b5f56" stroke-width="5" stroke-dasharray="50 13"/></svg>'

/** In the page itself: one request less on a slow line. */
export const icon = `data:image/svg+xml,${encodeURIComponent(svg)}`
export const stylesheet = { path: `/assets/style-${sha256Hex(css).slice(0, 12)}.css`, css }
