import type { RetentionRule, RuleKind, WouldGo } from "@/lib/api";

export const DAYS_MAX = 36_500;
/** A customer who has been away for less is no former customer. */
export const INACTIVE_DAYS_MIN = 30;

export interface RuleDraft {
  /** Of the row on the screen. */
  id: number;
  kind: RuleKind;
  name: string;
  days: number;
  enabled: boolean;
}

export type RuleFault = "name" | "days" | "twice";

export function toDrafts(rules: RetentionRule[]): RuleDraft[] {
  return rules.map((rule, id) => ({
    id,
    kind: rule.kind,
    name: rule.name ?? "",
    days: rule.days,
    enabled: rule.enabled ?? false,
  }));
}

/** As the server takes them: customers who are inactive have no name. */
export function toGiven(drafts: RuleDraft[]) {
  return drafts.map(({ kind, name, days, enabled }) => ({
    kind,
    name: kind === "inactive_profile" ? "" : name.trim(),
    days,
    enabled,
  }));
}

export function daysRange(kind: RuleKind): [from: number, to: number] {
  return [kind === "inactive_profile" ? INACTIVE_DAYS_MIN : 1, DAYS_MAX];
}

/** What keeps each rule from being saved, by its row. */
export function findFaults(drafts: RuleDraft[]): Map<number, RuleFault> {
  const faults = new Map<number, RuleFault>();
  const seen = new Set<string>();
  for (const [at, given] of toGiven(drafts).entries()) {
    const id = drafts[at]?.id ?? at;
    const [from, to] = daysRange(given.kind);
    const same = `${given.kind} ${given.name}`;
    if (given.kind !== "inactive_profile" && !given.name) faults.set(id, "name");
    else if (!Number.isInteger(given.days) || given.days < from || given.days > to)
      faults.set(id, "days");
    else if (seen.has(same)) faults.set(id, "twice");
    seen.add(same);
  }
  return faults;
}

/** How much would go, by kind; kinds of which nothing would go are left out. */
export function sumWouldGo(items: WouldGo[]): [RuleKind, number][] {
  const kinds: RuleKind[] = ["event", "trait", "inactive_profile"];
  return kinds
    .map((kind): [RuleKind, number] => [
      kind,
      items.filter((one) => one.kind === kind).reduce((sum, one) => sum + one.number, 0),
    ])
    .filter(([, number]) => number > 0);
}
