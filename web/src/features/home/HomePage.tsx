import { SimpleGrid, Stack } from "@mantine/core";
import type { ReactNode } from "react";
import { Card } from "@/components/Card";
import { Figure } from "@/components/Figure";
import { LiveDot } from "@/components/LiveDot";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import type { Flow } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useMayDo, useMe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { FlowChart } from "./FlowChart";
import { compareHalves, useFlow } from "./flow";
import { GettingStarted } from "./GettingStarted";
import { homeWords } from "./home-words";

export function HomePage(): ReactNode {
  const words = useWords(homeWords);
  const { member } = useMe();
  const mayCollect = useMayDo()("collect.read");
  return (
    <Page title={words.greeting(member.name)} state={mayCollect ? <FlowState /> : undefined}>
      <Stack gap="lg">
        <GettingStarted />
        {mayCollect && <FlowView />}
      </Stack>
    </Page>
  );
}

function FlowState(): ReactNode {
  const words = useWords(homeWords);
  const format = useFormat();
  const { data } = useFlow();
  if (!data) return null;
  const { totals, per_minute_now: now } = data;
  const text =
    now > 0
      ? words.flowing(format.number(now))
      : totals.accepted > 0
        ? words.lately(format.number(totals.accepted))
        : words.quiet;
  return <LiveDot text={text} />;
}

function FlowView(): ReactNode {
  const query = useFlow();
  return (
    <Loaded query={query}>
      {(flow) => (
        <Stack gap="lg">
          <FlowFigures flow={flow} />
          <FlowChart flow={flow} />
        </Stack>
      )}
    </Loaded>
  );
}

function FlowFigures({ flow }: { flow: Flow }): ReactNode {
  const words = useWords(homeWords);
  const change = compareHalves(flow.minutes);
  return (
    <Card>
      <SimpleGrid cols={{ base: 2, md: 4 }} spacing="lg">
        <Figure
          label={words.perMinute}
          definition={words.perMinuteDefinition}
          value={flow.per_minute_now}
          period={words.now}
          to="/data/live"
        />
        <Figure
          label={words.accepted}
          definition={words.acceptedDefinition}
          value={flow.totals.accepted}
          period={words.lastHour}
          comparison={change === null ? undefined : { share: change, period: words.halfHours }}
          to="/data/live"
        />
        <Figure
          label={words.refused}
          definition={words.refusedDefinition}
          value={flow.totals.refused}
          period={words.lastHour}
          tone="person"
          to="/data/refusals"
        />
        <Figure
          label={words.duplicates}
          definition={words.duplicatesDefinition}
          value={flow.totals.duplicates}
          period={words.lastHour}
        />
      </SimpleGrid>
    </Card>
  );
}
