"""How an HTML report looks: light and dark, on a narrow screen, on paper, and in a notebook."""

from __future__ import annotations

# All of it stands below one class, so that in a notebook it leaves other cells alone. Texts have a
# contrast of at least 4.5 with what is behind them (WCAG 2.2, 1.4.3), also with half a colour.
CLASS = "dltasks-report"
STYLE = """
.dltasks-report {
  --ink: #1b1f24; --muted: #57606a; --paper: #ffffff; --rule: #d0d7de; --panel: #f4f6f8;
  --first: #0b62b8; --second: #b04a00; --right: 0 114 178; --wrong: 213 94 0;
  color-scheme: light dark;
  color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif;
  margin: 0; padding: 1rem; overflow-wrap: anywhere;
}
@media (prefers-color-scheme: dark) {
  .dltasks-report {
    --ink: #e8eaed; --muted: #a8b1bb; --paper: #15181c; --rule: #3b424a; --panel: #1f242a;
    --first: #6cb2ff; --second: #ffab70;
  }
}
.dltasks-report > * { max-width: 70rem; margin-inline: auto; }
.dltasks-report h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 auto 0.5rem; }
.dltasks-report h2 { font-size: 1.25rem; margin: 2rem 0 0.5rem; }
.dltasks-report p { margin: 0 0 0.75rem; max-width: 45rem; }
.dltasks-report .figures {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 0.5rem;
  margin: 0;
}
.dltasks-report .figures div {
  background: var(--panel); border-radius: 6px; padding: 0.5rem 0.75rem;
}
.dltasks-report dt { color: var(--muted); font-size: 0.875rem; font-weight: 400; }
.dltasks-report dd { margin: 0; }
.dltasks-report .figures dd { font-size: 1.25rem; font-variant-numeric: tabular-nums; }
.dltasks-report .about { margin: 0 auto 1rem; }
.dltasks-report .about div { display: flex; gap: 0.5rem; }
.dltasks-report .about dt { flex: 0 0 5.5em; font-size: inherit; }
.dltasks-report .scroll { overflow-x: auto; max-width: 100%; }
.dltasks-report table {
  border-collapse: collapse; font-variant-numeric: tabular-nums; background: none;
}
.dltasks-report caption { text-align: left; color: var(--muted); padding-bottom: 0.25rem; }
.dltasks-report th, .dltasks-report td {
  border-bottom: 1px solid var(--rule); padding: 0.2rem 0.6rem; text-align: right;
  color: var(--ink);
}
.dltasks-report th { font-weight: 600; vertical-align: bottom; }
.dltasks-report thead th:first-child { text-align: left; }
.dltasks-report tr { background: none; }
.dltasks-report nav a { color: var(--first); margin-right: 1rem; display: inline-block; }
.dltasks-report tbody th { text-align: left; font-weight: 400; min-width: 8rem; max-width: 20rem; }
.dltasks-report .matrix thead th[scope=col] span {
  writing-mode: vertical-rl; transform: rotate(180deg); max-height: 12rem; display: inline-block;
}
.dltasks-report .matrix td { min-width: 1.75rem; padding: 0.2rem 0.35rem; }
.dltasks-report .matrix tbody td { white-space: nowrap; }
.dltasks-report .matrix tbody th { position: sticky; left: 0; background: var(--paper); }
.dltasks-report .none { color: var(--muted); }
.dltasks-report .side-by-side {
  display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start;
}
.dltasks-report .side-by-side > * { flex: 0 1 auto; min-width: 0; }
.dltasks-report svg { width: 27rem; max-width: 100%; height: auto; }
.dltasks-report svg text { fill: var(--ink); font-size: 12px; }
.dltasks-report svg .grid { stroke: var(--rule); fill: none; }
.dltasks-report svg .ideal { stroke: var(--muted); stroke-dasharray: 2 4; fill: none; }
.dltasks-report svg .line-1 { stroke: var(--first); stroke-width: 2; fill: none; }
.dltasks-report svg .line-2 {
  stroke: var(--second); stroke-width: 2; stroke-dasharray: 7 4; fill: none;
}
.dltasks-report svg .point-1 { fill: var(--first); }
.dltasks-report svg .point-2 { fill: var(--second); }
.dltasks-report .examples {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); gap: 1rem;
}
.dltasks-report figure { margin: 0; background: var(--panel); border-radius: 6px; padding: 0.5rem; }
.dltasks-report figure .pictures { display: flex; gap: 0.5rem; }
.dltasks-report figure img { width: calc(50% - 0.25rem); height: auto; align-self: flex-start; }
.dltasks-report figcaption div { display: flex; gap: 0.5rem; }
.dltasks-report figcaption dt { flex: 0 0 5.5em; font-size: inherit; }
.dltasks-report figcaption dl { margin: 0.5rem 0 0; }
@media print {
  .dltasks-report {
    --ink: #000000; --muted: #444444; --paper: #ffffff; --rule: #999999; --panel: #ffffff;
    --first: #0b62b8; --second: #b04a00; color-scheme: light; font-size: 10pt; padding: 0;
    print-color-adjust: exact; -webkit-print-color-adjust: exact;
  }
  .dltasks-report .scroll { overflow: visible; }
  .dltasks-report .large { font-size: 5pt; }
  .dltasks-report .large td { min-width: 0; padding: 1px 2px; }
  .dltasks-report .large thead th { padding: 1px; }
  .dltasks-report .large tbody th { min-width: 0; max-width: 6rem; padding: 1px; }
  .dltasks-report .large thead th[scope=col] span {
    max-height: 7rem; white-space: nowrap; overflow: hidden;
  }
  .dltasks-report .examples { grid-template-columns: repeat(3, 1fr); }
  .dltasks-report figure, .dltasks-report svg, .dltasks-report tr { break-inside: avoid; }
  .dltasks-report h2, .dltasks-report section > p { break-after: avoid; }
}
"""
