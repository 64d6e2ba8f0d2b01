import { Alert, Button, Radio, Select, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import { TOUCHPOINTS } from "@/components/TouchpointIcon";
import type { Source, SourceKind, Touchpoint } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useNames } from "@/lib/names";
import { sourcesQuery } from "@/lib/queries";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";

const KINDS: SourceKind[] = ["browser", "server", "webhook"];

interface SourceFormProps {
  initialKind: SourceKind;
  onCreated: (source: Source) => void;
}

export function SourceForm({ initialKind, onCreated }: SourceFormProps): ReactNode {
  const words = useWords(collectWords).sources;
  const common = useWords(commonWords);
  const names = useNames();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const form = useForm(
    { name: "", kind: initialKind, touchpoint: "web" as Touchpoint },
    ({ name }): { name?: string } => (name.trim() ? {} : { name: common.required }),
  );
  const create = useMutation({
    mutationFn: () =>
      unwrap(client.POST("/api/collect/sources", { body: { ...form.values, settings: {} } })),
    onSuccess: async (source) => {
      await queries.invalidateQueries({ queryKey: sourcesQuery.queryKey });
      onCreated(source);
    },
    onError: form.showProblem,
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) create.mutate();
      }}
    >
      <Stack>
        <Radio.Group
          label={words.kind}
          value={form.values.kind}
          onChange={(kind) => form.set("kind", kind as SourceKind)}
        >
          <Stack gap="xs" mt={6}>
            {KINDS.map((kind) => (
              <Radio
                key={kind}
                value={kind}
                label={names.sourceKind(kind)}
                description={words.kindHint[kind]}
              />
            ))}
          </Stack>
        </Radio.Group>
        <TextInput
          label={words.name}
          placeholder={words.nameExample}
          data-autofocus
          {...form.text("name")}
        />
        <Select
          label={words.touchpoint}
          description={words.touchpointHint}
          data={TOUCHPOINTS.map((key) => ({ value: key, label: names.touchpoint(key) }))}
          value={form.values.touchpoint}
          onChange={(next) => next && form.set("touchpoint", next as Touchpoint)}
        />
        {create.error && <Alert color="red">{errorText(create.error)}</Alert>}
        <Button type="submit" loading={create.isPending}>
          {words.add}
        </Button>
      </Stack>
    </form>
  );
}
