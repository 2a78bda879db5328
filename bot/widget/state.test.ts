import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatEvent, Outgoing } from "./protocol.ts";
import { type Action, hasUnsent, initialState, isAnswered, type MessageItem, reduce, type State, unreadCount } from "./state.ts";

const AT = "2026-01-05T10:00:00Z";

function event(seq: number, author: ChatEvent["author"], text: string | null, extra: Partial<ChatEvent> = {}): ChatEvent {
  return { seq, kind: "message", author, author_name: null, text, language: "en", client_id: null, created_at: AT, payload: {}, ...extra };
}

function play(actions: Action[], from: State = initialState("en")): State {
  return actions.reduce(reduce, from);
}

const out = (client_id: string, extra: Partial<Outgoing> = {}): Outgoing => ({ client_id, text: client_id, choice: null, at: AT, ...extra });
const session = (conversation_id: string, cursor = 0): Action => ({
  type: "session",
  session: { token: "t", conversation_id, language: null, language_choice: null, owner: "bot", cursor },
});
const texts = (state: State): string[] => state.items.map((item) => (item.type === "message" ? item.text : item.type));
const message = (state: State, index: number): MessageItem => state.items[index] as MessageItem;

test("an own message keeps its row when the gateway confirms it", () => {
  const waiting = play([{ type: "outbox", waiting: [out("a")], sending: "a" }]);
  const sent = reduce(waiting, { type: "acknowledged", event: event(1, "visitor", "a", { client_id: "a" }) });

  assert.equal(message(waiting, 0).delivery, "sending");
  assert.equal(message(sent, 0).delivery, null);
  assert.equal(message(sent, 0).key, message(waiting, 0).key);
  assert.equal(sent.items.length, 1);
});

test("a confirmation does not move the cursor past events still to come", () => {
  const state = play([
    { type: "outbox", waiting: [out("a")], sending: "a" },
    { type: "acknowledged", event: event(3, "visitor", "a", { client_id: "a" }) },
  ]);

  assert.equal(state.lastSeq, 0);
});

test("the same events twice change nothing", () => {
  const events = [event(1, "visitor", "hi", { client_id: "a" }), event(2, "bot", "hello"), event(3, "system", null, { kind: "resolved" })];
  const once = play([{ type: "events", events }]);
  const twice = reduce(once, { type: "events", events });

  assert.deepEqual(texts(twice), ["hi", "hello", "notice"]);
  assert.equal(twice.lastSeq, 3);
});

test("the cursor of an answer passes over numbers that the visitor does not see", () => {
  assert.equal(play([{ type: "events", events: [event(1, "bot", "x")], cursor: 4 }]).lastSeq, 4);
});

test("a refused message is failed, a kept one waits", () => {
  const state = play([{ type: "outbox", waiting: [out("a", { refused: "message_too_long" }), out("b")], sending: null }]);

  assert.equal(message(state, 0).delivery, "failed");
  assert.equal(message(state, 1).delivery, "waiting");
  assert.ok(hasUnsent(state));
});

test("another conversation clears the log and keeps what is unsent", () => {
  const state = play([
    session("one"),
    { type: "events", events: [event(1, "bot", "old")] },
    { type: "outbox", waiting: [out("new")], sending: null },
    session("two"),
  ]);

  assert.deepEqual(texts(state), ["new"]);
  assert.equal(state.lastSeq, 0);
});

test("a resumed conversation is quiet until its history is in", () => {
  const resumed = play([session("one", 5)]);

  assert.equal(resumed.live, false);
  assert.equal(reduce(resumed, { type: "live" }).live, true);
  assert.equal(play([session("one", 0)]).live, true);
});

test("unread counts bot and agent messages that came while closed", () => {
  const state = play([
    { type: "read", seq: 1 },
    { type: "events", events: [event(1, "bot", "a"), event(2, "visitor", "b"), event(3, "bot", "c"), event(4, "agent", "d")] },
  ]);

  assert.equal(unreadCount(state), 2);
  assert.equal(unreadCount(reduce(state, { type: "open", open: true })), 0);
  assert.equal(unreadCount(play([{ type: "open", open: true }, { type: "open", open: false }], state)), 0);
});

test("buttons are spent once the visitor has spoken again", () => {
  const asked = play([{ type: "events", events: [event(1, "bot", "which?")] }]);
  const answered = reduce(asked, { type: "outbox", waiting: [out("this")], sending: null });

  assert.equal(isAnswered(asked, message(asked, 0)), false);
  assert.equal(isAnswered(answered, message(answered, 0)), true);
});

test("a handoff asks for contact once and remembers the ticket", () => {
  const handoff = (seq: number): ChatEvent =>
    event(seq, "system", "notice", { kind: "handoff", payload: { ticket_number: "T-1", ask_contact: true } });
  const state = play([{ type: "events", events: [handoff(1), handoff(2)] }]);

  assert.deepEqual(texts(state), ["notice", "contact", "notice"]);
  assert.equal(state.ticket, "T-1");
  assert.equal(state.contact, "asked");
  assert.equal(play([{ type: "events", events: [event(3, "visitor", null, { kind: "contact" })] }], state).contact, "saved");
});

test("typing ends with the message, with the connection and when it says so", () => {
  const typing = play([{ type: "connection", connection: "online" }, { type: "typing", author: "bot", active: true }]);

  assert.equal(typing.typing, "bot");
  assert.equal(reduce(typing, { type: "events", events: [event(1, "bot", "done")] }).typing, null);
  assert.equal(reduce(typing, { type: "connection", connection: "reconnecting" }).typing, null);
  assert.equal(reduce(typing, { type: "typing", author: "agent", active: false }).typing, "bot");
  assert.equal(reduce(typing, { type: "typing", author: "bot", active: false }).typing, null);
});

test("events without words for the visitor make no row", () => {
  assert.deepEqual(texts(play([{ type: "events", events: [event(1, "visitor", null, { kind: "language" })] }])), []);
});
