import { MultiSelect, Stack } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { EmptyState } from "@/components/EmptyState";
import { Loaded } from "@/components/Loaded";
import type { SegmentDetail } from "@/lib/api";
import { compact } from "@/lib/search";
import { useWords } from "@/lib/words";
import { OverlapChart } from "./OverlapChart";
import { OVERLAP_MAX, readIds } from "./overlap-rules";
import { overlapQuery, segmentsQuery } from "./segment-queries";
import { segmentWords } from "./segment-words";

const SHOWN_FIRST = 6;

/** With which other segments this one shares people; the largest to begin with. */
export function OverlapTab({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).overlap;
  const navigate = useNavigate({ from: "/customers/segments/$segmentId" });
  const { with: chosen } = useSearch({ from: "/shell/customers/segments/$segmentId" });
  const list = useInfiniteQuery(segmentsQuery({}));
  const others = useMemo(
    () =>
      (list.data?.pages.flatMap((page) => page.items) ?? []).filter((one) => one.id !== segment.id),
    [list.data, segment.id],
  );
  const largest = others
    .toSorted((a, b) => b.size - a.size)
    .slice(0, SHOWN_FIRST)
    .map((one) => one.id);
  const ids = chosen === undefined ? largest : readIds(chosen);
  const query = useQuery({
    ...overlapQuery([segment.id, ...ids]),
    placeholderData: keepPreviousData,
  });
  if (list.data && others.length === 0)
    return <EmptyState title={words.emptyTitle} hint={words.emptyHint} />;
  return (
    <Stack gap="lg">
      <MultiSelect
        label={words.with}
        placeholder={ids.length === 0 ? words.placeholder : undefined}
        data={others.map((one) => ({ value: String(one.id), label: one.name }))}
        value={ids.map(String)}
        onChange={(next) =>
          void navigate({
            search: (now) => compact({ ...now, with: next.join(",") || "0" }),
            replace: true,
            resetScroll: false,
          })
        }
        maxValues={OVERLAP_MAX - 1}
        searchable
        hidePickedOptions
        maw={720}
      />
      {ids.length > 0 && (
        <Loaded query={query}>{(overlap) => <OverlapChart overlap={overlap} />}</Loaded>
      )}
    </Stack>
  );
}
