import { Group, Select, Text } from "@mantine/core";
import { type ReactNode, type Ref, useMemo } from "react";
import type { ChartHandle } from "@/components/chart/EChart";
import type { View } from "@/components/chart/ViewSwitch";
import type { MetricAnswer as Answer } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { AnswerFigures } from "./AnswerFigures";
import { AnswerTable } from "./AnswerTable";
import classes from "./answer.module.css";
import { type Names, useAnswerNames } from "./answer-names";
import { type Cell, distinct, type Parts, readParts, valueAt } from "./answer-read";
import { useValues } from "./answer-values";
import { answerWords } from "./answer-words";
import { countedFirst } from "./bars-read";
import { Caveats } from "./Caveats";
import { Drawing, isDrawn } from "./Drawing";
import { circled, placeHappened } from "./happened";
import { type Happened, type Look, readText } from "./look";
import { matrixMeasures, sidesOf } from "./matrix-read";
import { pickMeasures, tellingLabels } from "./series-read";
import { summarise } from "./summary";
import { readTable } from "./table-read";

export interface AnswerViewProps {
  answer: Answer;
  look?: Look;
  happened?: Happened[];
  view?: View;
  height?: number;
  /** A tile has little room: few figures, notes a click away. */
  brief?: boolean;
  /** Of a table only the columns that have room: the whole answer is a click away. */
  fits?: boolean;
  handle?: Ref<ChartHandle>;
  onOpen?: ((cell: Cell) => void) | undefined;
  /** Lets the reader choose what of the answer is drawn. */
  onOption?: ((name: "measure" | "group", value: string) => void) | undefined;
}

const NOTHING: never[] = [];
const PLAIN: Look = {};

/** An answer in full: its figures, its drawing or its table, and what to know about it. */
export function AnswerView(props: AnswerViewProps): ReactNode {
  const { answer, look = PLAIN, happened = NOTHING, view = "chart", height = 320, brief } = props;
  const words = useWords(answerWords);
  const values = useValues(answer);
  const names = useAnswerNames(answer);
  const parts = useMemo(() => readParts(answer), [answer]);
  const measure = readText(look.options, "measure");
  const table = useMemo(
    () => readTable({ answer, parts, names, values }, measure),
    [answer, parts, names, values, measure],
  );
  const summary = useMemo(
    () => summarise(answer, parts, names, values, words),
    [answer, parts, names, values, words],
  );
  const { shape } = answer;
  return (
    <div className={classes.view}>
      <AnswerFigures answer={answer} values={values} most={brief ? 2 : 6} small={brief} />
      {props.onOption && view === "chart" && (
        <Group gap="md">
          <MeasureSelect
            parts={parts}
            answer={answer}
            value={measure}
            onChange={(key) => props.onOption?.("measure", key)}
          />
          <GroupSelect
            parts={parts}
            answer={answer}
            names={names}
            value={readText(look.options, "group")}
            onChange={(key) => props.onOption?.("group", key)}
          />
        </Group>
      )}
      {view === "chart" && isDrawn(shape) ? (
        <>
          <Drawing
            shape={shape}
            answer={answer}
            parts={parts}
            names={names}
            values={values}
            look={look}
            happened={happened}
            height={height}
            summary={summary}
            handle={props.handle ?? null}
            onOpen={props.onOpen}
          />
          <Remarks
            answer={answer}
            parts={parts}
            measure={measure}
            happened={happened}
            brief={brief}
          />
        </>
      ) : (
        <AnswerTable
          caption={answer.title[values.language]}
          view={table}
          height={brief ? height : Math.max(height, 420)}
          brief={brief}
          fits={props.fits}
          onOpen={props.onOpen}
        />
      )}
      <Caveats caveats={answer.caveats ?? NOTHING} brief={brief} />
    </div>
  );
}

const CHOOSES = new Set(["series", "bars", "matrix"]);

function MeasureSelect({
  parts,
  answer,
  value,
  onChange,
}: {
  parts: Parts;
  answer: Answer;
  value: string | undefined;
  onChange: (key: string) => void;
}): ReactNode {
  const words = useWords(answerWords);
  const { language } = useValues(answer);
  const counted = answer.shape === "bars" ? countedFirst(answer) : undefined;
  const shown =
    answer.shape === "matrix"
      ? matrixMeasures(parts)
      : parts.values.filter((column) => !column.hidden && column !== counted);
  if (!CHOOSES.has(answer.shape) || shown.length < 2) return null;
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        {words.measure}
      </Text>
      <Select
        size="xs"
        w={220}
        aria-label={words.measure}
        data={shown.map((column) => ({ value: column.key, label: column.title[language] }))}
        value={value ?? shown[0]?.key ?? null}
        onChange={(next) => next && onChange(next)}
        allowDeselect={false}
      />
    </Group>
  );
}

/** A matrix is of one label of its breakdown. */
function GroupSelect({
  parts,
  answer,
  names,
  value,
  onChange,
}: {
  parts: Parts;
  answer: Answer;
  names: Names;
  value: string | undefined;
  onChange: (key: string) => void;
}): ReactNode {
  const words = useWords(answerWords).matrix;
  if (answer.shape !== "matrix") return null;
  const { group } = sidesOf(answer, parts);
  if (!group) return null;
  const labels = distinct(answer.rows.map((row) => valueAt(row, parts, group.key)));
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        {words.group}
      </Text>
      <Select
        size="xs"
        w={180}
        aria-label={words.group}
        data={labels.map((label) => ({ value: String(label), label: names.label(group, label) }))}
        value={value ?? String(labels[0])}
        onChange={(next) => next && onChange(next)}
        allowDeselect={false}
      />
    </Group>
  );
}

/** What the numbers and rings on a chart stand for. */
function Remarks({
  answer,
  parts,
  measure,
  happened,
  brief,
}: {
  answer: Answer;
  parts: Parts;
  measure: string | undefined;
  happened: Happened[];
  brief: boolean | undefined;
}): ReactNode {
  const words = useWords(answerWords);
  const format = useFormat();
  const values = useValues(answer);
  const [time] = parts.times;
  const shown = useMemo(() => {
    if (answer.shape !== "series" || !time) return [];
    const periods = [...new Set(answer.rows.map((row) => row[parts.at.get(time.key) ?? 0]))];
    return placeHappened(happened, periods, answer.span.until);
  }, [answer, happened, parts, time]);
  const labelled = tellingLabels(answer, parts).length > 0;
  const drawn = new Set(pickMeasures(parts, labelled, measure).map(({ key }) => key));
  const marks = (answer.marks ?? []).filter(({ column }) => drawn.has(column));
  if (shown.length === 0 && marks.length === 0) return null;
  return (
    <ul className={classes.remarks} aria-label={words.annotations}>
      {shown.map(({ one, number }) => (
        <li key={one.id}>
          <span>{circled(number)}</span>
          <span>
            {format.date(one.at)} {one.text}
            {!brief && one.link && (
              <>
                {" "}
                <a href={one.link}>{one.link}</a>
              </>
            )}
          </span>
        </li>
      ))}
      {marks.slice(0, brief ? 2 : 10).map((mark) => (
        <li key={`${mark.row}${mark.column}`} data-mark>
          <span aria-hidden>◯</span>
          <span>
            {time && `${values.period(answer.rows[mark.row]?.[parts.at.get(time.key) ?? 0])} `}
            {mark.text[values.language]}
          </span>
        </li>
      ))}
    </ul>
  );
}
