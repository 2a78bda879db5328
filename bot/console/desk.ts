/* The state of the console as signals, and everything that changes it. Screens read; acts are methods here. */
import { batch, computed, signal } from "@preact/signals";
import { Api, ApiError, type Act } from "./core/api.ts";
import { isolate, isRtl, pickLanguage, Texts, type Key } from "./core/i18n.ts";
import { forgetTab, keep, kept } from "./core/keep.ts";
import { Live } from "./core/live.ts";
import type { DeskEvent, Frame, Login, Person, Present, Ticket, TicketAct, User, View } from "./core/types.ts";
import { VIEWS } from "./core/types.ts";
import { isActive, mergeTicket, Tally } from "./queue/model.ts";
import { hrefOf, parseRoute, type Route } from "./shell/router.ts";
import { collisionOf, mergeEvent, stillPending, type Pending } from "./ticket/model.ts";

/** Counts and order come from the server; many changes in a row ask once. */
const REFETCH_MS = 700;
/** A busy queue is announced as one counted sentence at most this often. */
const ANNOUNCE_MS = 10_000;
const FIRST_ANNOUNCE_MS = 800;
/** A new ticket stays marked for this long. */
const FRESH_MS = 12_000;
/** A shorter break of the line is not worth a banner. */
const DOWN_SHOWN_AFTER_MS = 2_000;
/** Typing ends by itself when nothing more is heard. */
const TYPING_MS = 8_000;
/** While an agent types, the visitor is told at most this often. */
const TYPING_EVERY_MS = 3_000;

export type Phase = "loading" | "out" | "in";
export type LineState = "connecting" | "up" | "down";

export interface Opened {
  ticket: Ticket;
  events: readonly DeskEvent[];
}

export const api = new Api();
export const texts = signal(Texts.english);
export const phase = signal<Phase>("loading");
export const user = signal<User | null>(null);
/** Why the login is shown, such as an ended session. */
export const loginNotice = signal<Key | null>(null);
export const route = signal<Route>(parseRoute(location.hash));
export const tickets = signal<readonly Ticket[]>([]);
export const counts = signal<Readonly<Record<string, number>>>({});
export const listState = signal<"loading" | "ready" | "failed">("loading");
export const listFailure = signal<unknown>(null);
export const fresh = signal<ReadonlySet<string>>(new Set());
export const opened = signal<Opened | null>(null);
export const openFailure = signal<ApiError | null>(null);
export const pending = signal<readonly Pending[]>([]);
export const visitorTyping = signal(false);
export const collision = signal<Person | null>(null);
export const actFailure = signal<string | null>(null);
export const busyAct = signal<string | null>(null);
export const lineState = signal<LineState>("connecting");
export const lineBanner = signal(false);
export const away = signal(kept("tab", "away") === "1");
export const roster = signal<readonly Present[]>([]);
export const shortcutsOn = signal(kept("browser", "shortcuts") !== "off");
export const helpOpen = signal(false);
/** Now by the server's clock, in milliseconds; moves every second while the page is seen. */
export const now = signal(Date.now());
export const announcement = signal("");

export const view = computed<View>(() => {
  const at = route.value;
  return at.screen === "queue" || at.screen === "ticket" ? at.view : "open";
});

let cursor = 0;
let live: Live | null = null;
let watching: string | null = null;
let refetchTimer: ReturnType<typeof setTimeout> | undefined;
let typingTimer: ReturnType<typeof setTimeout> | undefined;
let downTimer: ReturnType<typeof setTimeout> | undefined;
let announceTimer: ReturnType<typeof setTimeout> | undefined;
let announcedAt = -ANNOUNCE_MS;
let typingSaidAt = 0;
let tally = new Tally();
let known = new Set<string>();

const me = (): string => user.peek()?.id ?? "";

/** The words for a refusal: by its code, else by its kind. */
export function failureText(error: unknown): string {
  const t = texts.peek();
  if (!(error instanceof ApiError)) return t.t("error_unknown");
  const wait = Math.max(1, Math.ceil((error.retryAfter ?? 60) / 60));
  const by = error.fields["by"];
  if (error.code === "already_taken" && typeof by === "string" && by) return t.t("error_already_taken_by", { name: isolate(by) });
  const found = t.code("error", error.code);
  if (found !== error.code.replace(/[_-]/g, " ")) return found.replace("{minutes}", String(wait));
  return t.t(error.status === 0 ? "error_unreachable" : error.status >= 500 ? "error_store_unavailable" : "error_unknown");
}

export function say(text: string): void {
  // The same sentence twice must be a change, or it is not spoken again.
  announcement.value = announcement.peek() === text ? `${text}\u00a0` : text;
}

// ---- start, language, session -------------------------------------------------------------

export async function start(): Promise<void> {
  api.onSignedOut = () => signOutHere("session_ended");
  addEventListener("hashchange", () => follow(parseRoute(location.hash)));
  addEventListener("online", () => live?.wake());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") {
      tick();
      live?.wake();
      refetchSoon(0);
    }
  });
  setInterval(() => document.visibilityState === "visible" && tick(), 1_000);
  await chooseLanguage(pickLanguage([kept("browser", "language"), ...navigator.languages]), { remember: false });
  try {
    const login = await api.me();
    enter(login);
  } catch {
    phase.value = "out";
    loginNotice.value = null;
  }
}

function tick(): void {
  now.value = Date.now() + api.skew;
}

export async function chooseLanguage(language: string, { remember = true } = {}): Promise<void> {
  try {
    texts.value = await Texts.load(language);
  } catch {
    texts.value = Texts.english;
  }
  if (remember) keep("browser", "language", language);
  api.locale = language;
  document.documentElement.lang = texts.value.language;
  document.documentElement.dir = isRtl(texts.value.language) ? "rtl" : "ltr";
  if (phase.peek() !== "in") return;
  refetchSoon(0);
  live?.reconnect();
  const now = opened.peek();
  if (now) void open(now.ticket.number);
}

export async function signIn(email: string, password: string): Promise<void> {
  enter(await api.login(email, password));
}

export async function redeem(token: string, password: string, name: string, email: string): Promise<void> {
  const login = await api.setup(token, password, name.trim() || null, email.trim() || null);
  location.hash = hrefOf({ screen: "queue", view: "open" });
  route.value = parseRoute(location.hash);
  enter(login);
}

export async function signOut(): Promise<void> {
  try {
    await api.logout();
  } catch {
    // The session may have ended already; this browser leaves it in any case.
  }
  signOutHere(null);
}

function enter(login: Login): void {
  // Drafts of whoever sat here before are not for the next person.
  if ((kept("tab", "user") ?? login.user.id) !== login.user.id) forgetTab();
  keep("tab", "user", login.user.id);
  known = new Set();
  tally = new Tally();
  batch(() => {
    user.value = login.user;
    phase.value = "in";
    loginNotice.value = null;
    listState.value = "loading";
    listFailure.value = null;
    lineState.value = "connecting";
  });
  tick();
  void firstList();
}

function signOutHere(notice: Key | null): void {
  live?.stop();
  live = null;
  if (notice === null) forgetTab();
  for (const timer of [refetchTimer, typingTimer, downTimer, announceTimer]) clearTimeout(timer);
  announceTimer = undefined;
  if (phase.peek() === "loading") return;
  batch(() => {
    phase.value = "out";
    user.value = null;
    loginNotice.value = notice;
    tickets.value = [];
    opened.value = null;
    pending.value = [];
    collision.value = null;
    helpOpen.value = false;
    lineBanner.value = false;
  });
}

async function firstList(): Promise<void> {
  await fetchList();
  const at = route.peek();
  if (at.screen === "ticket") void open(at.number);
  if (phase.peek() !== "in" || live) return;
  // An editor may sign in, but tickets are not for her: no line to knock at again and again.
  if (listFailure.peek() instanceof ApiError && (listFailure.peek() as ApiError).status === 403) return;
  live = new Live({
    cursor: () => cursor,
    watched,
    presence: () => (away.peek() ? "away" : "online"),
    socketUrl: (after) => api.socketUrl(after),
    streamUrl: (after, watch) => api.streamUrl(after, watch),
    frame: take,
    up: lineUp,
    down: lineDown,
  });
  void live.run();
}

// ---- navigation ---------------------------------------------------------------------------

export function go(to: Route): void {
  location.hash = hrefOf(to);
}

function follow(to: Route): void {
  const before = route.peek();
  const viewBefore = view.peek();
  route.value = to;
  if (phase.peek() !== "in") return;
  if (to.screen === "ticket" && (before.screen !== "ticket" || before.number !== to.number)) void open(to.number);
  if (to.screen !== "ticket") close();
  if (view.peek() !== viewBefore) {
    tickets.value = [];
    listState.value = "loading";
    void fetchList();
  }
}

// ---- the queue ----------------------------------------------------------------------------

export async function fetchList(): Promise<void> {
  const asked = view.peek();
  const inSight = (VIEWS as readonly string[]).includes(asked);
  try {
    // The line starts from the cursor of the first list, which the four views in sight give.
    const [found, other] = await Promise.all([api.tickets(inSight ? asked : "open"), inSight ? null : api.viewTickets(asked)]);
    if (asked !== view.peek() || phase.peek() !== "in") return;
    const listed = other ?? found.tickets;
    for (const ticket of listed) known.add(ticket.number);
    batch(() => {
      // Frames may have arrived meanwhile; the line starts after the first cursor and never goes back.
      cursor = Math.max(cursor, live ? cursor : found.cursor);
      tickets.value = listed;
      counts.value = { ...counts.peek(), ...found.counts };
      listState.value = "ready";
    });
  } catch (error) {
    if (asked !== view.peek() || listState.peek() !== "loading") return;
    // A saved view that is gone, or an address that somebody mistyped.
    if (!inSight && error instanceof ApiError && (error.status === 404 || error.status === 422)) return go({ screen: "queue", view: "open" });
    listFailure.value = error;
    listState.value = "failed";
  }
}

function refetchSoon(ms = REFETCH_MS): void {
  if (phase.peek() !== "in") return;
  clearTimeout(refetchTimer);
  refetchTimer = setTimeout(() => void fetchList(), ms);
}

// ---- one ticket ---------------------------------------------------------------------------

export async function open(number: string): Promise<void> {
  if (opened.peek()?.ticket.number !== number) {
    close();
    pending.value = loadOutbox(number);
  }
  openFailure.value = null;
  try {
    const found = await api.ticket(number);
    const at = route.peek();
    if (at.screen !== "ticket" || at.number !== number) return;
    batch(() => {
      opened.value = { ticket: found.ticket, events: found.events };
      settlePending(number, found.events);
    });
    rewatch();
  } catch (error) {
    if (error instanceof ApiError && opened.peek()?.ticket.number !== number) openFailure.value = error;
  }
}

function close(): void {
  batch(() => {
    opened.value = null;
    openFailure.value = null;
    pending.value = [];
    visitorTyping.value = false;
    collision.value = null;
    actFailure.value = null;
  });
  rewatch();
}

function watched(): { id: string; after: number } | null {
  const now = opened.peek();
  // After a solved ticket the same conversation may go on with the assistant: not this ticket's business.
  if (!now || !isActive(now.ticket)) return null;
  return { id: now.ticket.conversation_id, after: now.events.at(-1)?.seq ?? 0 };
}

function rewatch(): void {
  const next = watched()?.id ?? null;
  if (next !== watching || next !== null) live?.rewatch(watching);
  watching = next;
}

export async function act(name: Act): Promise<void> {
  const now = opened.peek();
  if (!now || busyAct.peek()) return;
  busyAct.value = name;
  actFailure.value = null;
  try {
    settle(await api.act(now.ticket.number, name));
    say(texts.peek().t(`done_${name}`));
  } catch (error) {
    await refused(error, now.ticket.number);
  } finally {
    busyAct.value = null;
  }
}

/** Changes fields of the open ticket; a refusal is shown where acts are. */
export function change(name: string, fields: Readonly<Record<string, unknown>>): Promise<boolean> {
  return perform(name, async () => {
    const now = opened.peek();
    if (now) takeTicket(await api.change(now.ticket, fields));
  });
}

/** Gives the open ticket to a colleague; a refusal is shown where acts are. */
export function give(agentId: string, reason: string): Promise<boolean> {
  return perform("give", async (number) => {
    settle(await api.assign(number, agentId, reason));
    // Whoever gives a conversation away need not be told that somebody else has it.
    collision.value = null;
  });
}

/** Does what a macro says with the open ticket; its messages come over the line. */
export function applyMacro(id: string): Promise<boolean> {
  return perform("macro", async (number) => settle(await api.applyMacro(id, number)));
}

/** One act at a time; afterwards the page says that it is done, or shows why not. */
async function perform(name: string, work: (number: string) => Promise<void>): Promise<boolean> {
  const now = opened.peek();
  if (!now || busyAct.peek()) return false;
  busyAct.value = name;
  actFailure.value = null;
  try {
    await work(now.ticket.number);
    say(texts.peek().t("done_change"));
    return true;
  } catch (error) {
    await refused(error, now.ticket.number);
    return false;
  } finally {
    busyAct.value = null;
  }
}

export async function setPriority(level: number, reason: string): Promise<void> {
  const now = opened.peek();
  if (!now) return;
  settle(await api.priority(now.ticket.number, level, reason));
  say(texts.peek().t("done_priority", { priority: `P${level}` }));
}

async function refused(error: unknown, number: string): Promise<void> {
  actFailure.value = failureText(error);
  if (!(error instanceof ApiError) || (error.status !== 409 && error.status !== 412)) return;
  // The state is not what this page believed: show how it is.
  const before = opened.peek()?.ticket ?? null;
  await open(number);
  const after = opened.peek()?.ticket;
  if (after && before) collision.value = collisionOf(before, after, me()) ?? collision.peek();
  if (collision.peek()) actFailure.value = null;
}

function settle(done: TicketAct): void {
  batch(() => {
    if (done.event) addEvent(done.ticket.conversation_id, done.event);
    takeTicket(done.ticket);
  });
}

// ---- writing ------------------------------------------------------------------------------

export async function write(kind: "reply" | "note", text: string): Promise<void> {
  const number = opened.peek()?.ticket.number;
  if (!number) return;
  const entry: Pending = { clientId: crypto.randomUUID?.() ?? randomId(), kind, text, at: new Date().toISOString(), state: "sending", error: null };
  pending.value = [...pending.peek(), entry];
  saveOutbox(number);
  await send(number, entry);
}

export async function retry(clientId: string): Promise<void> {
  const number = opened.peek()?.ticket.number;
  const entry = pending.peek().find((one) => one.clientId === clientId);
  if (!number || !entry) return;
  const again: Pending = { ...entry, state: "sending", error: null };
  pending.value = pending.peek().map((one) => (one.clientId === clientId ? again : one));
  await send(number, again);
}

export function discard(clientId: string): void {
  pending.value = pending.peek().filter((one) => one.clientId !== clientId);
  const number = opened.peek()?.ticket.number;
  if (number) saveOutbox(number);
}

async function send(number: string, entry: Pending): Promise<void> {
  try {
    const done = await api.write(number, entry.kind, entry.clientId, entry.text);
    if (opened.peek()?.ticket.number === number) settle(done);
  } catch (error) {
    if (opened.peek()?.ticket.number === number) {
      const code = error instanceof ApiError ? error.code : "unknown";
      pending.value = pending.peek().map((one) => (one.clientId === entry.clientId ? { ...one, state: "failed", error: code } : one));
      say(texts.peek().t("not_sent"));
      if (error instanceof ApiError && error.status === 409) await refused(error, number);
    }
  }
  if (opened.peek()?.ticket.number === number) saveOutbox(number);
}

export function sayTyping(active: boolean): void {
  const ticket = opened.peek()?.ticket;
  if (!ticket || ticket.assignee?.id !== me()) return;
  const at = Date.now();
  if (active ? at - typingSaidAt < TYPING_EVERY_MS : typingSaidAt === 0) return;
  typingSaidAt = active ? at : 0;
  api.typing(ticket.number, active).catch(() => undefined);
}

function settlePending(number: string, events: readonly DeskEvent[]): void {
  const left = stillPending(pending.peek(), events);
  if (left.length === pending.peek().length) return;
  pending.value = left;
  saveOutbox(number);
}

function saveOutbox(number: string): void {
  const entries = pending.peek();
  keep("tab", `outbox:${number}`, entries.length ? JSON.stringify(entries) : null);
}

function loadOutbox(number: string): Pending[] {
  try {
    const entries = JSON.parse(kept("tab", `outbox:${number}`) ?? "[]") as Pending[];
    // Whatever was on its way when the page went is unknown: trying again with the same id is harmless.
    return entries.map((entry) => ({ ...entry, state: "failed" }));
  } catch {
    return [];
  }
}

// ---- the line -----------------------------------------------------------------------------

function lineUp(): void {
  clearTimeout(downTimer);
  const again = lineState.peek() === "down";
  batch(() => {
    lineState.value = "up";
    lineBanner.value = false;
  });
  watching = watched()?.id ?? null;
  if (again) {
    refetchSoon(0);
    const at = route.peek();
    if (at.screen === "ticket") void open(at.number);
  }
}

function lineDown(): void {
  if (lineState.peek() !== "down") {
    lineState.value = "down";
    clearTimeout(downTimer);
    downTimer = setTimeout(() => (lineBanner.value = lineState.peek() === "down"), DOWN_SHOWN_AFTER_MS);
    // An ended session closes the line; asking says so and leads to the login.
    api.me().catch(() => undefined);
  }
}

function take(frame: Frame): void {
  switch (frame.type) {
    case "inbox":
      cursor = Math.max(cursor, frame.seq);
      batch(() => takeTicket(frame.ticket));
      refetchSoon();
      return;
    case "event":
      addEvent(frame.conversation_id, frame.event);
      return;
    case "typing":
      if (frame.author === "visitor" && frame.conversation_id === opened.peek()?.ticket.conversation_id) showTyping(frame.active);
      return;
    case "presence":
      roster.value = frame.agents;
      return;
    default:
      return;
  }
}

function takeTicket(ticket: Ticket): void {
  const before = tickets.peek().find((one) => one.number === ticket.number);
  const current = opened.peek();
  // What happens in the open conversation is announced by its own log.
  if (current?.ticket.number !== ticket.number) tally.note(before, ticket, known.has(ticket.number));
  if (!known.has(ticket.number) && ticket.state === "new") markFresh(ticket.number);
  known.add(ticket.number);
  tickets.value = mergeTicket(tickets.peek(), ticket, view.peek(), me());
  if (current && current.ticket.number === ticket.number) {
    if (ticket.updated_at >= current.ticket.updated_at) {
      collision.value = collisionOf(current.ticket, ticket, me()) ?? (ticket.assignee?.id === collision.peek()?.id ? collision.peek() : null);
      opened.value = { ...current, ticket };
      if (isActive(current.ticket) !== isActive(ticket)) rewatch();
    }
  }
  announceSoon();
}

function addEvent(conversationId: string, event: DeskEvent): void {
  const current = opened.peek();
  if (!current || current.ticket.conversation_id !== conversationId || !isActive(current.ticket)) return;
  const events = mergeEvent(current.events, event);
  if (events === current.events) return;
  batch(() => {
    opened.value = { ...current, events };
    settlePending(current.ticket.number, events);
    if (event.author === "visitor") showTyping(false);
  });
}

function showTyping(active: boolean): void {
  clearTimeout(typingTimer);
  visitorTyping.value = active;
  if (active) typingTimer = setTimeout(() => (visitorTyping.value = false), TYPING_MS);
}

function markFresh(number: string): void {
  fresh.value = new Set([...fresh.peek(), number]);
  setTimeout(() => {
    fresh.value = new Set([...fresh.peek()].filter((one) => one !== number));
  }, FRESH_MS);
}

function announceSoon(): void {
  if (announceTimer !== undefined) return;
  const wait = Math.max(FIRST_ANNOUNCE_MS, announcedAt + ANNOUNCE_MS - performance.now());
  announceTimer = setTimeout(() => {
    announceTimer = undefined;
    const found = tally.take();
    if (!found) return;
    announcedAt = performance.now();
    const t = texts.peek();
    say([found.opened ? t.count("new_tickets", found.opened) : "", found.wrote ? t.count("new_answers", found.wrote) : ""].filter(Boolean).join(" "));
  }, wait);
}

export function setAway(value: boolean): void {
  away.value = value;
  keep("tab", "away", value ? "1" : null);
  live?.sayPresence();
}

export function setShortcuts(on: boolean): void {
  shortcutsOn.value = on;
  keep("browser", "shortcuts", on ? null : "off");
}

/** `crypto.randomUUID` exists in secure contexts only; an office may open the console over plain HTTP. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
