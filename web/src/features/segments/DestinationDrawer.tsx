import { Alert, Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import { useErrorText } from "@/components/ErrorState";
import type { Destination, DestinationKind } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { jobsQuery } from "@/lib/queries";
import { toastDone } from "@/lib/toast";
import { useLanguage, useWords } from "@/lib/words";
import { DeliveryLog } from "./DeliveryLog";
import { DestinationForm } from "./DestinationForm";
import { DestinationState } from "./DestinationState";
import { destinationKindsQuery } from "./destination-queries";
import { type DestinationDraft, readDraft } from "./destination-rules";
import { destinationWords } from "./destination-words";
import { SecretNote } from "./SecretNote";
import { refreshSegments } from "./segment-queries";
import { useReason } from "./use-reason";

interface DestinationDrawerProps {
  destination: Destination;
  mayChange: boolean;
  onGone: () => void;
}

/** One destination: how it does, what can be done about it, its log and its settings. */
export function DestinationDrawer(props: DestinationDrawerProps): ReactNode {
  const { destination, mayChange } = props;
  const words = useWords(destinationWords);
  const { language } = useLanguage();
  const { data: kinds } = useQuery(destinationKindsQuery(language));
  const kind = kinds?.find((one) => one.key === destination.kind);
  return (
    <Stack gap="lg">
      <Group gap="xs">
        <DestinationState destination={destination} />
        <Text size="sm" c="dimmed">
          {kind?.title ?? destination.kind}
        </Text>
      </Group>
      <Trouble destination={destination} />
      {kind && <Actions {...props} kind={kind} />}
      {kind?.sends && (
        <section>
          <Title order={3}>{words.drawer.log}</Title>
          <Text size="xs" c="dimmed" mb="xs">
            {words.drawer.logHint}
          </Text>
          <DeliveryLog destinationId={destination.id} />
        </section>
      )}
      {kind && mayChange && <Settings destination={destination} kind={kind} />}
    </Stack>
  );
}

function Trouble({ destination }: { destination: Destination }): ReactNode {
  const words = useWords(destinationWords).stateHints;
  const format = useFormat();
  const { state, failing_since: failing, paused_at: paused, missed_at: missed } = destination;
  if (state === "paused" && paused)
    return <Alert color="yellow">{words.paused(format.dateTime(paused))}</Alert>;
  if (state === "failing" && failing)
    return <Alert color="red">{words.failing(format.dateTime(failing))}</Alert>;
  return missed ? <Alert color="yellow">{words.missed(format.dateTime(missed))}</Alert> : null;
}

function useDestinationCalls(destination: Destination) {
  const words = useWords(destinationWords);
  const queries = useQueryClient();
  const params = { params: { path: { id: destination.id } } };
  const refresh = () => refreshSegments(queries);
  return {
    test: useMutation({
      mutationFn: () => unwrap(client.POST("/api/segments/destinations/{id}/test", params)),
      onSuccess: refresh,
    }),
    sync: useMutation({
      mutationFn: () => unwrap(client.POST("/api/segments/destinations/{id}/sync", params)),
      onSuccess: async () => {
        toastDone(words.drawer.syncStarted);
        await queries.invalidateQueries({ queryKey: jobsQuery.queryKey });
        await refresh();
      },
    }),
    toggle: useMutation({
      mutationFn: () =>
        unwrap(
          client.PATCH("/api/segments/destinations/{id}", {
            ...params,
            body: { enabled: !destination.enabled } as never,
          }),
        ),
      onSuccess: refresh,
    }),
    rotate: () => unwrap(client.POST("/api/segments/destinations/{id}/rotate-secret", params)),
    remove: async () => {
      await unwrap(client.DELETE("/api/segments/destinations/{id}", params));
      toastDone(words.drawer.removed);
      await refresh();
    },
  };
}

function Actions({
  destination,
  kind,
  mayChange,
  onGone,
}: DestinationDrawerProps & { kind: DestinationKind }): ReactNode {
  const words = useWords(destinationWords);
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const calls = useDestinationCalls(destination);
  const [removing, remove] = useDisclosure();
  const [rotating, rotate] = useDisclosure();
  const [secret, setSecret] = useState<string>();
  const error = calls.test.error ?? calls.sync.error ?? calls.toggle.error;
  return (
    <Stack gap="xs">
      <Group gap="xs">
        {kind.sends && mayChange && (
          <Button
            variant="default"
            loading={calls.test.isPending}
            onClick={() => calls.test.mutate()}
          >
            {words.drawer.test}
          </Button>
        )}
        <Button
          variant="default"
          loading={calls.sync.isPending}
          onClick={() => calls.sync.mutate()}
        >
          {kind.sends ? words.drawer.sync : words.drawer.file}
        </Button>
        {mayChange && (
          <Button
            variant="default"
            loading={calls.toggle.isPending}
            onClick={() => calls.toggle.mutate()}
          >
            {destination.enabled ? words.drawer.switchOff : words.drawer.switchOn}
          </Button>
        )}
        {kind.signed && mayChange && (
          <Button variant="subtle" onClick={rotate.open}>
            {words.secret.rotate}
          </Button>
        )}
        {mayChange && (
          <Button variant="subtle" color="red" onClick={remove.open}>
            {words.drawer.remove}
          </Button>
        )}
      </Group>
      {calls.test.data && <TestOutcome outcome={calls.test.data} />}
      {error && <Alert color="red">{errorText(error)}</Alert>}
      <Confirm
        opened={removing}
        onClose={remove.close}
        title={words.drawer.removeTitle(destination.name)}
        effect={words.drawer.removeEffect}
        action={words.drawer.remove}
        onConfirm={async () => {
          await calls.remove();
          onGone();
        }}
      />
      <Confirm
        opened={rotating}
        onClose={rotate.close}
        title={words.secret.rotate}
        effect={words.secret.rotateEffect}
        action={words.secret.rotate}
        dangerous={false}
        onConfirm={async () => setSecret((await calls.rotate()).secret)}
      />
      <Modal
        opened={secret !== undefined}
        onClose={() => setSecret(undefined)}
        title={words.secret.title}
        closeButtonProps={{ "aria-label": common.close }}
      >
        {secret && <SecretNote secret={secret} onDone={() => setSecret(undefined)} />}
      </Modal>
    </Stack>
  );
}

interface Outcome {
  ok: boolean;
  status?: number | null;
  reason?: string | null;
  took_ms: number;
}

function TestOutcome({ outcome }: { outcome: Outcome }): ReactNode {
  const words = useWords(destinationWords).drawer;
  const format = useFormat();
  const sayReason = useReason();
  return (
    <Alert color={outcome.ok ? "teal" : "red"} role="status">
      {outcome.ok
        ? words.testOk(String(outcome.status ?? ""), format.duration(outcome.took_ms))
        : words.testFailed(sayReason(outcome.reason ?? null, outcome.status ?? null))}
    </Alert>
  );
}

function Settings({
  destination,
  kind,
}: {
  destination: Destination;
  kind: DestinationKind;
}): ReactNode {
  const words = useWords(destinationWords).form;
  const queries = useQueryClient();
  const save = async (draft: DestinationDraft) => {
    await unwrap(
      client.PATCH("/api/segments/destinations/{id}", {
        params: { path: { id: destination.id } },
        body: draft as never,
      }),
    );
    toastDone(words.saved);
    await refreshSegments(queries);
  };
  return (
    <section>
      <Title order={3} mb="xs">
        {words.editTitle}
      </Title>
      <DestinationForm
        kind={kind}
        initial={readDraft(destination)}
        secrets={destination.secrets}
        action={words.change}
        onSave={save}
      />
    </section>
  );
}
