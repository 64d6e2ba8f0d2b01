import { Alert, Button, Checkbox, Group, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { useErrorText } from "@/components/ErrorState";
import type { Purpose } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { purposesQuery } from "@/lib/queries";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { ArchivePurpose } from "./ArchivePurpose";
import { consentWords } from "./consent-words";
import { PurposeTermsFields, PurposeTextFields } from "./PurposeFields";
import { PurposeHistory } from "./PurposeHistory";
import {
  BODY_CHARS_MAX,
  findChanges,
  type PurposeDraft,
  TITLE_CHARS_MAX,
  toDraft,
  toParts,
} from "./purpose-draft";
import { CHANNELS, LANGUAGES } from "./term-words";
import { useTerms } from "./use-terms";

interface PurposeFormProps {
  /** None: a new one. */
  purpose: Purpose | null;
  answers: number;
  onChanged: (changed: boolean) => void;
  onDone: () => void;
}

export function PurposeForm({ purpose, answers, onChanged, onDone }: PurposeFormProps): ReactNode {
  const words = useWords(consentWords).form;
  const common = useWords(commonWords);
  const format = useFormat();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const findErrors = useDraftErrors();
  const form = useForm(toDraft(purpose), findErrors);
  const { changed } = form;
  useEffect(() => onChanged(changed), [changed, onChanged]);
  const save = useMutation({
    mutationFn: () => savePurpose(purpose, form.values),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: purposesQuery.queryKey });
      toastDone(common.saved);
      onDone();
    },
    onError: form.showProblem,
  });
  const publishes = purpose && findChanges(purpose, form.values).texts !== undefined;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) save.mutate();
      }}
    >
      <Stack gap="lg">
        {purpose?.archived && <Alert color="yellow">{words.archivedHint}</Alert>}
        {!purpose && (
          <TextInput
            label={words.key}
            description={words.keyHint}
            data-autofocus
            autoComplete="off"
            {...form.text("key")}
          />
        )}
        <PurposeTextFields form={form} />
        <PurposeTermsFields form={form} />
        <ChannelsField
          value={form.values.channels}
          onChange={(channels) => form.set("channels", channels)}
        />
        {publishes && (
          <Alert color="indigo">{words.newVersion(format.number(purpose.version + 1))}</Alert>
        )}
        {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
        <Group justify="space-between">
          <Button type="submit" loading={save.isPending} disabled={!changed}>
            {words.save}
          </Button>
          {purpose && <ArchivePurpose purpose={purpose} answers={answers} onDone={onDone} />}
        </Group>
        {purpose && <PurposeHistory purposeKey={purpose.key} />}
      </Stack>
    </form>
  );
}

async function savePurpose(purpose: Purpose | null, draft: PurposeDraft): Promise<Purpose> {
  if (!purpose) {
    const body = { key: draft.key.trim(), ...toParts(draft) };
    return unwrap(client.POST("/api/privacy/purposes", { body }));
  }
  const params = { path: { key: purpose.key } };
  const body = findChanges(purpose, draft);
  return unwrap(client.PATCH("/api/privacy/purposes/{key}", { params, body }));
}

function useDraftErrors(): (draft: PurposeDraft) => Partial<Record<keyof PurposeDraft, string>> {
  const words = useWords(consentWords).form;
  const common = useWords(commonWords);
  const format = useFormat();
  return (draft) => {
    const errors: Partial<Record<keyof PurposeDraft, string>> = {};
    if (!/^[a-z][a-z0-9_]{0,39}$/.test(draft.key.trim())) errors.key = words.keyInvalid;
    for (const language of LANGUAGES) {
      for (const [part, max] of [
        ["title", TITLE_CHARS_MAX] as const,
        ["body", BODY_CHARS_MAX] as const,
      ]) {
        const length = draft[`texts.${language}.${part}`].trim().length;
        if (length === 0) errors[`texts.${language}.${part}`] = common.required;
        if (length > max) errors[`texts.${language}.${part}`] = words.tooLong(format.number(max));
      }
    }
    return errors;
  };
}

function ChannelsField({
  value,
  onChange,
}: {
  value: string[];
  onChange: (channels: string[]) => void;
}): ReactNode {
  const words = useWords(consentWords).form;
  const terms = useTerms();
  // In their own order, however they were clicked.
  const sort = (chosen: string[]) => CHANNELS.filter((channel) => chosen.includes(channel));
  return (
    <Checkbox.Group
      label={words.channels}
      description={words.channelsHint}
      value={value}
      onChange={(chosen) => onChange(sort(chosen))}
    >
      <Group gap="md" mt={8}>
        {CHANNELS.map((channel) => (
          <Checkbox key={channel} value={channel} label={terms.channel(channel)} size="sm" />
        ))}
      </Group>
    </Checkbox.Group>
  );
}
