import { Button, Group, Stack, Text } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { SideDrawer } from "@/components/SideDrawer";
import { TimeText } from "@/components/TimeText";
import type { Destination, SegmentDetail } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useMayDo } from "@/lib/session";
import { useLanguage, useWords } from "@/lib/words";
import { DestinationDrawer } from "./DestinationDrawer";
import { DestinationState } from "./DestinationState";
import { destinationKindsQuery, destinationsQuery } from "./destination-queries";
import { destinationWords } from "./destination-words";
import { NewDestination } from "./NewDestination";

/** Where the segment is sent. */
export function DestinationsTab({ segment }: { segment: SegmentDetail }): ReactNode {
  return (
    <Permitted permission="segments.export">
      <Destinations segment={segment} />
    </Permitted>
  );
}

function Destinations({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(destinationWords);
  const navigate = useNavigate({ from: "/customers/segments/$segmentId" });
  const { destination: chosen, add } = useSearch({ from: "/shell/customers/segments/$segmentId" });
  const mayChange = useMayDo()("segments.manage") && !segment.archived_at;
  const query = useQuery(destinationsQuery(segment.id));
  const columns = useDestinationColumns();
  const open = (change: { destination?: number; add?: string }) =>
    void navigate({
      search: (now) => compact({ ...now, destination: undefined, add: undefined, ...change }),
      resetScroll: false,
    });
  const button = mayChange && (
    <Button
      leftSection={<IconPlus size={16} aria-hidden />}
      onClick={() => open({ add: "destination" })}
    >
      {words.list.add}
    </Button>
  );
  const found = query.data?.items.find((one) => one.id === chosen);
  return (
    <>
      <Loaded query={query}>
        {({ items, total }) =>
          items.length === 0 ? (
            <EmptyState title={words.list.emptyTitle} hint={words.list.emptyHint} action={button} />
          ) : (
            <Stack gap="sm">
              <Group justify="flex-end">{button}</Group>
              <DataTable
                name="segment-destinations"
                label={words.list.label}
                columns={columns}
                rows={items}
                total={total}
                rowKey={(one) => one.id}
                onOpen={(one) => open({ destination: one.id })}
              />
            </Stack>
          )
        }
      </Loaded>
      <SideDrawer
        opened={add === "destination" && mayChange}
        onClose={() => open({})}
        title={words.form.title}
      >
        <NewDestination segmentId={segment.id} onDone={(id) => open({ destination: id })} />
      </SideDrawer>
      <SideDrawer
        opened={found !== undefined}
        onClose={() => open({})}
        title={found?.name ?? ""}
        size="xl"
      >
        {found && (
          <DestinationDrawer
            key={found.id}
            destination={found}
            mayChange={mayChange}
            onGone={() => open({})}
          />
        )}
      </SideDrawer>
    </>
  );
}

function useDestinationColumns(): Column<Destination>[] {
  const words = useWords(destinationWords).list;
  const format = useFormat();
  const { language } = useLanguage();
  const { data: kinds } = useQuery(destinationKindsQuery(language));
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 220,
        cell: (one) => (
          <Text span size="sm" fw={500} truncate>
            {one.name}
          </Text>
        ),
      },
      {
        id: "kind",
        header: words.kind,
        width: 140,
        cell: (one) => kinds?.find((kind) => kind.key === one.kind)?.title ?? one.kind,
      },
      {
        id: "state",
        header: words.state,
        width: 140,
        cell: (one) => <DestinationState destination={one} />,
      },
      {
        id: "waiting",
        header: words.waiting,
        width: 80,
        align: "end",
        cell: (one) => (one.waiting > 0 ? format.number(one.waiting) : "–"),
      },
      {
        id: "last_sent",
        header: words.lastSent,
        width: 120,
        cell: (one) => (one.last_sent_at ? <TimeText at={one.last_sent_at} /> : words.never),
      },
    ],
    [words, format, kinds],
  );
}
