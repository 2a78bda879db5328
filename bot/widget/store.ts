/* What the widget remembers in the visitor's browser: session, unsent messages, choices. No cookies.
 *
 * Every unsent message has its own key, so two tabs never overwrite each other's. Where storage is
 * refused (private mode, full), memory stands in and the chat works until the page is left.
 */
import type { Outgoing } from "./protocol.ts";

export const PREFIX = "babeldesk.";
const OUT = `${PREFIX}out.`;

export interface StoredSession {
  token: string;
  conversation_id: string;
}

class Memory implements Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length"> {
  private values = new Map<string, string>();
  get length(): number {
    return this.values.size;
  }
  key(index: number): string | null {
    return [...this.values.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.values.set(key, value);
  }
  removeItem(key: string): void {
    this.values.delete(key);
  }
}

type Area = Memory | Storage;

function areaOf(pick: () => Storage): Area {
  try {
    const storage = pick();
    storage.setItem(`${PREFIX}probe`, "1");
    storage.removeItem(`${PREFIX}probe`);
    return storage;
  } catch {
    return new Memory();
  }
}

export class Store {
  constructor(
    /** Shared by all tabs of the site. */
    private readonly shared: Area = areaOf(() => window.localStorage),
    /** This tab alone. */
    private readonly tab: Area = areaOf(() => window.sessionStorage),
  ) {}

  session(): StoredSession | null {
    return this.read<StoredSession>(this.shared, "session");
  }
  saveSession(session: StoredSession | null): void {
    this.write(this.shared, "session", session);
  }

  language(): string | null {
    return this.read<string>(this.shared, "language");
  }
  saveLanguage(language: string | null): void {
    this.write(this.shared, "language", language);
  }

  readSeq(): number {
    return this.read<number>(this.shared, "read") ?? 0;
  }
  saveReadSeq(seq: number): void {
    if (seq !== this.readSeq()) this.write(this.shared, "read", seq);
  }

  /** What became of the contact form of this conversation. */
  contact(): "saved" | "skipped" | null {
    return this.read<"saved" | "skipped">(this.shared, "contact");
  }
  saveContact(contact: "saved" | "skipped" | null): void {
    this.write(this.shared, "contact", contact);
  }

  isOpen(): boolean {
    return this.read<boolean>(this.tab, "open") ?? false;
  }
  saveOpen(open: boolean): void {
    this.write(this.tab, "open", open || null);
  }

  draft(): string {
    return this.read<string>(this.tab, "draft") ?? "";
  }
  saveDraft(text: string): void {
    this.write(this.tab, "draft", text || null);
  }

  /** Unsent messages, oldest first. */
  outbox(): Outgoing[] {
    const found: Outgoing[] = [];
    for (let index = 0; index < this.shared.length; index += 1) {
      const key = this.shared.key(index);
      if (!key?.startsWith(OUT)) continue;
      const message = this.read<Outgoing>(this.shared, key.slice(PREFIX.length));
      if (message?.client_id) found.push(message);
    }
    return found.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }
  keep(message: Outgoing): void {
    this.write(this.shared, `out.${message.client_id}`, message);
  }
  drop(clientId: string): void {
    this.shared.removeItem(OUT + clientId);
  }

  /** Forgets the conversation; the language choice is forgotten too. */
  clear(): void {
    for (const area of [this.shared, this.tab]) {
      const keys = Array.from({ length: area.length }, (_, index) => area.key(index));
      for (const key of keys) if (key?.startsWith(PREFIX)) area.removeItem(key);
    }
  }

  private read<T>(area: Area, name: string): T | null {
    try {
      const text = area.getItem(PREFIX + name);
      return text === null ? null : (JSON.parse(text) as T);
    } catch {
      return null;
    }
  }

  private write(area: Area, name: string, value: unknown): void {
    try {
      if (value === null) area.removeItem(PREFIX + name);
      else area.setItem(PREFIX + name, JSON.stringify(value));
    } catch {
      // A full store costs the memory of this page, not the chat.
    }
  }
}
