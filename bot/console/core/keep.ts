/* Small things kept in the browser; a browser that refuses storage only forgets them. */

export type Place = "tab" | "browser";

export function keep(place: Place, key: string, value: string | null): void {
  try {
    const storage = place === "tab" ? sessionStorage : localStorage;
    if (value === null || value === "") storage.removeItem(`bd-${key}`);
    else storage.setItem(`bd-${key}`, value);
  } catch {
    // Storage is full or switched off: nothing else depends on it.
  }
}

export function kept(place: Place, key: string): string | null {
  try {
    return (place === "tab" ? sessionStorage : localStorage).getItem(`bd-${key}`);
  } catch {
    return null;
  }
}

/** Takes away everything of this tab, because drafts are a signed-out person's words. */
export function forgetTab(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith("bd-")) sessionStorage.removeItem(key);
  } catch {
    // As above.
  }
}
