/* The panel beside the conversation: why it is here, how urgent and why, what the assistant knew, who is asking. */
import type { JSX } from "preact";
import { texts, user } from "../desk.ts";
import { isolate } from "../core/i18n.ts";
import type { DeskEvent, Ticket } from "../core/types.ts";
import { LanguageChip, PriorityChip } from "../shell/chips.tsx";
import { Assignment } from "./assignment.tsx";
import { evidenceOf, rightsOf, webAddress, type Evidence, type Hit } from "./model.ts";
import { Bar, Fact, Part } from "./parts.tsx";
import { PriorityForm } from "./priority.tsx";
import { CustomerPart, InShort, Kind, Related, ServiceLevel } from "./service.tsx";

export function Details({ ticket, events }: { ticket: Ticket; events: readonly DeskEvent[] }): JSX.Element {
  const t = texts.value;
  const evidence = evidenceOf(events);
  const page = webAddress(ticket.page_url);
  return (
    <div class="details-body">
      <InShort />
      <ServiceLevel ticket={ticket} />
      <Part title={t.t("why_handed_over")}>
        <p class="handoff-reason" data-testid="handoff-reason">
          {ticket.reason_text}
        </p>
      </Part>
      <Part title={t.t("priority")}>
        <p class="priority-line">
          <PriorityChip level={ticket.priority} long />
          <span>{`${t.t("impact")}: ${t.code("level", String(ticket.impact))} · ${t.t("urgency")}: ${t.code("level", String(ticket.urgency))}`}</span>
        </p>
        {ticket.override && (
          <p class="override" data-testid="override">
            {t.t(ticket.override.by ? "override_line" : "override_line_plain", {
              name: isolate(ticket.override.by),
              reason: isolate(ticket.override.reason),
              priority: `P${ticket.override.triage_level}`,
            })}
          </p>
        )}
        {ticket.reasons.length > 0 && (
          <ul class="reasons" aria-label={t.t("why_priority")} data-testid="reasons">
            {ticket.reasons.map((reason, index) => (
              <li key={index}>
                {reason.text}
                {reason.evidence.trim() !== "" && (
                  <>
                    {": "}
                    <q lang={ticket.language ?? undefined} dir="auto">
                      {reason.evidence}
                    </q>
                  </>
                )}
              </li>
            ))}
          </ul>
        )}
        {rightsOf(ticket, user.value?.id ?? "").prioritise && <PriorityForm ticket={ticket} />}
      </Part>
      <Kind ticket={ticket} />
      <Assignment ticket={ticket} />
      <CustomerPart />
      <Related ticket={ticket} />
      <Part title={t.t("decision")}>{evidence ? <Decision evidence={evidence} /> : <p class="soft">{t.t("no_evidence")}</p>}</Part>
      <Part title={t.t("contact")}>
        <dl class="facts" data-testid="contact">
          <Fact name={t.t("author_visitor")}>{ticket.visitor.name ? <span dir="auto">{ticket.visitor.name}</span> : <i>{t.t("contact_none")}</i>}</Fact>
          <Fact name={t.t("email")}>
            {ticket.visitor.email ? <a href={`mailto:${encodeURIComponent(ticket.visitor.email).replace("%40", "@")}`}>{ticket.visitor.email}</a> : <i>{t.t("contact_none")}</i>}
          </Fact>
          <Fact name={t.t("language")}>{ticket.language ? <LanguageChip tag={ticket.language} /> : "–"}</Fact>
          {ticket.locale && (
            <Fact name={t.t("locale")}>
              {t.languageName(ticket.locale)} <bdi class="soft">{ticket.locale}</bdi>
            </Fact>
          )}
          {page !== null && (
            <Fact name={t.t("page")}>
              <bdi dir="ltr" data-testid="page-url">
                {page}
              </bdi>
            </Fact>
          )}
        </dl>
      </Part>
      <Part title={t.t("ticket_data")}>
        <dl class="facts">
          <Fact name={t.t("number")}>{ticket.number}</Fact>
          <Fact name={t.t("state")}>{t.code("state", ticket.state)}</Fact>
          <Fact name={t.t("assignee")}>{ticket.assignee ? <span dir="auto">{ticket.assignee.name}</span> : t.t("unassigned")}</Fact>
          <Fact name={t.t("opened")}>
            <time dateTime={ticket.opened_at}>{t.moment(ticket.opened_at)}</time>
          </Fact>
        </dl>
      </Part>
    </div>
  );
}

function Decision({ evidence }: { evidence: Evidence }): JSX.Element {
  const t = texts.value;
  const tag = evidence.language?.tag ?? null;
  return (
    <div data-testid="evidence">
      <p class="judged">
        <span class="sr">{`${t.t("judged_text")}: `}</span>
        <q lang={tag ?? undefined} dir="auto">
          {evidence.text}
        </q>
      </p>
      {evidence.outcome && (
        <p class="outcome">
          <b>{t.code("outcome", evidence.outcome)}</b>
        </p>
      )}
      {evidence.reasons.length > 0 && (
        <ul class="reasons">
          {evidence.reasons.map((reason) => (
            <li key={reason}>{reason.startsWith("intent_") ? t.code("intent", reason.slice(7)) : t.code("decision", reason)}</li>
          ))}
        </ul>
      )}
      <dl class="facts">
        {evidence.confidence !== null && (
          <Fact name={t.t("confidence")}>
            <Bar share={evidence.confidence} text={t.percent(evidence.confidence)} />
          </Fact>
        )}
        {evidence.language && (
          <Fact name={t.t("detected_language")}>
            {t.languageName(evidence.language.tag)}
            {evidence.language.confidence !== null && ` (${t.percent(evidence.language.confidence)})`}
          </Fact>
        )}
        {evidence.intent && (
          <Fact name={t.t("intent")}>
            {t.code("intent", evidence.intent.name)} {`(${t.percent(evidence.intent.confidence)})`}
          </Fact>
        )}
      </dl>
      <h3>{t.t("hits")}</h3>
      {evidence.hits.length > 0 ? (
        <ol class="hits" data-testid="hits">
          {evidence.hits.map((hit) => (
            <HitRow key={hit.id + hit.language} hit={hit} />
          ))}
        </ol>
      ) : (
        <p class="soft">{t.t("no_hits")}</p>
      )}
      {evidence.entities.length > 0 && (
        <>
          <h3>{t.t("entities")}</h3>
          <dl class="facts">
            {evidence.entities.map((found, index) => (
              <Fact key={index} name={t.code("entity", found.entity)}>
                <span dir="auto">{found.value}</span>
              </Fact>
            ))}
          </dl>
        </>
      )}
    </div>
  );
}

function HitRow({ hit }: { hit: Hit }): JSX.Element {
  const t = texts.value;
  const safe = /^[\w-]+$/.test(hit.id) && /^[\w-]+$/.test(hit.language ?? "");
  return (
    <li>
      <span class="hit-title" dir="auto" lang={hit.language ?? undefined}>
        {safe ? (
          <a href={`/help/${hit.language}/${hit.id}`} target="_blank" rel="noopener">
            {hit.title}
          </a>
        ) : (
          hit.title
        )}
      </span>
      <Bar share={hit.probability} text={t.percent(hit.probability)} />
    </li>
  );
}
