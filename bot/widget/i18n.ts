/* The widget's own words: one small file per language, English in the bundle for whatever is missing. */
import english from "./locales/en.json";

export type Strings = typeof english;
export type Key = { [K in keyof Strings]: Strings[K] extends string ? K : never }[keyof Strings];
export type PluralKey = Exclude<keyof Strings, Key>;
type Params = Record<string, string | number>;

/** Languages with a file in locales/, in the order of the product. */
export const UI_LANGUAGES = ["en", "el", "tr", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "ar"] as const;

export const OWN_NAMES: Record<string, string> = {
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
    if (base && (UI_LANGUAGES as readonly string[]).includes(base)) return base;
  }
  return "en";
}

export const isRtl = (language: string): boolean => /^(ar|he|fa|ur)\b/.test(language);

export class Texts {
  private constructor(
    readonly language: string,
    private readonly strings: Partial<Strings>,
  ) {}

  static readonly english = new Texts("en", english);

  static of(language: string, strings: Partial<Strings>): Texts {
    return new Texts(language, strings);
  }

  /** Loads a language; English stays when the file cannot be had. */
  static async load(language: string, base: string): Promise<Texts> {
    if (language === "en") return Texts.english;
    const response = await fetch(`${base}/widget/i18n/${language}.json`, { credentials: "omit" });
    if (!response.ok) throw new Error(`no texts for ${language}`);
    return new Texts(language, (await response.json()) as Partial<Strings>);
  }

  text(key: Key, params: Params = {}): string {
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

  time(at: string): string {
    return new Intl.DateTimeFormat(this.language, { timeStyle: "short" }).format(new Date(at));
  }

  /** "today", "yesterday" or the date. */
  day(at: string, now: Date): string {
    const date = new Date(at);
    const days = Math.round((startOfDay(date) - startOfDay(now)) / 86_400_000);
    if (days === 0 || days === -1) return new Intl.RelativeTimeFormat(this.language, { numeric: "auto" }).format(days, "day");
    return new Intl.DateTimeFormat(this.language, { dateStyle: "long" }).format(date);
  }
}

const startOfDay = (date: Date): number => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

function fill(template: string, params: Params): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));
}
