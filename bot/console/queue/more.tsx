/* The rest of the queue: views that are not in sight, and the search over all tickets and messages. */
import { effect, signal } from "@preact/signals";
import type { JSX } from "preact";
import type { Found, Snippet, ViewInfo } from "../core/types.ts";
import { VIEWS } from "../core/types.ts";
import { api, counts, failureText, go, listState, phase, route, texts, view } from "../desk.ts";
import { Icon } from "../shell/icons.tsx";
import { hrefOf } from "../shell/router.ts";
import { PriorityChip } from "../shell/chips.tsx";

/** The search starts when the keys have been still for so long. */
const STILL_MS = 250;
/** Longer texts say nothing more; the server takes no longer ones. */
const MOST_CHARS = 200;

const infos = signal<readonly ViewInfo[]>([]);
const words = signal("");
const found = signal<readonly Found[] | null>(null);
const failure = signal<string | null>(null);
/** Whether the rows are those of a search. */
export const searching = signal(false);

let timer: ReturnType<typeof setTimeout> | undefined;

/** Keeps the views' names and numbers up to date with the queue. */
export function followViews(): void {
  effect(() => {
    const language = texts.value.language;
    if (phase.value !== "in" || !language) return;
    api.views().then(
      (all) => (infos.value = all),
      () => undefined,
    );
  });
  effect(() => {
    if (phase.value !== "in" || listState.value !== "ready") return;
    api.viewCounts().then(
      (all) => (counts.value = { ...all, ...counts.peek() }),
      () => undefined,
    );
  });
}

export function MoreViews(): JSX.Element | null {
  const t = texts.value;
  const others = infos.value.filter((one) => !(VIEWS as readonly string[]).includes(one.id));
  if (others.length === 0) return null;
  const current = others.find((one) => one.id === view.value);
  return (
    <label class={current ? "more-views current" : "more-views"}>
      <span class="sr">{t.t("more_views")}</span>
      <select
        data-testid="more-views"
        value={current?.id ?? ""}
        onChange={(event) => {
          if (event.currentTarget.value) go({ screen: "queue", view: event.currentTarget.value });
        }}
      >
        <option value="">{t.t("more_views")}</option>
        {others.map((one) => (
          <option key={one.id} value={one.id}>
            {counts.value[one.id] === undefined ? one.name : `${one.name} (${counts.value[one.id]})`}
          </option>
        ))}
      </select>
    </label>
  );
}

export function SearchField(): JSX.Element {
  const t = texts.value;
  return (
    <search class="search">
      <label>
        <span class="sr">{t.t("search_label")}</span>
        <Icon name="search" />
        <input
          type="search"
          dir="auto"
          data-testid="search"
          maxLength={MOST_CHARS}
          placeholder={t.t("search_label")}
          value={words.value}
          onInput={(event) => look(event.currentTarget.value)}
          onKeyDown={(event) => event.key === "Escape" && look("")}
        />
      </label>
    </search>
  );
}

export function FoundRows(): JSX.Element {
  const t = texts.value;
  const hits = found.value;
  if (failure.value !== null) {
    return (
      <p class="empty" role="alert">
        {failure.value}
      </p>
    );
  }
  if (hits === null) {
    return (
      <p class="empty" role="status">
        {t.t("loading")}
      </p>
    );
  }
  return (
    <>
      <p class="found" role="status" data-testid="found-count">
        {t.count("found", hits.length)}
      </p>
      <ol class="rows" role="list" data-testid="found">
        {hits.map(({ ticket, snippets }) => (
          <li key={ticket.number} class={`row edge${ticket.priority}`}>
            <a
              href={hrefOf({ screen: "ticket", view: view.value, number: ticket.number })}
              data-testid="hit"
              aria-current={route.value.screen === "ticket" && route.value.number === ticket.number ? "true" : undefined}
            >
              <span class="cell-top">
                <PriorityChip level={ticket.priority} />
                <span class="number">{ticket.number}</span>
                <span>{t.code("state", ticket.state)}</span>
              </span>
              <span class="cell-text">
                <span class="subject" dir="auto" lang={ticket.language ?? undefined}>
                  {ticket.subject || t.t("subject_none")}
                </span>
                {snippets.slice(0, 2).map((snippet, index) => (
                  <span key={index} class="snippet" dir="auto">
                    {marked(snippet)}
                  </span>
                ))}
              </span>
            </a>
          </li>
        ))}
      </ol>
    </>
  );
}

/** Text with what was looked for marked; the server's ranges never make markup. */
function marked({ text, ranges }: Snippet): (JSX.Element | string)[] {
  const parts: (JSX.Element | string)[] = [];
  let at = 0;
  for (const [from, upto] of ranges) {
    if (from < at) continue;
    parts.push(text.slice(at, from), <mark key={from}>{text.slice(from, upto)}</mark>);
    at = upto;
  }
  parts.push(text.slice(at));
  return parts;
}

function look(text: string): void {
  words.value = text;
  clearTimeout(timer);
  const wanted = text.trim();
  if (!wanted) {
    searching.value = false;
    found.value = null;
    failure.value = null;
    return;
  }
  searching.value = true;
  timer = setTimeout(() => void ask(wanted), STILL_MS);
}

async function ask(wanted: string): Promise<void> {
  try {
    const hits = await api.search(wanted);
    if (words.peek().trim() !== wanted) return;
    found.value = hits;
    failure.value = null;
  } catch (error) {
    if (words.peek().trim() === wanted) failure.value = failureText(error);
  }
}
