/* The parts of the panel that say where a ticket stands: in short, promises, kind, customer, links. */
import { useComputed } from "@preact/signals";
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { Reading, Ticket } from "../core/types.ts";
import { busyAct, change, now, texts, view } from "../desk.ts";
import { isActive } from "../queue/model.ts";
import { hrefOf } from "../shell/router.ts";
import { fields, known, nameOf } from "./about.ts";
import { Bar, Fact, Part, useOpenedForm } from "./parts.tsx";

/** The header: what was asked, what is known, what was tried. */
export function InShort(): JSX.Element | null {
  const t = texts.value;
  const text = known.value?.about?.summary_text ?? "";
  if (!text) return null;
  return (
    <Part title={t.t("in_short")}>
      <ul class="short" data-testid="summary">
        {text.split("\n").map((line, index) => (
          <li key={index} dir="auto">
            {line}
          </li>
        ))}
      </ul>
    </Part>
  );
}

export function ServiceLevel({ ticket }: { ticket: Ticket }): JSX.Element | null {
  const t = texts.value;
  if (ticket.sla.length === 0) return null;
  return (
    <Part title={t.t("service_level")}>
      <ul class="clocks" data-testid="sla">
        {ticket.sla.map((reading) => (
          <ClockRow key={reading.metric} reading={reading} />
        ))}
      </ul>
    </Part>
  );
}

function ClockRow({ reading }: { reading: Reading }): JSX.Element {
  const t = texts.value;
  const standing = useComputed(() => {
    if (reading.breached_at) return t.t("sla_breached", { at: t.moment(reading.breached_at) });
    if (reading.phase === "paused") return t.t("sla_paused");
    if (reading.phase === "stopped") return t.t("sla_kept");
    if (reading.due_at) return t.t("sla_due", { at: t.moment(reading.due_at), span: t.span(Math.max(0, Date.parse(reading.due_at) - now.value)) });
    return "";
  });
  const share = reading.target_s > 0 ? Math.min(1, reading.used_s / reading.target_s) : 0;
  return (
    <li class={reading.breached_at ? "late" : reading.warned_at && reading.phase === "running" ? "soon" : ""}>
      <span class="clock-name">{t.code("metric", reading.metric)}</span>
      <span>{standing}</span>
      <Bar share={share} text={t.percent(share)} />
    </li>
  );
}

/** Type, category and tags with how sure the desk is; both can be set by hand. */
export function Kind({ ticket }: { ticket: Ticket }): JSX.Element {
  const t = texts.value;
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  function close(): void {
    setOpen(false);
    requestAnimationFrame(() => opener.current?.focus());
  }
  return (
    <Part title={t.t("kind")}>
      <dl class="facts" data-testid="kind">
        {(["type", "category"] as const).map((field) => {
          const value = ticket[field];
          const said = ticket.classification[field];
          return (
            <Fact key={field} name={t.code("field", field)}>
              {value === null ? <i>{t.t("none_yet")}</i> : nameOf(field === "type" ? "types" : "categories", value)}
              {value !== null && said?.source === "auto" && typeof said.confidence === "number" && <span class="soft">{` (${t.percent(said.confidence)})`}</span>}
            </Fact>
          );
        })}
        {ticket.tags.length > 0 && (
          <Fact name={t.t("field_tags")}>
            <ul class="tags" role="list">
              {ticket.tags.map((tag) => (
                <li key={tag} dir="auto">
                  {tag}
                </li>
              ))}
            </ul>
          </Fact>
        )}
      </dl>
      {open ? (
        <KindForm ticket={ticket} onClose={close} />
      ) : (
        isActive(ticket) &&
        fields.value && (
          <button ref={opener} type="button" class="link" data-testid="change-kind" onClick={() => setOpen(true)}>
            {t.t("change_kind")}
          </button>
        )
      )}
    </Part>
  );
}

function KindForm({ ticket, onClose }: { ticket: Ticket; onClose: () => void }): JSX.Element {
  const t = texts.value;
  const [type, setType] = useState(ticket.type ?? "");
  const [category, setCategory] = useState(ticket.category ?? "");
  const options = fields.value;
  const form = useOpenedForm(true);
  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const changed: Record<string, string> = {};
    if (type && type !== ticket.type) changed["type"] = type;
    if (category && category !== ticket.category) changed["category"] = category;
    if (Object.keys(changed).length === 0 || (await change("kind", changed))) onClose();
  }
  return (
    <form ref={form} class="inset" onSubmit={(event) => void submit(event)} onKeyDown={(event) => event.key === "Escape" && onClose()}>
      <label>
        {t.t("field_type")}
        <select data-testid="kind-type" value={type} onChange={(event) => setType(event.currentTarget.value)}>
          {ticket.type === null && <option value="">–</option>}
          {options?.types.map((one) => (
            <option key={one.slug} value={one.slug}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t.t("field_category")}
        <select data-testid="kind-category" value={category} onChange={(event) => setCategory(event.currentTarget.value)}>
          {ticket.category === null && <option value="">–</option>}
          {options?.categories.map((one) => (
            <option key={one.slug} value={one.slug}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <p class="form-acts">
        <button type="submit" class="primary" disabled={busyAct.value !== null}>
          {t.t("save")}
        </button>
        <button type="button" onClick={onClose}>
          {t.t("cancel")}
        </button>
      </p>
    </form>
  );
}

export function CustomerPart(): JSX.Element | null {
  const t = texts.value;
  const customer = known.value?.customer;
  if (!customer) return null;
  return (
    <Part title={t.t("customer")}>
      <dl class="facts" data-testid="customer">
        <Fact name={t.t("customer_name")}>{customer.name ? <span dir="auto">{customer.name}</span> : <i>{t.t("contact_none")}</i>}</Fact>
        {customer.tier && <Fact name={t.t("customer_tier")}>{customer.tier}</Fact>}
        {customer.time_zone && (
          <Fact name={t.t("customer_zone")}>
            <bdi dir="ltr">{customer.time_zone}</bdi>
          </Fact>
        )}
      </dl>
    </Part>
  );
}

/** Other tickets that belong to this one. */
export function Related({ ticket }: { ticket: Ticket }): JSX.Element | null {
  const t = texts.value;
  const about = known.value?.about;
  const others = [
    ...(ticket.merged_into ? [{ number: ticket.merged_into, relation_text: t.t("merged_into"), subject: "" }] : []),
    ...(ticket.follow_up_of ? [{ number: ticket.follow_up_of, relation_text: t.t("follow_up_of"), subject: "" }] : []),
    ...(about?.links ?? []),
    ...(about?.merged ?? []).map((one) => ({ number: one.ticket.number, relation_text: t.t("merged_here"), subject: one.ticket.subject })),
  ];
  if (others.length === 0) return null;
  return (
    <Part title={t.t("related")}>
      <ul class="related" data-testid="related">
        {others.map((one) => (
          <li key={`${one.relation_text} ${one.number}`}>
            <span class="soft">{one.relation_text}</span> <a href={hrefOf({ screen: "ticket", view: view.value, number: one.number })}>{one.number}</a>{" "}
            <span dir="auto">{one.subject}</span>
          </li>
        ))}
      </ul>
    </Part>
  );
}
