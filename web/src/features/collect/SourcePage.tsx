import { Anchor, Badge, Button, Group, Stack, Tabs, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { CopyField } from "@/components/CopyField";
import { EmptyState } from "@/components/EmptyState";
import { Loaded } from "@/components/Loaded";
import { Page } from "@/components/Page";
import { Snippets } from "@/components/Snippets";
import type { Source } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { sourcesQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { makeSnippets } from "@/lib/snippets";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import { RotateKey } from "./RotateKey";
import { SourceSettings } from "./SourceSettings";
import { WebhookConsole } from "./WebhookConsole";

export function SourcePage(): ReactNode {
  const words = useWords(collectWords).sources;
  const common = useWords(commonWords);
  const { sourceId } = useParams({ from: "/shell/data/sources/$sourceId" });
  const query = useQuery({ ...sourcesQuery, refetchInterval: 5_000 });
  const source = query.data?.items.find((one) => String(one.id) === sourceId);
  return (
    <Page
      title={source?.name ?? words.title}
      parent={{ label: words.title, to: "/data/sources" }}
      state={source && <SourceState source={source} />}
    >
      <Loaded query={query}>
        {() => (source ? <SourceTabs source={source} /> : <EmptyState title={common.noMatch} />)}
      </Loaded>
    </Page>
  );
}

function SourceState({ source }: { source: Source }): ReactNode {
  const words = useWords(collectWords).sources;
  const names = useNames();
  const format = useFormat();
  return (
    <Group gap="xs">
      <Badge variant="light" color={source.enabled ? "teal" : "gray"}>
        {source.enabled ? words.enabled : words.disabled}
      </Badge>
      <span>
        {names.sourceKind(source.kind)} · {names.touchpoint(source.touchpoint)} · {words.day}{" "}
        {format.number(source.events_24h)}
      </span>
    </Group>
  );
}

function SourceTabs({ source }: { source: Source }): ReactNode {
  const { sources: words, imports } = useWords(collectWords);
  const mayManage = useMayDo()("collect.manage");
  const { tab = "install" } = useSearch({ from: "/shell/data/sources/$sourceId" });
  const navigate = useNavigate({ from: "/data/sources/$sourceId" });
  return (
    <Tabs
      value={tab}
      onChange={(next) => void navigate({ search: { tab: next as typeof tab }, replace: true })}
      keepMounted={false}
    >
      <Tabs.List mb="lg">
        <Tabs.Tab value="install">
          {source.kind === "import" ? imports.title : words.install}
        </Tabs.Tab>
        {source.kind === "webhook" && <Tabs.Tab value="console">{words.console}</Tabs.Tab>}
        {mayManage && <Tabs.Tab value="settings">{words.settings}</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="install">
        {source.kind === "import" ? <ImportHere source={source} /> : <Install source={source} />}
      </Tabs.Panel>
      {source.kind === "webhook" && (
        <Tabs.Panel value="console">
          <WebhookConsole source={source} />
        </Tabs.Panel>
      )}
      {mayManage && (
        <Tabs.Panel value="settings">
          <SourceSettings key={source.id} source={source} />
        </Tabs.Panel>
      )}
    </Tabs>
  );
}

function Install({ source }: { source: Source }): ReactNode {
  const words = useWords(collectWords).sources;
  const webhook = source.kind === "webhook";
  return (
    <Stack maw={820} gap="lg">
      <Arrival source={source} />
      <Card
        title={webhook ? words.webhookTitle : words.writeKey}
        hint={
          webhook
            ? words.webhookHint
            : source.kind === "browser"
              ? words.writeKeyPublic
              : words.writeKeySecret
        }
        action={<RotateKey source={source} />}
      >
        <Stack gap="sm">
          <CopyField
            value={webhook ? `${location.origin}/in/${source.write_key}` : source.write_key}
          />
          <PreviousKey source={source} />
          <SigningSecret source={source} />
        </Stack>
      </Card>
      <Card
        title={words.install}
        hint={
          source.kind === "browser"
            ? words.scriptHint
            : webhook
              ? words.secretHint
              : words.segmentHint
        }
      >
        <Snippets snippets={makeSnippets(source, location.origin)} />
      </Card>
    </Stack>
  );
}

/** Files have no key to set up: they are brought in. */
function ImportHere({ source }: { source: Source }): ReactNode {
  const words = useWords(collectWords);
  const mayImport = useMayDo()("imports.run");
  return (
    <Stack maw={820} gap="lg">
      <Arrival source={source} />
      <Card title={words.imports.title} hint={words.imports.dropHint}>
        <Group>
          {mayImport && (
            <Button component={Link} to="/data/imports/new">
              {words.imports.start}
            </Button>
          )}
          <Anchor component={Link} to="/data/imports" size="sm">
            {words.sources.pastImports}
          </Anchor>
        </Group>
      </Card>
    </Stack>
  );
}

function Arrival({ source }: { source: Source }): ReactNode {
  const words = useWords(collectWords).sources;
  const format = useFormat();
  if (!source.last_event_at) {
    return (
      <Text size="sm" c="dimmed" aria-live="polite">
        {words.waiting}
      </Text>
    );
  }
  return (
    <Group gap="xs">
      <Text size="sm" aria-live="polite">
        {words.arrived(format.ago(source.last_event_at))}
      </Text>
      <Anchor component={Link} to="/data/live" search={{ source: source.id } as never} size="sm">
        {words.show}
      </Anchor>
    </Group>
  );
}

function PreviousKey({ source }: { source: Source }): ReactNode {
  const words = useWords(collectWords).sources;
  const format = useFormat();
  if (!source.previous_key || !source.previous_key_until) return null;
  return (
    <Text size="xs" c="dimmed">
      {words.previousKey(format.dateTime(source.previous_key_until))}
    </Text>
  );
}

function SigningSecret({ source }: { source: Source }): ReactNode {
  const words = useWords(collectWords).sources;
  const [shown, setShown] = useState(false);
  const mayManage = useMayDo()("collect.manage");
  const { data } = useQuery({
    queryKey: ["collect", "secret", source.id],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/collect/sources/{source_id}/secret", {
          params: { path: { source_id: source.id } },
          signal,
        }),
      ),
    enabled: shown,
    gcTime: 0,
  });
  if (!mayManage || (source.kind !== "webhook" && source.kind !== "browser")) return null;
  if (data) return <CopyField label={words.secret} value={data.signing_secret} />;
  return (
    <div>
      <Text size="xs" c="dimmed" mb={4}>
        {source.kind === "browser" ? words.secretForUsers : words.secretHint}
      </Text>
      <Button variant="default" size="compact-sm" onClick={() => setShown(true)} loading={shown}>
        {words.showSecret}
      </Button>
    </div>
  );
}
