import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { ConditionProblem } from "@/lib/api";
import { useLanguage } from "@/lib/words";
import type { Condition } from "./condition";
import { checkQuery, estimateQuery } from "./condition-queries";
import { asRoot } from "./condition-rules";

const CHECK_MS = 200;
const ESTIMATE_MS = 450;

export interface ConditionCheck {
  problems: ConditionProblem[];
  /** In the reader's language; none while it cannot be said. */
  sentence: string | undefined;
  /** Whether it can be kept true by every event, and why not. */
  live: { possible: boolean; reasons: string[] } | undefined;
  /** Nothing stands in the way of saving. Undefined while it is not known. */
  sound: boolean | undefined;
  failed: boolean;
}

/** Asks the server while the condition is written. */
export function useConditionCheck(condition: Condition): ConditionCheck {
  const { language } = useLanguage();
  const [settled] = useDebouncedValue(condition, CHECK_MS);
  // The builder's root is a group, so places are counted from one.
  const rooted = useMemo(() => ({ ...settled, where: asRoot(settled.where) }), [settled]);
  const { data, isError, isPlaceholderData } = useQuery(checkQuery(rooted));
  const problems = data?.problems ?? [];
  const current = settled === condition && !isPlaceholderData;
  return {
    problems,
    sentence: data?.sentence?.[language] || undefined,
    live: data?.live,
    sound: data && current ? !problems.some((one) => one.severity === "error") : undefined,
    failed: isError,
  };
}

/** How many it is right now: an estimate with its interval, asked for once the typing rests. */
export function useConditionEstimate(condition: Condition, sound: boolean | undefined) {
  const [settled] = useDebouncedValue(condition, ESTIMATE_MS);
  const query = useQuery(estimateQuery(settled, sound === true));
  return { ...query, waiting: settled !== condition || query.isFetching };
}
