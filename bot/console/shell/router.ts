/* Addresses after the `#`: every screen and every ticket has one. */
import { VIEWS, type View } from "../core/types.ts";

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
      return `#/queue/${route.view}`;
    case "ticket":
      return `#/queue/${route.view}/${encodeURIComponent(route.number)}`;
    default:
      return `#/${route.screen}/${encodeURIComponent(route.token)}`;
  }
}

function isView(text: string): text is View {
  return (VIEWS as readonly string[]).includes(text);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
