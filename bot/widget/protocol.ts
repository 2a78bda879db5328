/* The visitor API as the widget sees it: what the gateway sends and takes. Types only. */

export type Author = "visitor" | "bot" | "agent" | "system";
export type Owner = "bot" | "queue" | "agent" | "closed";

export interface Choice {
  kind: string;
  value: string;
}

export interface ChoiceButton {
  title: string;
  choice: Choice;
}

export interface Source {
  article_id: string;
  title: string;
  url: string;
  language: string;
}

export interface Payload {
  reply_kind?: string;
  sources?: Source[];
  buttons?: ChoiceButton[];
  feedback?: boolean;
  ticket_number?: string | null;
  availability?: "online" | "offline";
  ask_contact?: boolean;
}

export interface ChatEvent {
  seq: number;
  kind: string;
  author: Author;
  author_name: string | null;
  text: string | null;
  language: string | null;
  client_id: string | null;
  created_at: string;
  payload: Payload | null;
}

export interface ServerState {
  owner: Owner;
  language: string | null;
  cursor?: number;
  ticket_number?: string | null;
  agent_name?: string | null;
}

export type Frame =
  | { type: "event"; event: ChatEvent }
  | { type: "typing"; author: "bot" | "agent"; active: boolean }
  | ({ type: "state" } & ServerState)
  | { type: "ping" };

export interface Config {
  brand: string;
  languages: { code: string; name: string; rtl: boolean }[];
  default_language: string;
  formality?: string;
  limits: { message_chars: number };
  agents_online: boolean;
  /** When the team is there and answers, in the words of `default_language`. */
  outlook?: { text: string | null };
}

export interface Session {
  token: string;
  conversation_id: string;
  language: string | null;
  language_choice: string | null;
  owner: Owner;
  cursor: number;
  ticket_number?: string | null;
}

/** A message of the visitor that the gateway has not confirmed yet. */
export interface Outgoing {
  client_id: string;
  text: string;
  choice: Choice | null;
  at: string;
  /** Set when the gateway refused it for good; it then waits for "try again". */
  refused?: string;
}
