import {
  ActionIcon,
  Button,
  Center,
  Group,
  Menu,
  Skeleton,
  Stack,
  Text,
  Tooltip,
} from "@mantine/core";
import { useInViewport } from "@mantine/hooks";
import { IconDots, IconInfoCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { AnswerView } from "@/components/answer/AnswerView";
import { type Cell, headFigures } from "@/components/answer/answer-read";
import { answerWords } from "@/components/answer/answer-words";
import { isDrawn } from "@/components/answer/Drawing";
import { HowComputed } from "@/components/answer/HowComputed";
import type { Happened } from "@/components/answer/look";
import { sayDays } from "@/components/answer/SpanLine";
import type { ChartHandle } from "@/components/chart/EChart";
import { type View, ViewSwitch } from "@/components/chart/ViewSwitch";
import { useErrorText } from "@/components/ErrorState";
import type { Metric, MetricAnswer, Question, Tile } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { downloadUrl } from "@/lib/csv";
import { useLanguage, useWords } from "@/lib/words";
import { answerQuery } from "./analytics-queries";
import classes from "./dashboard.module.css";
import { dashboardWords } from "./dashboard-words";
import { lookOf } from "./default-looks";
import { Markdown } from "./Markdown";
import { RANGE_DEFAULT } from "./question";

export const ROW_PX = 80;
export const GAP_PX = 16;
const AGE_S = 600;
const REFRESH_MS = 10 * 60_000;
/** What stands around a drawing: the head of the tile, its padding, its figures, its notes. */
const AROUND_PX = { head: 84, figures: 66, bare: 50, notes: 28, warning: 38, remark: 22, gap: 8 };
const DRAWING_PX_MIN = 110;
/** As many as a tile has room for. */
const FIGURES_SHOWN = 2;

export function heightOf(rows: number): number {
  return rows * ROW_PX + (rows - 1) * GAP_PX;
}

interface TileViewProps {
  tile: Tile;
  /** What is asked, with the days that were chosen for all tiles. */
  question: Question | null;
  metric: Metric | undefined;
  /** The days that stand above all tiles: a tile that has others says so. */
  days?: Question["range"] | undefined;
  happened: Happened[];
  onOpen: ((cell: Cell) => void) | undefined;
}

/** One tile of a dashboard: a text, or an answer that is asked for once the tile is seen. */
export function TileView(props: TileViewProps): ReactNode {
  const { tile } = props;
  const { language } = useLanguage();
  if (tile.text !== null)
    return (
      <div className={classes.text}>
        {tile.title && <h2 className={classes.title}>{tile.title[language]}</h2>}
        <Markdown text={tile.text[language]} />
      </div>
    );
  return <AnswerTile {...props} />;
}

function useSeen() {
  const { ref, inViewport } = useInViewport<HTMLDivElement>();
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (inViewport) setSeen(true);
  }, [inViewport]);
  return { ref, seen };
}

export function titleOf(tile: Tile, metric: Metric | undefined, language: "en" | "ja"): string {
  return (
    tile.title?.[language] ||
    tile.report_name ||
    metric?.title[language] ||
    tile.query?.metric ||
    "…"
  );
}

function AnswerTile(props: TileViewProps): ReactNode {
  const { tile, question, metric, happened, onOpen } = props;
  const words = useWords(dashboardWords).page;
  const { language } = useLanguage();
  const { ref, seen } = useSeen();
  const chart = useRef<ChartHandle>(null);
  const [view, setView] = useState<View>("chart");
  const [how, setHow] = useState(false);
  const asked = question ?? undefined;
  const query = useQuery({
    ...answerQuery(asked, AGE_S),
    enabled: seen && asked !== undefined,
    refetchInterval: REFRESH_MS,
  });
  const answer = query.data;
  const title = titleOf(tile, metric, language);
  const height = heightOf(tile.height);
  const span = useSpan(answer);
  const own = props.days !== undefined && !isAlike(question?.range, props.days);
  return (
    <div ref={ref} className={classes.inner}>
      <Group justify="space-between" wrap="nowrap" gap={4} align="flex-start">
        <h2 className={classes.title} title={title}>
          {question ? (
            <Link to={linkOf(tile) as "/"} search={{ q: question, look: tile.view } as never}>
              {title}
            </Link>
          ) : (
            title
          )}
        </h2>
        <Group gap={2} wrap="nowrap" className={classes.tools}>
          {answer && (
            <Tooltip
              label={
                <>
                  {answer.definition[language]}
                  <br />
                  {span}
                </>
              }
            >
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={`${title}: ${answer.definition[language]}`}
              >
                <IconInfoCircle size={15} />
              </ActionIcon>
            </Tooltip>
          )}
          {answer && isDrawn(answer.shape) && (
            <ViewSwitch label={title} view={view} onChange={setView} />
          )}
          {answer && (
            <TileMenu
              title={title}
              png={view === "chart" && isDrawn(answer.shape)}
              chart={() => chart.current}
              onHow={() => setHow(true)}
            />
          )}
        </Group>
      </Group>
      {own && span && (
        <Text size="xs" c="dimmed" mt={-6}>
          {span}
        </Text>
      )}
      {answer ? (
        <AnswerView
          answer={answer}
          look={lookOf(answer.metric, tile.view)}
          happened={happened}
          view={view}
          height={drawingHeight(answer, height, happened, own)}
          brief
          fits
          handle={chart}
          onOpen={metric?.opens_people ? onOpen : undefined}
        />
      ) : (
        // Before it is seen there is nothing to wait for.
        seen && (
          <Nothing
            tile={tile}
            error={query.error}
            height={height}
            missing={words.missing}
            onRetry={() => void query.refetch()}
          />
        )
      )}
      {answer && <HowComputed answer={answer} opened={how} onClose={() => setHow(false)} />}
    </div>
  );
}

/** The days of an answer, in words. */
function useSpan(answer: MetricAnswer | undefined): string {
  const words = useWords(answerWords);
  const { language } = useLanguage();
  return answer ? sayDays(answer.span, answer.zone, language, words.span) : "";
}

function isAlike(a: Question["range"], b: Question["range"]): boolean {
  return keyOfRange(a) === keyOfRange(b);
}

function keyOfRange(range: Question["range"]): string {
  return JSON.stringify(
    Object.entries(range ?? RANGE_DEFAULT).toSorted(([a], [b]) => a.localeCompare(b)),
  );
}

function linkOf({ report_id: id }: Tile): string {
  return id === null ? "/insight/explorer" : `/insight/reports/${id}`;
}

function isWithin({ at }: Happened, { span }: MetricAnswer): boolean {
  const time = new Date(at).getTime();
  return time >= new Date(span.since).getTime() && time < new Date(span.until).getTime();
}

/** Of a tile's height what is left for the drawing; `own` says whether its own days are told. */
export function drawingHeight(
  answer: MetricAnswer,
  tile: number,
  happened: Happened[],
  own: boolean,
): number {
  const shown = headFigures(answer).slice(0, FIGURES_SHOWN);
  const told = shown.some(({ low, n, previous }) => low != null || n != null || previous != null);
  const figures = shown.length === 0 ? 0 : told ? AROUND_PX.figures : AROUND_PX.bare;
  const caveats = answer.caveats ?? [];
  const warnings = caveats.filter(({ weight }) => weight === "warning").length;
  const notes = caveats.length > warnings ? AROUND_PX.notes : 0;
  const events =
    answer.shape === "series" ? happened.filter((one) => isWithin(one, answer)).length : 0;
  const remarks = events + Math.min(2, (answer.marks ?? []).length);
  const around =
    AROUND_PX.head +
    figures +
    notes +
    warnings * AROUND_PX.warning +
    (own ? AROUND_PX.remark : 0) +
    (remarks > 0 ? AROUND_PX.gap + remarks * AROUND_PX.remark : 0);
  return Math.max(DRAWING_PX_MIN, tile - around);
}

function Nothing({
  tile,
  error,
  height,
  missing,
  onRetry,
}: {
  tile: Tile;
  error: Error | null;
  height: number;
  missing: string;
  onRetry: () => void;
}): ReactNode {
  const { language } = useLanguage();
  const errorText = useErrorText();
  const common = useWords(commonWords);
  const why = tile.missing?.[language] ?? (error && errorText(error));
  if (why || !tile.query)
    return (
      <Center mih={120} px="md">
        <Stack gap="xs" align="center">
          <Text size="sm" c="dimmed" ta="center" role={error ? "alert" : undefined}>
            {why ?? missing}
          </Text>
          {error && !tile.missing && (
            <Button variant="default" size="compact-sm" onClick={onRetry}>
              {common.retry}
            </Button>
          )}
        </Stack>
      </Center>
    );
  return (
    <div role="status" aria-label={common.loading}>
      <Skeleton height={26} width="35%" mt={6} mb={12} />
      <Skeleton height={Math.max(DRAWING_PX_MIN, height - AROUND_PX.head - AROUND_PX.figures)} />
    </div>
  );
}

interface TileMenuProps {
  title: string;
  png: boolean;
  chart: () => ChartHandle | null;
  onHow: () => void;
}

function TileMenu({ title, png, chart, onHow }: TileMenuProps): ReactNode {
  const words = useWords(dashboardWords).page;
  const common = useWords(commonWords);
  const save = async () => {
    const url = await chart()?.toPng();
    if (url) downloadUrl(`${title}.png`, url);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={words.about(title)}>
          <IconDots size={15} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item disabled={!png} onClick={() => void save()}>
          {common.exportPng}
        </Menu.Item>
        <Menu.Item onClick={onHow}>{words.how}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
