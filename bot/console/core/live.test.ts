/* The console's live line over scripted carriers and a clock of the test's own. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Live } from "./live.ts";

const SILENT_FOR = 60_000;

class Carrier {
  static made: Carrier[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;
  constructor(readonly url: string) {
    Carrier.made.push(this);
  }
  /** As with a network that swallows everything: nobody answers, so there is no close event. */
  close(): void {
    this.closed = true;
  }
}

let seen: string[] = [];
let live: Live;

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
const last = (): Carrier => Carrier.made.at(-1) as Carrier;
const urls = (): string[] => Carrier.made.map(({ url }) => url);

/** Long enough for one of the first tries, far too short for silence. */
async function pause(): Promise<void> {
  await settle();
  mock.timers.tick(5000);
  await settle();
}

beforeEach(() => {
  seen = [];
  Carrier.made = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { WebSocket: Carrier, EventSource: Carrier });
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
  live = new Live({
    cursor: () => 7,
    watched: () => null,
    presence: () => "online",
    socketUrl: (after) => `socket ${after}`,
    streamUrl: (after) => `stream ${after}`,
    frame: (frame) => seen.push(frame.type),
    up: () => seen.push("up"),
    down: () => seen.push("down"),
  });
  void live.run();
});

afterEach(() => {
  live.stop();
  mock.timers.reset();
});

async function hearsAndThenNothing(): Promise<void> {
  last().onopen?.();
  mock.timers.tick(SILENT_FOR - 1);
  last().onmessage?.({ data: '{"type":"ping"}' });
  mock.timers.tick(SILENT_FOR - 1);
  await settle();
  assert.ok(!last().closed);
  mock.timers.tick(1);
}

test("a silent socket is left for a new one without waiting for its close", async () => {
  const first = last();

  await hearsAndThenNothing();
  await pause();

  assert.ok(first.closed);
  assert.deepEqual(seen, ["up", "down"]);
  assert.deepEqual(urls(), ["socket 7", "socket 7"]);
});

test("a silent event stream is left for a new one", async () => {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    last().onclose?.();
    await pause();
  }
  seen = [];
  const stream = last();

  await hearsAndThenNothing();
  await pause();

  assert.ok(stream.closed);
  assert.deepEqual(seen, ["up", "down"]);
  assert.deepEqual(urls(), ["socket 7", "socket 7", "stream 7", "stream 7"]);
});

test("a stream that never opens is given up too", async () => {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    last().onclose?.();
    await pause();
  }
  const stream = last();

  mock.timers.tick(SILENT_FOR);
  await pause();

  assert.ok(stream.closed);
  assert.notEqual(last(), stream);
});
