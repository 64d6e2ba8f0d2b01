import {
  Alert,
  Button,
  Checkbox,
  Group,
  Menu,
  Modal,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { Card } from "@/components/Card";
import { catalogueQuery } from "@/components/conditions/condition-queries";
import { useErrorText } from "@/components/ErrorState";
import { Page } from "@/components/Page";
import { UnsavedGuard } from "@/components/UnsavedGuard";
import type { AnswerRange, DashboardDetail, Interval, Metric, TileBody } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useLanguage, useWords } from "@/lib/words";
import { dashboardQuery, metricsQuery, reportsQuery } from "./analytics-queries";
import classes from "./dashboard.module.css";
import { dashboardWords } from "./dashboard-words";
import { EditTile } from "./EditTile";
import type { DashboardSearch } from "./explorer-search";
import { explorerWords } from "./explorer-words";
import { MetricChoice } from "./MetricPicker";
import { INTERVALS, startQuestion } from "./question";
import { RangeField } from "./RangeField";
import { TileView } from "./TileView";
import { asBody, asTile, HEIGHT, move, questionOf, resize, withDays } from "./tile-rules";

interface DashboardEditorProps {
  dashboard: DashboardDetail;
  onDone: () => void;
}

interface Draft {
  name: string;
  description: string;
  tiles: TileBody[];
  range: AnswerRange | null;
  interval: Interval | null;
}

const RANGE_START: AnswerRange = { kind: "last", n: 30, unit: "day" };

/** A dashboard as it is put together; nothing is kept until it is saved. */
export function DashboardEditor({ dashboard, onDone }: DashboardEditorProps): ReactNode {
  const words = useWords(dashboardWords).edit;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const { language } = useLanguage();
  const queries = useQueryClient();
  const [start] = useState<Draft>(() => readDraft(dashboard, language));
  const [draft, setDraft] = useState(start);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        client.PATCH("/api/analytics/dashboards/{ref}", {
          params: { path: { ref: dashboard.ref } },
          body: { ...draft, name: draft.name.trim() },
        }),
      ),
    onSuccess: async (saved) => {
      queries.setQueryData(dashboardQuery(dashboard.ref).queryKey, saved);
      await queries.invalidateQueries({ queryKey: ["analytics", "dashboards", "list"] });
      toastDone(words.saved);
      onDone();
    },
  });
  const changed = JSON.stringify(draft) !== JSON.stringify(start);
  return (
    <Page
      title={draft.name || dashboard.title[language]}
      state={words.keys}
      action={
        <>
          <Button variant="default" onClick={onDone}>
            {words.cancel}
          </Button>
          <Button
            loading={save.isPending}
            disabled={!draft.name.trim()}
            onClick={() => save.mutate()}
          >
            {words.done}
          </Button>
        </>
      }
    >
      <UnsavedGuard changed={changed && !save.isSuccess} />
      <Stack gap="md">
        {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
        <Card>
          <Group align="flex-end" gap="sm">
            <TextInput
              label={words.name}
              value={draft.name}
              maxLength={100}
              onChange={(event) => set({ name: event.currentTarget.value })}
            />
            <TextInput
              label={words.description}
              value={draft.description}
              maxLength={2_000}
              style={{ flex: 1, minWidth: 200 }}
              onChange={(event) => set({ description: event.currentTarget.value })}
            />
          </Group>
          <Days draft={draft} onChange={set} />
        </Card>
        <EditGrid
          tiles={draft.tiles}
          dashboard={dashboard}
          days={compact({
            range: draft.range ?? undefined,
            interval: draft.interval ?? undefined,
          })}
          onChange={(tiles) => set({ tiles })}
        />
        <AddTile onAdd={(tile) => set({ tiles: [...draft.tiles, tile] })} />
        {draft.tiles.length === 0 && (
          <Text size="sm" c="dimmed">
            {common.none}
          </Text>
        )}
      </Stack>
    </Page>
  );
}

function readDraft(dashboard: DashboardDetail, language: "en" | "ja"): Draft {
  return {
    name: dashboard.title[language],
    description: dashboard.description[language],
    tiles: dashboard.tiles.map(asBody),
    range: dashboard.range,
    interval: dashboard.interval,
  };
}

/** Days for all tiles; without them each tile has its own. */
function Days({
  draft,
  onChange,
}: {
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}): ReactNode {
  const words = useWords(dashboardWords).edit;
  const explorer = useWords(explorerWords);
  return (
    <Group gap="sm" mt="sm">
      <Checkbox
        label={words.keepDays}
        checked={draft.range !== null}
        onChange={(event) =>
          onChange(
            event.currentTarget.checked
              ? { range: RANGE_START, interval: "day" }
              : { range: null, interval: null },
          )
        }
      />
      {draft.range && (
        <>
          <RangeField value={draft.range} onChange={(range) => onChange({ range })} />
          <Select
            size="sm"
            w={128}
            aria-label={explorer.interval}
            data={INTERVALS.map((value) => ({ value, label: explorer.intervals[value] }))}
            value={draft.interval ?? "day"}
            onChange={(interval) => interval && onChange({ interval: interval as Interval })}
            allowDeselect={false}
          />
        </>
      )}
    </Group>
  );
}

interface EditGridProps {
  tiles: TileBody[];
  dashboard: DashboardDetail;
  days: DashboardSearch;
  onChange: (tiles: TileBody[]) => void;
}

const NONE: never[] = [];

function EditGrid({ tiles, dashboard, days, onChange }: EditGridProps): ReactNode {
  const words = useWords(dashboardWords).edit;
  const { language } = useLanguage();
  const metrics = useQuery(metricsQuery);
  const reports = useInfiniteQuery(reportsQuery({}));
  const [dragged, setDragged] = useState<number | null>(null);
  const nameOf = useMemo(() => {
    const named = new Map(
      dashboard.tiles.flatMap((tile) =>
        tile.report_id === null ? [] : [[tile.report_id, tile.report_name ?? ""] as const],
      ),
    );
    for (const report of reports.data?.pages.flatMap((page) => page.items) ?? [])
      named.set(report.id, report.name);
    return (tile: TileBody, at: number): string =>
      tile.title?.[language] ||
      (tile.report_id != null && named.get(tile.report_id)) ||
      metrics.data?.find((one) => one.key === tile.query?.metric)?.title[language] ||
      tile.text?.slice(0, 40) ||
      words.tile(String(at + 1));
  }, [dashboard, reports.data, metrics.data, language, words]);
  const put = (at: number, change: Partial<TileBody>) => {
    const tile = tiles[at];
    if (tile) onChange(tiles.with(at, { ...tile, ...change }));
  };
  const drop = (to: number) => {
    const moved = dragged === null ? undefined : tiles[dragged];
    if (moved && dragged !== null) onChange(tiles.toSpliced(dragged, 1).toSpliced(to, 0, moved));
    setDragged(null);
  };
  return (
    <div className={classes.grid}>
      {tiles.map((tile, at) => (
        <EditTile
          // biome-ignore lint/suspicious/noArrayIndexKey: tiles have no identity but their place
          key={at}
          tile={tile}
          name={nameOf(tile, at)}
          first={at === 0}
          last={at === tiles.length - 1}
          onMove={(step) => onChange(move(tiles, at, step))}
          onWidth={(step) => put(at, { width: resize(tile.width ?? 6, step) })}
          onHeight={(step) =>
            put(at, {
              height: Math.min(HEIGHT.most, Math.max(HEIGHT.least, (tile.height ?? 4) + step)),
            })
          }
          onChange={(change) => put(at, change)}
          onRemove={() => onChange(tiles.toSpliced(at, 1))}
          onDrag={() => setDragged(at)}
          onDrop={() => drop(at)}
          dragging={dragged !== null && dragged !== at}
        >
          <TileView
            tile={asTile(tile, dashboard, nameOf(tile, at))}
            question={withDays(questionOf(tile, dashboard), days)}
            metric={metrics.data?.find((one) => one.key === questionOf(tile, dashboard)?.metric)}
            happened={NONE}
            onOpen={undefined}
          />
        </EditTile>
      ))}
    </div>
  );
}

type Adding = "report" | "text" | "question" | null;

function AddTile({ onAdd }: { onAdd: (tile: TileBody) => void }): ReactNode {
  const words = useWords(dashboardWords).edit;
  const common = useWords(commonWords);
  const [adding, setAdding] = useState<Adding>(null);
  const add = (tile: TileBody) => {
    setAdding(null);
    onAdd(tile);
  };
  const titles = { report: words.addReport, text: words.addText, question: words.addQuestion };
  return (
    <>
      <Menu position="bottom-start">
        <Menu.Target>
          <Button
            variant="light"
            style={{ alignSelf: "flex-start" }}
            leftSection={<IconPlus size={16} aria-hidden />}
          >
            {words.add}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(["report", "question", "text"] as const).map((one) => (
            <Menu.Item key={one} onClick={() => setAdding(one)}>
              {titles[one]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal
        opened={adding !== null}
        onClose={() => setAdding(null)}
        title={adding && titles[adding]}
        size={adding === "question" ? "xl" : "md"}
        closeButtonProps={{ "aria-label": common.close }}
      >
        {adding === "report" && <ReportTile onAdd={add} />}
        {adding === "text" && <TextTile onAdd={add} />}
        {adding === "question" && <QuestionTile onAdd={add} />}
      </Modal>
    </>
  );
}

function ReportTile({ onAdd }: { onAdd: (tile: TileBody) => void }): ReactNode {
  const words = useWords(dashboardWords).edit;
  const common = useWords(commonWords);
  const query = useInfiniteQuery(reportsQuery({}));
  const [chosen, setChosen] = useState<string | null>(null);
  const reports = query.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Stack>
      <Select
        label={words.report}
        data={reports.map((one) => ({ value: String(one.id), label: one.name }))}
        value={chosen}
        onChange={setChosen}
        searchable
        nothingFoundMessage={common.noMatch}
        data-autofocus
      />
      <Button
        disabled={chosen === null}
        style={{ alignSelf: "flex-end" }}
        onClick={() => onAdd({ report_id: Number(chosen), width: 6, height: 5 })}
      >
        {words.add}
      </Button>
    </Stack>
  );
}

function TextTile({ onAdd }: { onAdd: (tile: TileBody) => void }): ReactNode {
  const words = useWords(dashboardWords).edit;
  const [text, setText] = useState("");
  return (
    <Stack>
      <Textarea
        label={words.text}
        description={words.textHint}
        autosize
        minRows={5}
        value={text}
        maxLength={5_000}
        data-autofocus
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button
        disabled={!text.trim()}
        style={{ alignSelf: "flex-end" }}
        onClick={() => onAdd({ text, width: 12, height: 2 })}
      >
        {words.add}
      </Button>
    </Stack>
  );
}

function QuestionTile({ onAdd }: { onAdd: (tile: TileBody) => void }): ReactNode {
  const metrics = useQuery(metricsQuery);
  const catalogue = useQuery({ ...catalogueQuery, enabled: useMayDo()("segments.read") });
  const choose = (metric: Metric) =>
    onAdd({
      query: startQuestion(metric, catalogue.data?.events ?? []),
      width: 6,
      height: 5,
    });
  return <MetricChoice metrics={metrics.data ?? []} onChoose={choose} />;
}
