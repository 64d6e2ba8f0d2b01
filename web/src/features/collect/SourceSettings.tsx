import { Alert, Button, Group, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { Confirm } from "@/components/Confirm";
import { useErrorText } from "@/components/ErrorState";
import { TOUCHPOINTS } from "@/components/TouchpointIcon";
import { UnsavedGuard } from "@/components/UnsavedGuard";
import type { Source, Touchpoint } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useNames } from "@/lib/names";
import { sourcesQuery } from "@/lib/queries";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";

export function SourceSettings({ source }: { source: Source }): ReactNode {
  const words = useWords(collectWords).sources;
  const common = useWords(commonWords);
  const names = useNames();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const start = {
    name: source.name,
    touchpoint: source.touchpoint as Touchpoint,
    enabled: source.enabled,
  };
  const [draft, setDraft] = useState(start);
  const changed = JSON.stringify(draft) !== JSON.stringify(start);
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        client.PATCH("/api/collect/sources/{source_id}", {
          params: { path: { source_id: source.id } },
          body: draft,
        }),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: sourcesQuery.queryKey });
      toastDone(common.saved);
    },
  });
  return (
    <Stack maw={560} gap="lg">
      <UnsavedGuard changed={changed && !save.isPending} />
      <Card>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            save.mutate();
          }}
        >
          <Stack>
            <TextInput
              label={words.name}
              required
              withAsterisk={false}
              value={draft.name}
              onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
            />
            <Select
              label={words.touchpoint}
              description={words.touchpointHint}
              data={TOUCHPOINTS.map((key) => ({ value: key, label: names.touchpoint(key) }))}
              value={draft.touchpoint}
              onChange={(next) => next && setDraft({ ...draft, touchpoint: next as Touchpoint })}
            />
            <Switch
              label={words.turnOff}
              description={words.turnOffHint}
              checked={draft.enabled}
              onChange={(event) => setDraft({ ...draft, enabled: event.currentTarget.checked })}
            />
            {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
            <Group>
              <Button type="submit" disabled={!changed} loading={save.isPending}>
                {common.save}
              </Button>
            </Group>
          </Stack>
        </form>
      </Card>
      <DeleteSource source={source} />
    </Stack>
  );
}

function DeleteSource({ source }: { source: Source }): ReactNode {
  const words = useWords(collectWords).sources;
  const format = useFormat();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [opened, dialogue] = useDisclosure();
  const remove = async () => {
    await unwrap(
      client.DELETE("/api/collect/sources/{source_id}", {
        params: { path: { source_id: source.id } },
      }),
    );
    await navigate({ to: "/data/sources" });
    await queries.invalidateQueries({ queryKey: sourcesQuery.queryKey });
  };
  return (
    <div>
      <Button variant="subtle" color="red" onClick={dialogue.open}>
        {words.delete}
      </Button>
      <Confirm
        opened={opened}
        onClose={dialogue.close}
        title={words.delete}
        effect={words.deleteEffect(format.number(source.events_24h))}
        action={words.delete}
        typed={source.name}
        onConfirm={remove}
      />
    </div>
  );
}
