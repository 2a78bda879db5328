/* What a page embeds: draws the button at once, answers `babeldesk(...)` from the first moment and
 * fetches the widget when somebody means to use it or a conversation is already going on.
 */
import { ensureLauncher, TAG } from "./launcher.ts";

type Command = (name: string, ...args: unknown[]) => Promise<unknown>;
interface ChatElement extends HTMLElement {
  command(name: string, args: unknown[]): unknown;
}
declare global {
  interface Window {
    babeldesk?: Command & { q?: unknown[][] };
  }
}

const script = document.currentScript as HTMLScriptElement;
const base = new URL("..", script.src).href.replace(/\/$/, "");
const queued = window.babeldesk?.q ?? [];

function hasConversation(): boolean {
  try {
    return Object.keys(localStorage).some((key) => key === "babeldesk.session" || key.startsWith("babeldesk.out."));
  } catch {
    return false;
  }
}

function start(): void {
  const host = (document.querySelector(TAG) ?? document.createElement(TAG)) as ChatElement;
  if (host.shadowRoot) return;
  Object.assign(host.dataset, script.dataset, { base });
  host.dataset["locale"] ||= document.documentElement.lang || navigator.language;
  const { button } = ensureLauncher(host);
  if (!host.isConnected) document.body.append(host);

  let fetched: Promise<unknown> | null = null;
  const fetchWidget = (): Promise<unknown> => {
    fetched ??= import(`${base}/widget/widget.js`).catch((error: unknown) => {
      fetched = null;
      throw error;
    });
    return fetched;
  };
  const run: Command = async (name, ...args) => {
    // A listener alone is no reason to fetch anything.
    await (name === "on" ? customElements.whenDefined(TAG) : fetchWidget());
    return host.command(name, args);
  };
  const quietly = (): void => void fetchWidget().catch(() => undefined);
  button.addEventListener("pointerenter", quietly, { once: true });
  button.addEventListener("focus", quietly, { once: true });
  button.addEventListener("click", () => {
    // The widget listens to the button itself once it is there.
    if (!customElements.get(TAG)) void run("open").catch(() => undefined);
  });
  window.babeldesk = run;
  for (const [name, ...args] of queued) void run(String(name), ...args).catch(() => undefined);
  if (hasConversation()) quietly();
}

if (document.body) start();
else document.addEventListener("DOMContentLoaded", start);
