import {
  Alert,
  Button,
  Checkbox,
  Group,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import type { ProfileId, Purpose } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { consentWords } from "./consent-words";
import { consentQuery } from "./privacy-queries";
import { useTerms } from "./use-terms";

interface RecordAnswerProps {
  profileId: ProfileId;
  purposes: Purpose[];
  onDone: () => void;
}

export function RecordAnswer({ profileId, purposes, onDone }: RecordAnswerProps): ReactNode {
  const words = useWords(consentWords).recorder;
  const asked = purposes.filter((one) => !one.essential && !one.archived);
  const [first] = asked;
  if (!first) return <Text size="sm">{words.none}</Text>;
  return <AnswerForm profileId={profileId} purposes={asked} first={first} onDone={onDone} />;
}

interface Draft {
  purpose: string;
  channels: string[];
  answer: "yes" | "no";
  note: string;
  at: string;
}

function AnswerForm({
  profileId,
  purposes,
  first,
  onDone,
}: RecordAnswerProps & { first: Purpose }): ReactNode {
  const words = useWords(consentWords).recorder;
  const common = useWords(commonWords);
  const terms = useTerms();
  const errorText = useErrorText();
  const start: Draft = { purpose: first.key, channels: [], answer: "no", note: "", at: "" };
  const chosen = (draft: Draft) => purposes.find((one) => one.key === draft.purpose) ?? first;
  const form = useForm(start, (draft) => ({
    ...(chosen(draft).channels.length > 0 && draft.channels.length === 0
      ? { channels: words.channelsMissing }
      : {}),
    ...(draft.note.trim() ? {} : { note: common.required }),
    ...(draft.at && new Date(draft.at) > new Date() ? { at: words.future } : {}),
  }));
  const { channels } = chosen(form.values);
  const send = useSend(profileId, channels, onDone);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) send.mutate(form.values);
      }}
    >
      <Stack>
        <Select
          label={words.purpose}
          data={purposes.map((one) => ({ value: one.key, label: terms.purpose(one, one.key) }))}
          value={form.values.purpose}
          allowDeselect={false}
          onChange={(key) => form.set("purpose", key ?? first.key)}
        />
        {channels.length > 0 && (
          <Checkbox.Group
            label={words.channels}
            error={form.errors.channels}
            value={form.values.channels}
            onChange={(next) => form.set("channels", next)}
          >
            <Group gap="md" mt={6} mb={4}>
              {channels.map((key) => (
                <Checkbox key={key} value={key} label={terms.channel(key)} size="sm" />
              ))}
            </Group>
          </Checkbox.Group>
        )}
        <SegmentedControl
          aria-label={words.answer}
          value={form.values.answer}
          onChange={(next) => form.set("answer", next as Draft["answer"])}
          data={[
            { value: "no", label: words.refuses },
            { value: "yes", label: words.agrees },
          ]}
        />
        <Textarea
          label={words.note}
          description={words.noteHint}
          autosize
          minRows={2}
          maxLength={1_000}
          {...form.text("note")}
        />
        <TextInput
          label={words.at}
          description={words.atHint}
          type="datetime-local"
          {...form.text("at")}
        />
        {send.error && <Alert color="red">{errorText(send.error)}</Alert>}
        <Button type="submit" loading={send.isPending}>
          {words.save}
        </Button>
      </Stack>
    </form>
  );
}

function useSend(profileId: ProfileId, channels: string[], onDone: () => void) {
  const words = useWords(consentWords).recorder;
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (draft: Draft) => {
      const given = {
        purpose: draft.purpose,
        granted: draft.answer === "yes",
        note: draft.note.trim(),
        at: draft.at ? new Date(draft.at).toISOString() : null,
      };
      // A channel that was ticked for another purpose is not this one's.
      const of =
        channels.length > 0 ? channels.filter((one) => draft.channels.includes(one)) : [""];
      return unwrap(
        client.POST("/api/privacy/people/{profile_id}/consent", {
          params: { path: { profile_id: profileId } },
          body: { answers: of.map((channel) => ({ ...given, channel })) },
        }),
      );
    },
    onSuccess: async (consent) => {
      queries.setQueryData(consentQuery(profileId).queryKey, consent);
      await queries.invalidateQueries({ queryKey: ["privacy", "people", profileId, "answers"] });
      await queries.invalidateQueries({ queryKey: ["privacy", "answered"] });
      toastDone(words.saved);
      onDone();
    },
  });
}
