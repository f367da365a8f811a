/** Light and dark as the reader's system is; no font and no picture from anywhere. */
export const pageStyle = `
:root { color-scheme: light dark; --text: #1b1b1f; --quiet: #55555e; --back: #fff; --soft: #f1f1f4; --line: #c9c9d1; --link: #0b57b0; --warn: #fff3d6; }
@media (prefers-color-scheme: dark) {
  :root { --text: #ececf1; --quiet: #b4b4bf; --back: #17171a; --soft: #232328; --line: #4a4a54; --link: #8ab8ff; --warn: #3d3110; }
}
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--back); }
a { color: var(--link); overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
h1, h2 { line-height: 1.2; }
section { margin-block: 2.5rem; }
.missing { padding: 0.5rem 1rem; background: var(--warn); border-left: 0.4rem solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; padding: 0; list-style: none; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin-block: 0.5rem; }
caption { text-align: left; color: var(--quiet); padding-block: 0.25rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.75rem; border: 1px solid var(--line); overflow-wrap: anywhere; }
thead th, tbody th { background: var(--soft); font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
td table { margin: 0; font-size: 0.9em; }
.files th, .files td { overflow-wrap: normal; }
.files td { white-space: nowrap; }
.files tbody th { min-width: 6rem; overflow-wrap: anywhere; }
details { margin-block: 0.75rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
.note, .none, footer { color: var(--quiet); }
footer { border-top: 1px solid var(--line); }
@media (max-width: 40rem) {
  body { padding: 1rem; }
  .files { font-size: 0.875rem; }
  .files th, .files td { padding-inline: 0.4rem; }
  .files td:not(.number) { white-space: normal; }
}
@media print { .wide { overflow: visible; } }
`;
