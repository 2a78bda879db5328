/* The line to the gateway: requests out, one numbered stream of frames in.
 *
 * Sending is always a POST with an id made here, so repeating it is harmless. Receiving takes the
 * first carrier that works: WebSocket, server-sent events over fetch, long poll. All three speak the
 * same frames and start after the same cursor, so changing carrier loses and doubles nothing.
 */
import type { ChatEvent, Choice, Config, Frame, ServerState, Session } from "./protocol.ts";

const POST_TIMEOUT_MS = 15_000;
/** The gateway says something every 25 s, on every carrier; after two missed pings the line is dead. */
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

/** 128 random bits as text. Not `randomUUID`: a page that came over plain HTTP has none. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
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

/** The visitor's, in which opening times are told. */
export const { timeZone } = Intl.DateTimeFormat().resolvedOptions();

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
    return this.request<Config>("GET", `/widget/config?locale=${encodeURIComponent(locale)}&time_zone=${timeZone}`);
  }

  openSession(body: { locale: string; page_url: string; time_zone: string; token?: string }): Promise<Session> {
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

/** Calls `alive` for the connection and for everything heard; rejects or resolves when the line is over. */
type Carrier = (alive: () => void, signal: AbortSignal) => Promise<unknown>;

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
      let timer: ReturnType<typeof setTimeout> | undefined;
      const line = (this.line = new AbortController());
      const signal = AbortSignal.any([this.stopped.signal, line.signal]);
      const watch = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => line.abort(), SILENCE_MS);
      };
      const alive = (): void => {
        if (signal.aborted) return;
        watch();
        if (connected) return;
        connected = true;
        attempt = failures = 0;
        this.on.connected();
      };
      watch();
      try {
        await carriers[this.carrier]?.(alive, signal);
      } catch (error) {
        if (!signal.aborted && error instanceof ApiError && error.isStale) {
          this.stop();
          this.on.stale();
        }
      }
      clearTimeout(timer);
      if (this.stopped.signal.aborted) return;
      this.on.lost();
      failures += connected ? 0 : 1;
      if (failures >= FAILURES_PER_CARRIER && navigator.onLine) {
        this.carrier = (this.carrier + 1) % carriers.length;
        failures = attempt = 0;
      }
      if (line.signal.aborted) continue;
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

  private overSocket: Carrier = (alive, signal) =>
    new Promise((resolve) => {
      const socket = (this.socket = this.api.socket(this.on.cursor()));
      let opened = false;
      const end = (): void => {
        // A dead line would take its time to close; nobody waits for that.
        socket.onopen = socket.onmessage = socket.onclose = this.socket = null;
        socket.close();
        // Browsers do not say why a socket was refused. An ordinary request does.
        resolve(opened || signal.aborted || this.api.events(this.on.cursor(), 0, signal));
      };
      signal.addEventListener("abort", end);
      socket.onopen = () => {
        opened = true;
        alive();
      };
      socket.onmessage = (message: MessageEvent<string>) => {
        alive();
        this.take(message.data);
      };
      socket.onclose = end;
    });

  private overSse: Carrier = async (alive, signal) => {
    const response = await this.api.stream(this.on.cursor(), signal);
    if (!response.ok || !response.body) throw errorOf(response, null);
    alive();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let buffer = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      alive();
      const { data, rest } = splitSse(buffer + value);
      buffer = rest;
      for (const text of data) this.take(text);
    }
  };

  private overPoll: Carrier = async (alive, signal) => {
    while (!signal.aborted) {
      const answer = await this.api.events(this.on.cursor(), POLL_WAIT_S, signal);
      alive();
      for (const event of answer.events) this.on.frame({ type: "event", event });
      if (answer.state) this.on.frame({ type: "state", ...answer.state });
    }
  };

  private take(text: string): void {
    const frame = JSON.parse(text) as Frame;
    if (frame.type !== "ping") this.on.frame(frame);
  }
}
