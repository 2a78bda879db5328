/* Addresses after the `#`: every screen and every ticket has one. */
import type { View } from "../core/types.ts";

export type Route =
  | { screen: "queue"; view: View }
  | { screen: "ticket"; view: View; number: string }
  | { screen: "setup"; token: string }
  | { screen: "reset"; token: string };

export function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#?\/?/, "").split("/").map(decode);
  const [first = "", second = "", third = ""] = parts;
  if ((first === "setup" || first === "reset") && second) return { screen: first, token: second };
  if (first === "ticket" && second) return { screen: "ticket", view: "open", number: second };
  const view = first === "queue" && isView(second) ? second : "open";
  return first === "queue" && third ? { screen: "ticket", view, number: third } : { screen: "queue", view };
}

export function hrefOf(route: Route): string {
  switch (route.screen) {
    case "queue":
      return `#/queue/${encodeURIComponent(route.view)}`;
    case "ticket":
      return `#/queue/${encodeURIComponent(route.view)}/${encodeURIComponent(route.number)}`;
    default:
      return `#/${route.screen}/${encodeURIComponent(route.token)}`;
  }
}

/** A word of the house or the id of a saved view; the server knows which of them exist. */
function isView(text: string): boolean {
  return /^\w{1,40}$/.test(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
