/* The line to the gateway on its three carriers, over scripted sockets and streams and a clock of the test's own. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { Frame } from "./protocol.ts";
import { Api, newId, Receiver } from "./transport.ts";

const SILENT_FOR = 60_000;
const IDLE = JSON.stringify({ events: [], cursor: 7 });

class ScriptedSocket {
  static made: ScriptedSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;
  constructor(readonly url: URL) {
    ScriptedSocket.made.push(this);
  }
  /** As with a network that swallows everything: nobody answers, so there is no close event. */
  close(): void {
    this.closed = true;
  }
}

interface Asked {
  path: string;
  say(text: string): void;
}

let asked: Asked[] = [];
let answers: ((path: string) => Response | null) | null = null;
let seen: string[] = [];
let receiver: Receiver | null = null;

/** Lets everything run that waits for no clock. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));

function fetchScripted(input: string | URL, { signal }: { signal: AbortSignal }): Promise<Response> {
  const path = new URL(input).pathname.split("/").pop() + new URL(input).search;
  let say: Asked["say"] = () => undefined;
  const scripted = answers?.(path);
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
    if (scripted) resolve(scripted);
    else if (path.startsWith("stream")) {
      const body = new ReadableStream({
        start(controller) {
          say = (text) => controller.enqueue(new TextEncoder().encode(text));
          signal.addEventListener("abort", () => controller.error(signal.reason));
        },
      });
      resolve(new Response(body));
    }
    asked.push({ path, say: (text) => say(text) });
  });
}

function start(): Receiver {
  const api = new Api("http://help.example");
  api.use({ token: "t", conversation_id: "c" });
  receiver = new Receiver(api, {
    cursor: () => 7,
    frame: (frame: Frame) => seen.push(frame.type),
    connected: () => seen.push("connected"),
    lost: () => seen.push("lost"),
    stale: () => seen.push("stale"),
  });
  void receiver.run();
  return receiver;
}

const refused = (status: number): Response => new Response('{"error":{"code":"x"}}', { status });

/** Refuses sockets until the receiver goes over to event streams. */
async function startOnStream(): Promise<void> {
  answers = (path) => (path.startsWith("events") ? new Response(IDLE) : null);
  start();
  for (let attempt = 0; attempt < 2; attempt += 1) {
    ScriptedSocket.made.at(-1)?.onclose?.();
    await settle();
    mock.timers.tick(1000);
    await settle();
  }
  seen = [];
}

beforeEach(() => {
  asked = [];
  seen = [];
  answers = null;
  ScriptedSocket.made = [];
  mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { fetch: fetchScripted, WebSocket: ScriptedSocket });
  Object.defineProperty(globalThis, "navigator", { value: { onLine: true }, configurable: true });
});

afterEach(() => {
  receiver?.stop();
  mock.timers.reset();
});

test("ids need nothing that only secure pages have", () => {
  const { randomUUID } = crypto;
  Object.defineProperty(crypto, "randomUUID", { value: undefined, configurable: true });
  try {
    const made = Array.from({ length: 1000 }, newId);

    assert.ok(made.every((id) => /^[0-9a-f]{32}$/.test(id)));
    assert.equal(new Set(made).size, 1000);
  } finally {
    Object.defineProperty(crypto, "randomUUID", { value: randomUUID, configurable: true });
  }
});

test("a silent socket is left for a new one without waiting for its close", async () => {
  start();
  const first = ScriptedSocket.made[0];
  first?.onopen?.();
  mock.timers.tick(SILENT_FOR - 1);
  first?.onmessage?.({ data: '{"type":"ping"}' });
  mock.timers.tick(SILENT_FOR - 1);
  await settle();
  assert.equal(ScriptedSocket.made.length, 1);

  mock.timers.tick(1);
  await settle();

  assert.ok(first?.closed);
  assert.equal(ScriptedSocket.made.length, 2);
  assert.deepEqual(seen, ["connected", "lost"]);
});

test("a silent event stream is left for a new one", async () => {
  await startOnStream();
  const stream = asked.at(-1);
  assert.equal(stream?.path, "stream?after=7");
  mock.timers.tick(SILENT_FOR - 1);
  stream?.say('data: {"type":"ping"}\n\n');
  await settle();
  mock.timers.tick(SILENT_FOR - 1);
  await settle();
  assert.equal(asked.at(-1), stream);

  mock.timers.tick(1);
  await settle();

  assert.deepEqual(seen, ["lost", "connected"]);
  assert.notEqual(asked.at(-1), stream);
  assert.equal(asked.at(-1)?.path, "stream?after=7");
});

test("a poll that is never answered is asked anew", async () => {
  await startOnStream();
  answers = (path) => (path.startsWith("stream") ? refused(503) : null);
  receiver?.renew();
  await settle();
  mock.timers.tick(1000);
  await settle();
  mock.timers.tick(1000);
  await settle();
  const poll = asked.at(-1);
  assert.equal(poll?.path, "events?after=7&wait=25");

  mock.timers.tick(SILENT_FOR);
  await settle();

  assert.notEqual(asked.at(-1), poll);
  assert.equal(asked.at(-1)?.path, "events?after=7&wait=25");
});

test("a refused socket asks why at once, and a stale token is known without a second try", async () => {
  answers = () => refused(401);
  start();

  ScriptedSocket.made[0]?.onclose?.();
  await settle();

  assert.deepEqual(seen, ["stale"]);
  assert.deepEqual(asked.map(({ path }) => path), ["events?after=7&wait=0"]);
  assert.equal(ScriptedSocket.made.length, 1);
});
