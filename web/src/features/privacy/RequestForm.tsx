import {
  Alert,
  Button,
  Group,
  Radio,
  SegmentedControl,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Confirm } from "@/components/Confirm";
import { useErrorText } from "@/components/ErrorState";
import type { Law, PrivacyRequest, Profile, RequestKind } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { profileSearchQuery } from "@/lib/queries";
import { useMayDo } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { EraseEffect, isRemoval, typedName } from "./EraseEffect";
import { actOnRequest } from "./request-queries";
import { lastMoment } from "./request-rules";
import { KINDS, requestWords } from "./request-words";

interface RequestFormProps {
  /** Whom it is about, where that is plain. */
  profile?: Profile;
  kind?: RequestKind;
  onDone: (made: PrivacyRequest) => void;
}

interface Draft {
  kind: RequestKind;
  about: "profile" | "identifier";
  profile: string;
  type: string;
  value: string;
  law: Law | "";
  note: string;
}

const SEPARATOR = " · ";
const IDENTIFIERS = ["email", "phone", "user_id", "line_id", "device_id", "anonymous_id"] as const;

export function RequestForm({ profile, kind, onDone }: RequestFormProps): ReactNode {
  const words = useWords(requestWords);
  const mayCarryOut = useMayDo()("privacy.manage") && profile !== undefined;
  const errorText = useErrorText();
  const [confirming, confirm] = useDisclosure();
  const start: Draft = {
    kind: kind ?? "access",
    about: "profile",
    profile: profile?.id ?? "",
    type: "email",
    value: "",
    law: "",
    note: "",
  };
  const form = useForm(start, (draft) => {
    const missing = draft.about === "profile" ? !draft.profile : !draft.value.trim();
    return missing ? { [draft.about === "profile" ? "profile" : "value"]: words.form.missing } : {};
  });
  const send = useSend(onDone);
  const chosen = form.values.kind;
  const now = mayCarryOut && chosen !== "correction";
  const carryOut = () => {
    if (!form.check()) return;
    if (isRemoval(chosen)) confirm.open();
    else send.mutate({ draft: form.values, start: true });
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) send.mutate({ draft: form.values, start: false });
      }}
    >
      <Stack>
        <KindField value={chosen} onChange={(next) => form.set("kind", next)} />
        {!profile && <AboutFields form={form} />}
        <Textarea
          label={words.form.note}
          description={words.form.noteHint}
          autosize
          minRows={2}
          {...form.text("note")}
        />
        <LawField value={form.values.law} onChange={(law) => form.set("law", law)} />
        {send.error && <Alert color="red">{errorText(send.error)}</Alert>}
        <Group>
          {now && (
            <Button
              color={isRemoval(chosen) ? "red" : undefined}
              onClick={carryOut}
              loading={send.isPending}
            >
              {words.form.now}
            </Button>
          )}
          <Button type="submit" variant={now ? "default" : "filled"} loading={send.isPending}>
            {now ? words.form.recordOnly : words.form.record}
          </Button>
        </Group>
      </Stack>
      {profile && isRemoval(chosen) && (
        <Confirm
          opened={confirming}
          onClose={confirm.close}
          title={(chosen === "erasure" ? words.confirm.eraseTitle : words.confirm.deleteTitle)(
            typedName(profile),
          )}
          effect={<EraseEffect kind={chosen} profile={profile} people={1} />}
          action={words.detail.start[chosen]}
          typed={typedName(profile)}
          onConfirm={() => send.mutateAsync({ draft: form.values, start: true })}
        />
      )}
    </form>
  );
}

function useSend(onDone: (made: PrivacyRequest) => void) {
  const words = useWords(requestWords);
  const format = useFormat();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ draft, start }: { draft: Draft; start: boolean }) => {
      const body = {
        kind: draft.kind,
        note: draft.note.trim(),
        law: draft.law || null,
        ...(draft.about === "profile"
          ? { profile_id: draft.profile }
          : { identifiers: [{ type: draft.type, value: draft.value.trim() }] }),
      };
      const made = await unwrap(client.POST("/api/privacy/requests", { body }));
      return start ? actOnRequest(made.id, { kind: "start" }) : made;
    },
    onSuccess: async (made) => {
      const started = made.state !== "received";
      toastDone(
        started ? words.detail.started : words.form.saved(format.date(lastMoment(made.due_at))),
      );
      await queries.invalidateQueries({ queryKey: ["privacy"] });
      await queries.invalidateQueries({ queryKey: ["jobs"] });
      onDone(made);
    },
  });
}

function KindField({
  value,
  onChange,
}: {
  value: RequestKind;
  onChange: (kind: RequestKind) => void;
}): ReactNode {
  const words = useWords(requestWords);
  return (
    <Radio.Group
      label={words.form.kind}
      value={value}
      onChange={(next) => onChange(next as RequestKind)}
    >
      <Stack gap={10} mt={8}>
        {KINDS.map((key) => (
          <Radio
            key={key}
            value={key}
            label={words.kinds[key].name}
            description={words.kinds[key].hint}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function LawField({
  value,
  onChange,
}: {
  value: Law | "";
  onChange: (law: Law | "") => void;
}): ReactNode {
  const words = useWords(requestWords);
  return (
    <Select
      label={words.form.law}
      data={[
        { value: "", label: words.form.lawAuto },
        ...(["APPI", "GDPR", "other"] as const).map((key) => ({
          value: key,
          label: words.laws[key],
        })),
      ]}
      value={value}
      allowDeselect={false}
      onChange={(next) => onChange((next ?? "") as Law | "")}
    />
  );
}

function AboutFields({ form }: { form: ReturnType<typeof useForm<Draft>> }): ReactNode {
  const words = useWords(requestWords).form;
  const common = useWords(commonWords);
  const { about } = form.values;
  return (
    <Stack gap="xs">
      <Text size="sm" fw={500}>
        {words.about}
      </Text>
      <SegmentedControl
        aria-label={words.about}
        value={about}
        onChange={(next) => form.set("about", next as Draft["about"])}
        data={[
          { value: "profile", label: words.byProfile },
          { value: "identifier", label: words.byIdentifier },
        ]}
      />
      {about === "profile" ? (
        <ProfileField
          value={form.values.profile}
          error={form.errors.profile}
          onChange={(id) => form.set("profile", id)}
        />
      ) : (
        <Group grow align="flex-start" preventGrowOverflow={false}>
          <Select
            label={words.type}
            data={IDENTIFIERS.map((key) => ({ value: key, label: common.identifier[key] }))}
            value={form.values.type}
            allowDeselect={false}
            onChange={(next) => form.set("type", next ?? "email")}
          />
          <TextInput label={words.value} autoComplete="off" {...form.text("value")} />
        </Group>
      )}
    </Stack>
  );
}

interface ProfileFieldProps {
  value: string;
  error: string | undefined;
  onChange: (id: string) => void;
}

function ProfileField({ value, error, onChange }: ProfileFieldProps): ReactNode {
  const words = useWords(requestWords).form;
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text, 200);
  // The field repeats a choice with what identifies it behind the name; the name alone is searched for.
  const [name = ""] = wanted.split(SEPARATOR);
  const { data } = useQuery({ ...profileSearchQuery(name), placeholderData: keepPreviousData });
  const options = (data?.items ?? []).map((row) => ({
    value: row.id,
    label: [row.name ?? row.id.slice(0, 8), row.email ?? row.user_id]
      .filter(Boolean)
      .join(SEPARATOR),
  }));
  return (
    <Select
      name="profile"
      aria-label={words.search}
      placeholder={words.search}
      description={words.searchHint}
      inputWrapperOrder={["label", "input", "description", "error"]}
      searchable
      clearable
      // The server has searched already, by kana and normalised numbers too.
      filter={({ options: found }) => found}
      data={options}
      nothingFoundMessage={wanted.trim() ? "–" : undefined}
      value={value || null}
      error={error}
      onSearchChange={setText}
      onChange={(next) => onChange(next ?? "")}
    />
  );
}
