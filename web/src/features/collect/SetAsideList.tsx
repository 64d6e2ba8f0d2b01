import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { Confirm } from "@/components/Confirm";
import { EmptyState } from "@/components/EmptyState";
import { JsonView } from "@/components/JsonView";
import { Loaded } from "@/components/Loaded";
import type { SetAside } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import { refusalWords } from "./refusal-words";

const KEY = ["collect", "set-aside"];

export function SetAsideList(): ReactNode {
  const words = useWords(collectWords).refusals;
  const query = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/collect/set-aside", { params: { query: { limit: 100 } }, signal })),
  });
  return (
    <Loaded query={query}>
      {({ items }) =>
        items.length ? (
          <Stack>
            {items.map((item) => (
              <SetAsideCard key={item.id} item={item} />
            ))}
          </Stack>
        ) : (
          <EmptyState title={words.noneAside} hint={words.noneAsideHint} />
        )
      }
    </Loaded>
  );
}

function SetAsideCard({ item }: { item: SetAside }): ReactNode {
  const words = useWords(collectWords).refusals;
  const common = useWords(commonWords);
  const format = useFormat();
  const { kinds } = useWords(refusalWords);
  const mayManage = useMayDo()("collect.manage");
  const [shown, setShown] = useState(false);
  return (
    <Card>
      <Group justify="space-between" align="flex-start">
        <div>
          <Group gap="xs" mb={4}>
            <Badge variant="light" color="yellow">
              {words.kinds[item.kind as "late"] ?? item.kind}
            </Badge>
            <Text size="sm" fw={600}>
              {words.eventCount(format.number(item.events))}
            </Text>
            <Text size="xs" c="dimmed">
              {format.dateTime(item.at)}
            </Text>
          </Group>
          <Text size="sm">{kinds[item.kind] ?? item.reason}</Text>
        </div>
        <Group gap="xs">
          <Button variant="subtle" size="compact-sm" onClick={() => setShown(!shown)}>
            {shown ? common.hide : words.sample}
          </Button>
          {mayManage && <Decisions item={item} />}
        </Group>
      </Group>
      {shown && (
        <div style={{ marginTop: 12 }}>
          {item.kind === "poison" && kinds.poison && (
            <Text size="sm" lang="en" mb="xs">
              {item.reason}
            </Text>
          )}
          <JsonView value={item.sample} label={words.sample} />
        </div>
      )}
    </Card>
  );
}

function Decisions({ item }: { item: SetAside }): ReactNode {
  const words = useWords(collectWords).refusals;
  const format = useFormat();
  const queries = useQueryClient();
  const [asking, setAsking] = useState<"release" | "discard" | null>(null);
  const params = { params: { path: { id: item.id } } };
  const decide = async () => {
    if (asking === "release")
      await unwrap(client.POST("/api/collect/set-aside/{id}/release", params));
    else await unwrap(client.DELETE("/api/collect/set-aside/{id}", params));
    toastDone(asking === "release" ? words.released : words.discarded);
    await queries.invalidateQueries({ queryKey: KEY });
  };
  const count = format.number(item.events);
  return (
    <>
      {item.kind !== "poison" && (
        <Button variant="default" size="compact-sm" onClick={() => setAsking("release")}>
          {words.release}
        </Button>
      )}
      <Button variant="subtle" color="red" size="compact-sm" onClick={() => setAsking("discard")}>
        {words.discard}
      </Button>
      <Confirm
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={asking === "release" ? words.release : words.discard}
        effect={asking === "release" ? words.releaseEffect(count) : words.discardEffect(count)}
        action={asking === "release" ? words.release : words.discard}
        dangerous={asking === "discard"}
        onConfirm={decide}
      />
    </>
  );
}
