/* One live line for the whole console: inbox, the open conversation, typing and presence.
 *
 * WebSocket first; after two failures in a row server-sent events, then WebSocket again. Both start after the inbox
 * cursor and the watched conversation's own cursor, so changing the carrier loses and doubles nothing.
 */
import type { Frame } from "./types.ts";

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** The gateway speaks at least every 25 s on both carriers; two missed heartbeats are a dead line. */
const SILENCE_MS = 60_000;
const FAILURES_PER_CARRIER = 2;

export interface Line {
  /** Inbox cursor, asked before every connection. */
  cursor(): number;
  /** The conversation to follow and from where, or null. */
  watched(): { id: string; after: number } | null;
  presence(): "online" | "away";
  socketUrl(after: number): string;
  streamUrl(after: number, watch: { id: string; after: number } | null): string;
  frame(frame: Frame): void;
  up(): void;
  down(): void;
}

/** Delay before try number `attempt` (from 0): doubling from 0.5 s to 30 s, the upper half random. */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  return full / 2 + (full / 2) * random;
}

export class Live {
  private stopped = false;
  private socket: WebSocket | null = null;
  private end: (() => void) | null = null;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private wakeUp: (() => void) | null = null;
  private streaming = false;
  /** The conversation that the current event stream follows; it cannot be told another one. */
  private streamed: string | null = null;
  /** We ended the line ourselves to open it anew: not a loss. */
  private turning = false;

  constructor(private readonly line: Line) {}

  async run(): Promise<void> {
    let attempt = 0;
    let failures = 0;
    while (!this.stopped) {
      let connected = false;
      const up = (): void => {
        connected = true;
        attempt = failures = 0;
        this.line.up();
      };
      const line = this.streaming ? this.overStream(up) : this.overSocket(up);
      this.heard();
      await line;
      clearTimeout(this.silence);
      this.end = null;
      if (this.stopped) return;
      if (this.turning) {
        this.turning = false;
        continue;
      }
      this.line.down();
      failures += connected ? 0 : 1;
      if (failures >= FAILURES_PER_CARRIER && navigator.onLine) {
        this.streaming = !this.streaming;
        failures = 0;
      }
      await this.pause(backoff(attempt, Math.random()));
      attempt += 1;
    }
  }

  stop(): void {
    this.stopped = true;
    this.end?.();
    this.wakeUp?.();
  }

  /** Tries again at once, because the browser says that it is online or that the page is seen again. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Says anew what to follow; with server-sent events that takes a new connection. */
  rewatch(before: string | null): void {
    const now = this.line.watched();
    if (this.streaming) {
      if ((now?.id ?? null) !== this.streamed) this.reconnect();
      return;
    }
    if (before && before !== now?.id) this.send({ type: "unwatch", conversation_id: before });
    if (now) this.send({ type: "watch", conversation_id: now.id, after: now.after });
  }

  sayPresence(): void {
    this.send({ type: "presence", state: this.line.presence() });
  }

  /** Connects anew, for instance because the language of the texts changed. */
  reconnect(): void {
    this.turning = this.end !== null;
    this.end?.();
    this.wakeUp?.();
  }

  private send(frame: unknown): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
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

  /** Every sign of life starts the wait for the next one anew. */
  private heard(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => this.end?.(), SILENCE_MS);
  }

  private overSocket(up: () => void): Promise<void> {
    return new Promise((resolve) => {
      const socket = (this.socket = new WebSocket(this.line.socketUrl(this.line.cursor())));
      const end = (): void => {
        // A dead line takes its time to close; nobody waits for that.
        socket.onopen = socket.onmessage = socket.onclose = null;
        this.socket = null;
        socket.close(1000);
        resolve();
      };
      this.end = end;
      socket.onopen = () => {
        this.heard();
        up();
        if (this.line.presence() === "away") this.sayPresence();
        this.rewatch(null);
      };
      socket.onmessage = (message: MessageEvent<string>) => this.take(message.data);
      socket.onclose = end;
    });
  }

  private overStream(up: () => void): Promise<void> {
    return new Promise((resolve) => {
      const watched = this.line.watched();
      this.streamed = watched?.id ?? null;
      const source = new EventSource(this.line.streamUrl(this.line.cursor(), watched));
      const end = (): void => {
        source.close();
        resolve();
      };
      this.end = end;
      source.onopen = () => {
        this.heard();
        up();
      };
      source.onerror = end;
      source.onmessage = (message: MessageEvent<string>) => this.take(message.data);
    });
  }

  private take(text: string): void {
    this.heard();
    const frame = JSON.parse(text) as Frame;
    if (frame.type !== "ping") this.line.frame(frame);
  }
}
