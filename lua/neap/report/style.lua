-- SPDX-License-Identifier: MIT
-- How a report looks: one column, quiet, dense; dark where the reader's system is; ink on paper when printed.
return [[
:root{--paper:#fff;--wash:#f5f7f8;--ink:#191d21;--quiet:#626b73;--line:#dde2e6;--hair:#eceff1;--price:#2a5b9c;
--band:#2a5b9c2b;--gain:#107348;--loss:#b8322a;--sink:#b8322a24;--level:#8a939b;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--paper:#14171a;--wash:#1b1f23;--ink:#e3e7ea;--quiet:#98a2ab;--line:#31373d;
--hair:#24292e;--price:#7fb0ea;--band:#7fb0ea30;--gain:#4cc38a;--loss:#f0857b;--sink:#f0857b2b;--level:#717b84}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,
"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1168px;margin:0 auto;padding:32px 24px 56px}
h1{font-size:26px;line-height:1.2;font-weight:650;letter-spacing:-.01em;margin:0 0 4px;overflow-wrap:anywhere}
h2{font-size:15px;font-weight:650;margin:36px 0 8px;padding-bottom:5px;border-bottom:1px solid var(--line)}
h3{font-size:13px;font-weight:650;margin:16px 0 4px}
p{margin:4px 0;max-width:80ch}
.quiet,.note{color:var(--quiet)}
.note{font-size:13px}
.alarm{border-left:3px solid var(--loss);padding:6px 12px;margin:12px 0;background:var(--wash)}
code,.mono{font:12px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
dl.meta{display:grid;grid-template-columns:max-content 1fr;gap:1px 16px;margin:14px 0 0;font-size:13px}
dl.meta dt{color:var(--quiet)}dl.meta dd{margin:0;overflow-wrap:anywhere}
dl.figures{display:grid;grid-template-columns:repeat(5,1fr);gap:1px;margin:22px 0 0;
background:var(--line);border:1px solid var(--line);border-radius:6px;overflow:hidden}
dl.figures div{background:var(--paper);padding:9px 13px 10px}
dl.figures dt{font-size:12px;color:var(--quiet)}
dl.figures dd{margin:0;font-size:19px;line-height:1.3;font-weight:600;letter-spacing:-.01em;white-space:nowrap}
dl.figures dd.sub{font-size:12px;font-weight:400;color:var(--quiet);letter-spacing:0;white-space:normal}
.gain{color:var(--gain)}.loss{color:var(--loss)}
figure{margin:18px 0 0}
figcaption{display:flex;flex-wrap:wrap;gap:2px 14px;align-items:baseline;font-size:13px;margin:0 0 2px}
figcaption b{font-size:14px;font-weight:650}
figcaption .quiet{font-size:12px}
.key{display:inline-flex;align-items:center;gap:5px;font-size:12px;color:var(--quiet)}
.key svg{width:14px;height:12px}
output{margin-left:auto;font-size:12px;color:var(--quiet)}
svg.panel{display:block;width:100%;height:auto;touch-action:pan-y}
svg.panel:focus-visible{outline:2px solid var(--price);outline-offset:3px;border-radius:3px}
svg path{fill:none;stroke-linejoin:round;stroke-linecap:round}
path.grid{stroke:var(--hair);stroke-width:1}
text.tick{font-size:11px;fill:var(--quiet)}
path.band{fill:var(--band)}path.price,path.equity{stroke:var(--price);stroke-width:1.4}
path.level{stroke:var(--level);stroke-width:1;stroke-dasharray:2 4}
path.sink{fill:var(--sink)}path.drawdown{stroke:var(--loss);stroke-width:1.2}
path.way{stroke-width:1.3;stroke:var(--quiet)}.gain path.way,path.way.gain{stroke:var(--gain)}
.loss path.way,path.way.loss{stroke:var(--loss);stroke-dasharray:3 3}
path.way.open,.open path.way{stroke-dasharray:1 4}
svg path.entry{fill:var(--ink);stroke:var(--paper);stroke-width:.8}
path.exit{stroke:var(--ink);stroke-width:1.2;opacity:.6}
.dense path.entry{opacity:.55;stroke-width:.4}
.dense path.exit{stroke-width:.8;opacity:.35}
.many path.way{stroke-width:.8;opacity:.6;stroke-dasharray:none}
.trade:hover path.way{stroke-width:3}
path.hair{stroke:var(--quiet);stroke-width:1;stroke-dasharray:1 2;pointer-events:none}
.scroll{overflow-x:auto;max-height:560px;overflow-y:auto;border:1px solid var(--line);border-radius:6px}
.scroll:focus-visible{outline:2px solid var(--price)}
table{border-collapse:collapse;width:100%;font-size:13px}
th,td{padding:4px 12px;text-align:left;vertical-align:baseline;white-space:nowrap}
th{font-weight:600;color:var(--quiet);font-size:12px;position:sticky;top:0;background:var(--wash);
box-shadow:0 1px 0 var(--line)}
td.wrap{white-space:normal;overflow-wrap:anywhere;min-width:22ch}
tr+tr td{border-top:1px solid var(--hair)}
tbody tr:hover td{background:var(--wash)}
.right{text-align:right}
th button{font:inherit;color:inherit;background:none;border:0;padding:0;cursor:pointer}
th[aria-sort=ascending] button::after{content:" \2191"}th[aria-sort=descending] button::after{content:" \2193"}
ul{margin:6px 0;padding-left:18px;font-size:13px}li{margin:2px 0;overflow-wrap:anywhere;max-width:110ch}
summary{cursor:pointer;font-size:13px;color:var(--quiet);margin:8px 0}
footer{margin-top:44px;padding-top:10px;border-top:1px solid var(--line);font-size:12px;color:var(--quiet)}
@media (max-width:900px){dl.figures{grid-template-columns:repeat(2,1fr)}}
@media (max-width:700px){main{padding:20px 14px}.picture{overflow-x:auto}.picture svg.panel{min-width:760px}}
@media print{:root{--paper:#fff;--wash:#fff;--ink:#000;--quiet:#444;--line:#bbb;--hair:#e2e2e2;--price:#123f7c;
--band:#123f7c22;--gain:#0b5c38;--loss:#9c1f18;--sink:#9c1f1822}body{font-size:11px}main{max-width:none;padding:0}
.scroll{max-height:none;overflow:visible;border:0}output{display:none}figure,tr,dl.figures{break-inside:avoid}
thead{display:table-header-group}th{position:static}}
]]
