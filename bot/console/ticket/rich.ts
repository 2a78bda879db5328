/* The light Markdown of the assistant's answers, made into plain data; what people write is never parsed.
 *
 * Links lead to http and https addresses or to our own help pages; anything else stays text.
 */

export type Inline = { type: "text"; text: string } | { type: "strong"; text: string } | { type: "link"; text: string; href: string };
type Paragraph = { type: "p"; lines: Inline[][] };
type ListBlock = { type: "ul" | "ol"; items: Inline[][] };
export type Block = Paragraph | ListBlock;

const ITEM = /^\s*(?:([-*•])|\d{1,3}[.)])\s+(.*)$/;
const INLINE = /\*\*([^*\n]+)\*\*|\[([^\]\n]+)\]\(([^()\s]+)\)/g;

export function parseRich(source: string): Block[] {
  const blocks: Block[] = [];
  let open = null as Block | null;
  for (const raw of source.replace(/\r\n?/g, "\n").split("\n")) {
    const line = raw.replace(/^#{1,6}\s+(.*)$/, "**$1**");
    const item = ITEM.exec(line);
    if (!line.trim()) {
      if (open?.type === "p") open = null;
    } else if (item) {
      const type = item[1] ? "ul" : "ol";
      const last = open;
      const list: ListBlock = last && last.type !== "p" && last.type === type ? last : { type, items: [] };
      if (list !== last) blocks.push((open = list));
      list.items.push(parseInline(item[2] ?? ""));
    } else {
      const last = open;
      const paragraph: Paragraph = last && last.type === "p" ? last : { type: "p", lines: [] };
      if (paragraph !== last) blocks.push((open = paragraph));
      paragraph.lines.push(parseInline(line));
    }
  }
  return blocks;
}

export function parseInline(source: string): Inline[] {
  const parts: Inline[] = [];
  let end = 0;
  for (const match of source.matchAll(INLINE)) {
    const [whole, strong, label, target] = match;
    if (match.index > end) parts.push({ type: "text", text: source.slice(end, match.index) });
    end = match.index + whole.length;
    const href = target === undefined ? null : safeHref(target);
    if (strong !== undefined) parts.push({ type: "strong", text: strong });
    else if (href !== null) parts.push({ type: "link", text: label ?? href, href });
    else parts.push({ type: "text", text: label ?? whole });
  }
  if (end < source.length) parts.push({ type: "text", text: source.slice(end) });
  return parts;
}

/** The address if an agent may be sent there, otherwise null. */
export function safeHref(href: string): string | null {
  if (/[\u0000-\u0020\u007f\\]/.test(href)) return null;
  if (/^\/(?!\/)/.test(href)) return href;
  return /^https?:\/\//i.test(href) ? href : null;
}
