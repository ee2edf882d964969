/** Of the page at /docs: readable on a phone, in the light and in the dark, and on paper. */
export const DOCS_STYLE = `
:root{color-scheme:light dark;--line:#8884;--soft:#8881}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}
h1{margin-top:0}h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}h3{margin:2rem 0 .25rem}
code,pre{font:.875em/1.45 ui-monospace,monospace}code{background:var(--soft);border-radius:.2em;padding:0 .2em}
pre{background:var(--soft);padding:.75rem;overflow-x:auto;white-space:pre;border-radius:.3rem}
.verb{font-weight:700;margin-right:.5em}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
td,th{border-top:1px solid var(--line);padding:.3rem .6rem .3rem 0;text-align:left;vertical-align:top}
th{font-weight:600;white-space:nowrap}
details{margin:.4rem 0}summary{cursor:pointer}
nav ul{columns:27rem;padding-left:1.2rem}a{color:LinkText}
.needed{font-size:.85em;font-weight:600}
@media(max-width:36rem){table,tbody,tr,td,th{display:block;border:0;padding:0}tr{border-top:1px solid var(--line);padding:.4rem 0}}
`;
