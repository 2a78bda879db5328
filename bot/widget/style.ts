/* The panel's style. Logical properties throughout, so right-to-left needs no second sheet. */

export const PANEL_STYLE = `
:host{--surface:#fff;--ground:#f6f5f2;--ink:#1c2126;--soft:#5a6269;--line:#dcdad4;--edge:#85898c;--theirs:#fff;--warn:#9a3412}
@media (prefers-color-scheme:dark){:host{--surface:#1b1f24;--ground:#14171b;--ink:#eceef0;--soft:#a9b1b8;--line:#343a41;--edge:#7d858d;--theirs:#252a30;--warn:#fdba74}}
*,*::before,*::after{box-sizing:border-box}
p,h2,ul,ol{margin:0}
button,select,textarea,input{font:inherit;color:inherit}
button{cursor:pointer;-webkit-tap-highlight-color:transparent}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.sr{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.panel{position:fixed;bottom:calc(var(--gap) + 72px + env(safe-area-inset-bottom));right:calc(var(--gap) + env(safe-area-inset-right));inline-size:400px;max-inline-size:calc(100vw - 2*var(--gap));block-size:660px;max-block-size:calc(100dvh - var(--gap) - 92px);display:grid;grid-template:auto minmax(0,1fr) auto/minmax(0,1fr);background:var(--surface);color:var(--ink);border:1px solid var(--line);border-radius:18px;overflow:hidden;box-shadow:0 2px 6px #0000001a,0 24px 60px -16px #00000059}
:host([data-position=left]) .panel{right:auto;left:calc(var(--gap) + env(safe-area-inset-left))}
.head{display:flex;align-items:center;gap:10px;padding-block:12px;padding-inline:16px 10px;background:var(--fill);color:var(--on)}
.head :focus-visible,.own :focus-visible{outline-color:currentColor}
.avatar{flex:none;inline-size:38px;block-size:38px;border-radius:50%;display:grid;place-items:center;border:1.5px solid currentColor}
.avatar svg{inline-size:21px;block-size:21px}
.who{flex:1;min-inline-size:0}
.who h2{font-size:16px;line-height:1.3;font-weight:650;overflow-wrap:anywhere}
.who p{font-size:13px;line-height:1.35}
.tool{flex:none;position:relative;inline-size:40px;block-size:40px;border:1px solid transparent;border-radius:10px;background:none;padding:0;display:grid;place-items:center}
.tool svg{inline-size:22px;block-size:22px}
.tool:hover{border-color:currentColor}
.tool select{position:absolute;inset:0;inline-size:100%;block-size:100%;opacity:0;cursor:pointer;font-size:16px}
.tool:focus-within{outline:2px solid currentColor;outline-offset:1px}
.tool option{color:#1c2126;background:#fff}
.body{position:relative;min-block-size:0;display:grid;background:var(--ground)}
.log{overflow-y:auto;overscroll-behavior:contain;padding:16px 14px 10px;display:flex;flex-direction:column;gap:4px;scrollbar-width:thin}
.log:focus-visible{outline-offset:-3px}
.day::first-letter{text-transform:uppercase}
.day{align-self:center;margin-block:8px 6px;font-size:12.5px;color:var(--soft)}
.row{display:flex;flex-direction:column;align-items:flex-start;max-inline-size:88%;margin-block-start:8px}
.own{align-self:flex-end;align-items:flex-end}
.by{font-size:12.5px;color:var(--soft);margin:0 4px 3px}
.bubble{max-inline-size:100%;padding:9px 13px;border-radius:16px;border-end-start-radius:5px;background:var(--theirs);border:1px solid var(--line);overflow-wrap:anywhere;font-size:15px;line-height:1.5;unicode-bidi:plaintext;text-align:start}
.own .bubble{border-radius:16px;border-end-end-radius:5px;background:var(--fill);color:var(--on);border-color:transparent;white-space:pre-wrap}
.agent .bubble{border-color:var(--accent);white-space:pre-wrap}
.bubble>*+*{margin-block-start:.6em}
.bubble ul,.bubble ol{padding-inline-start:1.35em}
.bubble li+li{margin-block-start:.25em}
.bubble a,.sources a{color:var(--accent);text-underline-offset:2px}
.own .bubble a{color:inherit}
.sources{margin-block-start:6px;font-size:13.5px;display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 10px;padding:0 4px;color:var(--soft);list-style:none}
.sources a{display:inline-block;padding-block:3px;min-block-size:24px}
.choices{display:flex;flex-direction:column;align-items:flex-start;gap:6px;margin-block-start:8px}
.feedback{display:flex;flex-wrap:wrap;align-items:center;gap:6px 8px;margin-block-start:8px;font-size:13.5px;color:var(--soft);padding-inline-start:4px}
.chip{min-block-size:36px;padding:5px 14px;border:1px solid var(--accent);border-radius:18px;background:var(--surface);color:var(--accent);font-size:14.5px;line-height:1.35;text-align:start;overflow-wrap:anywhere}
.own .meta{justify-content:flex-end}
.feedback .chip{min-inline-size:52px;text-align:center;min-block-size:32px;padding:2px 13px;font-size:13.5px}
.chip:hover:enabled{background:var(--fill);color:var(--on);border-color:var(--fill)}
.chip:disabled{cursor:default;border-color:var(--line);color:var(--soft);background:none}
.meta{display:flex;flex-wrap:wrap;gap:0 8px;align-items:center;font-size:12px;color:var(--soft);margin:3px 4px 0}
.meta.bad{color:var(--warn);font-size:13px}
.link{border:0;background:none;padding:2px 4px;min-block-size:28px;color:var(--accent);text-decoration:underline;text-underline-offset:2px;font-size:inherit}
.notice{align-self:stretch;margin-block:10px 4px;padding:8px 12px;border-inline-start:3px solid var(--accent);background:var(--surface);border-radius:4px;font-size:14px;unicode-bidi:plaintext;text-align:start;overflow-wrap:anywhere}
.extra{align-self:stretch;display:grid}
.contact{margin-block:8px 4px;padding:14px;border:1px solid var(--line);border-radius:14px;background:var(--surface);display:grid;gap:10px;font-size:14.5px}
.contact strong{font-weight:650}
.contact .hint{color:var(--soft);font-size:13.5px;margin-block-start:-6px}
.field{display:grid;gap:3px}
.field span{color:var(--soft)}
.field input{inline-size:100%;min-block-size:42px;padding:8px 11px;border:1px solid var(--edge);border-radius:9px;background:var(--surface);font-size:16px}
.error{color:var(--warn)}
.actions{display:flex;flex-wrap:wrap;gap:8px;align-items:center}
.solid{min-block-size:40px;padding:6px 18px;border:1px solid transparent;border-radius:10px;background:var(--fill);color:var(--on)}
.jump{position:absolute;inset-block-end:8px;inset-inline-start:50%;translate:-50% 0;min-block-size:36px;padding:5px 16px;border:1px solid var(--line);border-radius:18px;background:var(--surface);color:var(--accent);font-size:14px;box-shadow:0 4px 14px #0003;white-space:nowrap}
.rtl .jump{translate:50% 0}
.foot{border-block-start:1px solid var(--line);padding:0 12px calc(10px + env(safe-area-inset-bottom))}
.status{display:flex;align-items:center;gap:8px;font-size:13px;line-height:1.4;color:var(--soft);padding:0 4px}
.status:not(:empty){padding-block:7px 0}
.dots{display:inline-flex;gap:3px}
.dots i{inline-size:5px;block-size:5px;border-radius:50%;background:currentColor}
.composer{display:flex;align-items:flex-end;gap:8px;margin-block-start:10px;padding:4px;padding-inline-start:2px;border:1px solid var(--edge);border-radius:14px;background:var(--surface)}
.composer:focus-within{outline:2px solid var(--accent);outline-offset:1px}
textarea{flex:1;min-inline-size:0;block-size:40px;max-block-size:132px;resize:none;border:0;outline:0!important;background:none;padding:8px 10px;line-height:1.5;font-size:16px}
::placeholder{color:var(--soft);opacity:1}
.send{flex:none;inline-size:44px;block-size:40px;border:1px solid transparent;border-radius:10px;background:var(--fill);color:var(--on);padding:0;display:grid;place-items:center}
.send svg{inline-size:20px;block-size:20px}
.send:disabled{background:none;color:var(--soft);cursor:default}
.rtl .send svg,.rtl .flip{scale:-1 1}
.count{font-size:12.5px;color:var(--soft);padding:4px 4px 0}
.count.bad{color:var(--warn)}
.base{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:2px 10px;margin-block-start:6px;font-size:12.5px;color:var(--soft)}
.person{display:inline-flex;align-items:center;gap:6px;min-block-size:32px;border:0;background:none;padding:3px 4px;color:var(--accent);font-size:14px;font-weight:550}
.person:hover{text-decoration:underline;text-underline-offset:3px}
.person svg{inline-size:18px;block-size:18px;flex:none}
.privacy{padding-inline-start:4px}
@media (prefers-reduced-motion:no-preference){.panel{animation:in .18s ease-out}.dots i{animation:dot 1.2s infinite}.dots i:nth-child(2){animation-delay:.15s}.dots i:nth-child(3){animation-delay:.3s}@keyframes in{from{translate:0 12px}}@keyframes dot{0%,60%,to{opacity:.35}30%{opacity:1}}}
@media (pointer:coarse){.tool,.send{inline-size:44px;block-size:44px}.chip,.feedback .chip,.person,.link,.jump,.solid{min-block-size:44px}.chip{border-radius:22px}.sources a{padding-block:10px}}
@media (max-width:480px){.panel,:host([data-position=left]) .panel{inset:var(--vv-top,0) 0 auto;inline-size:auto;max-inline-size:none;block-size:var(--vv-height,100dvh);max-block-size:none;border:0;border-radius:0;padding-inline:env(safe-area-inset-left) env(safe-area-inset-right)}.head{padding-block-start:calc(10px + env(safe-area-inset-top))}.open .launcher{display:none}}
@media (forced-colors:active){.bubble,.own .bubble,.send,.solid,.tool{border:1px solid}.chip:disabled,.send:disabled{color:GrayText;border-color:GrayText}.head{border-block-end:1px solid}}
`;
