import { Button } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { ConditionProblem } from "@/lib/api";
import { useWords } from "@/lib/words";
import { useBuilder } from "./builder-context";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";

interface ProblemsProps {
  place: string;
  /** Of a group, its place within its nots: what its rows say themselves is left to them. */
  inner?: string;
  quiet?: boolean;
}

/** What the server found at a place, what to do about it, and a button where it knows better. */
export function Problems({ place, inner, quiet = false }: ProblemsProps): ReactNode {
  const { problems } = useBuilder();
  const found = problems.filter((problem) => belongs(problem.place, place, inner));
  if (quiet || found.length === 0) return null;
  return (
    <ul className={classes.problems}>
      {found.map((problem) => (
        <ProblemItem key={`${problem.place} ${problem.code}`} problem={problem} />
      ))}
    </ul>
  );
}

function belongs(at: string, place: string, inner: string | undefined): boolean {
  if (inner === undefined)
    return at === place || at.startsWith(`${place}.`) || at.startsWith(`${place}[`);
  const around = at.startsWith(place) && inner.startsWith(at);
  return around || at === `${inner}.of` || at === `${inner}.kind`;
}

function ProblemItem({ problem }: { problem: ConditionProblem }): ReactNode {
  const { accept, readOnly } = useBuilder();
  const words = useWords(conditionWords).problem;
  const grave = problem.severity === "error";
  const Icon = grave ? IconAlertTriangle : IconInfoCircle;
  return (
    <li className={classes.problem} data-severity={problem.severity}>
      <Icon size={15} aria-hidden />
      <span>
        {problem.message}
        {problem.remedy && <span className={classes.remedy}> {problem.remedy}</span>}
        {problem.suggestion && !readOnly && (
          <Button size="compact-xs" variant="light" ml={6} onClick={() => accept(problem)}>
            {words.use(problem.suggestion)}
          </Button>
        )}
      </span>
    </li>
  );
}
