/* What more is known of the open ticket: header, links, assignment, customer. Read when it opens and after each change. */
import { effect, signal } from "@preact/signals";
import { api, opened, phase, texts } from "../desk.ts";
import type { About, Customer, Fields, Routing } from "../core/types.ts";

/** Several changes in a row ask once. */
const ASK_AFTER_MS = 250;

export interface Known {
  number: string;
  about: About | null;
  routing: Routing | null;
  customer: Customer | null;
}

export const known = signal<Known | null>(null);
export const fields = signal<Fields | null>(null);

let timer: ReturnType<typeof setTimeout> | undefined;

/** Follows the open ticket until the page goes. */
export function followOpened(): void {
  let asked = "";
  effect(() => {
    const ticket = opened.value?.ticket;
    const language = texts.value.language;
    if (phase.value !== "in" || !ticket) {
      known.value = null;
      asked = "";
      return;
    }
    const wanted = `${ticket.number} ${ticket.version} ${language}`;
    if (wanted === asked) return;
    asked = wanted;
    if (known.peek()?.number !== ticket.number) known.value = null;
    clearTimeout(timer);
    timer = setTimeout(() => void ask(ticket.number, ticket.customer_id), ASK_AFTER_MS);
  });
  effect(() => {
    const language = texts.value.language;
    if (phase.value !== "in" || !language) return;
    api.fields().then(
      (found) => (fields.value = found),
      () => undefined,
    );
  });
}

/** Each part for itself: what cannot be had is left out, and the rest is shown. */
async function ask(number: string, customerId: string | null): Promise<void> {
  const nothing = (): null => null;
  const [about, routing, customer] = await Promise.all([
    api.about(number).catch(nothing),
    api.routing(number).catch(nothing),
    customerId === null ? null : api.customer(customerId).catch(nothing),
  ]);
  if (opened.peek()?.ticket.number === number) known.value = { number, about, routing, customer };
}

/** The name of a type or category in the agent's language. */
export function nameOf(of: "types" | "categories", slug: string): string {
  return fields.value?.[of].find((one) => one.slug === slug)?.name ?? slug.replace(/_/g, " ");
}
