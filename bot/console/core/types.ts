/* The shapes of the agent API, as bot/api/bodies.py and handoff/model.py give them. */

/** Views of the house; saved ones have an id of their own. */
export type View = string;
/** Always in sight; the others are one step away. */
export const VIEWS = ["open", "mine", "unassigned", "solved"] as const;

export interface ViewInfo {
  id: string;
  name: string;
  order: string;
  order_text: string;
  built_in: boolean;
}

export interface User {
  id: string;
  name: string;
  email: string;
  role: string;
  languages: string[];
}

export interface Login {
  user: User;
  csrf: string;
}

export interface Reason {
  code: string;
  text: string;
  /** The visitor's own words, empty when the rule needs none. */
  evidence: string;
}

export interface Person {
  id: string;
  name: string;
}

export type TicketState = "new" | "open" | "pending" | "on_hold" | "solved" | "closed" | "merged" | "spam";
export type Owner = "bot" | "queue" | "agent" | "closed";

export interface Ticket {
  number: string;
  conversation_id: string;
  state: TicketState;
  owner: Owner;
  /** 1 is the highest of 5. */
  priority: number;
  impact: number;
  urgency: number;
  reasons: Reason[];
  reason: string;
  reason_text: string;
  language: string | null;
  subject: string;
  last_message: string;
  visitor: { name: string | null; email: string | null };
  assignee: Person | null;
  opened_at: string;
  updated_at: string;
  waiting_since: string | null;
  /** A priority that a person set; null while triage decides. */
  override: Override | null;
  /** What the visitor's browser says. */
  locale: string | null;
  /** Where the chat was opened. */
  page_url: string | null;
  /** Rises with every change: the ETag. */
  version: number;
  type: string | null;
  category: string | null;
  tags: string[];
  classification: Record<string, { confidence?: number; source?: string } | undefined>;
  customer_id: string | null;
  merged_into: string | null;
  follow_up_of: string | null;
  hold: { reason?: string; until?: string | null } | null;
  sla: Reading[];
  /** The nearest promise that is still open; in the past once it is broken. */
  due_at: string | null;
  breached_at: string | null;
}

/** One service-level clock. Seconds of working time. */
export interface Reading {
  metric: string;
  phase: "running" | "paused" | "stopped";
  used_s: number;
  target_s: number;
  due_at: string | null;
  breached_at: string | null;
  warned_at: string | null;
}

export interface Link {
  number: string;
  relation_text: string;
  subject: string;
  state: string;
}

/** What more is known of a ticket, in the agent's language. */
export interface About {
  ticket: Ticket;
  summary_text: string;
  links: Link[];
  merged: { ticket: Ticket }[];
}

export interface ReasonText {
  code: string;
  text: string;
}

/** A colleague with what decides who gets a ticket. */
export interface Colleague extends Person {
  languages: string[];
  availability: string;
}

/** A canned reply: its text in several languages, with variables. */
export interface Reply {
  id: string;
  shortcut: string;
  title: string;
  texts: Record<string, string>;
}

export interface Macro {
  id: string;
  name: string;
  description: string;
}

export interface MacroStep {
  action: string;
  value: string;
  changes: boolean;
  /** Why it is not possible. */
  refused: string | null;
  detail: Record<string, unknown>;
}

export interface MacroPreview {
  macro_id: string;
  possible: boolean;
  steps: MacroStep[];
}

export interface Routing {
  assignee: Person | null;
  /** Given to her, but she has not taken the conversation yet. */
  offered: boolean;
  wait: ReasonText | null;
  waits_until: string | null;
  history: { agent: Person; reasons: ReasonText[]; made_at: string; ended_as: string | null }[];
}

export interface Customer {
  id: string;
  name: string | null;
  tier: string | null;
  language: string | null;
  time_zone: string | null;
}

export interface Named {
  slug: string;
  name: string;
}

export interface Fields {
  types: Named[];
  categories: Named[];
}

export interface Snippet {
  seq: number;
  text: string;
  /** Half-open ranges of the text that were looked for. */
  ranges: [number, number][];
}

export interface Found {
  ticket: Ticket;
  snippets: Snippet[];
}

export interface Override {
  level: number;
  /** Name of the agent; empty when it was not recorded. */
  by: string;
  reason: string;
  at: string;
  triage_level: number;
}

export interface Source {
  title: string;
  url: string;
  language?: string;
}

export interface DeskEvent {
  seq: number;
  kind: string;
  author: "visitor" | "bot" | "agent" | "system";
  author_id?: string | null;
  author_name: string | null;
  text: string;
  language: string | null;
  client_id: string | null;
  created_at: string;
  payload: Record<string, unknown>;
  internal?: Record<string, unknown>;
  agents_only?: boolean;
}

export interface TicketList {
  tickets: Ticket[];
  cursor: number;
  counts: Record<string, number>;
}

export interface TicketDetail {
  ticket: Ticket;
  events: DeskEvent[];
  cursor: number;
}

export interface TicketAct {
  ticket: Ticket;
  event: DeskEvent | null;
  duplicate: boolean;
}

export interface Present extends Person {
  state: "online" | "away";
}

export type Frame =
  | { type: "inbox"; seq: number; ticket: Ticket }
  | { type: "event"; conversation_id: string; event: DeskEvent }
  | { type: "typing"; conversation_id: string; author: string; active: boolean }
  | { type: "presence"; agents: Present[] }
  | { type: "ping" };
