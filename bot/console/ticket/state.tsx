/* What else may be done with a ticket: let it wait for the visitor or for something, or mark it as spam. */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Ticket } from "../core/types.ts";
import { busyAct, change, texts } from "../desk.ts";
import { isActive } from "../queue/model.ts";
import { Icon } from "../shell/icons.tsx";
import { useOpenedForm } from "./parts.tsx";

export function StateMenu({ ticket }: { ticket: Ticket }): JSX.Element | null {
  const t = texts.value;
  const menu = useRef<HTMLDetailsElement>(null);
  const [holding, setHolding] = useState(false);
  const [reason, setReason] = useState("");
  const [until, setUntil] = useState("");
  const form = useOpenedForm(holding);
  if (!isActive(ticket) && ticket.state !== "spam") return null;
  const busy = busyAct.value !== null;

  function close(): void {
    setHolding(false);
    if (!menu.current) return;
    menu.current.open = false;
    menu.current.querySelector("summary")?.focus();
  }

  async function set(fields: Readonly<Record<string, unknown>>): Promise<void> {
    if (await change("state", fields)) close();
  }

  function hold(event: Event): void {
    event.preventDefault();
    if (!reason.trim()) return;
    void set({ state: "on_hold", reason: reason.trim(), ...(until ? { until: new Date(until).toISOString() } : {}) });
  }

  return (
    <details
      ref={menu}
      class="menu state-menu"
      onKeyDown={(event) => event.key === "Escape" && close()}
      onFocusOut={(event) => {
        const to = event.relatedTarget as Node | null;
        if (menu.current && to && !menu.current.contains(to)) menu.current.open = false;
      }}
    >
      <summary class="button" data-testid="state-menu">
        {t.t("more_acts")} <Icon name="down" />
      </summary>
      <div class="sheet">
        {ticket.state === "spam" ? (
          <button type="button" class="row-button" disabled={busy} onClick={() => void set({ state: "open" })}>
            {t.t("act_not_spam")}
          </button>
        ) : (
          <>
            {ticket.state !== "pending" && (
              <button type="button" class="row-button" data-testid="set-pending" disabled={busy} onClick={() => void set({ state: "pending" })}>
                {t.t("act_pending")}
              </button>
            )}
            {ticket.state === "on_hold" || ticket.state === "pending" ? (
              <button type="button" class="row-button" data-testid="set-open" disabled={busy} onClick={() => void set({ state: "open" })}>
                {t.t("act_open")}
              </button>
            ) : null}
            {ticket.state !== "on_hold" && !holding && (
              <button type="button" class="row-button" data-testid="set-hold" disabled={busy} onClick={() => setHolding(true)}>
                {t.t("act_hold")}
              </button>
            )}
            {holding && (
              <form ref={form} class="inset" onSubmit={hold}>
                <label>
                  {t.t("hold_reason")}
                  <input type="text" dir="auto" required maxLength={300} data-testid="hold-reason" value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
                </label>
                <label>
                  {t.t("hold_until")}
                  <input type="datetime-local" value={until} onInput={(event) => setUntil(event.currentTarget.value)} />
                </label>
                <p class="form-acts">
                  <button type="submit" class="primary" data-testid="hold-save" disabled={busy || !reason.trim()}>
                    {t.t("save")}
                  </button>
                  <button type="button" onClick={close}>
                    {t.t("cancel")}
                  </button>
                </p>
              </form>
            )}
            <button type="button" class="row-button" data-testid="set-spam" disabled={busy} onClick={() => void set({ state: "spam" })}>
              {t.t("act_spam")}
            </button>
          </>
        )}
      </div>
    </details>
  );
}
