import { Alert, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import { ExportPurpose } from "@/components/ExportPurpose";
import { SchemaForm } from "@/components/SchemaForm";
import type { DestinationKind } from "@/lib/api";
import { ApiProblem } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import {
  BASES,
  cleanSettings,
  type DestinationDraft,
  readSchema,
  readSettingErrors,
} from "./destination-rules";
import { destinationWords } from "./destination-words";

interface DestinationFormProps {
  kind: DestinationKind;
  initial: DestinationDraft;
  /** Settings that are kept and not shown. */
  secrets?: string[];
  action: string;
  onSave: (draft: DestinationDraft) => Promise<unknown>;
}

/** A destination's own words, who receives the data on what ground, and the settings of its kind. */
export function DestinationForm(props: DestinationFormProps): ReactNode {
  const { kind, initial, secrets = [], action, onSave } = props;
  const words = useWords(destinationWords);
  const common = useWords(commonWords);
  const format = useFormat();
  const errorText = useErrorText();
  const [draft, setDraft] = useState(initial);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [failure, setFailure] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<DestinationDraft>) => setDraft((now) => ({ ...now, ...change }));
  const save = async () => {
    const missing = findMissing(kind, draft, common.required);
    setErrors(missing);
    setFailure(null);
    if (Object.keys(missing).length > 0) return;
    setBusy(true);
    try {
      await onSave({ ...draft, settings: cleanSettings(kind, draft.settings) });
    } catch (problem) {
      if (problem instanceof ApiProblem) setErrors(readSettingErrors(problem.fields));
      setFailure(problem as Error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack>
        <TextInput
          label={words.form.name}
          placeholder={words.form.nameExample}
          maxLength={100}
          value={draft.name}
          error={errors.name}
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <ExportPurpose
          label={words.form.purpose}
          hint={kind.for_ads ? words.form.adsHint : words.form.purposeHint}
          value={draft.purpose}
          error={errors.purpose}
          onChange={(purpose) => set({ purpose })}
        />
        <SchemaForm
          schema={readSchema(kind)}
          value={draft.settings}
          onChange={(settings) => set({ settings })}
          errors={errors}
        />
        {secrets.length > 0 && (
          <Text size="sm" c="dimmed">
            {words.form.secretsKept(format.list(secrets.map((name) => nameSetting(kind, name))))}
          </Text>
        )}
        <TextInput
          label={words.form.recipient}
          description={words.form.recipientHint}
          value={draft.recipient}
          error={errors.recipient}
          onChange={(event) => set({ recipient: event.currentTarget.value })}
        />
        {draft.recipient !== "" && (
          <TextInput
            label={words.form.address}
            value={draft.recipient_address}
            error={errors.recipient_address}
            onChange={(event) => set({ recipient_address: event.currentTarget.value })}
          />
        )}
        <Select
          label={words.form.basis}
          description={words.form.record}
          data={BASES.map((value) => ({ value, label: words.bases[value] }))}
          value={draft.basis}
          error={errors.basis}
          onChange={(basis) => basis && set({ basis })}
          allowDeselect={false}
        />
        {failure && <Alert color="red">{errorText(failure)}</Alert>}
        <Group justify="flex-end">
          <Button type="submit" loading={busy}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function nameSetting(kind: DestinationKind, name: string): string {
  return readSchema(kind).properties[name]?.title ?? name;
}

function findMissing(
  kind: DestinationKind,
  draft: DestinationDraft,
  text: string,
): Record<string, string> {
  const needed = (readSchema(kind).required ?? []).filter((name) => !draft.settings[name]);
  return Object.fromEntries([
    ...needed.map((name) => [name, text]),
    ...(draft.name.trim() ? [] : [["name", text]]),
    ...(draft.purpose ? [] : [["purpose", text]]),
  ]);
}
