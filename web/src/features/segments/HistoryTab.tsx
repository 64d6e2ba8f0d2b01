import { Badge, Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { IconArrowDownLeft, IconArrowUpRight } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import { Masked } from "@/components/Masked";
import { TimeText } from "@/components/TimeText";
import type { SegmentDetail, SegmentMove } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { SizeCharts } from "./SizeCharts";
import { movesQuery, sizesQuery } from "./segment-queries";
import { segmentWords } from "./segment-words";

const PERIODS = [1, 7, 30, 90, 366];
const FROM = { from: "/shell/customers/segments/$segmentId" } as const;

/** How the segment grew and shrank, and who came and left, with the reason. */
export function HistoryTab({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).history;
  const format = useFormat();
  const { days = 30 } = useSearch(FROM);
  const navigate = useNavigate({ from: "/customers/segments/$segmentId" });
  const query = useQuery({ ...sizesQuery(segment.id, days), placeholderData: keepPreviousData });
  const maySee = useMayDo()("profiles.read");
  return (
    <Stack gap="lg">
      <SegmentedControl
        aria-label={words.days}
        value={String(days)}
        onChange={(next) =>
          void navigate({
            search: (now) => ({ ...now, days: Number(next) }),
            replace: true,
            resetScroll: false,
          })
        }
        data={PERIODS.map((one) => ({
          value: String(one),
          label: one === 366 ? words.year : words.lastDays(format.number(one)),
        }))}
        style={{ alignSelf: "flex-start", maxWidth: "100%", overflowX: "auto" }}
      />
      <Loaded query={query}>{(sizes) => <SizeCharts sizes={sizes} />}</Loaded>
      {maySee && <Moves segment={segment} />}
    </Stack>
  );
}

function Moves({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).history;
  const { direction } = useSearch(FROM);
  const navigate = useNavigate({ from: "/customers/segments/$segmentId" });
  const query = useInfiniteQuery({
    ...movesQuery(segment.id, direction),
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useMoveColumns();
  const filter = (next: "entered" | "left" | undefined) =>
    void navigate({
      search: (now) => compact({ ...now, direction: next }),
      replace: true,
      resetScroll: false,
    });
  return (
    <div>
      <Title order={2} mb="xs">
        {words.logTitle}
      </Title>
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() => (
          <DataTable
            name="segment-moves"
            label={words.logLabel}
            columns={columns}
            rows={rows}
            rowKey={(move) => move.id}
            onEnd={
              query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
            }
            loadingMore={query.isFetchingNextPage}
            filters={
              <FilterBar onClear={direction ? () => filter(undefined) : undefined}>
                <FilterSelect
                  label={words.both}
                  value={direction}
                  options={[
                    { value: "entered", label: words.entered },
                    { value: "left", label: words.left },
                  ]}
                  onChange={(next) => filter(next as "entered" | "left" | undefined)}
                />
              </FilterBar>
            }
            empty={<EmptyState title={words.emptyTitle} hint={words.emptyHint} />}
          />
        )}
      </Loaded>
    </div>
  );
}

function useMoveColumns(): Column<SegmentMove>[] {
  const words = useWords(segmentWords).history;
  return useMemo(
    () => [
      {
        id: "who",
        header: words.who,
        width: 180,
        cell: (move) => <Mover move={move} />,
      },
      {
        id: "what",
        header: words.what,
        width: 90,
        cell: (move) => <Direction entered={move.entered} />,
      },
      {
        id: "why",
        header: words.why,
        width: 360,
        cell: (move) => (
          <Text span size="sm" truncate title={move.cause}>
            {move.cause}
          </Text>
        ),
      },
      { id: "at", header: words.at, width: 120, cell: (move) => <TimeText at={move.at} /> },
    ],
    [words],
  );
}

function Direction({ entered }: { entered: boolean }): ReactNode {
  const words = useWords(segmentWords).history;
  const Icon = entered ? IconArrowUpRight : IconArrowDownLeft;
  return (
    <Badge
      variant="light"
      color={entered ? "teal" : "gray"}
      leftSection={<Icon size={12} aria-hidden />}
    >
      {entered ? words.entered : words.left}
    </Badge>
  );
}

function Mover({ move }: { move: SegmentMove }): ReactNode {
  const words = useWords(segmentWords);
  const common = useWords(commonWords);
  if (!move.profile_id)
    return (
      <Text span size="sm" c="dimmed">
        {words.history.gone}
      </Text>
    );
  const name = move.name ?? common.anonymous(move.profile_id.slice(0, 8));
  return (
    <Group component="span" gap={4} wrap="nowrap" miw={0}>
      <Link to="/customers/profiles/$profileId" params={{ profileId: move.profile_id }}>
        {move.masked ? <Masked>{name}</Masked> : name}
      </Link>
    </Group>
  );
}
