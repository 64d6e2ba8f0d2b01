import { Button, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { Loaded } from "@/components/Loaded";
import { SideDrawer } from "@/components/SideDrawer";
import type { Disclosure } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { compact } from "@/lib/search";
import { useWords } from "@/lib/words";
import { DISCLOSURES_KEY, DisclosureForm } from "./DisclosureForm";
import { recordWords } from "./record-words";
import { requestWords } from "./request-words";

export function DisclosuresTab(): ReactNode {
  const words = useWords(recordWords).disclosures;
  const { page } = useWords(requestWords);
  const [adding, add] = useDisclosure();
  const query = useInfiniteQuery({
    queryKey: DISCLOSURES_KEY,
    queryFn: ({ pageParam, signal }) =>
      unwrap(
        client.GET("/api/privacy/disclosures", {
          params: { query: compact({ cursor: pageParam ?? undefined, limit: 100 }) },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useDisclosureColumns();
  const button = (
    <Button variant="default" leftSection={<IconPlus size={16} />} onClick={add.open}>
      {words.add}
    </Button>
  );
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed" maw={720}>
        {words.hint}
      </Text>
      <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
        {() => (
          <DataTable
            name="disclosures"
            label={page.disclosures}
            columns={columns}
            rows={rows}
            rowKey={(row) => row.id}
            offset={300}
            actions={rows.length > 0 && button}
            onEnd={
              query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
            }
            loadingMore={query.isFetchingNextPage}
            empty={
              <EmptyState
                title={words.emptyTitle}
                hint={words.emptyHint}
                example={words.emptyExample}
                action={button}
              />
            }
          />
        )}
      </Loaded>
      <SideDrawer opened={adding} onClose={add.close} title={words.add}>
        {adding && <DisclosureForm onDone={add.close} />}
      </SideDrawer>
    </Stack>
  );
}

function useDisclosureColumns(): Column<Disclosure>[] {
  const words = useWords(recordWords).disclosures;
  const format = useFormat();
  return useMemo(() => {
    const bases: Record<string, string> = words.bases;
    return [
      {
        id: "recipient",
        header: words.recipient,
        width: 190,
        cell: (row) => (
          <Text size="sm" fw={500} truncate title={row.recipient_address || undefined}>
            {row.recipient}
          </Text>
        ),
      },
      { id: "at", header: words.at, width: 130, cell: (row) => format.date(row.at) },
      { id: "items", header: words.items, width: 175, cell: (row) => format.list(row.items) },
      {
        id: "people",
        header: words.people,
        width: 80,
        align: "end",
        cell: (row) => format.number(row.people),
      },
      {
        id: "basis",
        header: words.basis,
        width: 140,
        cell: (row) => bases[row.basis] ?? row.basis,
      },
      { id: "purpose", header: words.purpose, width: 135, cell: (row) => row.purpose || "–" },
      {
        id: "reason",
        header: words.reason,
        width: 200,
        hidden: true,
        cell: (row) => row.reason || "–",
      },
      { id: "by", header: words.by, width: 110, cell: (row) => row.actor_name },
    ];
  }, [words, format]);
}
