/* Who has the ticket and why, and the way to give it to a colleague. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Colleague, Ticket } from "../core/types.ts";
import { api, busyAct, failureText, give, texts, user } from "../desk.ts";
import { known } from "./about.ts";
import { byAvailability, colleagueLine } from "./choices.ts";
import { rightsOf } from "./model.ts";
import { Part, useOpenedForm } from "./parts.tsx";

export function Assignment({ ticket }: { ticket: Ticket }): JSX.Element | null {
  const t = texts.value;
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const routing = known.value?.routing;
  if (!routing) return null;
  const last = routing.history.find((one) => one.agent.id === routing.assignee?.id);
  const reasons = routing.assignee ? (last?.reasons ?? []) : routing.wait ? [routing.wait] : [];
  function close(): void {
    setOpen(false);
    requestAnimationFrame(() => opener.current?.focus());
  }
  return (
    <Part title={t.t("assignment")}>
      <p data-testid="assignment">
        {routing.assignee ? <span dir="auto">{routing.assignee.name}</span> : t.t("unassigned")}
        {routing.offered && <span class="soft">{` (${t.t("offered")})`}</span>}
      </p>
      {reasons.length > 0 && (
        <ul class="reasons" data-testid="assignment-reasons">
          {reasons.map((reason, index) => (
            <li key={index}>{reason.text}</li>
          ))}
        </ul>
      )}
      {open ? (
        <GiveForm ticket={ticket} onClose={close} />
      ) : (
        user.value &&
        rightsOf(ticket, user.value.id, user.value.role).give && (
          <button ref={opener} type="button" class="link" data-testid="give" onClick={() => setOpen(true)}>
            {t.t("give_to_colleague")}
          </button>
        )
      )}
    </Part>
  );
}

function GiveForm({ ticket, onClose }: { ticket: Ticket; onClose: () => void }): JSX.Element {
  const t = texts.value;
  const [colleagues, setColleagues] = useState<readonly Colleague[] | null>(null);
  const [to, setTo] = useState("");
  const [reason, setReason] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  const form = useOpenedForm(true);
  useEffect(() => {
    // Asked each time: who is here changes by the minute.
    api.colleagues().then(setColleagues, (error: unknown) => setFault(failureText(error)));
  }, []);
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    if (to && (await give(to, reason.trim()))) onClose();
  }
  return (
    <form
      ref={form}
      class="inset"
      onSubmit={(event) => void submit(event)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <label>
        {t.t("give_to")}
        <select data-testid="give-to" required value={to} onChange={(event) => setTo(event.currentTarget.value)}>
          <option value="">{t.t(colleagues === null && fault === null ? "loading" : "choose_colleague")}</option>
          {byAvailability(colleagues ?? [], ticket.assignee?.id ?? null).map((one) => (
            <option key={one.id} value={one.id}>
              {colleagueLine(one, t, user.value?.id ?? "")}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.t("give_reason")}
        <input type="text" dir="auto" maxLength={300} data-testid="give-reason" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {fault !== null && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      <p class="form-acts">
        <button type="submit" class="primary" data-testid="give-save" disabled={busyAct.value !== null || !to}>
          {t.t("give")}
        </button>
        <button type="button" onClick={onClose}>
          {t.t("cancel")}
        </button>
      </p>
    </form>
  );
}
