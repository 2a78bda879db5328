/* Typed calls to the agent API. The session is a cookie that scripts cannot read; writes carry the CSRF token. */
import type { About, Colleague, Customer, Fields, Found, Login, Macro, MacroPreview, Reply, Routing, Ticket, TicketAct, TicketDetail, TicketList, View, ViewInfo } from "./types.ts";

export type Act = "take" | "release" | "hand_back" | "resolve" | "reopen";

const API = "/api/v1";
const BASE = `${API}/agent`;
/** How many tickets of a view the console holds; live changes keep them fresh. */
const VIEW_TICKETS = 200;
const TIMEOUT_MS = 15_000;

export class ApiError extends Error {
  constructor(
    /** HTTP status, 0 when no answer came. */
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly retryAfter: number | null,
    /** What the refusal names, such as who has the conversation. */
    readonly fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${status} ${code}`);
  }
}

export class Api {
  csrf = "";
  /** Language of the texts that the server puts into tickets. */
  locale = "en";
  /** Server clock minus ours, in milliseconds, to the second. */
  skew = 0;
  onSignedOut: () => void = () => undefined;

  login(email: string, password: string): Promise<Login> {
    return this.begin("/login", { email, password });
  }

  setup(token: string, password: string, name: string | null, email: string | null): Promise<Login> {
    return this.begin("/setup", { token, password, name, email });
  }

  async me(): Promise<Login> {
    const answer = await this.call<Login>("GET", "/me");
    this.csrf = answer.csrf;
    return answer;
  }

  async logout(): Promise<void> {
    await this.call("POST", "/logout");
    this.csrf = "";
  }

  tickets(view: View): Promise<TicketList> {
    return this.call("GET", `/tickets?view=${view}&locale=${this.locale}`);
  }

  /** A view that is not one of the four in sight: a page of it in its own order. */
  async viewTickets(view: View): Promise<Ticket[]> {
    const page = await this.desk<{ items: Ticket[] }>("GET", `/views/${encodeURIComponent(view)}/tickets?limit=${VIEW_TICKETS}&locale=${this.locale}`);
    return page.items;
  }

  async views(): Promise<ViewInfo[]> {
    return (await this.desk<{ views: ViewInfo[] }>("GET", `/views?locale=${this.locale}`)).views;
  }

  async viewCounts(): Promise<Record<string, number>> {
    return (await this.desk<{ counts: Record<string, number> }>("GET", "/views/counts")).counts;
  }

  async search(words: string): Promise<Found[]> {
    return (await this.desk<{ items: Found[] }>("GET", `/search?q=${encodeURIComponent(words)}&limit=30&locale=${this.locale}`)).items;
  }

  about(number: string): Promise<About> {
    return this.desk("GET", `${path(number)}?locale=${this.locale}`);
  }

  routing(number: string): Promise<Routing> {
    return this.desk("GET", `${path(number)}/routing?locale=${this.locale}`);
  }

  customer(id: string): Promise<Customer> {
    return this.desk("GET", `/customers/${encodeURIComponent(id)}`);
  }

  /** Everybody who may have tickets. */
  async colleagues(): Promise<Colleague[]> {
    return (await this.desk<{ agents: Colleague[] }>("GET", "/agents")).agents;
  }

  /** Gives a ticket to a colleague. */
  assign(number: string, agentId: string, reason: string): Promise<TicketAct> {
    return this.desk("POST", `${path(number)}/assign?locale=${this.locale}`, { agent_id: agentId, reason });
  }

  async replies(): Promise<Reply[]> {
    return (await this.desk<{ replies: Reply[] }>("GET", "/replies")).replies;
  }

  /** A canned reply for a ticket, in its visitor's language. */
  fillReply(id: string, number: string): Promise<{ text: string; language: string }> {
    return this.desk("POST", `/replies/${encodeURIComponent(id)}/fill`, { ticket: number });
  }

  async macros(): Promise<Macro[]> {
    return (await this.desk<{ macros: Macro[] }>("GET", "/macros")).macros;
  }

  previewMacro(id: string, number: string): Promise<MacroPreview> {
    return this.desk("POST", `/macros/${encodeURIComponent(id)}/preview`, { ticket: number });
  }

  applyMacro(id: string, number: string): Promise<TicketAct> {
    return this.desk("POST", `/macros/${encodeURIComponent(id)}/apply?locale=${this.locale}`, { ticket: number });
  }

  fields(): Promise<Fields> {
    return this.desk("GET", `/ticket-fields?locale=${this.locale}`);
  }

  /** Changes fields of a ticket unless somebody changed it meanwhile. */
  async change(ticket: Ticket, change: Readonly<Record<string, unknown>>): Promise<Ticket> {
    const done = await this.desk<{ ticket: Ticket }>("PATCH", `${path(ticket.number)}?locale=${this.locale}`, change, ticket.version);
    return done.ticket;
  }

  ticket(number: string): Promise<TicketDetail> {
    return this.call("GET", `${path(number)}?locale=${this.locale}`);
  }

  act(number: string, act: Act): Promise<TicketAct> {
    return this.call("POST", `${path(number)}/${act}?locale=${this.locale}`);
  }

  write(number: string, kind: "reply" | "note", clientId: string, text: string): Promise<TicketAct> {
    return this.call("POST", `${path(number)}/${kind}?locale=${this.locale}`, { client_id: clientId, text });
  }

  priority(number: string, level: number, reason: string): Promise<TicketAct> {
    return this.call("POST", `${path(number)}/priority?locale=${this.locale}`, { level, reason });
  }

  typing(number: string, active: boolean): Promise<void> {
    return this.call("POST", `${path(number)}/typing`, { active });
  }

  socketUrl(after: number): string {
    return `${location.origin.replace(/^http/, "ws")}${BASE}/ws?after=${after}&locale=${this.locale}`;
  }

  streamUrl(after: number, watch: { id: string; after: number } | null): string {
    const watched = watch ? `&watch=${encodeURIComponent(watch.id)}&watch_after=${watch.after}` : "";
    return `${BASE}/stream?after=${after}&locale=${this.locale}${watched}`;
  }

  private async begin(to: string, body: unknown): Promise<Login> {
    const answer = await this.call<Login>("POST", to, body);
    this.csrf = answer.csrf;
    return answer;
  }

  private call<T>(method: "GET" | "POST", to: string, body?: unknown): Promise<T> {
    return this.fetch(BASE + to, method, body);
  }

  private desk<T>(method: "GET" | "PATCH" | "POST", to: string, body?: unknown, version?: number): Promise<T> {
    return this.fetch(API + to, method, body, version);
  }

  private async fetch<T>(to: string, method: string, body?: unknown, version?: number): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (version !== undefined) headers["If-Match"] = `"${version}"`;
    if (method !== "GET" && this.csrf) headers["X-CSRF-Token"] = this.csrf;
    let response: Response;
    try {
      response = await fetch(to, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        credentials: "same-origin",
        cache: "no-store",
      });
    } catch {
      throw new ApiError(0, "unreachable", "", null);
    }
    const date = Date.parse(response.headers.get("Date") ?? "");
    if (Number.isFinite(date)) this.skew = skewOf(date, Date.now());
    const answer: unknown = response.status === 204 ? null : await response.json().catch(() => null);
    if (response.ok) return answer as T;
    const error = (answer as { error?: { code?: string; message?: string; fields?: Record<string, unknown> } } | null)?.error;
    const after = Number(response.headers.get("Retry-After") ?? Number.NaN);
    if (response.status === 401 && (error?.code === "not_signed_in" || error?.code === "session_invalid")) this.onSignedOut();
    throw new ApiError(response.status, error?.code ?? "unknown", error?.message ?? "", Number.isFinite(after) ? after : null, error?.fields);
  }
}

/** The Date header has whole seconds: differences below 2 s say nothing about a clock. */
export function skewOf(serverMs: number, oursMs: number): number {
  const difference = serverMs - oursMs;
  return Math.abs(difference) < 2_000 ? 0 : difference;
}

function path(number: string): string {
  return `/tickets/${encodeURIComponent(number)}`;
}
