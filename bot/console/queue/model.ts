/* The queue without a browser: which view a ticket stands in, in which order, and what to announce. */
import type { Ticket, View } from "../core/types.ts";

const ENDED: readonly string[] = ["solved", "closed", "merged", "spam"];

export const isActive = (ticket: Ticket): boolean => !ENDED.includes(ticket.state);

/** Whether a ticket stands in one of the four views in sight; null for views that only the server can judge. */
export function belongsTo(ticket: Ticket, view: View, me: string): boolean | null {
  switch (view) {
    case "open":
      return isActive(ticket);
    case "mine":
      return isActive(ticket) && ticket.assignee?.id === me;
    case "unassigned":
      return isActive(ticket) && ticket.assignee === null;
    case "solved":
      return ticket.state === "solved" || ticket.state === "closed";
    default:
      return null;
  }
}

/** The server's order of the waiting views: priority, then age, then number. */
export function compareTickets(a: Ticket, b: Ticket): number {
  return a.priority - b.priority || compareText(a.opened_at, b.opened_at) || numberOf(a) - numberOf(b);
}

/** How the nearest promise stands: nothing promised or all kept, still time, soon, or broken. */
export function dueOf(ticket: Ticket, nowMs: number): { state: "none" | "ahead" | "soon" | "late"; ms: number } {
  if (ticket.due_at === null || !isActive(ticket)) return { state: "none", ms: 0 };
  const ms = Date.parse(ticket.due_at) - nowMs;
  if (ms <= 0) return { state: "late", ms: -ms };
  const warned = ticket.sla.some((one) => one.due_at === ticket.due_at && one.warned_at !== null);
  return { state: warned || ms < SOON_MS ? "soon" : "ahead", ms };
}

const SOON_MS = 15 * 60_000;

/** The list after one ticket changed; the solved view shows the newest change first. */
export function mergeTicket(list: readonly Ticket[], ticket: Ticket, view: View, me: string): Ticket[] {
  const belongs = belongsTo(ticket, view, me);
  // Until the server says whether it still belongs here, it shows as it is now and where it was.
  if (belongs === null) return list.map((one) => (one.number === ticket.number ? ticket : one));
  const others = list.filter((one) => one.number !== ticket.number);
  if (!belongs) return others;
  if (view === "solved") {
    const place = list.findIndex((one) => one.number === ticket.number);
    others.splice(Math.max(place, 0), 0, ticket);
    return others;
  }
  return [...others, ticket].sort(compareTickets);
}

/** The number of the row `step` places from the current one, held at the ends. */
export function neighbour(list: readonly Ticket[], current: string | null, step: 1 | -1): string | null {
  if (list.length === 0) return null;
  const at = list.findIndex((ticket) => ticket.number === current);
  if (at < 0) return (step === 1 ? list[0] : list.at(-1))?.number ?? null;
  return list[Math.min(list.length - 1, Math.max(0, at + step))]?.number ?? null;
}

/** Counts what happened since the last announcement, so that a busy queue is one sentence and not fifty. */
export class Tally {
  private readonly opened = new Set<string>();
  private readonly wrote = new Set<string>();

  note(before: Ticket | undefined, after: Ticket, known: boolean): void {
    if (!isActive(after)) return;
    if (!before && !known && after.state === "new") this.opened.add(after.number);
    else if (before && after.waiting_since !== null && after.last_message !== before.last_message) this.wrote.add(after.number);
  }

  /** What to say, and forgets it. */
  take(): { opened: number; wrote: number } | null {
    for (const number of this.opened) this.wrote.delete(number);
    const found = { opened: this.opened.size, wrote: this.wrote.size };
    this.opened.clear();
    this.wrote.clear();
    return found.opened || found.wrote ? found : null;
  }
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const numberOf = (ticket: Ticket): number => Number(/\d+/.exec(ticket.number)?.[0] ?? 0);
