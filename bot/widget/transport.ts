/* The line to the gateway: requests out, one numbered stream of frames in.
 *
 * Sending is always a POST with an id made here, so repeating it is harmless. Receiving takes the
 * first carrier that works: WebSocket, server-sent events over fetch, long poll. All three speak the
 * same frames and start after the same cursor, so changing carrier loses and doubles nothing.
 */
import type { ChatEvent, Choice, Config, Frame, ServerState, Session } from "./protocol.ts";

const POST_TIMEOUT_MS = 15_000;
/** The gateway pings every 25 s; two missed pings mean the line is dead although nobody said so. */
const SILENCE_MS = 60_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
const POLL_WAIT_S = 25;
/** Two failures in a row before the next carrier is tried. */
const FAILURES_PER_CARRIER = 2;

/** Delay before try number `attempt` (from 0): doubling from 0.5 s to 30 s, the upper half random. */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return full / 2 + (full / 2) * random;
}

/** Splits a server-sent event stream into `data` strings; keeps an unfinished tail for the next chunk. */
export function splitSse(buffer: string): { data: string[]; rest: string } {
  const blocks = buffer.replace(/\r\n?/g, "\n").split("\n\n");
  const rest = blocks.pop() ?? "";
  const data = blocks
    .map((block) =>
      block
        .split("\n")
        .filter((line) => line.startsWith("data:"))
        .map((line) => line.slice(5).replace(/^ /, ""))
        .join("\n"),
    )
    .filter(Boolean);
  return { data, rest };
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    /** Seconds from Retry-After, or null. */
    readonly retryAfter: number | null,
  ) {
    super(`${status} ${code}`);
  }

  /** The token or the conversation is no longer accepted; a new session is needed. */
  get isStale(): boolean {
    return this.status === 401 || this.status === 403 || this.status === 404;
  }

  /** Repeating the same request later may work. */
  get isPassing(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

export class Api {
  constructor(
    readonly base: string,
    private token: string | null = null,
    private conversation: string | null = null,
  ) {}

  use(session: { token: string; conversation_id: string } | null): void {
    this.token = session?.token ?? null;
    this.conversation = session?.conversation_id ?? null;
  }

  config(locale: string): Promise<Config> {
    return this.request<Config>("GET", `/widget/config?locale=${encodeURIComponent(locale)}`);
  }

  openSession(body: { locale: string; page_url: string; token?: string }): Promise<Session> {
    return this.request<Session>("POST", "/sessions", body);
  }

  send(message: { client_id: string; text: string; choice: Choice | null }): Promise<{ event: ChatEvent }> {
    return this.request("POST", this.path("/messages"), message);
  }

  events(after: number, wait: number, signal?: AbortSignal): Promise<{ events: ChatEvent[]; cursor: number; state?: ServerState }> {
    return this.request("GET", this.path(`/events?after=${after}&wait=${wait}`), undefined, signal);
  }

  chooseLanguage(language: string): Promise<unknown> {
    return this.request("POST", this.path("/language"), { language });
  }

  leaveContact(contact: { name: string | null; email: string | null }): Promise<unknown> {
    return this.request("POST", this.path("/contact"), contact);
  }

  typing(active: boolean): Promise<unknown> {
    return this.request("POST", this.path("/typing"), { active });
  }

  socket(after: number): WebSocket {
    const url = new URL(this.url(this.path(`/ws?after=${after}`)));
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url, ["babeldesk.v1", `bearer.${this.token}`]);
  }

  stream(after: number, signal: AbortSignal): Promise<Response> {
    return fetch(this.url(this.path(`/stream?after=${after}`)), { headers: this.headers("text/event-stream"), signal, cache: "no-store" });
  }

  private path(rest: string): string {
    return `/conversations/${encodeURIComponent(this.conversation ?? "")}${rest}`;
  }

  private url(path: string): string {
    return `${this.base}/api/v1${path}`;
  }

  private headers(accept: string): Record<string, string> {
    return this.token ? { Accept: accept, Authorization: `Bearer ${this.token}` } : { Accept: accept };
  }

  private async request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const headers = this.headers("application/json");
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetch(this.url(path), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ?? AbortSignal.timeout(POST_TIMEOUT_MS),
      credentials: "omit",
      cache: "no-store",
    });
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) throw errorOf(response, answer);
    return answer as T;
  }
}

export function errorOf(response: Response, answer: unknown): ApiError {
  const code = (answer as { error?: { code?: string } } | null)?.error?.code ?? "unknown";
  const after = Number(response.headers.get("Retry-After") ?? NaN);
  return new ApiError(response.status, code, Number.isFinite(after) ? after : null);
}

export interface ReceiverEvents {
  /** Everything up to here has been taken in; asked again before every connection. */
  cursor(): number;
  frame(frame: Frame): void;
  connected(): void;
  lost(): void;
  /** The gateway no longer knows this session. */
  stale(): void;
}

type Carrier = (up: () => void, signal: AbortSignal) => Promise<void>;

/** Keeps one stream open until stopped. A carrier's promise ends when its line does. */
export class Receiver {
  private stopped = new AbortController();
  private line = new AbortController();
  private wakeUp: (() => void) | null = null;
  private socket: WebSocket | null = null;
  private carrier = 0;

  constructor(
    private readonly api: Api,
    private readonly on: ReceiverEvents,
  ) {}

  async run(): Promise<void> {
    const carriers: Carrier[] = [this.overSocket, this.overSse, this.overPoll];
    let attempt = 0;
    let failures = 0;
    while (!this.stopped.signal.aborted) {
      let connected = false;
      const up = (): void => {
        if (connected || this.stopped.signal.aborted) return;
        connected = true;
        attempt = failures = 0;
        this.on.connected();
      };
      try {
        this.line = new AbortController();
        await carriers[this.carrier]?.(up, AbortSignal.any([this.stopped.signal, this.line.signal]));
      } catch (error) {
        if (error instanceof ApiError && error.isStale) {
          this.stop();
          this.on.stale();
        }
      }
      if (this.stopped.signal.aborted) return;
      this.on.lost();
      failures += connected ? 0 : 1;
      if (failures >= FAILURES_PER_CARRIER && navigator.onLine) {
        this.carrier = (this.carrier + 1) % carriers.length;
        failures = attempt = 0;
      }
      if (this.line.signal.aborted) continue;
      await this.pause(backoff(attempt, Math.random()));
      attempt += 1;
    }
  }

  stop(): void {
    this.stopped.abort();
    this.wakeUp?.();
  }

  /** Tries again at once if it is waiting, for instance because the visitor is looking again. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Takes a new line even if the old one looks alive: after a change of network it often is not. */
  renew(): void {
    this.line.abort();
    this.wakeUp?.();
  }

  sendTyping(active: boolean): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "typing", active }));
    else void this.api.typing(active).catch(() => undefined);
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private overSocket: Carrier = (up, signal) =>
    new Promise((resolve, reject) => {
      const socket = (this.socket = this.api.socket(this.on.cursor()));
      let timer = 0;
      const heard = (): void => {
        clearTimeout(timer);
        timer = window.setTimeout(() => socket.close(4000, "silence"), SILENCE_MS);
      };
      const stop = (): void => socket.close(1000);
      heard();
      signal.addEventListener("abort", stop);
      socket.onopen = up;
      socket.onmessage = (message: MessageEvent<string>) => {
        heard();
        const frame = JSON.parse(message.data) as Frame;
        if (frame.type !== "ping") this.on.frame(frame);
      };
      socket.onclose = (event) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
        this.socket = null;
        if (event.code === 4401 || event.code === 4403 || event.code === 4404) reject(new ApiError(event.code - 4000, "stale", null));
        else resolve();
      };
    });

  private overSse: Carrier = async (up, signal) => {
    const response = await this.api.stream(this.on.cursor(), signal);
    if (!response.ok || !response.body) throw errorOf(response, null);
    up();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const { data, rest } = splitSse(buffer + value);
      buffer = rest;
      for (const text of data) this.on.frame(JSON.parse(text) as Frame);
    }
  };

  private overPoll: Carrier = async (up, signal) => {
    while (!signal.aborted) {
      const limit = AbortSignal.timeout((POLL_WAIT_S + 15) * 1000);
      const answer = await this.api.events(this.on.cursor(), POLL_WAIT_S, AbortSignal.any([signal, limit]));
      up();
      for (const event of answer.events) this.on.frame({ type: "event", event });
      if (answer.state) this.on.frame({ type: "state", ...answer.state });
    }
  };
}
