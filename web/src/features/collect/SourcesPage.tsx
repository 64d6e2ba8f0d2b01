import { Badge, Button, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import { SideDrawer } from "@/components/SideDrawer";
import { TimeText } from "@/components/TimeText";
import type { Source } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { sourcesQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import { SourceForm } from "./SourceForm";

export function SourcesPage(): ReactNode {
  const words = useWords(collectWords).sources;
  const format = useFormat();
  const mayManage = useMayDo()("collect.manage");
  const { add, kind } = useSearch({ from: "/shell/data/sources" });
  const navigate = useNavigate({ from: "/data/sources" });
  const query = useQuery({ ...sourcesQuery, refetchInterval: 15_000 });
  const items = query.data?.items;
  const addButton = mayManage && (
    <Button
      leftSection={<IconPlus size={16} />}
      onClick={() => void navigate({ search: { add: true } })}
    >
      {words.add}
    </Button>
  );
  return (
    <Page
      title={words.title}
      state={
        items &&
        items.length > 0 &&
        words.state(
          format.number(items.filter((source) => source.events_24h > 0).length),
          format.number(items.length),
        )
      }
      action={addButton}
    >
      <Loaded query={query}>{(page) => <SourceTable sources={page.items} />}</Loaded>
      <SideDrawer
        opened={add === true && mayManage}
        onClose={() => void navigate({ search: {} })}
        title={words.addTitle}
        size="md"
      >
        <SourceForm
          initialKind={kind ?? "browser"}
          onCreated={(source) =>
            void navigate({
              to: "/data/sources/$sourceId",
              params: { sourceId: String(source.id) },
            })
          }
        />
      </SideDrawer>
    </Page>
  );
}

function SourceTable({ sources }: { sources: Source[] }): ReactNode {
  const words = useWords(collectWords).sources;
  const format = useFormat();
  const names = useNames();
  const navigate = useNavigate();
  const columns = useMemo<Column<Source>[]>(
    () => [
      {
        id: "name",
        header: words.name,
        width: 200,
        value: (source) => source.name,
        cell: (source) => source.name,
      },
      {
        id: "kind",
        header: words.kind,
        width: 120,
        value: (source) => source.kind,
        cell: (source) => names.sourceKind(source.kind),
      },
      {
        id: "touchpoint",
        header: words.touchpoint,
        width: 110,
        value: (source) => source.touchpoint,
        cell: (source) => names.touchpoint(source.touchpoint),
      },
      {
        id: "last",
        header: words.lastEvent,
        width: 120,
        value: (source) => source.last_event_at,
        cell: (source) =>
          source.last_event_at ? (
            <TimeText at={source.last_event_at} />
          ) : (
            <Text span size="sm" c="dimmed">
              {words.never}
            </Text>
          ),
      },
      {
        id: "day",
        header: words.day,
        width: 120,
        align: "end",
        value: (source) => source.events_24h,
        cell: (source) => format.number(source.events_24h),
      },
      {
        id: "state",
        header: "",
        width: 100,
        cell: (source) => (
          <Badge variant="light" color={source.enabled ? "teal" : "gray"}>
            {source.enabled ? words.enabled : words.disabled}
          </Badge>
        ),
      },
    ],
    [words, format, names],
  );
  return (
    <DataTable
      name="sources"
      label={words.title}
      columns={columns}
      rows={sources}
      rowKey={(source) => source.id}
      href={(source) => `/data/sources/${source.id}`}
      onOpen={(source) =>
        void navigate({ to: "/data/sources/$sourceId", params: { sourceId: String(source.id) } })
      }
      empty={
        <EmptyState
          title={words.emptyTitle}
          hint={words.emptyHint}
          example={words.emptyExample}
          action={
            <Button
              mt="xs"
              onClick={() => void navigate({ to: "/data/sources", search: { add: true } })}
            >
              {words.add}
            </Button>
          }
        />
      }
    />
  );
}
