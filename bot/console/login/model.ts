/* What may be said about a password before it is sent; the server has the last word. */

export const MIN_PASSWORD_CHARS = 10;
export const MAX_PASSWORD_CHARS = 256;

export type PasswordRule = "length" | "variety" | "not_email";

export interface RuleState {
  rule: PasswordRule;
  met: boolean;
}

/** The rules in the order in which they are shown. Characters are counted as people count them. */
export function checkPassword(password: string, email: string): RuleState[] {
  const characters = [...password];
  const folded = password.toLowerCase();
  return [
    { rule: "length", met: characters.length >= MIN_PASSWORD_CHARS && characters.length <= MAX_PASSWORD_CHARS },
    { rule: "variety", met: new Set(characters).size >= 4 },
    { rule: "not_email", met: password !== "" && folded !== email.trim().toLowerCase() },
  ];
}

export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim());
}
