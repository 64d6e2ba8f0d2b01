import { Badge, Button, Group, Loader, Text, Tooltip } from "@mantine/core";
import { IconAlertTriangle, IconPlus } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { FilterBar } from "@/components/FilterBar";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { TimeText } from "@/components/TimeText";
import type { ComputedTrait } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { traitsQuery } from "./trait-queries";
import { traitWords } from "./trait-words";

export function TraitsPage(): ReactNode {
  return (
    <Permitted permission="segments.read">
      <Traits />
    </Permitted>
  );
}

function Traits(): ReactNode {
  const words = useWords(traitWords).list;
  const common = useWords(commonWords);
  const format = useFormat();
  const mayManage = useMayDo()("segments.manage");
  const { q } = useSearch({ from: "/shell/customers/traits" });
  const navigate = useNavigate({ from: "/customers/traits" });
  const query = useInfiniteQuery({ ...traitsQuery(q), placeholderData: keepPreviousData });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total;
  const columns = useTraitColumns();
  const search = (next: string | undefined) =>
    void navigate({ search: compact({ q: next || undefined }), replace: true });
  return (
    <Page
      title={words.title}
      state={total != null && !q && total > 0 && words.state(format.number(total))}
      action={
        mayManage &&
        (rows.length > 0 || q) && (
          <Button
            component={Link}
            to="/customers/traits/new"
            leftSection={<IconPlus size={16} aria-hidden />}
          >
            {words.add}
          </Button>
        )
      }
    >
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() =>
          rows.length === 0 && !q ? (
            <NoTraits mayManage={mayManage} />
          ) : (
            <DataTable
              name="computed-traits"
              label={words.title}
              columns={columns}
              rows={rows}
              rowKey={(trait) => trait.id}
              total={total}
              href={(trait) => `/customers/traits/${trait.id}`}
              onOpen={(trait) =>
                void navigate({
                  to: "/customers/traits/$traitId",
                  params: { traitId: String(trait.id) },
                })
              }
              onEnd={
                query.hasNextPage && !query.isFetching
                  ? () => void query.fetchNextPage()
                  : undefined
              }
              loadingMore={query.isFetchingNextPage}
              filters={
                <FilterBar onClear={q ? () => search(undefined) : undefined}>
                  <SearchField label={words.search} value={q ?? ""} onChange={search} />
                </FilterBar>
              }
              empty={<EmptyState title={common.noMatch} hint={common.noMatchHint} />}
            />
          )
        }
      </Loaded>
    </Page>
  );
}

function NoTraits({ mayManage }: { mayManage: boolean }): ReactNode {
  const words = useWords(traitWords).list;
  return (
    <EmptyState
      title={words.emptyTitle}
      hint={words.emptyHint}
      example={words.emptyExample}
      action={
        mayManage && (
          <Button component={Link} to="/customers/traits/new" mt="xs">
            {words.emptyAction}
          </Button>
        )
      }
    />
  );
}

function useTraitColumns(): Column<ComputedTrait>[] {
  const words = useWords(traitWords);
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: "name",
        header: words.list.name,
        width: 220,
        value: (trait) => trait.name,
        cell: (trait) => (
          <Group gap={8} wrap="nowrap" component="span" miw={0}>
            <Text span size="sm" fw={500} truncate title={trait.name}>
              {trait.name}
            </Text>
            <TraitState trait={trait} />
          </Group>
        ),
      },
      {
        id: "says",
        header: words.list.says,
        width: 340,
        cell: (trait) => (
          <Text span size="sm" c="dimmed" truncate title={trait.sentence}>
            {trait.sentence}
          </Text>
        ),
      },
      {
        id: "way",
        header: words.list.way,
        width: 110,
        value: (trait) => trait.every ?? "live",
        cell: (trait) => words.ways[trait.every ?? "live"],
      },
      {
        id: "people",
        header: words.list.people,
        width: 170,
        align: "end",
        value: (trait) => trait.people,
        cell: (trait) =>
          trait.state === "building" && trait.people === 0
            ? "–"
            : `${format.number(trait.people)} (${format.percent(trait.everybody ? trait.people / trait.everybody : 0)})`,
      },
      {
        id: "used",
        header: words.list.used,
        width: 80,
        align: "end",
        value: (trait) => trait.used_by.length,
        cell: (trait) => (trait.used_by.length > 0 ? format.number(trait.used_by.length) : "–"),
      },
      {
        id: "ran",
        header: words.list.ran,
        width: 110,
        value: (trait) => trait.ran_at ?? "",
        cell: (trait) => (trait.ran_at ? <TimeText at={trait.ran_at} /> : "–"),
      },
    ],
    [words, format],
  );
}

/** Whether the values are worked out; nothing is said of those that are. */
export function TraitState({ trait }: { trait: ComputedTrait }): ReactNode {
  const words = useWords(traitWords).states;
  if (trait.state === "building")
    return (
      <Badge variant="light" leftSection={<Loader size={10} aria-hidden />}>
        {words.building}
      </Badge>
    );
  if (trait.state === "failed")
    return (
      <Tooltip label={trait.error ?? words.failed}>
        <Badge
          variant="light"
          color="red"
          leftSection={<IconAlertTriangle size={11} aria-hidden />}
        >
          {words.failed}
        </Badge>
      </Tooltip>
    );
  return null;
}
