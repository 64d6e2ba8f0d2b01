import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";
import type { Metric, MetricAnswer, Question } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { answerQuery } from "./analytics-queries";
import { isAskable, isSame, tidy } from "./question";

const SETTLE_MS = 450;
/** An answer of the last minute is good enough while somebody looks around. */
const AGE_S = 60;

export interface Asked {
  /** What was asked; the people behind the answer are asked of the same. */
  question: Question | undefined;
  answer: MetricAnswer | undefined;
  error: Error | null;
  running: boolean;
  /** The answer is of a question before this one. */
  stale: boolean;
  stopped: boolean;
  cancel: () => void;
  again: () => void;
  refresh: () => Promise<void>;
}

/** Answers a question once its writer rests, and stops when another is asked. */
export function useAnswer(question: Question, metric: Metric): Asked {
  const queries = useQueryClient();
  const wanted = useMemo(
    () => (isAskable(question, metric) ? tidy(question) : undefined),
    [question, metric],
  );
  const settled = useSettled(wanted);
  const options = answerQuery(settled, AGE_S);
  const query = useQuery({
    ...options,
    placeholderData: (before) =>
      before?.metric === metric.key ? keepPreviousData(before) : undefined,
  });
  const key = options.queryKey;
  const cancel = useCallback(() => void queries.cancelQueries({ queryKey: key }), [queries, key]);
  const refresh = async () => {
    if (!settled) return;
    await queries.cancelQueries({ queryKey: key });
    await queries.fetchQuery({
      queryKey: key,
      staleTime: 0,
      queryFn: ({ signal }) =>
        unwrap(
          client.POST("/api/analytics/query", { body: { query: settled, max_age_s: 0 }, signal }),
        ),
    });
  };
  const waiting = settled !== wanted;
  return {
    question: settled,
    answer: settled ? query.data : undefined,
    error: query.isFetching ? null : query.error,
    running: query.isFetching,
    stale: query.isPlaceholderData || waiting,
    stopped: settled !== undefined && query.isPending && query.fetchStatus === "idle",
    cancel,
    again: () => void query.refetch(),
    refresh: () => refresh().catch(() => undefined),
  };
}

/** The same object while the same is asked; a new one once nothing was changed for a moment. */
function useSettled(wanted: Question | undefined): Question | undefined {
  const [settled, setSettled] = useState(wanted);
  const [rested] = useDebouncedValue(wanted, SETTLE_MS);
  useEffect(() => {
    setSettled((now) => (isSame(now, rested) ? now : rested));
  }, [rested]);
  return settled;
}
