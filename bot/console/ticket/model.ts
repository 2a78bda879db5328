/* A conversation without a browser: the log with what is still on its way, the evidence, and who may do what. */
import type { DeskEvent, Person, Ticket } from "../core/types.ts";
import { isActive } from "../queue/model.ts";

/** A reply or note that the server has not confirmed. */
export interface Pending {
  clientId: string;
  kind: "reply" | "note";
  text: string;
  at: string;
  state: "sending" | "failed";
  /** Code of the refusal when `failed`. */
  error: string | null;
}

/** The log with one more event in its place; an event that is there already changes nothing. */
export function mergeEvent(events: readonly DeskEvent[], event: DeskEvent): readonly DeskEvent[] {
  const last = events.at(-1);
  if (!last || event.seq > last.seq) return [...events, event];
  const at = events.findIndex((one) => one.seq >= event.seq);
  if (events[at]?.seq === event.seq) return events;
  return [...events.slice(0, at), event, ...events.slice(at)];
}

/** What is still on its way once the log is known. */
export function stillPending(pending: readonly Pending[], events: readonly DeskEvent[]): Pending[] {
  const stored = new Set(events.filter((event) => event.author === "agent").map((event) => event.client_id));
  return pending.filter((one) => !stored.has(one.clientId));
}

export type Speaker = "visitor" | "bot" | "agent" | "note" | "system";

export function speakerOf(event: DeskEvent): Speaker {
  if (event.kind === "note") return "note";
  return event.kind === "message" ? event.author : "system";
}

export interface Hit {
  id: string;
  title: string;
  language: string | null;
  probability: number;
}

export interface Evidence {
  outcome: string | null;
  reasons: string[];
  confidence: number | null;
  intent: { name: string; confidence: number } | null;
  hits: Hit[];
  entities: { entity: string; value: string }[];
  language: { tag: string; confidence: number | null } | null;
  /** The visitor's words that were judged. */
  text: string;
}

/** The evidence behind the last decision of the assistant, or null when it decided nothing. */
export function evidenceOf(events: readonly DeskEvent[]): Evidence | null {
  const judged = [...events].reverse().find((event) => event.author === "visitor" && Object.keys(record(event.internal?.["decision"])).length > 0);
  if (!judged) return null;
  const decision = record(judged.internal?.["decision"]);
  const spoken = record(judged.internal?.["language"]);
  const intent = record(decision["intent"]);
  const tag = text(spoken["message"]) ?? judged.language;
  return {
    outcome: text(decision["outcome"]),
    reasons: list(decision["reasons"]).filter((reason): reason is string => typeof reason === "string"),
    confidence: share(decision["confidence"]),
    intent: text(intent["name"]) === null ? null : { name: text(intent["name"]) ?? "", confidence: share(intent["confidence"]) ?? 0 },
    hits: list(decision["hits"])
      .map(record)
      .map((hit) => ({
        id: text(hit["article_id"]) ?? "",
        title: text(hit["title"]) ?? text(hit["article_id"]) ?? "",
        language: text(hit["language"]),
        probability: share(hit["probability"]) ?? 0,
      }))
      .slice(0, 5),
    entities: list(decision["entities"])
      .map(record)
      .map((found) => ({ entity: text(found["entity"]) ?? "", value: String(found["value"] ?? "") }))
      .filter((found) => found.entity && found.value),
    language: tag === null ? null : { tag, confidence: share(spoken["confidence"]) },
    text: judged.text,
  };
}

export interface Rights {
  take: boolean;
  reply: boolean;
  note: boolean;
  release: boolean;
  handBack: boolean;
  resolve: boolean;
  reopen: boolean;
  prioritise: boolean;
  give: boolean;
}

/** May give away what others have. */
const LEADS: readonly string[] = ["supervisor", "admin"];

/** What the state allows this agent; the server decides again. */
export function rightsOf(ticket: Ticket, me: string, role = ""): Rights {
  const active = isActive(ticket);
  const mine = active && ticket.owner === "agent" && ticket.assignee?.id === me;
  const othersHave = (ticket.owner === "agent" || ticket.owner === "queue") && ticket.assignee !== null && ticket.assignee.id !== me;
  return {
    take: active && ticket.owner !== "agent" && ticket.owner !== "closed" && !othersHave,
    reply: mine,
    note: active,
    release: mine,
    handBack: mine,
    resolve: active && !othersHave,
    // Once the visitor has written again, the assistant has a matter of its own.
    reopen: ticket.state === "solved" && ticket.owner === "closed",
    prioritise: active,
    give: active && (ticket.assignee === null || ticket.assignee.id === me || LEADS.includes(role)),
  };
}

/** Who took the conversation while this agent was looking at it; null when nobody did. */
export function collisionOf(before: Ticket | null, after: Ticket, me: string): Person | null {
  if (!isActive(after) || after.owner !== "agent" || after.assignee === null || after.assignee.id === me) return null;
  if (before === null || before.number !== after.number) return null;
  const had = before.owner === "agent" ? before.assignee?.id : null;
  return had === after.assignee.id ? null : after.assignee;
}

/** A page's address as text; null unless it is of the web. A visitor names it: it is never a link. */
export function webAddress(url: string | null): string | null {
  return url !== null && /^https?:\/\/\S+$/i.test(url) ? url : null;
}

/** Whether a new day begins with this event. */
export function startsDay(before: string | undefined, at: string): boolean {
  return before === undefined || new Date(before).toDateString() !== new Date(at).toDateString();
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function share(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : null;
}
