/* The shapes of the agent API, as bot/api/bodies.py and handoff/model.py give them. */

export type View = "open" | "mine" | "unassigned" | "solved";
export const VIEWS: readonly View[] = ["open", "mine", "unassigned", "solved"];

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

export type TicketState = "new" | "open" | "pending" | "on_hold" | "solved" | "closed";
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
  counts: Partial<Record<View, number>>;
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
