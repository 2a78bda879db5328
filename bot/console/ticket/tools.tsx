/* Canned replies and macros beside the composer: the list of one, or what a macro would do. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Macro, MacroPreview, Reply, Ticket } from "../core/types.ts";
import { api, applyMacro, busyAct, failureText, texts } from "../desk.ts";
import { isolate } from "../core/i18n.ts";
import { refusalLine, replyChoice, stepLine } from "./choices.ts";
import { Picker } from "./picker.tsx";

interface Props {
  ticket: Ticket;
  /** Whether there is a field that a reply can go into. */
  canInsert: boolean;
  onInsert: (text: string) => void;
}

type Open = "replies" | "macros" | null;

export function Tools({ ticket, canInsert, onInsert }: Props): JSX.Element {
  const t = texts.value;
  const [open, setOpen] = useState<Open>(null);
  const [replies, setReplies] = useState<readonly Reply[] | null>(null);
  const [macros, setMacros] = useState<readonly Macro[] | null>(null);
  const [preview, setPreview] = useState<MacroPreview | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  const openers = { replies: useRef<HTMLButtonElement>(null), macros: useRef<HTMLButtonElement>(null) };

  function close(focus: "opener" | "elsewhere" = "opener"): void {
    const opener = open === null ? null : openers[open].current;
    setOpen(null);
    setPreview(null);
    if (focus === "opener") requestAnimationFrame(() => opener?.focus());
  }

  function toggle(which: "replies" | "macros"): void {
    if (open === which) return close();
    setFault(null);
    setPreview(null);
    setOpen(which);
    const asked: Promise<void> = which === "replies" ? api.replies().then(setReplies) : api.macros().then(setMacros);
    asked.catch(refuse);
  }

  function refuse(error: unknown): void {
    setFault(failureText(error));
    close();
  }

  function fill(id: string): void {
    api.fillReply(id, ticket.number).then(
      (filled) => {
        close("elsewhere");
        onInsert(filled.text);
      },
      refuse,
    );
  }

  function show(id: string): void {
    api.previewMacro(id, ticket.number).then(setPreview, refuse);
  }

  async function apply(): Promise<void> {
    if (preview && (await applyMacro(preview.macro_id))) close();
  }

  const macro = macros?.find((one) => one.id === preview?.macro_id);
  return (
    <>
      <span class="tools">
        {canInsert && (
          <button ref={openers.replies} type="button" aria-expanded={open === "replies"} data-testid="replies" onClick={() => toggle("replies")}>
            {t.t("replies")}
          </button>
        )}
        <button ref={openers.macros} type="button" aria-expanded={open === "macros"} data-testid="macros" onClick={() => toggle("macros")}>
          {t.t("macros")}
        </button>
      </span>
      {fault !== null && (
        <p class="fault tool-fault" role="alert" data-testid="tool-fault">
          {fault}
        </p>
      )}
      {open === "replies" && canInsert && (
        <Picker label={t.t("replies_label")} choices={replies?.map((one) => replyChoice(one, ticket.language)) ?? null} onChoose={fill} onClose={close} />
      )}
      {open === "macros" && preview === null && (
        <Picker
          label={t.t("macros_label")}
          choices={macros?.map((one) => ({ id: one.id, name: one.name, detail: one.description })) ?? null}
          onChoose={show}
          onClose={close}
        />
      )}
      {preview !== null && <Steps name={macro?.name ?? ""} preview={preview} onApply={() => void apply()} onClose={close} />}
    </>
  );
}

/** What a macro would do now; nothing is done before the agent says so. */
function Steps({ name, preview, onApply, onClose }: { name: string; preview: MacroPreview; onApply: () => void; onClose: () => void }): JSX.Element {
  const t = texts.value;
  const first = useRef<HTMLButtonElement>(null);
  const last = useRef<HTMLButtonElement>(null);
  useEffect(() => (first.current ?? last.current)?.focus(), []);
  return (
    <div
      class="picker"
      role="group"
      aria-label={t.t("macro_preview", { name: isolate(name) })}
      data-testid="macro-preview"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <p>
        <b>{t.t("macro_preview", { name: isolate(name) })}</b>
      </p>
      <ol class="steps">
        {preview.steps.map((step, index) => (
          <li key={index}>
            <span>{stepLine(step, t)}</span>
            {step.refused !== null && <span class="fault">{refusalLine(step.refused, t)}</span>}
            {step.refused === null && !step.changes && <span class="soft">{t.t("step_done")}</span>}
          </li>
        ))}
      </ol>
      <p class="form-acts">
        {preview.possible && (
          <button ref={first} type="button" class="primary" data-testid="macro-apply" disabled={busyAct.value !== null} onClick={onApply}>
            {t.t("apply")}
          </button>
        )}
        <button ref={last} type="button" onClick={onClose}>
          {t.t("cancel")}
        </button>
      </p>
    </div>
  );
}
