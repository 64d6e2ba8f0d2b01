import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { Card } from "@/components/Card";
import { TemplatePicker } from "@/components/conditions/TemplatePicker";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { TimeText } from "@/components/TimeText";
import type { Segment, SegmentKind } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { ChangeText, KindText, StateBadge } from "./SegmentTexts";
import { segmentsQuery } from "./segment-queries";
import { segmentWords } from "./segment-words";
import { useLiveSegments } from "./use-live-segments";

const KINDS: SegmentKind[] = ["live", "scheduled", "static"];

export function SegmentsPage(): ReactNode {
  return (
    <Permitted permission="segments.read">
      <Segments />
    </Permitted>
  );
}

function Segments(): ReactNode {
  const words = useWords(segmentWords);
  const format = useFormat();
  const mayManage = useMayDo()("segments.manage");
  const { q, kind, archived } = useSearch({ from: "/shell/customers/segments" });
  const navigate = useNavigate({ from: "/customers/segments" });
  const { pollMs } = useLiveSegments();
  const query = useInfiniteQuery({
    ...segmentsQuery(compact({ search: q, kind, archived })),
    placeholderData: keepPreviousData,
    refetchInterval: pollMs,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total;
  const columns = useSegmentColumns();
  const filtered = Boolean(q || kind || archived);
  const filter = (change: { q?: string; kind?: SegmentKind; archived?: true }) =>
    void navigate({ search: (now) => compact({ ...now, ...change }), replace: true });
  const building = rows.filter((one) => one.state === "building").length;
  return (
    <Page
      title={words.list.title}
      state={
        total != null && !filtered && total > 0 && words.list.state(format.number(total), building)
      }
      action={
        mayManage &&
        (rows.length > 0 || filtered) && (
          <Button
            component={Link}
            to="/customers/segments/new"
            leftSection={<IconPlus size={16} aria-hidden />}
          >
            {words.list.add}
          </Button>
        )
      }
    >
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() =>
          rows.length === 0 && !filtered ? (
            <NoSegments />
          ) : (
            <DataTable
              name="segments"
              label={words.list.title}
              columns={columns}
              rows={rows}
              rowKey={(segment) => segment.id}
              total={total}
              href={(segment) => `/customers/segments/${segment.id}`}
              onOpen={(segment) =>
                void navigate({
                  to: "/customers/segments/$segmentId",
                  params: { segmentId: String(segment.id) },
                  search: {},
                })
              }
              onEnd={
                query.hasNextPage && !query.isFetching
                  ? () => void query.fetchNextPage()
                  : undefined
              }
              loadingMore={query.isFetchingNextPage}
              filters={
                <FilterBar
                  onClear={
                    filtered
                      ? () => filter({ q: undefined, kind: undefined, archived: undefined })
                      : undefined
                  }
                >
                  <SearchField
                    label={words.list.search}
                    value={q ?? ""}
                    onChange={(next) => filter({ q: next || undefined })}
                  />
                  <FilterSelect
                    label={words.list.kind}
                    value={kind}
                    options={KINDS.map((value) => ({ value, label: words.kinds[value] }))}
                    onChange={(next) => filter({ kind: next as SegmentKind | undefined })}
                  />
                  <Checkbox
                    size="sm"
                    label={words.list.archived}
                    checked={archived ?? false}
                    onChange={(event) =>
                      filter({ archived: event.currentTarget.checked ? true : undefined })
                    }
                  />
                </FilterBar>
              }
              empty={<NothingFound archived={archived ?? false} />}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

function NothingFound({ archived }: { archived: boolean }): ReactNode {
  const words = useWords(segmentWords).list;
  const common = useWords(commonWords);
  return (
    <EmptyState
      title={archived ? words.noneArchived : common.noMatch}
      hint={archived ? undefined : common.noMatchHint}
    />
  );
}

function NoSegments(): ReactNode {
  const words = useWords(segmentWords).list;
  const navigate = useNavigate();
  const mayManage = useMayDo()("segments.manage");
  return (
    <Stack gap="lg">
      <EmptyState
        title={words.emptyTitle}
        hint={words.emptyHint}
        example={words.emptyExample}
        action={
          mayManage && (
            <Button component={Link} to="/customers/segments/new" mt="xs">
              {words.emptyAction}
            </Button>
          )
        }
      />
      {mayManage && (
        <Card title={words.templatesTitle}>
          <TemplatePicker
            usable
            onUse={(template) =>
              void navigate({ to: "/customers/segments/new", search: { template: template.key } })
            }
          />
        </Card>
      )}
    </Stack>
  );
}

function useSegmentColumns(): Column<Segment>[] {
  const words = useWords(segmentWords);
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: "name",
        header: words.list.name,
        width: 230,
        value: (segment) => segment.name,
        cell: (segment) => (
          <Group gap={8} wrap="nowrap" component="span" miw={0}>
            <Text span size="sm" fw={500} truncate title={segment.name}>
              {segment.name}
            </Text>
            <StateBadge segment={segment} />
          </Group>
        ),
      },
      {
        id: "who",
        header: words.list.who,
        width: 240,
        cell: (segment) => (
          <Text span size="sm" c="dimmed" truncate title={segment.sentence}>
            {segment.sentence || segment.description || "–"}
          </Text>
        ),
      },
      {
        id: "kind",
        header: words.list.kindHead,
        width: 90,
        cell: (segment) => <KindText segment={segment} />,
      },
      {
        id: "size",
        header: words.list.size,
        width: 120,
        align: "end",
        value: (segment) => segment.size,
        cell: (segment) => <SizeCell segment={segment} />,
      },
      {
        id: "change",
        header: words.list.change,
        width: 110,
        align: "end",
        value: (segment) => segment.entered_24h - segment.left_24h,
        cell: (segment) =>
          segment.entered_24h || segment.left_24h ? (
            <ChangeText entered={segment.entered_24h} left={segment.left_24h} />
          ) : (
            "–"
          ),
      },
      {
        id: "used",
        header: words.list.used,
        width: 75,
        align: "end",
        value: (segment) => segment.used_by,
        cell: (segment) =>
          segment.used_by > 0 ? words.list.usedBy(format.number(segment.used_by)) : "–",
      },
      {
        id: "updated",
        header: words.list.updated,
        width: 105,
        value: (segment) => segment.updated_at,
        cell: (segment) => <TimeText at={segment.updated_at} />,
      },
    ],
    [words, format],
  );
}

function SizeCell({ segment }: { segment: Segment }): ReactNode {
  const format = useFormat();
  // Of one that was never worked out, no size is known.
  if (segment.state === "building" && segment.size === 0) return "–";
  return (
    <Group gap={8} wrap="nowrap" justify="flex-end" component="span">
      <Text span size="sm">
        {format.number(segment.size)}
      </Text>
      {segment.people > 0 && (
        <Text span size="xs" c="dimmed" miw={40} ta="end">
          {format.percent(segment.size / segment.people)}
        </Text>
      )}
    </Group>
  );
}
