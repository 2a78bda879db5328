/* Where the agent writes: to the visitor or to colleagues, never by mistake to the wrong ones. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { keep, kept } from "../core/keep.ts";
import type { Ticket } from "../core/types.ts";
import { act, busyAct, sayTyping, texts, user, write } from "../desk.ts";
import { isActive } from "../queue/model.ts";
import { Icon } from "../shell/icons.tsx";
import { inserted } from "./choices.ts";
import { rightsOf } from "./model.ts";
import { Tools } from "./tools.tsx";

const MAX_CHARS = 4_000;
/** After this silence the visitor is told that nobody types. */
const TYPING_PAUSE_MS = 5_000;

type Mode = "reply" | "note";

export function Composer({ ticket }: { ticket: Ticket }): JSX.Element {
  const t = texts.value;
  const rights = rightsOf(ticket, user.value?.id ?? "");
  const [mode, setMode] = useState<Mode>("reply");
  const [drafts, setDrafts] = useState<Record<Mode, string>>(() => ({
    reply: kept("tab", `draft:${ticket.number}:reply`) ?? "",
    note: kept("tab", `draft:${ticket.number}:note`) ?? "",
  }));
  const field = useRef<HTMLTextAreaElement>(null);
  const pause = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const text = drafts[mode];
  const tooLong = [...text].length > MAX_CHARS;
  useEffect(() => () => clearTimeout(pause.current), []);
  useLayoutEffect(() => {
    const node = field.current;
    if (!node) return;
    node.style.height = "auto";
    node.style.height = `${Math.min(node.scrollHeight + 2, 220)}px`;
  }, [text, mode, rights.reply]);

  if (!isActive(ticket)) return <p class="closed-hint">{t.t("solved_hint")}</p>;

  function edit(value: string): void {
    setDrafts({ ...drafts, [mode]: value });
    keep("tab", `draft:${ticket.number}:${mode}`, value);
    if (mode !== "reply") return;
    clearTimeout(pause.current);
    sayTyping(value !== "");
    pause.current = setTimeout(() => sayTyping(false), TYPING_PAUSE_MS);
  }

  /** Puts a text into the draft where the caret is, and goes on writing after it. */
  function insert(more: string): void {
    const node = field.current;
    const done = inserted(text, node?.selectionStart ?? text.length, node?.selectionEnd ?? text.length, more);
    edit(done.text);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(done.caret, done.caret);
    });
  }

  function submit(): void {
    if (!text.trim() || tooLong) return;
    clearTimeout(pause.current);
    if (mode === "reply") sayTyping(false);
    void write(mode, text.trim());
    setDrafts({ ...drafts, [mode]: "" });
    keep("tab", `draft:${ticket.number}:${mode}`, null);
    field.current?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape") {
      field.current?.blur();
    }
  }

  const label =
    mode === "note" ? t.t("note_field_label") : ticket.language ? t.t("reply_label", { language: t.languageName(ticket.language) }) : t.t("reply_label_plain");
  return (
    <form
      class={`composer ${mode}`}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <div class="composer-head">
        <div class="modes" role="group" aria-label={t.t("mode")}>
          {(["reply", "note"] as const).map((one) => (
            <button key={one} type="button" aria-pressed={mode === one} data-mode={one} data-testid={`mode-${one}`} onClick={() => setMode(one)}>
              <Icon name={one === "note" ? "lock" : "send"} flip={one === "reply"} /> {t.code("mode", one)}
            </button>
          ))}
        </div>
        <Tools ticket={ticket} canInsert={mode === "note" || rights.reply} onInsert={insert} />
      </div>
      {mode === "reply" && !rights.reply ? (
        <div class="need-take">
          <p>{rights.take ? t.t("take_to_reply") : t.t("taken_by", { name: ticket.assignee?.name ?? "" })}</p>
          {rights.take && (
            <button type="button" class="primary" disabled={busyAct.value !== null} onClick={() => void act("take")}>
              <Icon name="take" /> {t.t("act_take")}
            </button>
          )}
        </div>
      ) : (
        <>
          <label class="composer-label" for="composer">
            {mode === "note" && <Icon name="lock" />} {label}
          </label>
          <textarea
            ref={field}
            id="composer"
            data-composer
            data-testid="composer"
            rows={2}
            dir="auto"
            value={text}
            aria-invalid={tooLong || undefined}
            aria-describedby="composer-hint"
            onInput={(event) => edit(event.currentTarget.value)}
            onKeyDown={onKeyDown}
            onBlur={() => mode === "reply" && sayTyping(false)}
          />
          <div class="composer-foot">
            <p id="composer-hint" class={tooLong ? "fault" : "hint"}>
              {t.t(tooLong ? "chars_over" : "enter_hint")}
            </p>
            <button type="submit" class="primary" data-testid="send" disabled={!text.trim() || tooLong}>
              <Icon name={mode === "note" ? "lock" : "send"} flip={mode === "reply"} /> {t.t(mode === "note" ? "save_note" : "send")}
            </button>
          </div>
        </>
      )}
    </form>
  );
}
