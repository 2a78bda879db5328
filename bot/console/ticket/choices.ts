/* Canned replies, macros and colleagues as things to choose from, without a browser. */
import { isolate, type Texts } from "../core/i18n.ts";
import type { Colleague, MacroStep, Reply } from "../core/types.ts";

export interface Choice {
  id: string;
  name: string;
  detail: string;
}

/** What has every word somewhere in its name or detail, in the order it came. */
export function matching(choices: readonly Choice[], words: string): readonly Choice[] {
  const wanted = plain(words).split(/\s+/).filter(Boolean);
  return choices.filter((choice) => wanted.every((word) => plain(`${choice.name} ${choice.detail}`).includes(word)));
}

/** A reply with its beginning in the visitor's language, or in whatever language it has. */
export function replyChoice(reply: Reply, language: string | null): Choice {
  const base = language?.split("-")[0] ?? "";
  const text = reply.texts[language ?? ""] ?? reply.texts[base] ?? reply.texts["en"] ?? Object.values(reply.texts)[0] ?? "";
  return { id: reply.id, name: reply.title ? `${reply.title} (${reply.shortcut})` : reply.shortcut, detail: text };
}

/** A text put into another at the caret, or in place of what is selected, and where the caret stands after it. */
export function inserted(draft: string, from: number, upto: number, text: string): { text: string; caret: number } {
  const before = draft.slice(0, from);
  const after = draft.slice(upto);
  const start = before === "" || /\s$/.test(before) ? before : `${before} `;
  const end = /^[\p{L}\p{N}]/u.test(after) ? ` ${after}` : after;
  return { text: start + text + end, caret: start.length + text.length };
}

/** Who may get the ticket: whoever is here first, then by name. */
export function byAvailability(colleagues: readonly Colleague[], holder: string | null): Colleague[] {
  const rank = (one: Colleague): number => ["online", "away", "busy"].indexOf(one.availability) + (one.availability === "offline" ? 4 : 0);
  return colleagues.filter((one) => one.id !== holder).sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** A colleague in one line: name, languages, whether she is here. */
export function colleagueLine(one: Colleague, t: Texts, me: string): string {
  const name = one.id === me ? t.t("you") : isolate(one.name);
  const spoken = one.languages.map((tag) => t.languageName(tag)).join(", ");
  return [name, spoken, t.code("availability", one.availability)].filter(Boolean).join(" · ");
}

/** What a step of a macro does, in words. */
export function stepLine(step: MacroStep, t: Texts): string {
  const said = step.detail["text"];
  const value = typeof said === "string" && said ? said : step.value;
  const words =
    step.action === "set_state" ? t.code("state", value) : step.action === "set_priority" ? `P${value}` : step.action === "assign" && value === "me" ? t.t("you") : isolate(value);
  return `${t.code("action", step.action)}: ${words}`;
}

/** Why a step of a macro is not possible, in words. */
export function refusalLine(refused: string, t: Texts): string {
  const [, code, names] = /^(needs|no_value_for):(.+)$/.exec(refused) ?? [];
  if (names === undefined) return t.code("refused", refused);
  const fields = names.split(",").map(isolate).join(", ");
  return t.t(code === "needs" ? "refused_needs" : "refused_no_value_for", { fields });
}

function plain(words: string): string {
  return words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}
