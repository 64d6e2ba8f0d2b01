import { Alert, Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useMemo, useState } from "react";
import { Confirm } from "@/components/Confirm";
import { CopyField } from "@/components/CopyField";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import { Permitted } from "@/components/NoPermission";
import { Page } from "@/components/Page";
import { TimeText } from "@/components/TimeText";
import type { ApiKey } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { usePermissionNames } from "@/lib/permission-words";
import { useMayDo, useMe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { accessWords } from "./access-words";
import { settingsWords } from "./settings-words";

const keysQuery = queryOptions({
  queryKey: ["workspace", "keys"],
  queryFn: ({ signal }) => unwrap(client.GET("/api/workspace/keys", { signal })),
});

export function KeysPage(): ReactNode {
  const words = useWords(settingsWords).keys;
  const common = useWords(commonWords);
  const mayManage = useMayDo()("keys.manage");
  const [making, dialogue] = useDisclosure();
  const create = (
    <Button leftSection={<IconPlus size={16} />} onClick={dialogue.open}>
      {words.create}
    </Button>
  );
  return (
    <Page title={words.title} state={words.state} action={mayManage && create}>
      <Permitted permission="keys.manage">
        <KeyTable />
      </Permitted>
      <Modal
        opened={making}
        onClose={dialogue.close}
        title={words.create}
        closeOnClickOutside={false}
        closeButtonProps={{ "aria-label": common.close }}
      >
        <KeyForm onDone={dialogue.close} />
      </Modal>
    </Page>
  );
}

function KeyTable(): ReactNode {
  const words = useWords(settingsWords).keys;
  const format = useFormat();
  const nameOf = usePermissionNames();
  const query = useQuery(keysQuery);
  const columns = useMemo<Column<ApiKey>[]>(
    () => [
      {
        id: "name",
        header: words.name,
        width: 200,
        value: (key) => key.name,
        cell: (key) => (
          <Text size="sm" fw={500} truncate>
            {key.name}
          </Text>
        ),
      },
      {
        id: "scopes",
        header: words.scopes,
        width: 300,
        cell: (key) => (
          <Text span size="sm" c="dimmed" title={key.scopes.join(", ")}>
            {format.list(key.scopes.map(nameOf))}
          </Text>
        ),
      },
      {
        id: "created",
        header: words.created,
        width: 120,
        value: (key) => key.created_at,
        cell: (key) => <TimeText at={key.created_at} />,
      },
      {
        id: "used",
        header: words.lastUsed,
        width: 120,
        value: (key) => key.last_used_at ?? null,
        cell: (key) => (key.last_used_at ? <TimeText at={key.last_used_at} /> : words.never),
      },
      {
        id: "revoke",
        header: "",
        width: 110,
        align: "end",
        cell: (key) => <RevokeButton apiKey={key} />,
      },
    ],
    [words, nameOf, format],
  );
  return (
    <Loaded query={query}>
      {({ items }) => (
        <DataTable
          name="keys"
          label={words.title}
          columns={columns}
          rows={items}
          rowKey={(key) => key.id}
          empty={<EmptyState title={words.emptyTitle} hint={words.emptyHint} />}
        />
      )}
    </Loaded>
  );
}

function RevokeButton({ apiKey }: { apiKey: ApiKey }): ReactNode {
  const words = useWords(settingsWords).keys;
  const queries = useQueryClient();
  const [confirming, dialogue] = useDisclosure();
  const revoke = async () => {
    await unwrap(
      client.DELETE("/api/workspace/keys/{id}", { params: { path: { id: apiKey.id } } }),
    );
    await queries.invalidateQueries({ queryKey: keysQuery.queryKey });
  };
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={dialogue.open}>
        {words.revoke}
      </Button>
      <Confirm
        opened={confirming}
        onClose={dialogue.close}
        title={`${words.revoke}: ${apiKey.name}`}
        effect={words.revokeEffect(apiKey.name)}
        action={words.revoke}
        typed={apiKey.name}
        onConfirm={revoke}
      />
    </>
  );
}

function KeyForm({ onDone }: { onDone: () => void }): ReactNode {
  const words = useWords(settingsWords);
  const access = useWords(accessWords);
  const nameOf = usePermissionNames();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const { permissions } = useMe();
  const [secret, setSecret] = useState<string | null>(null);
  const form = useForm({ name: "", scopes: [] as string[] }, ({ name, scopes }) => ({
    ...(name.trim() ? {} : { name: access.required }),
    ...(scopes.length ? {} : { scopes: words.keys.scopesMissing }),
  }));
  const make = useMutation({
    mutationFn: () => unwrap(client.POST("/api/workspace/keys", { body: form.values })),
    onSuccess: (key) => {
      setSecret(key.secret ?? "");
      return queries.invalidateQueries({ queryKey: keysQuery.queryKey });
    },
    onError: form.showProblem,
  });
  if (secret !== null) return <Secret secret={secret} onDone={onDone} />;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) make.mutate();
      }}
    >
      <Stack>
        <TextInput
          label={words.keys.name}
          placeholder={words.keys.nameExample}
          data-autofocus
          {...form.text("name")}
        />
        <Checkbox.Group
          label={words.keys.scopes}
          error={form.errors.scopes}
          value={form.values.scopes}
          onChange={(scopes) => form.set("scopes", scopes)}
        >
          <Stack gap={8} mt={6}>
            {permissions.map((scope) => (
              <Checkbox
                key={scope}
                value={scope}
                label={nameOf(scope)}
                description={scope}
                size="sm"
              />
            ))}
          </Stack>
        </Checkbox.Group>
        {make.error && <Alert color="red">{errorText(make.error)}</Alert>}
        <Button type="submit" loading={make.isPending}>
          {words.keys.create}
        </Button>
      </Stack>
    </form>
  );
}

function Secret({ secret, onDone }: { secret: string; onDone: () => void }): ReactNode {
  const words = useWords(settingsWords).keys;
  return (
    <Stack>
      <Alert color="yellow" title={words.secretTitle}>
        {words.secretHint}
      </Alert>
      <CopyField value={secret} />
      <Group justify="flex-end">
        <Button onClick={onDone}>{words.done}</Button>
      </Group>
    </Stack>
  );
}
