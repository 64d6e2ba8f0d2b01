import { Badge, Group, Skeleton, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { useFormat } from "@/lib/format";
import { useLive } from "@/lib/live";
import { useWords } from "@/lib/words";
import classes from "./CustomerSegments.module.css";
import { segmentsOfQuery } from "./segment-queries";
import { segmentWords } from "./segment-words";

const SHOWN = 6;

/** The segments a customer is in now; it follows what the customer does. */
export function CustomerSegments({ profileId }: { profileId: string }): ReactNode {
  const words = useWords(segmentWords).customer;
  const format = useFormat();
  const [all, setAll] = useState(false);
  const query = useQuery(segmentsOfQuery(profileId));
  useLive("segments", () => void query.refetch());
  if (query.error) return null;
  const items = query.data?.items ?? [];
  const shown = all ? items : items.slice(0, SHOWN);
  return (
    <Group component="section" aria-label={words.title} gap={6} mt="sm" className={classes.line}>
      <Text span size="sm" c="dimmed">
        {words.title}
      </Text>
      {query.isPending && <Skeleton width={140} height={20} />}
      {query.data && items.length === 0 && (
        <Text span size="sm" c="dimmed">
          {words.none}
        </Text>
      )}
      {shown.map((segment) => (
        <Badge
          key={segment.id}
          component={Link}
          to={`/customers/segments/${segment.id}`}
          variant="light"
          className={classes.chip}
          title={segment.name}
        >
          {segment.name}
        </Badge>
      ))}
      {items.length > shown.length && (
        <button type="button" className={classes.more} onClick={() => setAll(true)}>
          {words.more(format.number(items.length - shown.length))}
        </button>
      )}
    </Group>
  );
}
