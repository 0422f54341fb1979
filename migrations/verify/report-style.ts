/** How a report looks, on a screen of either colour scheme and on paper. */
export const STYLE = `
:root { color-scheme: light dark; --good: #1a7f37; --bad: #c3232f; --unknown: #9a6700; --line: #8886; --soft: light-dark(#59636e, #a3abb5); }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem; }
header { border-left: .5rem solid var(--unknown); padding: .1rem 1rem; }
header.equal { border-color: var(--good); }
header.different { border-color: var(--bad); }
h1 { font-size: 1.5rem; margin: .2rem 0; }
h2 { font-size: 1.2rem; margin-top: 2rem; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; overflow-wrap: anywhere; }
th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
th[scope=row] { font-weight: 400; overflow-wrap: anywhere; }
.numbers td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.diff { table-layout: fixed; width: 100%; }
.diff th:first-child { width: 20%; }
.diff td { font-family: ui-monospace, monospace; font-size: .85rem; white-space: pre-wrap; overflow-wrap: anywhere; }
.diff td.absent { font-style: italic; color: var(--soft); }
.diff caption a { color: inherit; text-decoration-color: var(--soft); }
.diff:target caption { border-left: .25rem solid currentColor; padding-left: .5rem; }
a:focus-visible { outline: 3px solid light-dark(#0969da, #79b8ff); outline-offset: 2px; }
mark { background: #f5c2c7; color: #000; padding: 0 .1em; }
pre { border: 1px solid var(--line); padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere; }
@media (width < 40rem) {
  main { padding: 1rem; }
  .numbers { width: 100%; }
  .diff tr { display: grid; grid-template-columns: 1fr 1fr; }
  .diff tr > :first-child { width: auto; grid-column: 1 / -1; }
  .diff thead tr > :first-child { display: none; }
  .diff th[scope=row] { font-weight: 600; border-bottom: 0; background: #8881; }
}
@media print { main { max-width: none; } .diff { break-inside: avoid; } }
`;
