import { type ReactNode, useMemo } from "react";
import { useAnswerNames } from "@/components/answer/answer-names";
import type { Cell } from "@/components/answer/answer-read";
import { useValues } from "@/components/answer/answer-values";
import { sayCell } from "@/components/answer/cell-title";
import { PeopleDrawer } from "@/components/answer/PeopleDrawer";
import type { MetricAnswer, Question } from "@/lib/api";

interface OpenedPeopleProps {
  question: Question | undefined;
  answer: MetricAnswer | undefined;
  cell: Cell | undefined;
  onClose: () => void;
}

/** The list of who is behind a number, under the name of the number. */
export function OpenedPeople(props: OpenedPeopleProps): ReactNode {
  const { question, answer, cell, onClose } = props;
  if (!answer) return <PeopleDrawer query={question} cell={undefined} title="" onClose={onClose} />;
  return <Named question={question} answer={answer} cell={cell} onClose={onClose} />;
}

function Named(props: OpenedPeopleProps & { answer: MetricAnswer }): ReactNode {
  const { question, answer, cell, onClose } = props;
  const values = useValues(answer);
  const names = useAnswerNames(answer);
  const title = useMemo(
    () => (cell ? sayCell(answer, cell, names, values) : ""),
    [answer, cell, names, values],
  );
  return <PeopleDrawer query={question} cell={cell} title={title} onClose={onClose} />;
}
