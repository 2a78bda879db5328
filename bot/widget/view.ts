/* The panel: builds its DOM once, then follows the state. Rows are added or changed in place, never
 * replaced, because the log is a live region and every addition is read out.
 */
import type { Choice, ChoiceButton } from "./protocol.ts";
import { h, icon, setAttributes, sheet } from "./dom.ts";
import { isRtl, OWN_NAMES, type Texts } from "./i18n.ts";
import { appendInline, link, linkify, render, safeLink } from "./markdown.ts";
import { type ContactItem, isAnswered, type Item, type MessageItem, type NoticeItem, type State, unreadCount } from "./state.ts";
import { PANEL_STYLE } from "./style.ts";

export interface ViewEvents {
  toggle(): void;
  close(): void;
  send(text: string, choice: Choice | null): void;
  retry(clientId: string): void;
  chooseLanguage(code: string): void;
  leaveContact(name: string, email: string): Promise<void>;
  skipContact(): void;
  typing(text: string): void;
}

interface Row {
  node: HTMLElement;
  update(item: Item, state: State): void;
}

/** The counter appears when this many characters are left. */
const COUNT_FROM = 400;
/** Screen readers take the log up before it is switched to polite, so old rows stay unread. */
const QUIET_MS = 400;
const PHONE = "(max-width:480px)";
const E_MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export class View {
  private readonly launcher: HTMLButtonElement;
  private readonly frame: HTMLElement;
  private readonly badge = h("span", { class: "badge", "aria-hidden": "true", hidden: true });
  private readonly title = h("h2", { id: "title" });
  private readonly subtitle = h("p", { "data-testid": "subtitle" });
  private readonly languages = h("select", { "data-testid": "language" });
  private readonly closer = h("button", { type: "button", class: "tool", "data-testid": "close" }, icon("M6 6l12 12M18 6 6 18"));
  private readonly log = h("div", { class: "log", role: "log", tabindex: "0", "aria-relevant": "additions", "data-testid": "log" });
  private readonly jump = h("button", { type: "button", class: "jump", "data-testid": "jump", hidden: true });
  private readonly status = h("p", { class: "status", role: "status", "data-testid": "status" });
  private readonly outside = h("p", { class: "sr", role: "status", "data-testid": "announcer" });
  private readonly field = h("textarea", { rows: "1", dir: "auto", id: "field", "aria-describedby": "count", autocomplete: "off", "data-testid": "composer" });
  private readonly sender = h("button", { type: "submit", class: "send", "data-testid": "send" }, icon("M5 12h13M12.5 5.5 19 12l-6.5 6.5"));
  private readonly count = h("p", { class: "count", id: "count", hidden: true, "data-testid": "count" });
  private readonly personLabel = h("span");
  private readonly person = h(
    "button",
    { type: "button", class: "person", "data-testid": "person" },
    icon("M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z", "M4.5 20a7.5 7.5 0 0 1 15 0"),
    this.personLabel,
  );
  private readonly privacy = h("span", { class: "privacy" });
  private readonly intro = h("div", { class: "bubble" });
  private readonly introRow = h("div", { class: "row bot", "data-testid": "intro" });
  private readonly introBy = h("p", { class: "by" });
  private readonly panel: HTMLElement;
  private readonly rows = new Map<string, Row>();
  private readonly phone = matchMedia(PHONE);

  private texts: Texts;
  private state: State | null = null;
  private lastDay = "";
  private unseen = 0;
  private firstUnseen: HTMLElement | null = null;
  private scrollLock: string | null = null;

  constructor(
    private readonly host: HTMLElement,
    texts: Texts,
    private readonly base: string,
    private readonly on: ViewEvents,
  ) {
    this.texts = texts;
    const root = host.shadowRoot as ShadowRoot;
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet(PANEL_STYLE)];
    this.frame = root.querySelector("aside") as HTMLElement;
    this.launcher = this.frame.querySelector("button") as HTMLButtonElement;
    this.introRow.append(this.introBy, this.intro);
    this.log.append(this.introRow);
    this.panel = this.buildPanel();
    this.launcher.append(this.badge);
    this.launcher.setAttribute("aria-controls", "panel");
    this.frame.append(this.panel, this.outside);
    this.listen();
    this.relabel(texts);
  }

  private buildPanel(): HTMLElement {
    const globe = icon("M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z", "M3.5 9.5h17M3.5 14.5h17", "M12 3c-5 5.5-5 12.5 0 18 5-5.5 5-12.5 0-18Z");
    const head = h(
      "div",
      { class: "head" },
      h("span", { class: "avatar", "aria-hidden": "true" }, icon("M4.5 18.5 5.6 15A7.6 7.6 0 1 1 8.6 18.2Z")),
      h("div", { class: "who" }, this.title, this.subtitle),
      h("span", { class: "tool" }, globe, this.languages),
      this.closer,
    );
    const form = h("form", { class: "composer" }, this.field, this.sender);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    const base = h("div", { class: "base" }, this.person, this.privacy);
    return h(
      "section",
      { id: "panel", class: "panel", role: "dialog", "aria-labelledby": "title", "data-testid": "panel", hidden: true },
      head,
      h("div", { class: "body" }, this.log, this.jump),
      h("div", { class: "foot" }, this.status, form, this.count, base),
    );
  }

  private listen(): void {
    this.launcher.addEventListener("click", () => this.on.toggle());
    this.closer.addEventListener("click", () => this.on.close());
    this.frame.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing || !this.state?.open) return;
      // The page's own Escape handlers are not meant while the chat has the focus.
      event.stopPropagation();
      this.on.close();
    });
    this.field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      this.submit();
    });
    this.field.addEventListener("input", () => {
      this.measure();
      this.on.typing(this.field.value);
    });
    this.languages.addEventListener("change", () => this.on.chooseLanguage(this.languages.value));
    this.person.addEventListener("click", () => this.on.send(this.texts.text("person"), { kind: "human", value: "request" }));
    this.jump.addEventListener("click", () => {
      this.show(this.firstUnseen);
      this.setUnseen(0);
      this.field.focus();
    });
    this.log.addEventListener("scroll", () => {
      if (this.isAtEnd()) this.setUnseen(0);
    });
    this.phone.addEventListener("change", () => this.fit());
    window.visualViewport?.addEventListener("resize", () => this.fit());
    window.visualViewport?.addEventListener("scroll", () => this.fit());
    document.addEventListener("focusin", (event) => {
      // Full screen hides the page; focus that went back to it must not stay out of sight.
      if (this.state?.open && this.phone.matches && event.target !== this.host && event.target !== document.body) this.on.close();
    });
  }

  // --- the widget's own words -------------------------------------------------------------------

  /** Puts every fixed text into another language; what was said stays as it was. */
  relabel(texts: Texts): void {
    this.texts = texts;
    const rtl = isRtl(texts.language);
    setAttributes(this.frame, { lang: texts.language, dir: rtl ? "rtl" : "ltr", "aria-label": texts.text("chat"), class: this.state?.open ? "open" : null });
    this.frame.classList.toggle("rtl", rtl);
    this.log.setAttribute("aria-label", texts.text("conversation"));
    this.languages.setAttribute("aria-label", texts.text("language"));
    this.languages.title = texts.text("language");
    setAttributes(this.closer, { "aria-label": texts.text("close_chat"), title: texts.text("close_chat") });
    setAttributes(this.field, { "aria-label": texts.text("message"), placeholder: texts.text("placeholder") });
    setAttributes(this.sender, { "aria-label": texts.text("send"), title: texts.text("send") });
    this.personLabel.textContent = texts.text("person");
    this.privacy.textContent = texts.text("privacy");
    this.introBy.textContent = texts.text("assistant");
    if (this.state) this.update(this.state, true);
  }

  // --- following the state ----------------------------------------------------------------------

  update(state: State, force = false): void {
    const before = force ? null : this.state;
    this.state = state;
    if (before?.config !== state.config || before?.language !== state.language) this.showConfig(state);
    if (before?.open !== state.open) this.showOpen(state, before?.open ?? false);
    if (before?.live !== state.live) this.showLive(state.live);
    if (before?.items !== state.items || before?.contact !== state.contact || before?.owner !== state.owner) this.showItems(state);
    this.showUnread(state, before ? unreadCount(before) : 0);
    this.showStatus(state);
    this.subtitle.textContent = this.subtitleOf(state);
    this.person.hidden = state.owner === "queue" || state.owner === "agent";
  }

  private showConfig(state: State): void {
    const brand = state.config?.brand ?? "";
    this.title.textContent = brand || this.texts.text("chat");
    this.introRow.hidden = !state.config;
    setAttributes(this.intro, { lang: this.texts.language, dir: "auto" });
    this.intro.textContent = state.config
      ? this.texts.text("intro", { brand }) + " " + (state.config.outlook?.text ?? "")
      : "";
    const offered = state.config?.languages ?? Object.entries(OWN_NAMES).map(([code, name]) => ({ code, name }));
    if (this.languages.childElementCount !== offered.length) {
      this.languages.replaceChildren(...offered.map(({ code, name }) => h("option", { value: code, lang: code }, name)));
    }
    this.languages.value = state.language;
    this.measure();
  }

  private showOpen(state: State, wasOpen: boolean): void {
    this.panel.hidden = !state.open;
    this.frame.classList.toggle("open", state.open);
    this.launcher.setAttribute("aria-expanded", String(state.open));
    this.fit();
    if (state.open && !wasOpen) this.show(this.log.lastElementChild);
  }

  private showLive(live: boolean): void {
    if (!live) this.log.setAttribute("aria-live", "off");
    else setTimeout(() => this.log.setAttribute("aria-live", "polite"), QUIET_MS);
  }

  private showItems(state: State): void {
    const wanted = new Set(state.items.map((item) => item.key));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.node.remove();
      this.rows.delete(key);
    }
    if (!state.items.length && this.lastDay) {
      this.log.replaceChildren(this.introRow);
      this.lastDay = "";
    }
    const atEnd = this.isAtEnd();
    let newest: HTMLElement | null = null;
    let own = false;
    for (const item of state.items) {
      const known = this.rows.get(item.key);
      if (known) {
        known.update(item, state);
        continue;
      }
      const row = this.rowOf(item);
      row.update(item, state);
      this.rows.set(item.key, row);
      if (item.type !== "contact") this.separateDays(item.at);
      this.log.append(row.node);
      own = item.type === "message" && item.author === "visitor";
      newest ??= row.node;
      if (state.live && !atEnd && !own) {
        if (!this.unseen) this.firstUnseen = row.node;
        this.setUnseen(this.unseen + 1);
      }
    }
    if (!newest) return;
    if (own) this.log.scrollTop = this.log.scrollHeight;
    else if (!state.live) this.show(this.log.lastElementChild);
    else if (atEnd) this.show(newest);
  }

  /** Scrolls at once, without motion: to the end of the log, but never past the first line of `row`. */
  private show(row: Element | null): void {
    this.log.scrollTop = (row as HTMLElement).offsetTop - this.log.offsetTop - 40;
  }

  private separateDays(at: string): void {
    const day = this.texts.day(at, new Date());
    const key = at.slice(0, 10) + day;
    if (key === this.lastDay) return;
    this.lastDay = key;
    this.log.append(h("p", { class: "day", lang: this.texts.language }, day));
  }

  private rowOf(item: Item): Row {
    if (item.type === "contact") return this.contactRow(item);
    return item.type === "notice" ? this.noticeRow(item) : this.messageRow(item);
  }

  private messageRow(item: MessageItem): Row {
    const own = item.author === "visitor";
    const by = h("p", { class: own ? "sr" : "by" });
    const bubble = h("div", { class: "bubble", dir: "auto" });
    if (item.author === "bot") bubble.append(render(item.text, this.base));
    else appendInline(bubble, linkify(item.text, this.base));
    const time = h("time", { datetime: item.at });
    const mark = h("span", { "data-testid": "delivery" });
    const again = h("button", { type: "button", class: "link", "data-testid": "retry", hidden: true });
    again.addEventListener("click", () => item.clientId && this.on.retry(item.clientId));
    const meta = h("p", { class: "meta" }, time, mark, again);
    const node = h("div", { class: `row ${own ? "own" : item.author}`, "data-testid": "message", "data-author": item.author }, by, bubble);
    const sources = this.sourcesOf(item);
    if (sources) node.append(sources);
    const chips = this.chipsOf(item);
    const choices = h("div", { class: "choices", role: "group" }, ...chips);
    const question = h("span", { "aria-hidden": "true" });
    const yes = this.chip(null, () => ({ title: this.texts.text("helpful_yes"), choice: { kind: "feedback", value: "helpful" } }));
    const no = this.chip(null, () => ({ title: this.texts.text("helpful_no"), choice: { kind: "feedback", value: "not_helpful" } }));
    const feedback = h("div", { class: "feedback", role: "group" }, question, yes, no);
    chips.push(yes, no);
    if (choices.childElementCount) node.append(choices);
    if (item.payload.feedback) node.append(feedback);
    node.append(meta);

    return {
      node,
      update: (next, state) => {
        if (next.type !== "message") return;
        const { texts } = this;
        bubble.lang = next.language ?? "";
        by.textContent = own ? texts.text("you") : next.author === "bot" ? texts.text("assistant") : next.name ?? texts.text("support");
        time.textContent = texts.time(next.at);
        node.dataset["delivery"] = next.delivery ?? "sent";
        const bad = next.delivery === "waiting" || next.delivery === "failed";
        meta.classList.toggle("bad", bad);
        time.hidden = next.delivery !== null;
        mark.textContent = next.delivery === null ? "" : texts.text(next.delivery === "sending" ? "sending" : next.delivery === "waiting" ? "waiting" : "not_sent");
        again.textContent = texts.text("try_again");
        again.hidden = !bad;
        choices.setAttribute("aria-label", texts.text("choices"));
        feedback.setAttribute("aria-label", texts.text("helpful"));
        question.textContent = texts.text("helpful");
        yes.textContent = texts.text("helpful_yes");
        no.textContent = texts.text("helpful_no");
        for (const chip of chips) chip.disabled = isAnswered(state, next);
        feedback.hidden = isAnswered(state, next) || state.owner !== "bot";
      },
    };
  }

  private chipsOf(item: MessageItem | NoticeItem): HTMLButtonElement[] {
    return (item.payload.buttons ?? []).map((button) => this.chip(button));
  }

  private chip(button: ChoiceButton | null, pressed = () => button!): HTMLButtonElement {
    const made = h("button", { type: "button", class: "chip", "data-testid": button ? "choice" : "feedback" }, button?.title);
    made.addEventListener("click", () => {
      const { title, choice } = pressed();
      // The buttons are about to be disabled; focus would be lost with them.
      this.field.focus({ preventScroll: true });
      this.on.send(title, choice);
    });
    return made;
  }

  private sourcesOf(item: MessageItem): HTMLElement | null {
    const links = (item.payload.sources ?? []).flatMap((source) => {
      const href = safeLink(source.url, this.base);
      if (href === null) return [];
      const anchor = link(href, source.title);
      setAttributes(anchor, { lang: source.language, hreflang: source.language, dir: "auto", "data-testid": "source" });
      return [h("li", {}, anchor)];
    });
    if (!links.length) return null;
    const list = h("ul", { class: "sources", role: "list", "aria-label": this.texts.text("sources") }, ...links);
    list.prepend(h("li", { "aria-hidden": "true" }, `${this.texts.text("sources")}:`));
    return list;
  }

  private noticeRow(item: NoticeItem): Row {
    const said = h("p", { class: "notice", "data-testid": "notice", "data-kind": item.kind, dir: "auto" });
    const chips = this.chipsOf(item);
    return {
      node: h("div", {}, said, ...chips),
      update: (next, state) => {
        if (next.type !== "notice") return;
        said.lang = next.text ? next.language ?? "" : this.texts.language;
        said.textContent = next.text || this.noticeText(next);
        for (const chip of chips) chip.disabled = isAnswered(state, next);
      },
    };
  }

  private noticeText(item: NoticeItem): string {
    const { texts } = this;
    if (item.kind === "handoff") return texts.text("handoff", { number: item.payload.ticket_number ?? "" });
    if (item.kind === "agent_joined") return texts.text("agent_joined", { name: item.name ?? texts.text("support") });
    return texts.text(item.kind === "handed_back" ? "handed_back" : "resolved");
  }

  private contactRow(item: ContactItem): Row {
    const heading = h("strong", { id: `${item.key}-h` });
    const hint = h("p", { class: "hint" });
    const nameLabel = h("span");
    const mailLabel = h("span");
    const name = h("input", { name: "name", autocomplete: "name", dir: "auto", maxlength: "200", "data-testid": "contact-name" });
    const mail = h("input", { name: "email", type: "email", autocomplete: "email", dir: "ltr", maxlength: "254", "aria-describedby": `${item.key}-e`, "data-testid": "contact-email" });
    const error = h("p", { class: "error", id: `${item.key}-e`, role: "alert", hidden: true, "data-testid": "contact-error" });
    const save = h("button", { type: "submit", class: "solid", "data-testid": "contact-save" });
    const skip = h("button", { type: "button", class: "link", "data-testid": "contact-skip" });
    const thanks = h("p", { "data-testid": "contact-thanks" });
    const form = h(
      "form",
      { class: "contact", novalidate: true, "aria-labelledby": heading.id, "data-testid": "contact" },
      heading,
      hint,
      h("label", { class: "field" }, nameLabel, name),
      h("label", { class: "field" }, mailLabel, mail),
      error,
      h("div", { class: "actions" }, save, skip),
    );
    const node = h("div", { class: "extra" }, form, thanks);
    const complain = (key: "email_wrong" | "save_failed" | null): void => {
      error.hidden = key === null;
      error.textContent = key ? this.texts.text(key) : "";
      mail.setAttribute("aria-invalid", String(key === "email_wrong"));
      if (key === "email_wrong") mail.focus();
      save.scrollIntoView({ block: "nearest" });
    };
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const address = mail.value.trim();
      if (!address && !name.value.trim()) return this.on.skipContact();
      if (address && !E_MAIL.test(address)) return complain("email_wrong");
      complain(null);
      save.disabled = true;
      this.on
        .leaveContact(name.value.trim(), address)
        .then(() => this.field.focus())
        .catch(() => complain("save_failed"))
        .finally(() => (save.disabled = false));
    });
    skip.addEventListener("click", () => {
      this.field.focus();
      this.on.skipContact();
    });
    return {
      node,
      update: (_, state) => {
        const { texts } = this;
        form.hidden = state.contact !== "asked";
        thanks.textContent = state.contact === "saved" ? texts.text("contact_saved") : "";
        thanks.className = thanks.textContent ? "notice" : "";
        heading.textContent = texts.text("contact_title");
        hint.textContent = texts.text("contact_hint");
        nameLabel.textContent = `${texts.text("name")} (${texts.text("optional")})`;
        mailLabel.textContent = `${texts.text("email")} (${texts.text("optional")})`;
        save.textContent = texts.text("save");
        skip.textContent = texts.text("skip");
      },
    };
  }

  private showUnread(state: State, before: number): void {
    const unread = unreadCount(state);
    const words = unread ? this.texts.count("new_messages", unread) : "";
    const label = this.texts.text(state.open ? "close_chat" : "open_chat");
    this.badge.hidden = unread === 0;
    this.badge.textContent = unread > 99 ? "99+" : String(unread);
    this.launcher.setAttribute("aria-label", words ? `${label}, ${words}` : label);
    if (unread > before && state.live) this.outside.textContent = words;
    else if (!unread) this.outside.textContent = "";
  }

  private showStatus(state: State): void {
    const { texts } = this;
    let text = "";
    if (state.connection === "offline") text = texts.text("offline");
    else if (state.connection === "reconnecting") text = texts.text("reconnecting");
    else if (state.typing === "bot") text = texts.text("bot_typing");
    else if (state.typing === "agent") text = texts.text("agent_typing", { name: state.agentName ?? texts.text("support") });
    else if (state.owner === "closed") text = texts.text("ended");
    if (this.status.dataset["text"] === text) return;
    this.status.dataset["text"] = text;
    const { log } = this;
    const atEnd = this.isAtEnd();
    const bottom = log.scrollTop + log.clientHeight;
    const typing = text !== "" && state.connection === "online" && state.typing !== null;
    const dots = typing ? h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")) : null;
    this.status.replaceChildren(...(dots ? [dots] : []), ...(text ? [text] : []));
    // The line takes its room from the log; the newest words must not slip under it.
    if (atEnd) log.scrollTop = bottom - log.clientHeight;
  }

  private subtitleOf(state: State): string {
    const { texts } = this;
    if (state.owner === "agent") return state.agentName ?? texts.text("support");
    if (state.owner !== "queue") return texts.text("program");
    const waiting = texts.text("waiting_person");
    return state.ticket ? `${waiting} · ${texts.text("ticket", { number: state.ticket.replace(/-/g, "\u2011") })}` : waiting;
  }

  private setUnseen(count: number): void {
    this.unseen = count;
    this.jump.hidden = count === 0;
    this.jump.textContent = count ? `↓ ${this.texts.count("new_messages", count)}` : "";
  }

  // --- composer, focus and place ----------------------------------------------------------------

  focusComposer(): void {
    this.field.focus({ preventScroll: true });
  }

  focusLauncher(): void {
    this.launcher.focus({ preventScroll: true });
  }

  hasFocus(): boolean {
    return document.activeElement === this.host;
  }

  setDraft(text: string): void {
    this.field.value = text;
    this.measure();
  }

  private submit(): void {
    const text = this.field.value.trim();
    if (!text || text.length > this.limit()) return this.field.focus();
    this.setDraft("");
    this.on.typing("");
    this.on.send(text, null);
    this.field.focus();
  }

  private limit(): number {
    return this.state?.config?.limits.message_chars ?? 4000;
  }

  private measure(): void {
    const { field, count } = this;
    const left = this.limit() - field.value.trim().length;
    count.hidden = left > COUNT_FROM;
    count.classList.toggle("bad", left < 0);
    count.textContent = count.hidden ? "" : left < 0 ? this.texts.text("too_long") : this.texts.count("chars_left", left);
    // An empty field takes the direction of its placeholder, a filled one that of its words.
    setAttributes(field, { "aria-invalid": left < 0 ? "true" : null, dir: field.value ? "auto" : isRtl(this.texts.language) ? "rtl" : "ltr" });
    this.sender.disabled = !field.value.trim() || left < 0;
    field.style.blockSize = "";
    if (field.value && field.scrollHeight > field.clientHeight) field.style.blockSize = `${Math.min(field.scrollHeight, 132)}px`;
  }

  private isAtEnd(): boolean {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 60;
  }

  /** On a phone the panel fills what the on-screen keyboard leaves, and the page behind stands still. */
  private fit(): void {
    const full = this.phone.matches && (this.state?.open ?? false);
    const viewport = window.visualViewport;
    const { style } = this.panel;
    if (full && viewport && viewport.scale === 1) {
      style.setProperty("--vv-height", `${viewport.height}px`);
      style.setProperty("--vv-top", `${viewport.offsetTop}px`);
    } else {
      style.removeProperty("--vv-height");
      style.removeProperty("--vv-top");
    }
    const page = document.documentElement.style;
    if (full && this.scrollLock === null) {
      this.scrollLock = page.overflow;
      page.overflow = "hidden";
    } else if (!full && this.scrollLock !== null) {
      page.overflow = this.scrollLock;
      this.scrollLock = null;
    }
  }
}
