import { Alert, Button, Stack, Switch, Text, Textarea } from "@mantine/core";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { UnsavedGuard } from "@/components/UnsavedGuard";
import type { SignInSettings } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { meQuery } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { ProviderForm } from "./ProviderForm";
import { signInWords } from "./sign-in-words";

export const signInQuery = queryOptions({
  queryKey: ["workspace", "sign-in"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/workspace/sign-in", { signal })),
});

export function SignInSettingsPage(): ReactNode {
  const words = useWords(signInWords).settings;
  return (
    <Page title={words.title} state={words.state} width="text">
      <Permitted permission="workspace.manage">
        <Settings />
      </Permitted>
    </Page>
  );
}

function Settings(): ReactNode {
  const query = useQuery(signInQuery);
  return (
    <Loaded query={query}>
      {(settings) => (
        <Stack maw={620} gap="lg">
          <TotpSwitch settings={settings} />
          <NetworksForm settings={settings} />
          <ProviderForm settings={settings} />
        </Stack>
      )}
    </Loaded>
  );
}

function useChange() {
  const common = useWords(commonWords);
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: { require_totp?: boolean; networks?: string[] }) =>
      unwrap(client.PATCH("/api/workspace/sign-in", { body })),
    onSuccess: (settings) => {
      queries.setQueryData(signInQuery.queryKey, settings);
      toastDone(common.saved);
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
}

function TotpSwitch({ settings }: { settings: SignInSettings }): ReactNode {
  const words = useWords(signInWords).settings;
  const format = useFormat();
  const errorText = useErrorText();
  const change = useChange();
  const without = settings.members_without_totp;
  return (
    <Card title={words.totpTitle}>
      <Stack gap="sm">
        <Switch
          label={words.totpLabel}
          description={words.totpHint}
          checked={settings.require_totp}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ require_totp: event.currentTarget.checked })}
        />
        <Text size="sm" c="dimmed">
          {without ? words.without(format.number(without)) : words.everybody}
        </Text>
        {change.error && <Alert color="red">{errorText(change.error)}</Alert>}
      </Stack>
    </Card>
  );
}

function NetworksForm({ settings }: { settings: SignInSettings }): ReactNode {
  const words = useWords(signInWords).settings;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const saved = settings.networks.join("\n");
  const [text, setText] = useState(saved);
  const change = useChange();
  const changed = text.trim() !== saved;
  const save = () =>
    change.mutate(
      { networks: text.split(/[\s,]+/).filter(Boolean) },
      { onSuccess: (next) => setText(next.networks.join("\n")) },
    );
  return (
    <Card title={words.networksTitle} hint={words.networksHint}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <UnsavedGuard changed={changed && !change.isPending} />
        <Stack gap="sm" align="flex-start">
          <Textarea
            label={words.networks}
            placeholder={words.networksEmpty}
            autosize
            minRows={3}
            maxRows={12}
            w="100%"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            spellCheck={false}
          />
          <Text size="sm" c="dimmed">
            {words.yourAddress(settings.your_address)}{" "}
            <Button
              variant="subtle"
              size="compact-sm"
              onClick={() => setText(`${text.trim()}\n${settings.your_address}`.trim())}
            >
              {words.addMine}
            </Button>
          </Text>
          {change.error && (
            <Alert color="red" role="alert">
              {errorText(change.error)}
            </Alert>
          )}
          <Button type="submit" disabled={!changed} loading={change.isPending}>
            {common.save}
          </Button>
        </Stack>
      </form>
    </Card>
  );
}
