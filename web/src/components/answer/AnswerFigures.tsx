import { Group, Text, Tooltip } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight, IconMinus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { MetricAnswer as Answer, AnswerFigure } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";
import classes from "./answer.module.css";
import { changeOf, headFigures } from "./answer-read";
import type { Values } from "./answer-values";
import { answerWords } from "./answer-words";

interface AnswerFiguresProps {
  answer: Answer;
  values: Values;
  /** On a tile there is room for few, and small ones. */
  most?: number;
  small?: boolean;
}

/** The numbers that stand above the rest, each with its interval, n, and change. */
export function AnswerFigures({ answer, values, most = 6, small }: AnswerFiguresProps): ReactNode {
  const figures = headFigures(answer).slice(0, most);
  if (figures.length === 0) return null;
  return (
    <dl className={classes.figures} data-small={small || undefined}>
      {figures.map((figure) => (
        <FigureText key={figure.key} figure={figure} values={values} />
      ))}
    </dl>
  );
}

function FigureText({ figure, values }: { figure: AnswerFigure; values: Values }): ReactNode {
  const words = useWords(answerWords);
  const common = useWords(commonWords);
  const { kind, value, low, high, n, definition } = figure;
  const title = figure.title[values.language];
  return (
    <div>
      <dt>
        {definition ? (
          <Tooltip label={definition[values.language]}>
            <button type="button" className={classes.defined}>
              {title}
            </button>
          </Tooltip>
        ) : (
          title
        )}
      </dt>
      <dd>
        <span
          className={value === null ? classes.absent : classes.value}
          title={value === null ? undefined : values.say(kind, value)}
        >
          {value === null ? common.notEnoughData : values.head(kind, value)}
        </span>
        <Group gap={8} component="span" display="inline-flex">
          {low != null && high != null && (
            <Tooltip label={words.intervalHint(values.say(kind, low), values.say(kind, high))}>
              <Text span size="xs" c="dimmed" tabIndex={0}>
                {words.interval(values.head(kind, low), values.head(kind, high))}
              </Text>
            </Tooltip>
          )}
          {n != null && (
            <Text span size="xs" c="dimmed">
              {words.of(values.say("count", n))}
            </Text>
          )}
          <Change figure={figure} values={values} />
        </Group>
      </dd>
    </div>
  );
}

function Change({ figure, values }: { figure: AnswerFigure; values: Values }): ReactNode {
  const words = useWords(answerWords);
  const { value, previous, kind } = figure;
  if (previous === undefined || previous === null) return null;
  const share = changeOf(value, previous);
  const Icon =
    share === null || share === 0 ? IconMinus : share > 0 ? IconArrowUpRight : IconArrowDownRight;
  return (
    <Text span size="xs" className={classes.change}>
      <Icon size={13} aria-hidden />
      {share !== null && values.change(share)}
      <Text span size="xs" c="dimmed">
        {words.against} {values.head(kind, previous)}
      </Text>
    </Text>
  );
}
