import { Alert, Badge, Button, Group, JsonInput, Stack, Text, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { useErrorText } from "@/components/ErrorState";
import { JsonView } from "@/components/JsonView";
import { TimeText } from "@/components/TimeText";
import type { JsonObject, JsonValue, Source, WebhookRequest } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { sourcesQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";
import classes from "./WebhookConsole.module.css";

const EXAMPLE_BODY = { customer: { id: "user-1" }, order: { id: "o-1", total: 4800 } };
const EXAMPLE_MAPPING: JsonObject = {
  event: "'Order Completed'",
  userId: "customer.id",
  properties: "{order_id: order.id, total: order.total}",
};

/** Paste or pick a request, write the mapping, see at once what it becomes. */
export function WebhookConsole({ source }: { source: Source }): ReactNode {
  const saved = (source.settings.mapping as JsonObject | undefined) ?? EXAMPLE_MAPPING;
  const [body, setBody] = useState(() => JSON.stringify(EXAMPLE_BODY, null, 2));
  return (
    <div className={classes.columns}>
      <TryMapping source={source} saved={saved} body={body} onBody={setBody} />
      <Requests source={source} onUse={(value) => setBody(JSON.stringify(value, null, 2))} />
    </div>
  );
}

interface TryMappingProps {
  source: Source;
  saved: JsonObject;
  body: string;
  onBody: (body: string) => void;
}

function TryMapping({ source, saved, body, onBody }: TryMappingProps): ReactNode {
  const words = useWords(collectWords).sources;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const mayManage = useMayDo()("collect.manage");
  const queries = useQueryClient();
  const [mapping, setMapping] = useState(() => JSON.stringify(saved, null, 2));
  const parsed = { body: parseJson(body), mapping: parseJson(mapping) };
  const ready = parsed.body !== undefined && parsed.mapping !== undefined;
  const params = { path: { source_id: source.id } };
  const tryIt = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/collect/sources/{source_id}/try", {
          params,
          body: { body: parsed.body as JsonValue, mapping: parsed.mapping as JsonObject },
        }),
      ),
  });
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        client.PATCH("/api/collect/sources/{source_id}", {
          params,
          body: { settings: { ...source.settings, mapping: parsed.mapping as JsonObject } },
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: sourcesQuery.queryKey });
      toastDone(common.saved);
    },
  });
  const error = tryIt.error ?? save.error;
  return (
    <Stack>
      <JsonInput
        label={words.body}
        value={body}
        onChange={onBody}
        error={parsed.body === undefined ? words.badJson : undefined}
        autosize
        minRows={6}
        maxRows={16}
        classNames={{ input: classes.code }}
      />
      <JsonInput
        label={words.mapping}
        description={words.mappingHint}
        value={mapping}
        onChange={setMapping}
        error={parsed.mapping === undefined ? words.badJson : undefined}
        autosize
        minRows={6}
        maxRows={16}
        classNames={{ input: classes.code }}
      />
      {mayManage && (
        <Group>
          <Button disabled={!ready} loading={tryIt.isPending} onClick={() => tryIt.mutate()}>
            {words.tryIt}
          </Button>
          <Button
            variant="default"
            disabled={!ready}
            loading={save.isPending}
            onClick={() => save.mutate()}
          >
            {words.saveMapping}
          </Button>
        </Group>
      )}
      {error && <Alert color="red">{errorText(error)}</Alert>}
      {tryIt.data && <Outcome events={tryIt.data.events} errors={tryIt.data.errors} />}
    </Stack>
  );
}

function Outcome({ events, errors }: { events: JsonValue[]; errors: string[] }): ReactNode {
  const words = useWords(collectWords).sources;
  const format = useFormat();
  return (
    <Stack gap="xs" aria-live="polite">
      {errors.length > 0 && (
        <Alert color="red" title={words.errors}>
          {errors.join("\n")}
        </Alert>
      )}
      <Text size="sm" fw={600}>
        {words.result(format.number(events.length))}
      </Text>
      {events.length > 0 && (
        <JsonView value={events} label={words.result(format.number(events.length))} />
      )}
    </Stack>
  );
}

function Requests({
  source,
  onUse,
}: {
  source: Source;
  onUse: (body: JsonValue) => void;
}): ReactNode {
  const words = useWords(collectWords).sources;
  const { data } = useQuery({
    queryKey: ["collect", "requests", source.id],
    queryFn: ({ signal }) =>
      unwrap(
        client.GET("/api/collect/sources/{source_id}/requests", {
          params: { path: { source_id: source.id } },
          signal,
        }),
      ),
    refetchInterval: 3_000,
  });
  return (
    <Card title={words.requests}>
      {data?.items.length ? (
        <Stack gap="xs">
          {data.items.map((request) => (
            <RequestLine key={request.id} request={request} onUse={onUse} />
          ))}
        </Stack>
      ) : (
        <Text size="sm" c="dimmed">
          {words.noRequests}
        </Text>
      )}
    </Card>
  );
}

function RequestLine({
  request,
  onUse,
}: {
  request: WebhookRequest;
  onUse: (body: JsonValue) => void;
}): ReactNode {
  const words = useWords(collectWords).sources;
  const format = useFormat();
  const [opened, setOpened] = useState(false);
  const fine = request.status < 300;
  return (
    <div className={classes.request}>
      <UnstyledButton
        onClick={() => setOpened(!opened)}
        aria-expanded={opened}
        className={classes.requestHead}
      >
        <Badge variant="light" color={fine ? "teal" : "red"}>
          {request.status}
        </Badge>
        <Text size="sm">
          {fine ? words.became(format.number(request.events?.length ?? 0)) : words.refused}
        </Text>
        <Text size="xs" c="dimmed" ml="auto">
          <TimeText at={request.at} />
        </Text>
      </UnstyledButton>
      {opened && (
        <Stack gap="xs" mt="xs">
          <JsonView value={parseJson(request.body) ?? request.body} label={words.body} />
          <Outcome events={request.events ?? []} errors={request.errors ?? []} />
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => onUse(parseJson(request.body) ?? request.body)}
            style={{ alignSelf: "start" }}
          >
            {words.use}
          </Button>
        </Stack>
      )}
    </div>
  );
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
