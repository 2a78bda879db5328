/* The console's own words: English is in the bundle, other languages are small files beside it. */
import english from "../locales/en.json";

export type Strings = typeof english;
export type Key = { [K in keyof Strings]: Strings[K] extends string ? K : never }[keyof Strings];
export type PluralKey = Exclude<keyof Strings, Key>;
export type Params = Record<string, string | number>;

/** Languages of the console by their own name, in the order of the product. */
export const UI_LANGUAGES: Readonly<Record<string, string>> = {
  en: "English",
  el: "Ελληνικά",
  tr: "Türkçe",
  de: "Deutsch",
  es: "Español",
  fr: "Français",
  it: "Italiano",
  pt: "Português",
  nl: "Nederlands",
  pl: "Polski",
  ru: "Русский",
  ar: "العربية",
};

/** The first of the wanted tags that we speak, "pt-BR" counting as "pt"; English when there is none. */
export function pickLanguage(wanted: readonly (string | null | undefined)[]): string {
  for (const tag of wanted) {
    const base = tag?.toLowerCase().split(/[-_]/)[0];
    if (base && Object.hasOwn(UI_LANGUAGES, base)) return base;
  }
  return "en";
}

export const isRtl = (language: string): boolean => /^(ar|he|fa|ur)\b/.test(language);

export class Texts {
  private readonly names: Intl.DisplayNames;
  /** The browser's own region of the language where it has one: en-GB writes times otherwise than en-US. */
  private readonly region: string;

  constructor(
    readonly language: string,
    private readonly strings: Partial<Strings>,
  ) {
    const wanted = typeof navigator === "undefined" ? [] : navigator.languages;
    this.region = wanted.find((tag) => tag.split("-")[0] === language) ?? language;
    this.names = new Intl.DisplayNames([language, "en"], { type: "language" });
  }

  static readonly english = new Texts("en", english);

  /** Loads a language; rejects when the file cannot be had. */
  static async load(language: string): Promise<Texts> {
    if (language === "en") return Texts.english;
    const response = await fetch(`i18n/${language}.json`);
    if (!response.ok) throw new Error(`no texts for ${language}`);
    return new Texts(language, (await response.json()) as Partial<Strings>);
  }

  t(key: Key, params: Params = {}): string {
    return fill(this.strings[key] ?? english[key], params);
  }

  /** The form of a counted phrase that the language's plural rules ask for; `{n}` is the number. */
  count(key: PluralKey, n: number): string {
    const forms: Record<string, string> | undefined = this.strings[key];
    const language = forms ? this.language : "en";
    const all: Record<string, string> = forms ?? english[key];
    const form = all[new Intl.PluralRules(language).select(n)] ?? all["other"] ?? "";
    return fill(form, { n: new Intl.NumberFormat(language).format(n) });
  }

  /** Words for a stable code such as `decision_confident`; an unknown code shows as its own words. */
  code(prefix: string, code: string): string {
    const key = `${prefix}_${code}`;
    const known = (this.strings as Record<string, unknown>)[key] ?? (english as Record<string, unknown>)[key];
    return typeof known === "string" ? known : code.replace(/[_-]/g, " ");
  }

  languageName(tag: string): string {
    try {
      return this.names.of(tag) ?? tag;
    } catch {
      return tag;
    }
  }

  percent(share: number): string {
    return new Intl.NumberFormat(this.language, { style: "percent", maximumFractionDigits: 0 }).format(share);
  }

  time(at: string): string {
    return new Intl.DateTimeFormat(this.region, { timeStyle: "short" }).format(new Date(at));
  }

  moment(at: string): string {
    return new Intl.DateTimeFormat(this.region, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at));
  }

  /** "today", "yesterday" or the date. */
  day(at: string, now: Date): string {
    const date = new Date(at);
    const days = Math.round((startOfDay(date) - startOfDay(now)) / 86_400_000);
    if (days === 0 || days === -1) return new Intl.RelativeTimeFormat(this.language, { numeric: "auto" }).format(days, "day");
    return new Intl.DateTimeFormat(this.region, { dateStyle: "long" }).format(date);
  }

  /** A waiting time in its two largest units, such as "2 hr 5 min"; below a minute in seconds. */
  span(ms: number): string {
    return splitSpan(ms)
      .map(([n, unit]) => new Intl.NumberFormat(this.language, { style: "unit", unit, unitDisplay: "short" }).format(n))
      .join(" ");
  }
}

export function splitSpan(ms: number): [number, "second" | "minute" | "hour" | "day"][] {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return [[seconds, "second"]];
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return [[minutes, "minute"]];
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? [[hours, "hour"], [minutes % 60, "minute"]] : [[hours, "hour"]];
  const days = Math.floor(hours / 24);
  return days < 4 && hours % 24 ? [[days, "day"], [hours % 24, "hour"]] : [[days, "day"]];
}

const startOfDay = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** Somebody's words inside a sentence of another direction: neither disturbs the other. */
export const isolate = (words: string): string => `\u2068${words}\u2069`;

export function fill(template: string, params: Params): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));
}
