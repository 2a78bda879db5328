/* The queue: four views, one row per ticket, in the server's order. */
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { VIEWS, type Ticket } from "../core/types.ts";
import { counts, failureText, fetchList, fresh, listFailure, listState, route, texts, tickets, user, view } from "../desk.ts";
import { Due, LanguageChip, PriorityChip, Waiting } from "../shell/chips.tsx";
import { Icon } from "../shell/icons.tsx";
import { hrefOf } from "../shell/router.ts";
import { FoundRows, MoreViews, SearchField, searching } from "./more.tsx";
import { isActive } from "./model.ts";

export function Queue(): JSX.Element {
  const t = texts.value;
  const at = route.value;
  const isMain = at.screen !== "ticket";
  const Pane = isMain ? "main" : "aside";
  const total = counts.value[view.value] ?? tickets.value.length;
  return (
    <Pane class="queue" id={isMain ? "main" : "queue"} tabIndex={-1} aria-labelledby="queue-title">
      {isMain ? <h1 id="queue-title">{t.t("queue")}</h1> : <h2 id="queue-title" class="sr">{t.t("queue")}</h2>}
      <SearchField />
      <nav class="views" aria-label={t.t("views")}>
        {VIEWS.map((name) => (
          <a key={name} href={hrefOf({ screen: "queue", view: name })} aria-current={name === view.value ? "page" : undefined} data-testid={`view-${name}`}>
            {t.code("view", name)} <span class="count">{counts.value[name] ?? "–"}</span>
          </a>
        ))}
        <MoreViews />
      </nav>
      {searching.value ? <FoundRows /> : <Rows />}
      {!searching.value && listState.value === "ready" && total > tickets.value.length && tickets.value.length > 0 && (
        <p class="more">{t.t("list_cut", { n: tickets.value.length })}</p>
      )}
    </Pane>
  );
}

function Rows(): JSX.Element {
  const t = texts.value;
  const list = useRef<HTMLOListElement>(null);
  const focused = useRef<string | null>(null);
  // Moving a row in the document takes the focus from it: give it back.
  useLayoutEffect(() => {
    if (focused.current && document.activeElement === document.body) {
      list.current?.querySelector<HTMLElement>(`[data-ticket="${CSS.escape(focused.current)}"]`)?.focus({ preventScroll: true });
    }
  }, [tickets.value]);
  if (listState.value === "loading") {
    return (
      <p class="empty" role="status">
        {t.t("loading")}
      </p>
    );
  }
  if (listState.value === "failed") {
    return (
      <div class="empty" role="alert">
        <p>{`${t.t("list_failed")} ${failureText(listFailure.value)}`}</p>
        <button type="button" onClick={() => void fetchList()}>
          {t.t("try_again")}
        </button>
      </div>
    );
  }
  if (tickets.value.length === 0) {
    return (
      <p class="empty" data-testid="empty">
        {(VIEWS as readonly string[]).includes(view.value) ? t.code("empty", view.value) : t.t("empty_view")}
      </p>
    );
  }
  return (
    <ol
      ref={list}
      class="rows"
      role="list"
      data-testid="rows"
      onFocusIn={(event) => (focused.current = (event.target as HTMLElement).dataset["ticket"] ?? null)}
      onFocusOut={(event) => {
        if (event.relatedTarget) focused.current = null;
      }}
    >
      {tickets.value.map((ticket) => (
        <Row key={ticket.number} ticket={ticket} />
      ))}
    </ol>
  );
}

export function Row({ ticket }: { ticket: Ticket }): JSX.Element {
  const t = texts.value;
  const at = route.value;
  const current = at.screen === "ticket" && at.number === ticket.number;
  const isFresh = fresh.value.has(ticket.number);
  const text = ticket.last_message || ticket.subject;
  const active = isActive(ticket);
  return (
    <li class={["row", `edge${ticket.priority}`, isFresh ? "fresh" : "", current ? "current" : ""].join(" ")}>
      <a
        href={hrefOf({ screen: "ticket", view: view.value, number: ticket.number })}
        data-ticket={ticket.number}
        data-testid="row"
        aria-current={current ? "true" : undefined}
      >
        <span class="cell-top">
          <PriorityChip level={ticket.priority} />
          <span class="number">{ticket.number}</span>
          {isFresh && <span class="badge">{t.t("new_badge")}</span>}
          <LanguageChip tag={ticket.language} />
        </span>
        <span class="cell-text">
          <span class="subject" dir="auto" lang={ticket.language ?? undefined}>
            {ticket.subject || t.t("subject_none")}
          </span>
          {text !== ticket.subject && (
            <span class="last" dir="auto">
              {text}
            </span>
          )}
          <span class="why">{ticket.reason_text}</span>
        </span>
        <span class="cell-who">
          <span class="visitor">
            <Icon name="person" />
            <span dir="auto">{ticket.visitor.name || ticket.visitor.email || t.t("anonymous")}</span>
          </span>
          <span class={ticket.assignee ? "assignee" : "assignee none"} data-testid="assignee">
            {ticket.assignee ? (ticket.assignee.id === user.value?.id ? t.t("you") : <span dir="auto">{ticket.assignee.name}</span>) : t.t("unassigned")}
          </span>
        </span>
        <span class="cell-time">
          {ticket.waiting_since && active ? (
            <span class="waits">
              <Icon name="clock" />
              <Waiting since={ticket.waiting_since} />
            </span>
          ) : (
            <span>{active && ticket.state !== "on_hold" && ticket.state !== "pending" ? t.t("not_waiting") : t.code("state", ticket.state)}</span>
          )}
          <Due ticket={ticket} />
        </span>
      </a>
    </li>
  );
}
