/* Brand colour made readable: any colour a shop gives is moved until it meets WCAG contrast. Pure.
 *
 * Source of the luminance and contrast formulas: WCAG 2.2, "relative luminance" and "contrast ratio".
 */

export type Rgb = readonly [number, number, number];

/** Text needs 4.5:1; 4.6 leaves room for rounding to whole channel values. */
const TEXT = 4.6;
const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** The surface of each scheme that is closest to the accent; see `--ground` and `--theirs` in style.ts. */
export const LIGHT_SURFACE: Rgb = [246, 245, 242];
export const DARK_SURFACE: Rgb = [37, 42, 48];

export interface Accent {
  /** Background of the launcher, the header and own messages; also lines and icons on the surface. */
  fill: Rgb;
  /** Text on `fill`. */
  on: Rgb;
  /** Links and small text on the surface. */
  text: Rgb;
}

export function parseColor(value: string): Rgb | null {
  const hex = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(value.trim())?.[1];
  if (!hex) return null;
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  return [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16)) as unknown as Rgb;
}

export function luminance(color: Rgb): number {
  const [r, g, b] = color.map((channel) => {
    const value = channel / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast ratio in [1, 21]. */
export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Moves a colour towards black or white until it stands out from the surface by the ratio. */
export function readableOn(color: Rgb, surface: Rgb, ratio: number): Rgb {
  const towards = luminance(surface) > 0.18 ? BLACK : WHITE;
  for (let step = 0; step <= 50; step += 1) {
    const candidate = mix(color, towards, step / 50);
    if (contrast(candidate, surface) >= ratio) return candidate;
  }
  return towards;
}

export function accentFor(brand: Rgb, surface: Rgb): Accent {
  const text = readableOn(brand, surface, TEXT);
  // On a dark page a fill only has to be seen (3:1); on a light one the text colour is a good fill.
  const fill = luminance(surface) > 0.18 ? text : readableOn(brand, surface, 3.1);
  const dark: Rgb = [16, 20, 24];
  if (contrast(fill, WHITE) >= TEXT) return { fill, on: WHITE, text };
  if (contrast(fill, dark) >= TEXT) return { fill, on: dark, text };
  return { fill, on: contrast(fill, WHITE) > contrast(fill, BLACK) ? WHITE : BLACK, text };
}

export const css = (color: Rgb): string => `rgb(${color.join(" ")})`;

function mix(from: Rgb, to: Rgb, share: number): Rgb {
  return from.map((channel, index) => Math.round(channel + ((to[index] ?? 0) - channel) * share)) as unknown as Rgb;
}
