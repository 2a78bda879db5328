/* The conversation as it happened: everyone by name, notes set apart, what is still on its way at the end. */
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { fill, isolate } from "../core/i18n.ts";
import type { DeskEvent, Source } from "../core/types.ts";
import { discard, failureText, now, opened, pending, retry, texts, user, visitorTyping } from "../desk.ts";
import { ApiError } from "../core/api.ts";
import { Icon } from "../shell/icons.tsx";
import { speakerOf, startsDay, type Pending } from "./model.ts";
import { parseRich, safeHref, type Inline } from "./rich.ts";

/** More are drawn on demand; a conversation of thousands opens as fast as a short one. */
const SHOWN_AT_FIRST = 150;
/** So close to the end counts as reading the end. */
const NEAR_END_PX = 80;

export function Transcript(): JSX.Element | null {
  const t = texts.value;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  /** How far from the end she reads while earlier messages are put above. */
  const fromEnd = useRef<number | null>(null);
  const [shown, setShown] = useState(SHOWN_AT_FIRST);
  const [below, setBelow] = useState(false);
  const events = opened.value?.events ?? [];
  const waiting = pending.value;
  const lastSeq = events.at(-1)?.seq;
  useLayoutEffect(() => {
    const node = box.current;
    if (!node) return;
    if (atEnd.current || waiting.length > 0) node.scrollTop = node.scrollHeight;
    else setBelow(true);
  }, [lastSeq, waiting.length, visitorTyping.value]);
  useLayoutEffect(() => {
    const node = box.current;
    if (!node || fromEnd.current === null) return;
    node.scrollTop = node.scrollHeight - fromEnd.current;
    fromEnd.current = null;
    // The button may be gone; the keyboard goes on from the log.
    node.focus({ preventScroll: true });
  }, [shown]);
  const today = new Date(now.peek());
  const first = Math.max(0, events.length - shown);
  return (
    <div class="talk">
      <div
        ref={box}
        class="log"
        role="log"
        aria-live="polite"
        aria-label={t.t("conversation")}
        tabIndex={0}
        data-testid="log"
        onScroll={(event) => {
          const node = event.currentTarget;
          atEnd.current = node.scrollHeight - node.scrollTop - node.clientHeight < NEAR_END_PX;
          if (atEnd.current) setBelow(false);
        }}
      >
        {first > 0 && (
          <button
            type="button"
            class="earlier"
            data-testid="earlier"
            onClick={() => {
              const node = box.current;
              fromEnd.current = node ? node.scrollHeight - node.scrollTop : null;
              setShown(shown + SHOWN_AT_FIRST);
            }}
          >
            {t.t("earlier")}
          </button>
        )}
        {events.slice(first).map((event, index) => (
          <Entry key={event.seq} event={event} day={startsDay(events[first + index - 1]?.created_at, event.created_at) ? t.day(event.created_at, today) : null} />
        ))}
        {waiting.map((entry) => (
          <Outgoing key={entry.clientId} entry={entry} />
        ))}
      </div>
      {below && (
        <button
          type="button"
          class="below"
          onClick={() => {
            const node = box.current;
            if (node) node.scrollTop = node.scrollHeight;
          }}
        >
          <Icon name="down" /> {t.t("new_below")}
        </button>
      )}
      <p class="typing" role="status" data-testid="visitor-typing">
        {visitorTyping.value ? t.t("visitor_typing") : ""}
      </p>
    </div>
  );
}

function Entry({ event, day }: { event: DeskEvent; day: string | null }): JSX.Element {
  const speaker = speakerOf(event);
  return (
    <>
      {day !== null && <p class="day">{day}</p>}
      {speaker === "system" ? <SystemLine event={event} /> : <Message event={event} speaker={speaker} />}
    </>
  );
}

function SystemLine({ event }: { event: DeskEvent }): JSX.Element {
  const t = texts.value;
  const name = event.author_name ?? "";
  const details = [event.payload["name"], event.payload["email"]].filter((one): one is string => typeof one === "string" && one !== "");
  const kind = event.kind === "agent_joined" && event.internal?.["reopened"] === true ? "reopened" : event.kind;
  const reason = ["priority", "assigned"].includes(event.kind) && typeof event.payload["reason"] === "string" ? event.payload["reason"] : "";
  const known = fill(t.code("event", kind), { name: isolate(name), priority: `P${String(event.payload["to"])}`, to: isolate(String(event.payload["to"])) });
  return (
    <div class="system" data-testid="system-line" data-kind={event.kind}>
      <p>
        <b>{known}</b>
        {event.kind === "contact" && details.length > 0 && <span dir="auto">{`: ${details.join(", ")}`}</span>}
        {reason !== "" && (
          <>
            {": "}
            <bdi>{reason}</bdi>
          </>
        )}
        <time dateTime={event.created_at} title={t.moment(event.created_at)}>
          {t.time(event.created_at)}
        </time>
      </p>
      {event.text && (
        <p class="told">
          {t.t("told_visitor")}{" "}
          <q lang={event.language ?? undefined} dir="auto">
            {event.text}
          </q>
        </p>
      )}
    </div>
  );
}

function Message({ event, speaker }: { event: DeskEvent; speaker: "visitor" | "bot" | "agent" | "note" }): JSX.Element {
  const t = texts.value;
  const mine = event.author === "agent" && event.author_id === user.value?.id;
  const who = speaker === "agent" || speaker === "note" ? (mine ? t.t("you") : (event.author_name ?? "")) : t.code("author", speaker);
  const confidence = event.internal?.["confidence"];
  const sources = Array.isArray(event.payload["sources"]) ? (event.payload["sources"] as Source[]) : [];
  return (
    <div class={`message ${speaker}`} data-testid="message" data-speaker={speaker}>
      <p class="by">
        <Icon name={speaker === "note" ? "lock" : speaker === "bot" ? "bot" : "person"} />
        <b dir="auto">{who}</b>
        <time dateTime={event.created_at} title={t.moment(event.created_at)}>
          {t.time(event.created_at)}
        </time>
        {event.language && speaker !== "note" && (
          <span class="tag" title={t.languageName(event.language)}>
            {event.language.toUpperCase()}
          </span>
        )}
        {speaker === "bot" && typeof confidence === "number" && <span>{t.t("bot_sure", { percent: t.percent(confidence) })}</span>}
        {speaker === "note" && <span class="private">{t.t("note_label")}</span>}
      </p>
      <div class="bubble" lang={speaker === "note" ? undefined : (event.language ?? undefined)} dir="auto">
        {speaker === "bot" ? <Rich text={event.text} /> : event.text}
      </div>
      {sources.length > 0 && (
        <p class="sources">
          <span>{t.t("sources")}:</span>
          {sources.map((source) => {
            const href = safeHref(String(source.url));
            return href === null ? null : (
              <a key={href} href={href} target="_blank" rel="noopener" lang={source.language} dir="auto">
                {source.title}
              </a>
            );
          })}
        </p>
      )}
    </div>
  );
}

function Outgoing({ entry }: { entry: Pending }): JSX.Element {
  const t = texts.value;
  const failed = entry.state === "failed";
  return (
    <div class={`message ${entry.kind === "note" ? "note" : "agent"} outgoing`} data-testid="outgoing" data-state={entry.state}>
      <p class="by">
        <Icon name={entry.kind === "note" ? "lock" : "person"} />
        <b>{t.t("you")}</b>
        {entry.kind === "note" && <span class="private">{t.t("note_label")}</span>}
      </p>
      <div class="bubble" dir="auto">
        {entry.text}
      </div>
      {failed ? (
        <p class="undelivered">
          <Icon name="alert" />
          <span>
            <b>{t.t("not_sent")}</b>
            {entry.error !== null && ` ${failureText(new ApiError(entry.error === "unreachable" ? 0 : 400, entry.error, "", null))}`}
          </span>
          <button type="button" class="link" onClick={() => void retry(entry.clientId)}>
            {t.t("try_again")}
          </button>
          <button type="button" class="link" onClick={() => discard(entry.clientId)}>
            {t.t("discard")}
          </button>
        </p>
      ) : (
        <p class="underway">{t.t("sending")}</p>
      )}
    </div>
  );
}

function Rich({ text }: { text: string }): JSX.Element {
  return (
    <>
      {parseRich(text).map((block, index) => {
        if (block.type === "p") {
          return (
            <p key={index}>
              {block.lines.map((line, at) => (
                <>
                  {at > 0 && <br />}
                  {line.map(inline)}
                </>
              ))}
            </p>
          );
        }
        const List = block.type;
        return (
          <List key={index}>
            {block.items.map((item, at) => (
              <li key={at}>{item.map(inline)}</li>
            ))}
          </List>
        );
      })}
    </>
  );
}

function inline(part: Inline, index: number): ComponentChildren {
  if (part.type === "strong") return <strong key={index}>{part.text}</strong>;
  if (part.type === "text") return part.text;
  return (
    <a key={index} href={part.href} target="_blank" rel="noopener">
      {part.text}
    </a>
  );
}
