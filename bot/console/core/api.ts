/* Typed calls to the agent API. The session is a cookie that scripts cannot read; writes carry the CSRF token. */
import type { Login, TicketAct, TicketDetail, TicketList, View } from "./types.ts";

export type Act = "take" | "release" | "hand_back" | "resolve" | "reopen";

const BASE = "/api/v1/agent";
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

  private async call<T>(method: "GET" | "POST", to: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method === "POST" && this.csrf) headers["X-CSRF-Token"] = this.csrf;
    let response: Response;
    try {
      response = await fetch(BASE + to, {
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
