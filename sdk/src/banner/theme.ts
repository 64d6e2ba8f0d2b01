/** The workspace's colour and roundness, kept readable whatever was chosen. */
import type { Theme } from "./texts";

/** WCAG 2.2, 1.4.3: text on its ground. */
const CONTRAST_MIN = 4.5;
const FALLBACK = "#3b3a8f";
const DARK = "#1c1c1c";
const RADIUS_PX_MAX = 24;

/** Relative luminance as WCAG defines it, of `#rrggbb`. */
function measureLuminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * Custom properties for the style sheet. White text on the colour where that can be read, black
 * elsewhere; a colour too light for lines and links on white leaves these to a dark grey.
 */
export function buildTheme({ color, radius }: Theme): string {
  const fill = /^#[0-9a-f]{6}$/i.test(color) ? color : FALLBACK;
  const isDark = 1.05 / (measureLuminance(fill) + 0.05) >= CONTRAST_MIN;
  const px = Math.min(Math.max(Number(radius) || 0, 0), RADIUS_PX_MAX);
  const [ink, line] = isDark ? ["#fff", fill] : ["#000", DARK];
  return `:host{--fill:${fill};--ink:${ink};--line:${line};--radius:${px}px}`;
}
