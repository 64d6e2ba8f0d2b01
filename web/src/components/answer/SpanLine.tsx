import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { TimeText } from "@/components/TimeText";
import type { MetricAnswer as Answer } from "@/lib/api";
import { useLanguage, useWords } from "@/lib/words";
import { answerWords } from "./answer-words";

/** Of which days an answer is, in which zone, and when it was computed. */
export function SpanLine({ answer }: { answer: Answer }): ReactNode {
  const words = useWords(answerWords);
  const { language } = useLanguage();
  const say = (span: { since: string; until: string }) =>
    sayDays(span, answer.zone, language, words.span);
  return (
    <Text span size="xs" c="dimmed">
      {say(answer.span)} · {answer.zone}
      {answer.compared_span && ` · ${words.comparedWith(say(answer.compared_span))}`}
      {answer.computed_at && (
        <>
          {" · "}
          <TimeText at={answer.computed_at} />
        </>
      )}
    </Text>
  );
}

/** The first and the last day of [since, until), in the zone of the answer. */
export function sayDays(
  span: { since: string; until: string },
  zone: string,
  language: "en" | "ja",
  join: (from: string, to: string) => string,
): string {
  const format = new Intl.DateTimeFormat(language === "ja" ? "ja-JP" : "en-GB", {
    timeZone: zone,
    year: "numeric",
    month: language === "ja" ? "long" : "short",
    day: "numeric",
  });
  const last = new Date(new Date(span.until).getTime() - 1);
  return join(format.format(new Date(span.since)), format.format(last));
}
