import { Alert, Button, NumberInput, Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { dayKey, startOfDay } from "@/lib/format";
import { useMe } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { recordWords } from "./record-words";

export const DISCLOSURES_KEY = ["privacy", "disclosures"] as const;

type Basis = keyof (typeof recordWords)["en"]["disclosures"]["bases"];

interface Draft {
  recipient: string;
  recipient_address: string;
  items: string[];
  basis: Basis;
  purpose: string;
  reason: string;
  people: number;
  at: string;
}

export function DisclosureForm({ onDone }: { onDone: () => void }): ReactNode {
  const words = useWords(recordWords).disclosures;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const queries = useQueryClient();
  const { workspace } = useMe();
  const today = dayKey(new Date().toISOString(), workspace.time_zone);
  const start: Draft = {
    recipient: "",
    recipient_address: "",
    items: [],
    basis: "consent",
    purpose: "",
    reason: "",
    people: 1,
    at: today,
  };
  const form = useForm(start, (draft) => ({
    ...(draft.recipient.trim() ? {} : { recipient: common.required }),
    ...(draft.items.length > 0 ? {} : { items: words.itemsMissing }),
    ...(draft.people >= 1 ? {} : { people: words.peopleMissing }),
    ...(draft.at > today ? { at: words.future } : {}),
  }));
  const save = useMutation({
    mutationFn: () => {
      const { at, ...given } = form.values;
      // Today is now: its beginning would come before what happened this morning.
      const moment = at === today || !at ? null : startOfDay(at, workspace.time_zone);
      return unwrap(client.POST("/api/privacy/disclosures", { body: { ...given, at: moment } }));
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: DISCLOSURES_KEY });
      toastDone(words.saved);
      onDone();
    },
    onError: form.showProblem,
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) save.mutate();
      }}
    >
      <Stack>
        <TextInput label={words.recipient} data-autofocus {...form.text("recipient")} />
        <TextInput label={words.address} {...form.text("recipient_address")} />
        <TagsInput
          label={words.items}
          description={words.itemsHint}
          name="items"
          value={form.values.items}
          error={form.errors.items}
          acceptValueOnBlur
          onChange={(items) => form.set("items", items)}
        />
        <NumberInput
          label={words.people}
          description={words.peopleHint}
          name="people"
          min={1}
          allowDecimal={false}
          value={form.values.people}
          error={form.errors.people}
          onChange={(people) => form.set("people", Number(people))}
        />
        <Select
          label={words.basis}
          data={(Object.keys(words.bases) as Basis[]).map((key) => ({
            value: key,
            label: words.bases[key],
          }))}
          value={form.values.basis}
          allowDeselect={false}
          onChange={(basis) => form.set("basis", basis as Basis)}
        />
        <TextInput label={words.purpose} {...form.text("purpose")} />
        <TextInput label={words.reason} {...form.text("reason")} />
        <TextInput label={words.at} type="date" max={today} {...form.text("at")} />
        {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
        <Button type="submit" loading={save.isPending}>
          {words.save}
        </Button>
      </Stack>
    </form>
  );
}
