/* One ticket: head with its acts, the conversation, the composer and the panel of details. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { act, actFailure, busyAct, collision, failureText, open, opened, openFailure, texts, tickets, user, view } from "../desk.ts";
import type { Ticket } from "../core/types.ts";
import { isActive, neighbour } from "../queue/model.ts";
import { Due, LanguageChip, PriorityChip, Waiting } from "../shell/chips.tsx";
import { Icon } from "../shell/icons.tsx";
import { hrefOf } from "../shell/router.ts";
import { Composer } from "./composer.tsx";
import { Details } from "./evidence.tsx";
import { rightsOf } from "./model.ts";
import { StateMenu } from "./state.tsx";
import { Transcript } from "./transcript.tsx";

export function TicketScreen({ number }: { number: string }): JSX.Element {
  const t = texts.value;
  const now = opened.value?.ticket.number === number ? opened.value : null;
  const [details, setDetails] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const panel = useRef<HTMLElement>(null);
  const toggle = useRef<HTMLButtonElement>(null);
  const isThere = now !== null;
  // A new screen begins at its heading, unless the agent walks through the queue beside it.
  useEffect(() => {
    if (isThere) title.current?.focus({ preventScroll: true });
  }, [isThere]);
  if (!now) {
    return (
      <main class="ticket" id="main" tabIndex={-1}>
        <Back />
        {openFailure.value ? (
          <div class="empty" role="alert">
            <p>{openFailure.value.status === 404 ? t.t("ticket_missing", { number }) : failureText(openFailure.value)}</p>
            {openFailure.value.status !== 404 && (
              <button type="button" onClick={() => void open(number)}>
                {t.t("try_again")}
              </button>
            )}
          </div>
        ) : (
          <p class="empty" role="status">
            {t.t("loading")}
          </p>
        )}
      </main>
    );
  }
  const { ticket, events } = now;

  function toggleDetails(): void {
    setDetails(!details);
    requestAnimationFrame(() => (details ? toggle : panel).current?.focus());
  }

  return (
    <>
      <main class="ticket" id="main" tabIndex={-1}>
        <header class="ticket-head">
          <Back />
          <div class="ticket-title">
            <h1 ref={title} tabIndex={-1} data-testid="ticket-title">
              <span class="number">{ticket.number}</span>{" "}
              <span dir="auto" lang={ticket.language ?? undefined}>
                {ticket.subject || t.t("subject_none")}
              </span>
            </h1>
            <p class="ticket-line">
              <PriorityChip level={ticket.priority} />
              <LanguageChip tag={ticket.language} />
              <span data-testid="ticket-state">{ticket.owner === "bot" && isActive(ticket) ? t.t("owner_bot") : t.code("state", ticket.state)}</span>
              {ticket.waiting_since && isActive(ticket) && <Waiting since={ticket.waiting_since} />}
              <Due ticket={ticket} />
            </p>
          </div>
          <Acts ticket={ticket} />
          <button
            ref={toggle}
            type="button"
            class="details-toggle"
            aria-expanded={details}
            aria-controls="details"
            data-testid="details-toggle"
            title={t.t(details ? "hide_details" : "show_details")}
            onClick={toggleDetails}
          >
            <Icon name="info" /> <span>{t.t(details ? "hide_details" : "show_details")}</span>
          </button>
        </header>
        {collision.value && (
          <p class="banner collision" role="alert" data-testid="collision">
            <Icon name="alert" /> <span dir="auto">{t.t("collision", { name: collision.value.name })}</span>
          </p>
        )}
        {actFailure.value && (
          <p class="banner" role="alert" data-testid="act-failure">
            <Icon name="alert" /> {actFailure.value}
          </p>
        )}
        <Transcript />
        <Composer ticket={ticket} />
      </main>
      <aside
        ref={panel}
        class={details ? "details shown" : "details"}
        id="details"
        aria-label={t.t("details")}
        tabIndex={0}
        onKeyDown={(event) => event.key === "Escape" && details && toggleDetails()}
      >
        <div class="details-bar">
          <button type="button" class="icon-button" aria-label={t.t("hide_details")} onClick={toggleDetails}>
            <Icon name="close" />
          </button>
        </div>
        <Details ticket={ticket} events={events} />
      </aside>
    </>
  );
}

function Back(): JSX.Element {
  const t = texts.value;
  return (
    <a class="back" href={hrefOf({ screen: "queue", view: view.value })} aria-label={t.t("back")} data-testid="back">
      <Icon name="back" flip />
    </a>
  );
}

function Acts({ ticket }: { ticket: Ticket }): JSX.Element {
  const t = texts.value;
  const rights = rightsOf(ticket, user.value?.id ?? "");
  const busy = busyAct.value !== null;
  const next = isActive(ticket) ? null : neighbour(tickets.value.filter(isActive), null, 1);
  return (
    <div class="acts">
      {rights.take && (
        <button type="button" class="primary" data-testid="take" disabled={busy} onClick={() => void act("take")}>
          <Icon name="take" /> {t.t("act_take")}
        </button>
      )}
      {rights.resolve && (
        <button type="button" class={rights.reply ? "primary" : ""} data-testid="resolve" disabled={busy} onClick={() => void act("resolve")}>
          <Icon name="check" /> {t.t("act_resolve")}
        </button>
      )}
      {rights.reopen && (
        <button type="button" data-testid="reopen" disabled={busy} onClick={() => void act("reopen")}>
          <Icon name="take" /> {t.t("act_reopen")}
        </button>
      )}
      {rights.handBack && (
        <button type="button" class="second" data-testid="hand-back" title={t.t("act_hand_back")} disabled={busy} onClick={() => void act("hand_back")}>
          <Icon name="handback" flip /> <span>{t.t("act_hand_back")}</span>
        </button>
      )}
      {rights.release && (
        <button type="button" class="second" data-testid="release" title={t.t("act_release")} disabled={busy} onClick={() => void act("release")}>
          <Icon name="release" /> <span>{t.t("act_release")}</span>
        </button>
      )}
      <StateMenu ticket={ticket} />
      {next && (
        <a class="button" data-testid="next" href={hrefOf({ screen: "ticket", view: view.value, number: next })}>
          {t.t("next_ticket")}
        </a>
      )}
    </div>
  );
}
