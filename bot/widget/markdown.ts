/* A tiny Markdown for answers: paragraphs, bold, emphasis, lists and links, made into plain data.
 *
 * `parse` is pure; `render` makes DOM nodes from it with text nodes only, so no text can ever become
 * markup. Links are http, https or relative to the gateway; anything else stays text.
 */

export type Inline = string | { type: "strong" | "em"; text: string } | { type: "link"; text: string; href: string };
export type Block =
  | { type: "p"; lines: Inline[][] }
  | { type: "ul"; items: Inline[][] }
  | { type: "ol"; start: number; items: Inline[][] };

const BULLET = /^\s*[-*•]\s+(.*)$/;
const NUMBER = /^\s*(\d{1,3})[.)]\s+(.*)$/;
const BARE = /https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?»”]/gu;
const INLINE = /\*\*([^*\n]+)\*\*|(?<![*\w])\*([^*\s][^*\n]*)\*(?![*\w])|\[([^\]\n]+)\]\(([^()\s]+)\)|(https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?»”])/gu;

export function parse(text: string, base: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const raw of text.replace(/\r\n?/g, "\n").split("\n")) {
    const line = raw.replace(/^#{1,6}\s+(.*)$/, "**$1**");
    const bullet = BULLET.exec(line);
    const number = bullet ? null : NUMBER.exec(line);
    if (!line.trim()) {
      // A blank line between two items does not end the list.
      if (open?.type === "p") open = null;
      continue;
    }
    if (bullet) {
      if (open?.type !== "ul") blocks.push((open = { type: "ul", items: [] }));
      open.items.push(parseInline(bullet[1] ?? "", base));
    } else if (number) {
      if (open?.type !== "ol") blocks.push((open = { type: "ol", start: Number(number[1]), items: [] }));
      open.items.push(parseInline(number[2] ?? "", base));
    } else {
      if (open?.type !== "p") blocks.push((open = { type: "p", lines: [] }));
      open.lines.push(parseInline(line, base));
    }
  }
  return blocks;
}

export function parseInline(text: string, base: string): Inline[] {
  const parts: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, strong, em, label, target, bare] = match;
    const href = target ?? bare;
    const safe = href === undefined ? null : safeLink(href, base);
    if (match.index > end) parts.push(text.slice(end, match.index));
    end = match.index + whole.length;
    if (strong !== undefined) parts.push({ type: "strong", text: strong });
    else if (em !== undefined) parts.push({ type: "em", text: em });
    else if (safe !== null) parts.push({ type: "link", text: label ?? whole, href: safe });
    else parts.push(label ?? whole);
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** Text that a person wrote: nothing in it is markup, only full addresses become links. */
export function linkify(text: string, base: string): Inline[] {
  const parts: Inline[] = [];
  let end = 0;
  for (const match of text.matchAll(BARE)) {
    const href = safeLink(match[0], base);
    if (href === null) continue;
    if (match.index > end) parts.push(text.slice(end, match.index));
    parts.push({ type: "link", text: match[0], href });
    end = match.index + match[0].length;
  }
  if (end < text.length) parts.push(text.slice(end));
  return parts;
}

/** The absolute address if a visitor may be sent there, otherwise null. */
export function safeLink(href: string, base: string): string | null {
  // Control characters inside a scheme are dropped by URL parsers, so they are refused before.
  if (/[\u0000-\u0020\u007f]/.test(href)) return null;
  try {
    const url = new URL(href, base);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

export function render(text: string, base: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  for (const block of parse(text, base)) {
    const parent = document.createElement(block.type);
    if (block.type === "p") {
      block.lines.forEach((line, index) => {
        if (index) parent.append(document.createElement("br"));
        appendInline(parent, line);
      });
    } else {
      if (block.type === "ol" && block.start !== 1) (parent as HTMLOListElement).start = block.start;
      for (const item of block.items) {
        const li = document.createElement("li");
        appendInline(li, item);
        parent.append(li);
      }
    }
    fragment.append(parent);
  }
  return fragment;
}

export function appendInline(parent: Element, parts: Inline[]): void {
  for (const part of parts) {
    if (typeof part === "string") parent.append(part);
    else if (part.type === "link") parent.append(link(part.href, part.text));
    else {
      const node = document.createElement(part.type);
      node.textContent = part.text;
      parent.append(node);
    }
  }
}

/** A link that leaves the visitor's page open when it goes to another host. */
export function link(href: string, text: string): HTMLAnchorElement {
  const anchor = document.createElement("a");
  anchor.href = href;
  anchor.textContent = text;
  if (anchor.origin !== location.origin) {
    anchor.target = "_blank";
    anchor.rel = "noopener noreferrer";
  }
  return anchor;
}
