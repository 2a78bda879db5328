/* Shortcuts of one key: never in fields, never with a modifier, and off when the agent wants them off. */
import { act, go, helpOpen, opened, route, shortcutsOn, tickets, user, view } from "../desk.ts";
import { neighbour } from "../queue/model.ts";
import { rightsOf } from "../ticket/model.ts";

export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isField(event.target) || helpOpen.peek()) return;
  if (event.key === "?") {
    event.preventDefault();
    helpOpen.value = true;
    return;
  }
  if (shortcutsOn.peek() && press(event.key)) event.preventDefault();
}

function press(key: string): boolean {
  const at = route.peek();
  const now = opened.peek();
  const rights = now && rightsOf(now.ticket, user.peek()?.id ?? "");
  switch (key) {
    case "j":
    case "k":
      move(key === "j" ? 1 : -1);
      return true;
    case "u":
      if (at.screen === "ticket") go({ screen: "queue", view: view.peek() });
      return at.screen === "ticket";
    case "t":
      if (rights?.take) void act("take");
      return Boolean(rights?.take);
    case "r":
    case "n":
      return focusComposer(key === "r" ? "reply" : "note");
    default:
      return false;
  }
}

/** Moves the focus among the rows; beside an open conversation the next one opens. */
function move(step: 1 | -1): void {
  const at = route.peek();
  const focused = document.activeElement instanceof HTMLElement ? (document.activeElement.dataset["ticket"] ?? null) : null;
  const current = focused ?? (at.screen === "ticket" ? at.number : null);
  const next = neighbour(tickets.peek(), current, step);
  if (!next) return;
  const row = document.querySelector<HTMLElement>(`[data-ticket="${CSS.escape(next)}"]`);
  if (row?.offsetParent) row.focus();
  else if (at.screen === "ticket") go({ screen: "ticket", view: view.peek(), number: next });
}

function focusComposer(mode: "reply" | "note"): boolean {
  document.querySelector<HTMLElement>(`[data-mode=${mode}]`)?.click();
  const field = document.querySelector<HTMLElement>("[data-composer]");
  field?.focus();
  return field !== null;
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}
