/* What the chat shows, decided by one pure function: (state, action) -> state.
 *
 * The log of a conversation is numbered by the gateway. `lastSeq` is the cursor of the stream, so an
 * acknowledged own message is merged without moving it: the stream still owes everything between.
 * Rows are only ever appended or changed in place, because a screen reader announces additions.
 */
import type { ChatEvent, Config, Outgoing, Owner, Payload, ServerState, Session } from "./protocol.ts";

export type Connection = "idle" | "connecting" | "online" | "reconnecting" | "offline";
export type Delivery = "sending" | "waiting" | "failed" | null;

export interface MessageItem {
  type: "message";
  key: string;
  seq: number | null;
  clientId: string | null;
  author: "visitor" | "bot" | "agent";
  name: string | null;
  text: string;
  language: string | null;
  at: string;
  payload: Payload;
  delivery: Delivery;
}

export interface NoticeItem {
  type: "notice";
  key: string;
  seq: number;
  kind: string;
  name: string | null;
  text: string | null;
  language: string | null;
  at: string;
  payload: Payload;
}

export interface ContactItem {
  type: "contact";
  key: string;
  seq: number;
}

export type Item = MessageItem | NoticeItem | ContactItem;

export interface State {
  open: boolean;
  config: Config | null;
  /** Language of the widget's own words. */
  language: string;
  conversation: string | null;
  owner: Owner;
  agentName: string | null;
  ticket: string | null;
  connection: Connection;
  typing: "bot" | "agent" | null;
  items: Item[];
  lastSeq: number;
  /** Everything up to here has been in front of the visitor's eyes. */
  readSeq: number;
  /** False while an older conversation is being filled in, which must not be read out. */
  live: boolean;
  contact: "none" | "asked" | "saved" | "skipped";
}

export type Action =
  | { type: "open"; open: boolean }
  | { type: "config"; config: Config }
  | { type: "language"; language: string }
  | { type: "session"; session: Session }
  | { type: "events"; events: ChatEvent[]; cursor?: number }
  | { type: "acknowledged"; event: ChatEvent }
  | { type: "outbox"; waiting: Outgoing[]; sending: string | null }
  | { type: "server_state"; state: ServerState }
  | { type: "typing"; author: "bot" | "agent"; active: boolean }
  | { type: "connection"; connection: Connection }
  | { type: "live" }
  | { type: "read"; seq: number }
  | { type: "contact"; contact: "saved" | "skipped" }
  | { type: "reset" };

export function initialState(language: string): State {
  return {
    open: false,
    config: null,
    language,
    conversation: null,
    owner: "bot",
    agentName: null,
    ticket: null,
    connection: "idle",
    typing: null,
    items: [],
    lastSeq: 0,
    readSeq: 0,
    live: true,
    contact: "none",
  };
}

export function reduce(state: State, action: Action): State {
  switch (action.type) {
    case "open":
      return { ...state, open: action.open, readSeq: action.open ? highestSeq(state) : state.readSeq };
    case "config":
      return { ...state, config: action.config };
    case "language":
      return { ...state, language: action.language };
    case "session":
      return startSession(state, action.session);
    case "events":
      return withEvents(state, action.events, action.cursor);
    case "acknowledged":
      return { ...state, items: withEvent(state.items, action.event) };
    case "outbox":
      return { ...state, items: withOutbox(state.items, action.waiting, action.sending) };
    case "server_state":
      return {
        ...state,
        owner: action.state.owner,
        agentName: action.state.agent_name ?? null,
        ticket: action.state.ticket_number ?? state.ticket,
        typing: action.state.owner === "queue" ? null : state.typing,
      };
    case "typing":
      if (action.active) return { ...state, typing: action.author };
      return state.typing === action.author ? { ...state, typing: null } : state;
    case "connection":
      return { ...state, connection: action.connection, typing: action.connection === "online" ? state.typing : null };
    case "live":
      return { ...state, live: true };
    case "read":
      return { ...state, readSeq: Math.max(state.readSeq, action.seq) };
    case "contact":
      return { ...state, contact: action.contact };
    case "reset":
      return { ...initialState(state.language), config: state.config, open: state.open };
  }
}

/** Bot and agent messages that came while the panel was closed. */
export function unreadCount(state: State): number {
  if (state.open) return 0;
  return state.items.filter(
    (item) => item.type === "message" && item.author !== "visitor" && (item.seq ?? 0) > state.readSeq,
  ).length;
}

/** Buttons and feedback belong to the newest question only: once the visitor has spoken again they are spent. */
export function isAnswered(state: State, item: MessageItem | NoticeItem): boolean {
  const position = state.items.indexOf(item);
  return state.items.some((other, index) => index > position && other.type === "message" && other.author === "visitor");
}

export function hasUnsent(state: State): boolean {
  return state.items.some((item) => item.type === "message" && item.delivery !== null);
}

function highestSeq(state: State): number {
  return state.items.reduce((top, item) => Math.max(top, item.seq ?? 0), state.readSeq);
}

function startSession(state: State, session: Session): State {
  const known = state.conversation === session.conversation_id;
  // Another conversation starts its numbers again; only what is still unsent moves over.
  const items = known || state.conversation === null ? state.items : state.items.filter(isPending);
  return {
    ...state,
    items,
    conversation: session.conversation_id,
    owner: session.owner,
    ticket: session.ticket_number ?? null,
    lastSeq: known ? state.lastSeq : 0,
    live: known ? state.live : session.cursor === 0,
    contact: known ? state.contact : "none",
  };
}

const isPending = (item: Item): boolean => item.type === "message" && item.delivery !== null;

function withEvents(state: State, events: ChatEvent[], cursor?: number): State {
  let { items, typing, contact, agentName, ticket, lastSeq } = state;
  for (const event of events) {
    lastSeq = Math.max(lastSeq, event.seq);
    items = withEvent(items, event);
    if (event.author === typing || event.kind !== "message") typing = null;
    if (event.kind === "agent_joined") agentName = event.author_name ?? agentName;
    if (event.kind === "contact") contact = "saved";
    if (event.kind === "handoff") {
      ticket = event.payload?.ticket_number ?? ticket;
      if (event.payload?.ask_contact && contact === "none") {
        contact = "asked";
        items = [...items, { type: "contact", key: `contact-${event.seq}`, seq: event.seq }];
      }
    }
  }
  const next = { ...state, items, typing, contact, agentName, ticket, lastSeq: Math.max(lastSeq, cursor ?? 0) };
  return state.open ? { ...next, readSeq: highestSeq(next) } : next;
}

function withEvent(items: Item[], event: ChatEvent): Item[] {
  const position = items.findIndex(
    (item) =>
      (item.type !== "contact" && item.seq === event.seq) ||
      (item.type === "message" && event.author === "visitor" && event.client_id !== null && item.clientId === event.client_id),
  );
  const found = items[position];
  if (found === undefined) {
    const item = itemOf(event);
    return item ? [...items, item] : items;
  }
  if (found.type !== "message" || (found.delivery === null && found.seq === event.seq)) return items;
  const merged: MessageItem = { ...found, seq: event.seq, language: event.language, at: event.created_at, delivery: null };
  return items.map((item, index) => (index === position ? merged : item));
}

function itemOf(event: ChatEvent): Item | null {
  const payload = event.payload ?? {};
  if (event.kind === "message" && event.author !== "system") {
    return {
      type: "message",
      key: event.author === "visitor" && event.client_id ? `c-${event.client_id}` : `s-${event.seq}`,
      seq: event.seq,
      clientId: event.client_id,
      author: event.author,
      name: event.author_name,
      text: event.text ?? "",
      language: event.language,
      at: event.created_at,
      payload,
      delivery: null,
    };
  }
  // A language or contact event without words changes the state but says nothing.
  const speaks = ["handoff", "agent_joined", "handed_back", "resolved"].includes(event.kind);
  if (!speaks && !event.text) return null;
  return {
    type: "notice",
    key: `s-${event.seq}`,
    seq: event.seq,
    kind: event.kind,
    name: event.author_name,
    text: event.text,
    language: event.language,
    at: event.created_at,
    payload,
  };
}

function withOutbox(items: Item[], waiting: Outgoing[], sending: string | null): Item[] {
  const byId = new Map(waiting.map((message) => [message.client_id, message]));
  const next = items.map((item): Item => {
    if (item.type !== "message" || item.clientId === null || item.seq !== null) return item;
    const message = byId.get(item.clientId);
    byId.delete(item.clientId);
    if (!message) return item;
    const delivery = deliveryOf(message, sending);
    return delivery === item.delivery ? item : { ...item, delivery };
  });
  const known = new Set(items.map((item) => (item.type === "message" ? item.clientId : null)));
  for (const message of byId.values()) {
    if (known.has(message.client_id)) continue;
    next.push({
      type: "message",
      key: `c-${message.client_id}`,
      seq: null,
      clientId: message.client_id,
      author: "visitor",
      name: null,
      text: message.text,
      language: null,
      at: message.at,
      payload: {},
      delivery: deliveryOf(message, sending),
    });
  }
  return next;
}

function deliveryOf(message: Outgoing, sending: string | null): Delivery {
  if (message.refused) return "failed";
  return sending === message.client_id ? "sending" : "waiting";
}
