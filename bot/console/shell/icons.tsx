/* Our own icons on a 20 by 20 grid, drawn with the current text colour and hidden from assistive technology. */
import type { JSX } from "preact";

const PATHS = {
  back: "M12 4l-6 6 6 6",
  queue: "M3 5h14M3 10h14M3 15h9",
  person: "M10 10a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3.5 17c.6-3.2 3.2-5 6.5-5s5.9 1.8 6.5 5",
  bot: "M5 7h10a2 2 0 0 1 2 2v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V9a2 2 0 0 1 2-2zM10 7V3.5M7.5 11.5v1M12.5 11.5v1",
  lock: "M5.5 9h9a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1zM7 9V6.5a3 3 0 0 1 6 0V9",
  send: "M3.5 10L17 4l-4.5 12.5L10 11z",
  check: "M4 10.5l4 4 8-9",
  handback: "M8 5L4 9l4 4M4 9h8a4 4 0 0 1 4 4v2",
  release: "M10 13V4M6.5 7.5L10 4l3.5 3.5M4 16h12",
  take: "M10 4v9M6.5 9.5L10 13l3.5-3.5M4 16h12",
  clock: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 6v4l2.5 2",
  keyboard: "M3 6h14v8H3zM6 9h.01M9 9h.01M12 9h.01M14.5 9h.01M7 12h6",
  globe: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM3 10h14M10 3c2.5 2 2.5 12 0 14M10 3c-2.5 2-2.5 12 0 14",
  leave: "M8 4H4v12h4M11 6.5L14.5 10 11 13.5M14 10H7.5",
  alert: "M10 3.5l7.5 13h-15zM10 8.5v3.5M10 14.3v.01",
  down: "M5 8l5 5 5-5",
  close: "M5 5l10 10M15 5L5 15",
  info: "M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM10 9.5v4M10 6.5v.01",
  search: "M8.5 14a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM12.5 12.5L17 17",
  mail: "M3 5.5h14v9H3zM3 6l7 5 7-5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, flip = false }: { name: IconName; flip?: boolean }): JSX.Element {
  return (
    <svg class={flip ? "icon flip" : "icon"} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}

export function Logo(): JSX.Element {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path class="front" d="M8 9h11a3 3 0 0 1 3 3v4a3 3 0 0 1-3 3h-5l-4 4v-4H8z" />
      <path class="behind" d="M24.5 14v6a2 2 0 0 1-2 2H22v3l-3-3" />
    </svg>
  );
}

/** The five priorities differ in form, not only in colour: arrows up, a bar, arrows down. */
const PRIORITY_PATHS: Readonly<Record<number, string>> = {
  1: "M3 8l5-5 5 5M3 13l5-5 5 5",
  2: "M3 10.5l5-5 5 5",
  3: "M3 6h10M3 10h10",
  4: "M3 5.5l5 5 5-5",
  5: "M3 3l5 5 5-5M3 8l5 5 5-5",
};

export function PriorityMark({ level }: { level: number }): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PRIORITY_PATHS[level] ?? PRIORITY_PATHS[3]} />
    </svg>
  );
}
