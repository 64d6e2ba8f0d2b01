import { Input, Select } from "@mantine/core";
import type { ReactNode } from "react";
import type { Metric, Question } from "@/lib/api";
import { useWords } from "@/lib/words";
import { CountedField } from "./CountedField";
import classes from "./explorer.module.css";
import { explorerWords } from "./explorer-words";
import { useQuestionFault } from "./form-places";
import { INTERVALS, RANGE_DEFAULT } from "./question";
import { RangeField } from "./RangeField";

interface QuestionBarProps {
  question: Question;
  metric: Metric;
  onChange: (question: Question) => void;
  children?: ReactNode;
}

const COMPARES = ["previous_period", "previous_year"] as const;

/** When the question is about, in a row that reads as a sentence. */
export function QuestionBar({ question, metric, onChange, children }: QuestionBarProps): ReactNode {
  const words = useWords(explorerWords);
  const set = (change: Partial<Question>) => onChange({ ...question, ...change });
  const fault = useQuestionFault("range", "interval", "zone", "compare", "sample");
  const intervalFault = useQuestionFault("interval") !== undefined;
  return (
    <>
      <div className={classes.bar} role="group" aria-label={words.range}>
        <RangeField value={question.range ?? RANGE_DEFAULT} onChange={(range) => set({ range })} />
        {usesInterval(metric) && (
          <Select
            size="sm"
            w={112}
            aria-label={words.interval}
            error={intervalFault}
            data={INTERVALS.map((value) => ({ value, label: words.intervals[value] }))}
            value={question.interval ?? "day"}
            onChange={(interval) =>
              interval && set({ interval: interval as (typeof INTERVALS)[number] })
            }
            allowDeselect={false}
          />
        )}
        {metric.compares && (
          <Select
            size="sm"
            w={150}
            aria-label={words.compare}
            data={[
              { value: "none", label: words.compares.none },
              ...COMPARES.map((value) => ({ value, label: words.compares[value] })),
            ]}
            value={question.compare ?? "none"}
            onChange={(compare) =>
              set({ compare: compare === "none" ? null : (compare as (typeof COMPARES)[number]) })
            }
            allowDeselect={false}
          />
        )}
        <CountedField question={question} onChange={set} />
        {children}
      </div>
      {fault && <Input.Error role="alert">{fault}</Input.Error>}
    </>
  );
}

/** Metrics that are cut by periods though their answers are not read period by period, and some that are not. */
const CUT = new Set(["retention", "cohorts", "journey", "rfm_migration"]);

function usesInterval(metric: Metric): boolean {
  return metric.by_period || metric.shape === "series" || CUT.has(metric.key);
}
