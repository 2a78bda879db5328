/* Ties the parts together: visitor's acts and gateway's frames become actions, actions become state,
 * state is shown. What has to survive a reload goes through the store before anything is sent.
 */
import type { ChatEvent, Choice, Frame, Outgoing, ServerState } from "./protocol.ts";
import { pickLanguage, Texts } from "./i18n.ts";
import { type Action, initialState, reduce, type State, unreadCount } from "./state.ts";
import { PREFIX, Store, type StoredSession } from "./store.ts";
import { Api, ApiError, backoff, newId, Receiver, timeZone } from "./transport.ts";
import { View } from "./view.ts";

export type Listener = (detail: unknown) => void;
export type ChatEventName = "open" | "close" | "message" | "unread" | "language";

/** A writer who stopped without a word is no longer shown as writing. */
const TYPING_SHOWN_MS = 30_000;
const TYPING_EVERY_MS = 3_000;
const PAGE = 200;

export interface ChatOptions {
  base: string;
  locale: string;
}

export class Chat {
  private state: State;
  private readonly api: Api;
  private readonly store = new Store();
  private readonly view: View;
  private receiver: Receiver | null = null;
  private listeners = new Map<string, Set<Listener>>();
  private opening: Promise<StoredSession> | null = null;
  private incoming: Promise<void> = Promise.resolve();
  private flushing = false;
  private flushAgain = false;
  private sending: string | null = null;
  private failures = 0;
  private retryTimer = 0;
  private gaps = 0;
  private gapTimer = 0;
  private typingTimer = 0;
  private typingSentAt = 0;
  private lastStamp = 0;
  private wantedLanguage = "";

  constructor(
    host: HTMLElement,
    private readonly options: ChatOptions,
  ) {
    const first = pickLanguage([this.store.language(), options.locale, ...navigator.languages]);
    this.state = initialState(first);
    this.state = reduce(this.state, { type: "read", seq: this.store.readSeq() });
    this.api = new Api(options.base);
    this.view = new View(host, Texts.english, options.base, {
      toggle: () => (this.state.open ? this.close() : this.open()),
      close: () => this.close(),
      send: (text, choice) => this.send(text, choice),
      retry: (clientId) => this.retry(clientId),
      chooseLanguage: (code) => void this.setLanguage(code),
      leaveContact: (name, email) => this.leaveContact(name, email),
      skipContact: () => this.settleContact("skipped"),
      typing: (text) => this.typing(text),
    });
    this.view.update(this.state);
    this.view.setDraft(this.store.draft());
    void this.speak(first);
    this.watchBrowser();
    this.resume();
  }

  // --- commands ---------------------------------------------------------------------------------

  open(focus = true): void {
    this.dispatch({ type: "open", open: true });
    this.store.saveOpen(true);
    void this.fetchConfig();
    if (focus) this.view.focusComposer();
    this.emit("open", null);
  }

  close(): void {
    if (!this.state.open) return;
    const focused = this.view.hasFocus();
    this.dispatch({ type: "open", open: false });
    this.store.saveOpen(false);
    if (focused) this.view.focusLauncher();
    this.emit("close", null);
  }

  send(text: string, choice: Choice | null = null): void {
    // Stamps grow strictly, so that the order of the outbox is the order of writing.
    this.lastStamp = Math.max(Date.now(), this.lastStamp + 1);
    this.store.keep({ client_id: newId(), text, choice, at: new Date(this.lastStamp).toISOString() });
    this.store.saveDraft("");
    this.showOutbox();
    this.retryNow();
  }

  async setLanguage(code: string): Promise<void> {
    this.store.saveLanguage(code);
    await this.speak(code);
    this.emit("language", code);
    // Without a conversation yet, the choice travels with the session when it is opened.
    if (this.store.session()) await this.api.chooseLanguage(code).catch(() => undefined);
  }

  /** Forgets the conversation in this browser; the next message starts a new one. */
  reset(): void {
    this.receiver?.stop();
    this.receiver = null;
    this.store.clear();
    this.api.use(null);
    this.dispatch({ type: "reset" });
  }

  on(name: string, listener: Listener): () => void {
    const all = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, all.add(listener));
    return () => void all.delete(listener);
  }

  // --- conversation -----------------------------------------------------------------------------

  private resume(): void {
    this.showOutbox();
    const session = this.store.session();
    if (session) void this.connect(session.token).catch(() => this.scheduleRetry(null));
    else if (this.store.outbox().length) this.retryNow();
    // On a phone the panel would hide the page that the visitor has just gone to.
    if (this.store.isOpen() && innerWidth > 480) this.open(false);
  }

  /** Opens or resumes the session once, however many callers ask at the same time. */
  private connect(token: string | null): Promise<StoredSession> {
    this.opening ??= exclusively("session", () => this.openSession(token)).finally(() => (this.opening = null));
    return this.opening;
  }

  private async openSession(token: string | null): Promise<StoredSession> {
    // Another tab may have opened one while this one waited for the lock.
    const known = this.store.session()?.token ?? token;
    const body = {
      locale: this.options.locale,
      page_url: location.origin + location.pathname,
      time_zone: timeZone,
    };
    const answer = await this.api.openSession(known ? { ...body, token: known } : body).catch((error: unknown) => {
      if (!known || !(error instanceof ApiError) || !error.isStale) throw error;
      this.store.saveSession(null);
      return this.api.openSession(body);
    });
    const session = { token: answer.token, conversation_id: answer.conversation_id };
    if (this.store.session()?.conversation_id !== session.conversation_id) {
      this.store.saveReadSeq(0);
      this.store.saveContact(null);
    }
    this.store.saveSession(session);
    this.api.use(session);
    this.dispatch({ type: "session", session: answer });
    const contact = this.store.contact();
    if (contact) this.dispatch({ type: "contact", contact });
    const chosen = this.store.language();
    if (chosen && chosen !== answer.language_choice) await this.api.chooseLanguage(chosen).catch(() => undefined);
    else if (!chosen && answer.language) void this.speak(pickLanguage([answer.language_choice ?? answer.language, this.state.language]));
    if (answer.cursor > 0) await this.fetchEvents(answer.cursor);
    if (!this.state.live) this.dispatch({ type: "live" });
    this.receive();
    return session;
  }

  private receive(): void {
    this.receiver?.stop();
    this.dispatch({ type: "connection", connection: navigator.onLine ? "connecting" : "offline" });
    const receiver = (this.receiver = new Receiver(this.api, {
      cursor: () => this.state.lastSeq,
      frame: (frame) => {
        // One after the other: a gap has to be filled before the next frame is taken.
        this.incoming = this.incoming.then(() => this.take(frame)).catch(() => this.mend());
      },
      connected: () => {
        this.dispatch({ type: "connection", connection: "online" });
        if (this.store.outbox().some((message) => !message.refused)) this.retryNow();
      },
      lost: () => this.dispatch({ type: "connection", connection: navigator.onLine ? "reconnecting" : "offline" }),
      // The old token goes along to POST /sessions: what it still proves is kept.
      stale: () => {
        this.receiver = null;
        this.scheduleRetry(null);
      },
    }));
    void receiver.run();
  }

  /** A gap could not be filled. A new line starts after the last number taken and brings all of it again. */
  private mend(): void {
    this.gapTimer ||= window.setTimeout(() => {
      this.gapTimer = 0;
      this.receiver?.renew();
    }, backoff(this.gaps++, Math.random()));
  }

  private async take(frame: Frame): Promise<void> {
    if (frame.type === "event") {
      const { event } = frame;
      if (event.seq > this.state.lastSeq + 1) await this.fetchEvents(event.seq);
      this.takeEvents([event]);
    } else if (frame.type === "typing") {
      this.dispatch(frame);
      clearTimeout(this.typingTimer);
      this.typingTimer = window.setTimeout(() => this.dispatch({ ...frame, active: false }), TYPING_SHOWN_MS);
    } else if (frame.type === "state") {
      this.takeState(frame);
    }
  }

  private takeState(state: ServerState): void {
    this.dispatch({ type: "server_state", state });
    if (state.language && !this.store.language()) void this.speak(pickLanguage([state.language, this.state.language]));
  }

  /** Fetches from the cursor up to `upto`; numbers kept for the agents' eyes are simply passed over. */
  private async fetchEvents(upto: number): Promise<void> {
    while (this.state.lastSeq < upto) {
      const before = this.state.lastSeq;
      const answer = await this.api.events(before, 0);
      this.gaps = 0;
      this.takeEvents(answer.events, answer.cursor);
      if (answer.state) this.takeState(answer.state);
      if (this.state.lastSeq === before || answer.events.length < PAGE) return;
    }
  }

  private takeEvents(events: ChatEvent[], cursor?: number): void {
    const fresh = events.filter((event) => event.seq > this.state.lastSeq && event.author !== "visitor" && event.kind === "message");
    // Another tab's message may be in the outbox still; seeing it in the log settles it.
    for (const event of events) if (event.author === "visitor" && event.client_id) this.store.drop(event.client_id);
    this.dispatch({ type: "events", events, cursor });
    if (this.state.live) for (const event of fresh) this.emit("message", event);
  }

  // --- outbox -----------------------------------------------------------------------------------

  private retry(clientId: string): void {
    const message = this.store.outbox().find((one) => one.client_id === clientId);
    if (message?.refused) this.store.keep({ ...message, refused: undefined });
    this.failures = 0;
    this.retryNow();
  }

  private retryNow(): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
    void this.flush();
  }

  private scheduleRetry(after: number | null): void {
    if (this.retryTimer) return;
    const wait = after === null ? backoff(this.failures, Math.random()) : after * 1000;
    this.failures += 1;
    this.retryTimer = window.setTimeout(() => this.retryNow(), wait);
  }

  private async flush(): Promise<void> {
    if (this.flushing) {
      this.flushAgain = true;
      return;
    }
    this.flushing = true;
    try {
      do {
        this.flushAgain = false;
        if (!this.receiver && (this.store.session() || this.store.outbox().length)) await this.connect(null);
        await exclusively("outbox", () => this.sendAll());
      } while (this.flushAgain);
      this.failures = 0;
    } catch (error) {
      this.scheduleRetry(error instanceof ApiError ? error.retryAfter : null);
    } finally {
      this.flushing = false;
      this.sending = null;
      this.showOutbox();
    }
  }

  /** Sends what waits, oldest first. Throws when trying later makes sense. */
  private async sendAll(): Promise<void> {
    for (;;) {
      const next = this.store.outbox().find((message) => !message.refused);
      if (!next) return;
      this.sending = next.client_id;
      this.showOutbox();
      await this.sendOne(next);
    }
  }

  private async sendOne(message: Outgoing): Promise<void> {
    const { client_id, text, choice } = message;
    try {
      const { event } = await this.api.send({ client_id, text, choice });
      this.dispatch({ type: "acknowledged", event });
      this.store.drop(client_id);
    } catch (error) {
      if (!(error instanceof ApiError) || error.isPassing) throw error;
      if (!error.isStale) {
        this.store.keep({ ...message, refused: error.code });
        return;
      }
      this.receiver?.stop();
      this.receiver = null;
      this.store.saveSession(null);
      this.api.use(null);
      this.flushAgain = true;
      throw error;
    }
  }

  private showOutbox(): void {
    this.dispatch({ type: "outbox", waiting: this.store.outbox(), sending: this.sending });
  }

  // --- small things -----------------------------------------------------------------------------

  private async leaveContact(name: string, email: string): Promise<void> {
    await this.api.leaveContact({ name: name || null, email: email || null });
    this.settleContact("saved");
  }

  /** Remembered here, because the log tells visitors nothing about it. */
  private settleContact(contact: "saved" | "skipped"): void {
    this.store.saveContact(contact);
    this.dispatch({ type: "contact", contact });
  }

  private typing(text: string): void {
    this.store.saveDraft(text);
    // The assistant does not look over anybody's shoulder; a person is told that an answer is coming.
    if (this.state.owner !== "agent" || !this.receiver) return;
    const now = Date.now();
    if (text && now - this.typingSentAt < TYPING_EVERY_MS) return;
    if (!text && this.typingSentAt === 0) return;
    this.typingSentAt = text ? now : 0;
    this.receiver.sendTyping(text !== "");
  }

  private async fetchConfig(): Promise<void> {
    if (this.state.config) return;
    try {
      this.dispatch({ type: "config", config: await this.api.config(this.options.locale) });
    } catch {
      // Asked again at the next opening; the chat works without the brand name.
    }
  }

  private async speak(language: string): Promise<void> {
    if (this.wantedLanguage === language) return;
    this.wantedLanguage = language;
    const texts = await Texts.load(language, this.options.base).catch(() => null);
    if (this.wantedLanguage !== language) return;
    if (!texts) {
      this.wantedLanguage = "";
      return;
    }
    this.dispatch({ type: "language", language });
    this.view.relabel(texts);
  }

  private watchBrowser(): void {
    const wake = (): void => {
      this.receiver?.wake();
      if (this.store.outbox().length || (this.store.session() && !this.receiver)) this.retryNow();
    };
    window.addEventListener("online", () => {
      this.receiver?.renew();
      wake();
      if (this.state.open) void this.fetchConfig();
    });
    window.addEventListener("offline", () => this.dispatch({ type: "connection", connection: "offline" }));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && wake());
    window.addEventListener("storage", (event) => {
      if (event.key === null || event.key === `${PREFIX}session`) this.followSession();
      else if (event.key === `${PREFIX}language`) void this.speak(this.store.language() ?? this.state.language);
      else if (event.key === `${PREFIX}read`) this.dispatch({ type: "read", seq: this.store.readSeq() });
      else if (event.key === `${PREFIX}contact`) {
        const contact = this.store.contact();
        if (contact) this.dispatch({ type: "contact", contact });
      } else if (event.key.startsWith(`${PREFIX}out.`)) this.showOutbox();
    });
  }

  /** Another tab opened, changed or forgot the session. */
  private followSession(): void {
    const session = this.store.session();
    if (!session) return this.reset();
    if (session.conversation_id === this.state.conversation) return this.api.use(session);
    void this.connect(session.token).catch(() => this.scheduleRetry(null));
  }

  private dispatch(action: Action): void {
    const before = this.state;
    this.state = reduce(before, action);
    if (this.state === before) return;
    this.view.update(this.state);
    if (this.state.readSeq > before.readSeq && this.state.conversation) this.store.saveReadSeq(this.state.readSeq);
    if (unreadCount(this.state) !== unreadCount(before)) this.emit("unread", unreadCount(this.state));
  }

  private emit(name: ChatEventName, detail: unknown): void {
    for (const listener of this.listeners.get(name) ?? []) listener(detail);
  }
}

/** Runs work in one tab at a time where the browser can lock; elsewhere repeating is harmless anyway. */
function exclusively<T>(name: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks ? (navigator.locks.request(`babeldesk.${name}`, work) as Promise<T>) : work();
}
