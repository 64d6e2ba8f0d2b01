import type { Profile } from "@/lib/api";

interface Span {
  touchpoint: string;
  lastSeen: string;
  /** Shares of the time from the profile's first to its last event. */
  start: number;
  length: number;
}

const LENGTH_MIN = 0.02;

/** Most recently used first; a touchpoint used once is still wide enough to be seen. */
export function spanTouchpoints(
  profile: Pick<Profile, "first_seen" | "last_seen" | "touchpoints">,
): Span[] {
  const from = Date.parse(profile.first_seen);
  const life = Math.max(1, Date.parse(profile.last_seen) - from);
  const share = (at: string) => Math.min(1, Math.max(0, (Date.parse(at) - from) / life));
  return profile.touchpoints
    .map((one) => {
      const start = Math.min(share(one.first_seen), 1 - LENGTH_MIN);
      const length = Math.max(LENGTH_MIN, share(one.last_seen) - start);
      return { touchpoint: one.touchpoint, lastSeen: one.last_seen, start, length };
    })
    .toSorted((a, b) => b.lastSeen.localeCompare(a.lastSeen));
}
