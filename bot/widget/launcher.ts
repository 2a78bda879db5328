/* The round button, made by the loader before the rest of the widget is fetched, and its fixed place. */
import { accentFor, css, DARK_SURFACE, LIGHT_SURFACE, parseColor, type Rgb } from "./color.ts";
import { h, icon, sheet } from "./dom.ts";

export const TAG = "babeldesk-chat";
const DEFAULT_COLOR: Rgb = [31, 94, 120];

/** "Open chat" per language, as in locales/*.json (a test compares). */
export const OPEN_CHAT: Record<string, string> = {
  en: "Open chat",
  el: "Άνοιγμα συνομιλίας",
  tr: "Sohbeti aç",
  de: "Chat öffnen",
  es: "Abrir el chat",
  fr: "Ouvrir la discussion",
  it: "Apri la chat",
  pt: "Abrir a conversa",
  nl: "Chat openen",
  pl: "Otwórz czat",
  ru: "Открыть чат",
  ar: "فتح المحادثة",
};

const STYLE = `
:host{all:initial;position:fixed;bottom:0;right:0;z-index:var(--babeldesk-z,2147483000);color-scheme:light dark;font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;--gap:20px}
:host([data-position=left]){right:auto;left:0}
:host([hidden]),[hidden]{display:none!important}
.launcher{position:fixed;bottom:calc(var(--gap) + env(safe-area-inset-bottom));right:calc(var(--gap) + env(safe-area-inset-right));inline-size:58px;block-size:58px;border:1px solid transparent;border-radius:50%;padding:0;background:var(--fill);color:var(--on);cursor:pointer;display:grid;place-items:center;box-shadow:0 1px 2px #0003,0 8px 24px -6px #0006;-webkit-tap-highlight-color:transparent}
:host([data-position=left]) .launcher{right:auto;left:calc(var(--gap) + env(safe-area-inset-left))}
.launcher svg{inline-size:27px;block-size:27px}
svg{fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.launcher:focus-visible{outline:3px solid var(--fill);outline-offset:3px}
.badge{position:absolute;inset-block-start:-4px;inset-inline-end:-4px;min-inline-size:22px;block-size:22px;box-sizing:border-box;padding-inline:5px;border-radius:11px;background:#b3261e;color:#fff;font:600 13px/22px system-ui,sans-serif;text-align:center}
@media (prefers-reduced-motion:no-preference){.launcher{transition:transform .15s}.launcher:hover{transform:scale(1.05)}}
@media (max-width:480px){:host{--gap:16px}}
@media (forced-colors:active){.launcher{border-color:ButtonText}.badge{border:1px solid}}
@media print{:host{display:none}}
`;

/** Gives the host its root with the button in it, or finds the ones the loader made. */
export function ensureLauncher(host: HTMLElement): { root: ShadowRoot; frame: HTMLElement; button: HTMLButtonElement } {
  if (!host.shadowRoot) {
    const root = host.attachShadow({ mode: "open" });
    const brand = parseColor(host.dataset["color"] ?? "") ?? DEFAULT_COLOR;
    root.adoptedStyleSheets = [sheet(STYLE), sheet(themeCss(brand))];
    // The side is the page's, not the chat language's: switching language must not move the button.
    if (!host.dataset["position"] && document.documentElement.dir === "rtl") host.dataset["position"] = "left";
    const language = labelLanguage(host.dataset["locale"] ?? "");
    root.append(
      h(
        "aside",
        { "aria-label": "Chat", lang: language },
        h(
          "button",
          { type: "button", class: "launcher", "data-testid": "launcher", "aria-label": OPEN_CHAT[language], "aria-expanded": "false" },
          icon("M4.5 18.5 5.6 15A7.6 7.6 0 1 1 8.6 18.2Z", "M9 10.5h6.5M9 13.5h4"),
        ),
      ),
    );
  }
  const root = host.shadowRoot as ShadowRoot;
  const frame = root.querySelector("aside") as HTMLElement;
  return { root, frame, button: frame.querySelector("button") as HTMLButtonElement };
}

export function labelLanguage(locale: string): string {
  const base = locale.toLowerCase().split(/[-_]/)[0] ?? "";
  return base in OPEN_CHAT ? base : "en";
}

function themeCss(brand: Rgb): string {
  const rule = (surface: Rgb): string => {
    const { fill, on, text } = accentFor(brand, surface);
    return `:host{--fill:${css(fill)};--on:${css(on)};--accent:${css(text)}}`;
  };
  return `${rule(LIGHT_SURFACE)}@media (prefers-color-scheme:dark){${rule(DARK_SURFACE)}}`;
}
