import type { Identifier } from "@/lib/api";

interface Named {
  name: string | null;
  email?: string | null;
  phone?: string | null;
  user_id?: string | null;
}

/** The best that stands for a person; nothing for one who is anonymous. */
export function nameOf(profile: Named): string | null {
  return profile.name || profile.email || profile.phone || profile.user_id || null;
}

const PRIORITY = ["user_id", "email", "phone", "line_id"];

/** Strongest first, as identity resolution ranks them. */
export function rankIdentifiers(identifiers: Identifier[]): Identifier[] {
  const rank = (type: string) => {
    const position = PRIORITY.indexOf(type);
    if (position >= 0) return position;
    return type === "device_id" ? 98 : type === "anonymous_id" ? 99 : 50;
  };
  return identifiers.toSorted(
    (a, b) => rank(a.type) - rank(b.type) || a.value.localeCompare(b.value),
  );
}
