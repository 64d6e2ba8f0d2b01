import { Alert, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Card } from "@/components/Card";
import { useErrorText } from "@/components/ErrorState";
import { Page } from "@/components/Page";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { meQuery, useMe } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { accessWords } from "./access-words";
import { PASSWORD_LENGTH_MIN } from "./limits";
import { SessionsCard } from "./SessionsCard";
import { settingsWords } from "./settings-words";
import { TotpCard } from "./TotpCard";

export function AccountPage(): ReactNode {
  const words = useWords(settingsWords).account;
  const { member } = useMe();
  return (
    <Page title={words.title} state={words.state(member.email)} width="text">
      <Stack maw={520} gap="lg">
        <Card>
          <NameForm />
        </Card>
        <Card title={words.passwordTitle}>
          <PasswordForm />
        </Card>
        <TotpCard />
        <SessionsCard />
      </Stack>
    </Page>
  );
}

function NameForm(): ReactNode {
  const words = useWords(settingsWords).account;
  const common = useWords(commonWords);
  const queries = useQueryClient();
  const { member } = useMe();
  const form = useForm({ name: member.name }, ({ name }): { name?: string } =>
    name.trim() ? {} : { name: common.required },
  );
  const save = useMutation({
    mutationFn: () => unwrap(client.PATCH("/api/me", { body: form.values })),
    onSuccess: async () => {
      form.reset(form.values);
      toastDone(common.saved);
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
    onError: form.showProblem,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) save.mutate();
      }}
    >
      <Stack>
        <TextInput label={words.name} autoComplete="name" {...form.text("name")} />
        <Button
          type="submit"
          disabled={!form.changed}
          loading={save.isPending}
          style={{ alignSelf: "start" }}
        >
          {common.save}
        </Button>
      </Stack>
    </form>
  );
}

function PasswordForm(): ReactNode {
  const words = useWords(settingsWords).account;
  const access = useWords(accessWords);
  const errorText = useErrorText();
  const empty = { current: "", new: "" };
  const form = useForm(empty, (values) => ({
    ...(values.current ? {} : { current: access.required }),
    ...(values.new.length >= PASSWORD_LENGTH_MIN ? {} : { new: access.passwordShort }),
  }));
  const change = useMutation({
    mutationFn: () => unwrap(client.POST("/api/me/password", { body: form.values })),
    onSuccess: () => {
      form.reset(empty);
      toastDone(words.changed);
    },
    onError: form.showProblem,
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) change.mutate();
      }}
    >
      <Stack>
        <PasswordInput
          label={words.current}
          autoComplete="current-password"
          {...form.text("current")}
        />
        <PasswordInput
          label={words.next}
          description={access.passwordHint}
          autoComplete="new-password"
          {...form.text("new")}
        />
        {change.error && <Alert color="red">{errorText(change.error)}</Alert>}
        <Button
          type="submit"
          variant="default"
          loading={change.isPending}
          style={{ alignSelf: "start" }}
        >
          {words.change}
        </Button>
      </Stack>
    </form>
  );
}
