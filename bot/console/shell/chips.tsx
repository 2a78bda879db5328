/* Small marks that several screens show: priority, language, waiting time. */
import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { Ticket } from "../core/types.ts";
import { now, texts } from "../desk.ts";
import { dueOf } from "../queue/model.ts";
import { Icon, PriorityMark } from "./icons.tsx";

export function PriorityChip({ level, long = false }: { level: number; long?: boolean }): JSX.Element {
  const t = texts.value;
  const words = t.code("priority", String(level));
  return (
    <span class={`priority p${level}`} data-testid="priority" title={`P${level}: ${words}`}>
      <PriorityMark level={level} />
      <span>P{level}</span>
      <span class={long ? "" : "sr"}>{words}</span>
    </span>
  );
}

export function LanguageChip({ tag }: { tag: string | null }): JSX.Element | null {
  if (!tag) return null;
  return (
    <span class="language" data-testid="language">
      <b>{tag.toUpperCase()}</b> {texts.value.languageName(tag)}
    </span>
  );
}

/** The text moves by itself; nothing else is drawn anew. */
export function Waiting({ since }: { since: string }): JSX.Element {
  const moment = useSignal(since);
  moment.value = since;
  const text = useComputed(() => {
    const t = texts.value;
    return t.t("waiting", { span: t.span(now.value - Date.parse(moment.value)) });
  });
  return <span data-testid="waiting">{text}</span>;
}

/** The nearest promise: when it is due, or since when it is broken. */
export function Due({ ticket }: { ticket: Ticket }): JSX.Element | null {
  const held = useSignal(ticket);
  held.value = ticket;
  const due = useComputed(() => {
    const t = texts.value;
    const { state, ms } = dueOf(held.value, now.value);
    return { state, text: state === "late" ? t.t("overdue", { span: t.span(ms) }) : t.t("due_in", { span: t.span(ms) }) };
  });
  const { state, text } = due.value;
  if (state === "none") return null;
  return (
    <span class={`due ${state}`} data-testid="due">
      <Icon name={state === "ahead" ? "clock" : "alert"} /> {text}
    </span>
  );
}
