import { Alert, Stack, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Card } from "@/components/Card";
import { ConditionBuilder } from "@/components/conditions/ConditionBuilder";
import { JsonView } from "@/components/JsonView";
import type { SegmentDetail } from "@/lib/api";
import { useWords } from "@/lib/words";
import classes from "./SegmentPage.module.css";
import { readStored } from "./segment-draft";
import { segmentWords } from "./segment-words";

/** What the segment asks: as a sentence, as it was put together, and as it is stored. */
export function ConditionTab({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).condition;
  if (!segment.condition) return <Text size="sm">{words.static}</Text>;
  return (
    <Stack gap="lg">
      {segment.condition_masked && <Alert color="gray">{words.masked}</Alert>}
      {segment.sentence && (
        <Card title={words.sentence}>
          <Text className={classes.sentence}>{segment.sentence}</Text>
        </Card>
      )}
      <Card title={words.built}>
        <ConditionBuilder value={readStored(segment.condition)} />
      </Card>
      <Links segment={segment} />
      <Card title={words.json}>
        <JsonView value={segment.condition} label={words.json} />
      </Card>
    </Stack>
  );
}

function Links({ segment }: { segment: SegmentDetail }): ReactNode {
  const words = useWords(segmentWords).condition;
  const { uses, used_by_names: users } = segment;
  return (
    <Card title={words.usedBy}>
      {users.length === 0 && (
        <Text size="sm" c="dimmed">
          {words.usedByNobody}
        </Text>
      )}
      <SegmentLinks items={users.filter((one) => one.kind === "segment")} />
      {users
        .filter((one) => one.kind !== "segment")
        .map((one) => (
          <Text key={`${one.kind} ${one.id}`} size="sm">
            {one.name}
          </Text>
        ))}
      {uses.length > 0 && (
        <>
          <Text size="sm" c="dimmed" mt="sm">
            {words.uses}
          </Text>
          <SegmentLinks items={uses} />
        </>
      )}
    </Card>
  );
}

function SegmentLinks({ items }: { items: { id: number; name: string }[] }): ReactNode {
  return items.map((one) => (
    <div key={one.id}>
      <Link to="/customers/segments/$segmentId" params={{ segmentId: String(one.id) }}>
        {one.name}
      </Link>
    </div>
  ));
}
