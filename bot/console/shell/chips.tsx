/* Small marks that several screens show: priority, language, waiting time. */
import { useComputed, useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { now, texts } from "../desk.ts";
import { PriorityMark } from "./icons.tsx";

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
