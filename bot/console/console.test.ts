/* The view models of the console, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { skewOf } from "./core/api.ts";
import { fill, isRtl, pickLanguage, splitSpan, Texts } from "./core/i18n.ts";
import { backoff } from "./core/live.ts";
import type { DeskEvent, Ticket } from "./core/types.ts";
import { checkPassword, looksLikeEmail } from "./login/model.ts";
import { belongsTo, dueOf, mergeTicket, neighbour, Tally } from "./queue/model.ts";
import { hrefOf, parseRoute } from "./shell/router.ts";
import { byAvailability, colleagueLine, inserted, matching, refusalLine, replyChoice, stepLine } from "./ticket/choices.ts";
import { collisionOf, evidenceOf, mergeEvent, rightsOf, speakerOf, stillPending, webAddress, type Pending } from "./ticket/model.ts";
import { parseInline, parseRich, safeHref } from "./ticket/rich.ts";

const ME = "me";

function ticket(number: string, more: Partial<Ticket> = {}): Ticket {
  return {
    number,
    conversation_id: `c-${number}`,
    state: "new",
    owner: "queue",
    priority: 3,
    impact: 2,
    urgency: 2,
    reasons: [],
    reason: "low_confidence",
    reason_text: "",
    language: "en",
    subject: "s",
    last_message: "s",
    visitor: { name: null, email: null },
    assignee: null,
    opened_at: "2026-01-01T09:00:00.000Z",
    updated_at: "2026-01-01T09:00:00.000Z",
    waiting_since: "2026-01-01T09:00:00.000Z",
    override: null,
    locale: null,
    page_url: null,
    version: 1,
    type: null,
    category: null,
    tags: [],
    classification: {},
    customer_id: null,
    merged_into: null,
    follow_up_of: null,
    hold: null,
    sla: [],
    due_at: null,
    breached_at: null,
    ...more,
  };
}

function event(seq: number, more: Partial<DeskEvent> = {}): DeskEvent {
  return {
    seq,
    kind: "message",
    author: "visitor",
    author_name: null,
    text: "t",
    language: null,
    client_id: null,
    created_at: "2026-01-01T09:00:00.000Z",
    payload: {},
    ...more,
  };
}

const numbers = (list: readonly Ticket[]): string[] => list.map((one) => one.number);

test("every address leads to its screen and back", () => {
  for (const hash of ["#/queue/open", "#/queue/mine/BD-1001", "#/setup/a_b-c"]) assert.equal(hrefOf(parseRoute(hash)), hash);
  assert.deepEqual(parseRoute(""), { screen: "queue", view: "open" });
  assert.deepEqual(parseRoute("#/queue/breaching_soon"), { screen: "queue", view: "breaching_soon" });
  assert.deepEqual(parseRoute("#/queue/no%20view"), { screen: "queue", view: "open" });
  assert.deepEqual(parseRoute("#/ticket/BD-7"), { screen: "ticket", view: "open", number: "BD-7" });
  assert.deepEqual(parseRoute("#/queue/open/%E0%A4%A"), { screen: "ticket", view: "open", number: "%E0%A4%A" });
});

test("a changed ticket takes its place by priority, then age, then number", () => {
  const list = [ticket("BD-1002", { priority: 2 }), ticket("BD-1003"), ticket("BD-1004")];

  assert.deepEqual(numbers(mergeTicket(list, ticket("BD-1004", { priority: 1 }), "open", ME)), ["BD-1004", "BD-1002", "BD-1003"]);
  assert.deepEqual(numbers(mergeTicket(list, ticket("BD-1001"), "open", ME)), ["BD-1002", "BD-1001", "BD-1003", "BD-1004"]);
  const older = ticket("BD-2000", { opened_at: "2025-12-31T00:00:00.000Z" });
  assert.deepEqual(numbers(mergeTicket(list, older, "open", ME)), ["BD-1002", "BD-2000", "BD-1003", "BD-1004"]);
});

test("a ticket leaves a view that it no longer belongs to", () => {
  const mine = ticket("BD-1001", { assignee: { id: ME, name: "Me" }, owner: "agent", state: "open" });

  assert.deepEqual(mergeTicket([ticket("BD-1001")], mine, "unassigned", ME), []);
  assert.ok(belongsTo(mine, "mine", ME) && belongsTo(mine, "open", ME) && !belongsTo(mine, "mine", "you"));
  assert.ok(belongsTo({ ...mine, state: "solved" }, "solved", ME));
  assert.deepEqual(numbers(mergeTicket([ticket("BD-9", { state: "solved" })], { ...mine, state: "solved" }, "solved", ME)), ["BD-1001", "BD-9"]);
});

test("j and k stay inside the list", () => {
  const list = [ticket("a"), ticket("b")];

  assert.equal(neighbour(list, null, 1), "a");
  assert.equal(neighbour(list, null, -1), "b");
  assert.equal(neighbour(list, "b", 1), "b");
  assert.equal(neighbour(list, "b", -1), "a");
  assert.equal(neighbour([], "b", 1), null);
});

test("a busy queue is counted and each ticket counts once", () => {
  const tally = new Tally();
  tally.note(undefined, ticket("a"), false);
  tally.note(ticket("a"), ticket("a", { last_message: "more" }), true);
  tally.note(ticket("b"), ticket("b", { last_message: "x" }), true);
  tally.note(ticket("b", { last_message: "x" }), ticket("b", { last_message: "y" }), true);
  tally.note(ticket("c"), ticket("c", { last_message: "our reply", waiting_since: null }), true);
  tally.note(undefined, ticket("d", { state: "solved" }), false);

  assert.deepEqual(tally.take(), { opened: 1, wrote: 1 });
  assert.equal(tally.take(), null);
});

test("events stay in order and none is there twice", () => {
  const log = [event(1), event(2), event(4)];

  assert.deepEqual(mergeEvent(log, event(5)).map((one) => one.seq), [1, 2, 4, 5]);
  assert.deepEqual(mergeEvent(log, event(3)).map((one) => one.seq), [1, 2, 3, 4]);
  assert.equal(mergeEvent(log, event(2)), log);
});

test("what the log has is no longer on its way", () => {
  const waiting = (clientId: string): Pending => ({ clientId, kind: "reply", text: "t", at: "", state: "failed", error: null });
  const log = [event(1, { author: "agent", client_id: "x" }), event(2, { author: "visitor", client_id: "y" })];

  assert.deepEqual(stillPending([waiting("x"), waiting("y")], log).map((one) => one.clientId), ["y"]);
});

test("notes are never taken for messages", () => {
  assert.equal(speakerOf(event(1, { kind: "note", author: "agent" })), "note");
  assert.equal(speakerOf(event(1, { author: "agent" })), "agent");
  assert.equal(speakerOf(event(1, { kind: "agent_joined", author: "agent" })), "system");
});

test("evidence is that of the last judged message, and odd shapes do no harm", () => {
  const decision = { outcome: "handoff", reasons: ["nothing_fits", 7], confidence: 1.4, intent: { name: "kb_question", confidence: 0.5 }, hits: [{ article_id: "a", title: "A", language: "el", probability: 0.3 }, null] };
  const log = [
    event(1, { internal: { decision: { outcome: "answer" } } }),
    event(2, { text: "judged", internal: { decision, language: { message: "el", confidence: 0.9 } } }),
    event(3, { text: "not judged", internal: {} }),
  ];

  const found = evidenceOf(log);

  assert.equal(found?.text, "judged");
  assert.deepEqual(found?.reasons, ["nothing_fits"]);
  assert.equal(found?.confidence, 1);
  assert.deepEqual(found?.hits[0], { id: "a", title: "A", language: "el", probability: 0.3 });
  assert.deepEqual(found?.language, { tag: "el", confidence: 0.9 });
  assert.equal(evidenceOf([event(1, { internal: { decision: "nonsense" } })]), null);
});

test("in a view that only the server can judge a ticket changes and stays where it is", () => {
  const list = [ticket("BD-1002"), ticket("BD-1001")];

  const merged = mergeTicket(list, ticket("BD-1001", { subject: "changed", priority: 1 }), "breaching_soon", ME);

  assert.deepEqual(numbers(merged), ["BD-1002", "BD-1001"]);
  assert.equal(merged[1]?.subject, "changed");
  assert.deepEqual(numbers(mergeTicket(list, ticket("BD-1003"), "breaching_soon", ME)), ["BD-1002", "BD-1001"]);
});

test("a promise is ahead, soon or late, and none is left of a ticket that ended", () => {
  const due = "2026-01-01T10:00:00.000Z";
  const at = Date.parse(due);
  const hour = 3_600_000;
  const warned = { metric: "first_response", phase: "running" as const, used_s: 1, target_s: 2, due_at: due, breached_at: null, warned_at: due };

  assert.deepEqual(dueOf(ticket("a", { due_at: due }), at - hour), { state: "ahead", ms: hour });
  assert.equal(dueOf(ticket("a", { due_at: due }), at - 60_000).state, "soon");
  assert.equal(dueOf(ticket("a", { due_at: due, sla: [warned] }), at - hour).state, "soon");
  assert.deepEqual(dueOf(ticket("a", { due_at: due }), at + hour), { state: "late", ms: hour });
  assert.equal(dueOf(ticket("a"), at).state, "none");
  assert.equal(dueOf(ticket("a", { due_at: due, state: "solved" }), at).state, "none");
});

test("only the agent who has the conversation may answer", () => {
  const mine = ticket("a", { owner: "agent", state: "open", assignee: { id: ME, name: "Me" } });
  const theirs = { ...mine, assignee: { id: "you", name: "You" } };

  assert.deepEqual(rightsOf(ticket("a"), ME), { take: true, reply: false, note: true, release: false, handBack: false, resolve: true, reopen: false, prioritise: true, give: true });
  assert.ok(rightsOf(mine, ME).reply && !rightsOf(mine, ME).take);
  assert.ok(!rightsOf(theirs, ME).reply && !rightsOf(theirs, ME).resolve && rightsOf(theirs, ME).note);
  assert.deepEqual([mine, theirs].map((one) => rightsOf(one, ME, "agent").give), [true, false]);
  assert.ok(rightsOf(theirs, ME, "supervisor").give);
  const offered = rightsOf({ ...theirs, owner: "queue" }, ME);
  assert.ok(!offered.take && !offered.resolve, "a colleague is about to answer");
  const solved = rightsOf({ ...mine, state: "solved", owner: "closed" }, ME);
  assert.deepEqual(Object.entries(solved).filter(([, right]) => right), [["reopen", true]]);
  assert.ok(!rightsOf({ ...mine, state: "solved", owner: "bot" }, ME).reopen, "the visitor has begun another matter");
  assert.ok(!rightsOf({ ...mine, state: "closed", owner: "closed" }, ME).reopen);
});

test("a collision is somebody else taking what was on the screen", () => {
  const free = ticket("a");
  const theirs = ticket("a", { owner: "agent", state: "open", assignee: { id: "you", name: "You" } });
  const mine = ticket("a", { owner: "agent", state: "open", assignee: { id: ME, name: "Me" } });

  assert.equal(collisionOf(free, theirs, ME)?.name, "You");
  assert.equal(collisionOf(mine, theirs, ME)?.name, "You");
  assert.equal(collisionOf(theirs, theirs, ME), null);
  assert.equal(collisionOf(null, theirs, ME), null);
  assert.equal(collisionOf(free, mine, ME), null);
});

test("only an address of the web is shown as the visitor's page", () => {
  assert.equal(webAddress("https://shop.example/cart"), "https://shop.example/cart");
  for (const bad of [null, "", "javascript:alert(1)", "data:text/html,x", "//shop.example", "https://", "https://a b"]) assert.equal(webAddress(bad), null);
});

test("answers become blocks, and only safe addresses become links", () => {
  assert.deepEqual(parseRich("Hello **you**\nthere\n\n- one\n- two\n1. three").map((block) => block.type), ["p", "ul", "ol"]);
  assert.deepEqual(parseInline("a [b](javascript:alert(1)) <img src=x>").filter((part) => part.type === "link"), []);
  assert.deepEqual(parseInline("[b](https://x.example/a)"), [{ type: "link", text: "b", href: "https://x.example/a" }]);
  for (const bad of ["javascript:1", "data:text/html,1", "//evil.example", "/\\evil.example", " https://x", "vbscript:1"]) assert.equal(safeHref(bad), null, bad);
  assert.equal(safeHref("/help/en/a"), "/help/en/a");
});

test("words narrow a list whatever their order, case and accents", () => {
  const all = [
    { id: "1", name: "Επιστροφή", detail: "Η επιστροφή σας ξεκίνησε" },
    { id: "2", name: "Refund started", detail: "Your refund is on its way" },
  ];
  assert.deepEqual(matching(all, "  ").length, 2);
  assert.deepEqual(matching(all, "ΕΠΙΣΤΡΟΦΗ").map((one) => one.id), ["1"]);
  assert.deepEqual(matching(all, "way refu").map((one) => one.id), ["2"]);
  assert.deepEqual(matching(all, "refund gone"), []);
});

test("a canned reply shows its text in the visitor's language", () => {
  const reply = { id: "r", shortcut: "refund", title: "Refund", texts: { en: "On its way", pt: "A caminho" } };
  assert.deepEqual(replyChoice(reply, "pt-BR"), { id: "r", name: "Refund (refund)", detail: "A caminho" });
  assert.equal(replyChoice(reply, "el").detail, "On its way");
  assert.deepEqual(replyChoice({ ...reply, title: "", texts: { el: "Έρχεται" } }, null), { id: "r", name: "refund", detail: "Έρχεται" });
});

test("a text goes in at the caret and replaces what is selected", () => {
  assert.deepEqual(inserted("", 0, 0, "Hello"), { text: "Hello", caret: 5 });
  assert.deepEqual(inserted("Dear Ada. Bye", 9, 9, "Thanks."), { text: "Dear Ada. Thanks. Bye", caret: 17 });
  assert.deepEqual(inserted("Bye", 0, 0, "Thanks."), { text: "Thanks. Bye", caret: 7 });
  assert.deepEqual(inserted("Dear X!", 5, 6, "Ada"), { text: "Dear Ada!", caret: 8 });
});

test("colleagues who are here come first, with languages; the holder is left out", () => {
  const colleague = (name: string, availability: string) => ({ id: name, name, languages: ["el", "en"], availability });
  const all = [colleague("Zoe", "offline"), colleague("Ben", "busy"), colleague("Cleo", "online"), colleague("Ann", "online")];
  assert.deepEqual(byAvailability(all, "Ann").map((one) => one.name), ["Cleo", "Ben", "Zoe"]);
  assert.equal(colleagueLine(colleague("Ann", "online"), Texts.english, "Ben"), "\u2068Ann\u2069 · Greek, English · online");
  assert.equal(colleagueLine({ ...colleague("Ann", "away"), languages: [] }, Texts.english, "Ann"), "You · away");
});

test("a macro's steps are told in words", () => {
  const step = (action: string, value: string, detail = {}) => stepLine({ action, value, changes: true, refused: null, detail }, Texts.english);
  assert.equal(step("set_state", "on_hold"), "State: On hold");
  assert.equal(step("set_priority", "2"), "Priority: P2");
  assert.equal(step("assign", "me"), "Assign to: You");
  assert.equal(step("reply", "refund", { text: "On its way" }), "Reply: \u2068On its way\u2069");
  assert.equal(step("add_tag", "vip"), "Add tag: \u2068vip\u2069");
  assert.equal(refusalLine("needs:order,reason", Texts.english), "These fields must be filled in first: \u2068order\u2069, \u2068reason\u2069.");
  assert.equal(refusalLine("no_value_for:order", Texts.english), "No value for: \u2068order\u2069.");
  assert.equal(refusalLine("set_by_a_person", Texts.english), "A person has set it.");
  assert.equal(refusalLine("of_a_newer_server", Texts.english), "of a newer server");
});

test("password rules say what is missing", () => {
  const met = (password: string, email = ""): string[] => checkPassword(password, email).filter((one) => one.met).map((one) => one.rule);

  assert.deepEqual(met(""), []);
  assert.deepEqual(met("aaaaaaaaaaaa"), ["length", "not_email"]);
  assert.deepEqual(met("ada@shop.example", " Ada@shop.example "), ["length", "variety"]);
  assert.deepEqual(met("correct horse"), ["length", "variety", "not_email"]);
  assert.ok(looksLikeEmail("a@b.example") && !looksLikeEmail("a@b") && !looksLikeEmail("a b@c.d"));
});

test("texts fall back to English, and codes to their own words", () => {
  const greek = new Texts("el", { queue: "Ουρά", new_tickets: { one: "{n} νέο.", other: "{n} νέα." } });

  assert.equal(greek.t("queue"), "Ουρά");
  assert.equal(greek.t("sign_in"), "Sign in");
  assert.equal(greek.count("new_tickets", 2), "2 νέα.");
  assert.equal(greek.count("new_answers", 1), "New message in 1 ticket.");
  assert.equal(greek.code("decision", "confident"), "The best article fitted clearly");
  assert.equal(greek.code("decision", "something_new"), "something new");
  assert.equal(greek.languageName("not a tag"), "not a tag");
  assert.equal(fill("{a} {b}", { a: "{b}" }), "{b} {b}");
});

test("the browser's languages choose the console's", () => {
  assert.equal(pickLanguage([null, "ja", "pt-BR", "en"]), "pt");
  assert.equal(pickLanguage(["constructor", "ja"]), "en");
  assert.ok(isRtl("ar") && !isRtl("el"));
});

test("waiting times use two units at most", () => {
  assert.deepEqual(splitSpan(-5), [[0, "second"]]);
  assert.deepEqual(splitSpan(59_999), [[59, "second"]]);
  assert.deepEqual(splitSpan(3_900_000), [[1, "hour"], [5, "minute"]]);
  assert.deepEqual(splitSpan(26 * 3_600_000), [[1, "day"], [2, "hour"]]);
  assert.deepEqual(splitSpan(9 * 86_400_000 + 3_600_000), [[9, "day"]]);
});

test("a clock is corrected only when it is clearly wrong", () => {
  assert.equal(skewOf(1_000, 2_500), 0);
  assert.equal(skewOf(100_000, 40_000), 60_000);
});

test("the line waits longer after each failure, at most half a minute", () => {
  assert.equal(backoff(0, 1), 500);
  assert.equal(backoff(3, 0), 2_000);
  assert.equal(backoff(50, 1), 30_000);
});
