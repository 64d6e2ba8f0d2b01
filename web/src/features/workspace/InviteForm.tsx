import { Alert, Button, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { CopyField } from "@/components/CopyField";
import { useErrorText } from "@/components/ErrorState";
import type { Role } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { isEmail, useForm } from "@/lib/form";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import { accessWords } from "./access-words";
import { invitationsQuery } from "./Invitations";
import { settingsWords } from "./settings-words";

const INVITED: Role[] = ["admin", "marketer", "analyst", "agent", "viewer"];

export function InviteForm(): ReactNode {
  const words = useWords(settingsWords).members;
  const access = useWords(accessWords);
  const names = useNames();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const form = useForm({ email: "", role: "viewer" as Role }, ({ email }): { email?: string } =>
    isEmail(email) ? {} : { email: access.emailWrong },
  );
  const invite = useMutation({
    mutationFn: () => unwrap(client.POST("/api/workspace/invitations", { body: form.values })),
    onSuccess: () => queries.invalidateQueries({ queryKey: invitationsQuery.queryKey }),
    onError: form.showProblem,
  });
  if (invite.data?.url) {
    return (
      <Stack>
        <Text fw={500}>{words.linkTitle(invite.data.email)}</Text>
        <Text size="sm" c="dimmed">
          {invite.data.mailed ? words.linkMailed : words.linkHint}
        </Text>
        <CopyField value={new URL(invite.data.url, location.origin).href} />
      </Stack>
    );
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) invite.mutate();
      }}
    >
      <Stack>
        <TextInput label={access.email} type="email" data-autofocus {...form.text("email")} />
        <Select
          label={words.role}
          description={words.roleHint}
          data={INVITED.map((role) => ({ value: role, label: names.role(role) }))}
          value={form.values.role}
          onChange={(role) => role && form.set("role", role as Role)}
        />
        {invite.error && <Alert color="red">{errorText(invite.error)}</Alert>}
        <Button type="submit" loading={invite.isPending}>
          {words.send}
        </Button>
      </Stack>
    </form>
  );
}
