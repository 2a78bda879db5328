import assert from "node:assert/strict";
import { test } from "node:test";
import { accentFor, contrast, DARK_SURFACE, LIGHT_SURFACE, parseColor, type Rgb } from "./color.ts";
import { pickLanguage, Texts } from "./i18n.ts";
import arabic from "./locales/ar.json";
import polish from "./locales/pl.json";
import { linkify, parse, parseInline, safeLink } from "./markdown.ts";
import { Store } from "./store.ts";
import { ApiError, backoff, splitSse } from "./transport.ts";

const BASE = "https://help.example/";

test("paragraphs, lists and marks become data", () => {
  assert.deepEqual(parse("One\ntwo\n\n- a **b**\n- c\n\n3. x\n4. y", BASE), [
    { type: "p", lines: [["One"], ["two"]] },
    { type: "ul", items: [["a ", { type: "strong", text: "b" }], ["c"]] },
    { type: "ol", start: 3, items: [["x"], ["y"]] },
  ]);
});

test("links are http, https or relative; all else stays text", () => {
  assert.deepEqual(parseInline("[a](/help/en/x) [b](javascript:alert(1)) https://x.example/p.", BASE), [
    { type: "link", text: "a", href: "https://help.example/help/en/x" },
    " [b](javascript:alert(1)) ",
    { type: "link", text: "https://x.example/p", href: "https://x.example/p" },
    ".",
  ]);
});

test("no dressed-up scheme passes", () => {
  const hostile = ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "\u0001javascript:1", "data:text/html,x", "vbscript:x", "blob:https://a/b", "file:///etc/passwd", "http://", " javascript:1", "mailto:a@b.example"];

  assert.deepEqual(hostile.filter((href) => safeLink(href, BASE) !== null), []);
});

test("markup in text stays text", () => {
  assert.deepEqual(parse("<img src=x onerror=alert(1)>", BASE), [{ type: "p", lines: [["<img src=x onerror=alert(1)>"]] }]);
});

test("what people write is not Markdown", () => {
  assert.deepEqual(linkify("2 * 3 * 4 **no** see https://a.example/b).", BASE), [
    "2 * 3 * 4 **no** see ",
    { type: "link", text: "https://a.example/b", href: "https://a.example/b" },
    ").",
  ]);
});

test("any brand colour becomes readable in both schemes", () => {
  let seed = 7;
  const channel = (): number => (seed = (seed * 16807) % 2147483647) % 256;
  for (let round = 0; round < 1000; round += 1) {
    const brand: Rgb = [channel(), channel(), channel()];
    for (const surface of [LIGHT_SURFACE, DARK_SURFACE]) {
      const { fill, on, text } = accentFor(brand, surface);
      assert.ok(contrast(on, fill) >= 4.5, `text on fill ${brand}`);
      assert.ok(contrast(text, surface) >= 4.5, `text on surface ${brand}`);
      assert.ok(contrast(fill, surface) >= 3, `fill on surface ${brand}`);
    }
  }
});

test("colours are read as three or six digits", () => {
  assert.deepEqual(parseColor("#1a2B3c"), [26, 43, 60]);
  assert.deepEqual(parseColor("fff"), [255, 255, 255]);
  assert.equal(parseColor("red; background:url(x)"), null);
});

test("the first language we speak wins", () => {
  assert.equal(pickLanguage(["ja-JP", null, "pt-BR", "de"]), "pt");
  assert.equal(pickLanguage([undefined, "xx"]), "en");
});

test("counted phrases follow the plural rules of the language", () => {
  const pl = Texts.of("pl", polish);
  const ar = Texts.of("ar", arabic);

  assert.deepEqual([1, 3, 5, 22].map((n) => pl.count("new_messages", n)), ["1 nowa wiadomość", "3 nowe wiadomości", "5 nowych wiadomości", "22 nowe wiadomości"]);
  assert.equal(ar.count("new_messages", 2), "رسالتان جديدتان");
});

test("a missing text is English, never a key", () => {
  const thin = Texts.of("el", {});

  assert.equal(thin.text("send"), "Send");
  assert.equal(thin.count("new_messages", 1), "1 new message");
  assert.equal(thin.text("agent_typing", { name: "Eleni" }), "Eleni is writing…");
});

test("days near now have names", () => {
  const now = new Date(2026, 0, 5, 9);

  assert.equal(Texts.english.day(new Date(2026, 0, 5, 1).toISOString(), now), "today");
  assert.equal(Texts.english.day(new Date(2026, 0, 4, 23).toISOString(), now), "yesterday");
  assert.equal(Texts.english.day(new Date(2025, 11, 30, 12).toISOString(), now), "December 30, 2025");
});

test("waiting doubles from half a second to thirty, half of it random", () => {
  assert.deepEqual([0, 1, 2, 6, 60].map((attempt) => backoff(attempt, 1)), [500, 1000, 2000, 30000, 30000]);
  assert.deepEqual([0, 1, 60].map((attempt) => backoff(attempt, 0)), [250, 500, 15000]);
});

test("an event stream is cut at blank lines wherever the chunks fall", () => {
  const first = splitSse("id: 1\r\ndata: {\"a\":1}\r\n\r\n: ping\n\ndata: {\"b\"");
  const second = splitSse(`${first.rest}:2}\n\n`);

  assert.deepEqual(first.data, ['{"a":1}']);
  assert.deepEqual(second, { data: ['{"b":2}'], rest: "" });
});

test("refusals are told apart from passing trouble", () => {
  assert.ok(new ApiError(503, "x", 1).isPassing && new ApiError(429, "x", null).isPassing);
  assert.ok(new ApiError(401, "x", null).isStale && !new ApiError(401, "x", null).isPassing);
  assert.ok(!new ApiError(422, "x", null).isStale && !new ApiError(422, "x", null).isPassing);
});

test("the outbox keeps the order of writing and works without browser storage", () => {
  const store = new Store();
  store.keep({ client_id: "b", text: "second", choice: null, at: "2026-01-01T00:00:00.002Z" });
  store.keep({ client_id: "a", text: "first", choice: null, at: "2026-01-01T00:00:00.001Z" });

  assert.deepEqual(store.outbox().map((one) => one.text), ["first", "second"]);
  store.drop("a");
  assert.deepEqual(store.outbox().map((one) => one.client_id), ["b"]);
  store.clear();
  assert.deepEqual(store.outbox(), []);
});
