/* Setting a priority by hand, with the reason that colleagues will ask for. */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Ticket } from "../core/types.ts";
import { failureText, setPriority, texts } from "../desk.ts";
import { useOpenedForm } from "./parts.tsx";

export function PriorityForm({ ticket }: { ticket: Ticket }): JSX.Element {
  const t = texts.value;
  const [open, setOpen] = useState(false);
  const form = useOpenedForm(open);
  const [level, setLevel] = useState(ticket.priority);
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const field = useRef<HTMLInputElement>(null);

  function close(): void {
    setOpen(false);
    setFault(null);
    requestAnimationFrame(() => opener.current?.focus());
  }

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (!reason.trim()) {
      setFault(t.t("field_required"));
      field.current?.focus();
      return;
    }
    try {
      await setPriority(level, reason.trim());
      setReason("");
      close();
    } catch (error) {
      setFault(failureText(error));
    }
  }

  if (!open) {
    return (
      <button
        ref={opener}
        type="button"
        class="link"
        data-testid="change-priority"
        onClick={() => {
          setLevel(ticket.priority);
          setOpen(true);
        }}
      >
        {t.t("change_priority")}
      </button>
    );
  }
  return (
    <form ref={form} class="inset" onSubmit={(event) => void submit(event)} onKeyDown={(event) => event.key === "Escape" && close()}>
      <label>
        {t.t("new_priority")}
        <select data-testid="priority-level" value={String(level)} onChange={(event) => setLevel(Number(event.currentTarget.value))}>
          {[1, 2, 3, 4, 5].map((one) => (
            <option key={one} value={String(one)}>
              {`P${one} ${t.code("priority", String(one))}`}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.t("priority_reason")}
        <input
          ref={field}
          data-testid="priority-reason"
          type="text"
          dir="auto"
          maxLength={300}
          value={reason}
          aria-invalid={fault ? true : undefined}
          aria-describedby="priority-hint"
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      </label>
      <p id="priority-hint" class={fault ? "fault" : "hint"} role={fault ? "alert" : undefined}>
        {fault ?? t.t("priority_reason_hint")}
      </p>
      <p class="form-acts">
        <button type="submit" class="primary">
          {t.t("save")}
        </button>
        <button type="button" onClick={close}>
          {t.t("cancel")}
        </button>
      </p>
    </form>
  );
}
