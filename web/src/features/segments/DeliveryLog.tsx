import { Badge, Text } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { Loaded, RowsSkeleton } from "@/components/Loaded";
import { TimeText } from "@/components/TimeText";
import type { Delivery } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { deliveriesQuery } from "./destination-queries";
import { destinationWords } from "./destination-words";
import { useReason } from "./use-reason";

const COLOURS: Record<Delivery["state"], string> = {
  queued: "gray",
  failed: "yellow",
  sent: "teal",
  given_up: "red",
};
const STATES: Delivery["state"][] = ["queued", "failed", "sent", "given_up"];
const POLL_MS = 3_000;

/** What was sent, what waits and what failed. */
export function DeliveryLog({ destinationId }: { destinationId: number }): ReactNode {
  const words = useWords(destinationWords).log;
  const [state, setState] = useState<Delivery["state"]>();
  const query = useInfiniteQuery({
    ...deliveriesQuery(destinationId, state),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useDeliveryColumns();
  return (
    <Loaded
      query={{ data: query.data, error: query.error, refetch: query.refetch as never }}
      skeleton={<RowsSkeleton rows={3} />}
    >
      {() => (
        <DataTable
          name="segment-deliveries"
          label={words.label}
          columns={columns}
          rows={rows}
          rowKey={(one) => one.id}
          onEnd={
            query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
          }
          loadingMore={query.isFetchingNextPage}
          offset={520}
          filters={
            <FilterBar onClear={state ? () => setState(undefined) : undefined}>
              <FilterSelect
                label={words.all}
                value={state}
                options={STATES.map((value) => ({ value, label: words.states[value] }))}
                onChange={(next) => setState(next as Delivery["state"] | undefined)}
              />
            </FilterBar>
          }
          empty={
            <Text size="sm" c="dimmed" p="md">
              {words.empty}
            </Text>
          }
        />
      )}
    </Loaded>
  );
}

function useDeliveryColumns(): Column<Delivery>[] {
  const words = useWords(destinationWords).log;
  const format = useFormat();
  return useMemo(
    () => [
      { id: "at", header: words.at, width: 100, cell: (one) => <TimeText at={one.created_at} /> },
      {
        id: "change",
        header: words.change,
        width: 80,
        cell: (one) => words.changes[one.change],
      },
      {
        id: "state",
        header: words.state,
        width: 95,
        cell: (one) => (
          <Badge variant="light" color={COLOURS[one.state]}>
            {words.states[one.state]}
          </Badge>
        ),
      },
      {
        id: "people",
        header: words.people,
        width: 70,
        align: "end",
        cell: (one) => format.number(one.people),
      },
      {
        id: "withheld",
        header: words.withheld,
        width: 80,
        align: "end",
        cell: (one) => (one.withheld > 0 ? format.number(one.withheld) : "–"),
      },
      { id: "answer", header: words.answer, width: 170, cell: (one) => <Answer delivery={one} /> },
    ],
    [words, format],
  );
}

function Answer({ delivery }: { delivery: Delivery }): ReactNode {
  const words = useWords(destinationWords).log;
  const format = useFormat();
  const sayReason = useReason();
  const { status, reason, tries, next_at: nextAt } = delivery;
  if (delivery.state === "sent") return status ?? "–";
  if (tries === 0) return "–";
  const parts = [
    reason ? sayReason(reason, status ?? null) : String(status ?? ""),
    words.tries(format.number(tries)),
    nextAt ? words.nextAt(format.time(nextAt)) : "",
  ].filter(Boolean);
  return (
    <Text span size="sm" truncate title={parts.join(" · ")}>
      {parts.join(" · ")}
    </Text>
  );
}
