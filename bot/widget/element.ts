/* <babeldesk-chat>: the chat as a custom element. The loader has made it, with root and button, before
 * this module is fetched; a page may write the element itself to choose its place in the document.
 */
import { Chat, type Listener } from "./chat.ts";

const TAG = "babeldesk-chat";

export class BabeldeskChat extends HTMLElement {
  private chat: Chat | null = null;

  connectedCallback(): void {
    const { base, locale } = this.dataset;
    this.chat ??= new Chat(this, {
      base: base ?? new URL(import.meta.url).origin,
      locale: locale || document.documentElement.lang || navigator.language,
    });
  }

  /** The one door for `babeldesk(name, ...)`; answers with the command's result. */
  command(name: string, args: unknown[] = []): unknown {
    const { chat } = this;
    if (!chat) throw new Error("babeldesk: the chat is not on the page");
    switch (name) {
      case "open":
        return chat.open();
      case "close":
        return chat.close();
      case "send":
        return chat.send(String(args[0]));
      case "setLanguage":
        return chat.setLanguage(String(args[0]));
      case "reset":
        return chat.reset();
      case "show":
      case "hide":
        this.hidden = name === "hide";
        return undefined;
      case "on":
        return chat.on(String(args[0]), args[1] as Listener);
      default:
        throw new Error(`babeldesk: unknown command "${name}"`);
    }
  }
}

if (!customElements.get(TAG)) customElements.define(TAG, BabeldeskChat);
