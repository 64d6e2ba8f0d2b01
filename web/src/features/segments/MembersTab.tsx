import { Badge } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { Loaded } from "@/components/Loaded";
import { Masked } from "@/components/Masked";
import { Permitted } from "@/components/NoPermission";
import { PersonName } from "@/components/PersonName";
import { TimeText } from "@/components/TimeText";
import type { SegmentDetail, SegmentPerson } from "@/lib/api";
import { useWords } from "@/lib/words";
import { membersQuery } from "./segment-queries";
import { segmentWords } from "./segment-words";

export function MembersTab({ segment }: { segment: SegmentDetail }): ReactNode {
  return (
    <Permitted permission="profiles.read">
      <Members segment={segment} />
    </Permitted>
  );
}

function Members({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).members;
  const navigate = useNavigate();
  const query = useInfiniteQuery({
    ...membersQuery(segment.id),
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const columns = useMemberColumns();
  return (
    <Loaded query={{ data: query.data, error: query.error, refetch: query.refetch as never }}>
      {() => (
        <DataTable
          name="segment-members"
          label={words.label}
          columns={columns}
          rows={rows}
          rowKey={(person) => person.id}
          total={query.data?.pages[0]?.total}
          href={(person) => `/customers/profiles/${person.id}`}
          onOpen={(person) =>
            void navigate({
              to: "/customers/profiles/$profileId",
              params: { profileId: person.id },
            })
          }
          onEnd={
            query.hasNextPage && !query.isFetching ? () => void query.fetchNextPage() : undefined
          }
          loadingMore={query.isFetchingNextPage}
          offset={390}
          empty={
            <EmptyState
              title={words.emptyTitle}
              hint={segment.state === "building" ? words.emptyBuilding : words.emptyHint}
            />
          }
        />
      )}
    </Loaded>
  );
}

function useMemberColumns(): Column<SegmentPerson>[] {
  const words = useWords(segmentWords).members;
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 220,
        cell: (person) => <PersonName person={person} />,
      },
      {
        id: "email",
        header: words.email,
        width: 240,
        cell: (person) =>
          person.email === null ? (
            "–"
          ) : person.masked.includes("email") ? (
            <Masked>{person.email}</Masked>
          ) : (
            person.email
          ),
      },
      {
        id: "identified",
        header: words.known,
        width: 110,
        hidden: true,
        cell: (person) => (person.identified ? <Badge variant="light">{words.known}</Badge> : "–"),
      },
      {
        id: "last_seen",
        header: words.lastSeen,
        width: 120,
        cell: (person) => <TimeText at={person.last_seen} />,
      },
    ],
    [words],
  );
}
