import {
  Alert,
  Button,
  Group,
  PasswordInput,
  Select,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Card } from "@/components/Card";
import { Confirm } from "@/components/Confirm";
import { CopyField } from "@/components/CopyField";
import { useErrorText } from "@/components/ErrorState";
import type { Provider, SignInSettings } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useNames } from "@/lib/names";
import { useMe } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { signInWords } from "./sign-in-words";

const JOIN_ROLES = ["marketer", "analyst", "agent", "viewer"] as const;
type JoinRole = (typeof JOIN_ROLES)[number];
const NOBODY = "nobody";
const KEY = ["workspace", "sign-in"];

function startFrom(provider: Provider | null | undefined) {
  return {
    name: provider?.name ?? "",
    issuer: provider?.issuer ?? "",
    client_id: provider?.client_id ?? "",
    client_secret: "",
    email_domains: provider?.email_domains.join(" ") ?? "",
    join_role: provider?.join_role ?? NOBODY,
    password_allowed: provider?.password_allowed ?? true,
  };
}

/** Sign-in through the company's own provider; only owners change it. */
export function ProviderForm({ settings }: { settings: SignInSettings }): ReactNode {
  const words = useWords(signInWords).settings;
  const common = useWords(commonWords);
  const names = useNames();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const isOwner = useMe().member.role === "owner";
  const { provider } = settings;
  const form = useForm(startFrom(provider), (values) => ({
    ...(values.name.trim() ? {} : { name: common.required }),
    ...(values.issuer.trim() ? {} : { issuer: common.required }),
    ...(values.client_id.trim() ? {} : { client_id: common.required }),
    ...(values.email_domains.trim() ? {} : { email_domains: words.domainMissing }),
  }));
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        client.PUT("/api/workspace/sign-in/provider", {
          body: {
            ...form.values,
            client_secret: form.values.client_secret || null,
            email_domains: form.values.email_domains.split(/[\s,]+/).filter(Boolean),
            join_role:
              form.values.join_role === NOBODY ? null : (form.values.join_role as JoinRole),
          },
        }),
      ),
    onSuccess: (next) => {
      form.reset(startFrom(next));
      toastDone(common.saved);
      return queries.invalidateQueries({ queryKey: KEY });
    },
    onError: form.showProblem,
  });
  return (
    <Card
      title={words.providerTitle}
      hint={words.providerHint}
      action={isOwner && provider && <RemoveButton provider={provider} />}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (form.check()) save.mutate();
        }}
      >
        <fieldset disabled={!isOwner} style={{ border: 0, padding: 0, margin: 0 }}>
          <Stack gap="sm">
            {!isOwner && <Text size="sm">{words.ownersOnly}</Text>}
            <CopyField
              label={words.returnUrl}
              hint={words.returnHint}
              value={settings.return_url}
            />
            <TextInput label={words.name} placeholder={words.nameExample} {...form.text("name")} />
            <TextInput
              label={words.issuer}
              placeholder="https://accounts.example.com"
              type="url"
              {...form.text("issuer")}
            />
            <TextInput
              label={words.clientId}
              autoComplete="off"
              spellCheck={false}
              {...form.text("client_id")}
            />
            <PasswordInput
              label={words.clientSecret}
              description={provider ? words.secretKept : undefined}
              autoComplete="new-password"
              {...form.text("client_secret")}
            />
            <TextInput
              label={words.domains}
              description={words.domainsHint}
              placeholder="example.com"
              spellCheck={false}
              {...form.text("email_domains")}
            />
            <Select
              label={words.join}
              allowDeselect={false}
              value={form.values.join_role}
              onChange={(role) => form.set("join_role", (role as JoinRole) ?? NOBODY)}
              data={[
                { value: NOBODY, label: words.joinNobody },
                ...JOIN_ROLES.map((role) => ({
                  value: role,
                  label: words.joinAs(names.role(role)),
                })),
              ]}
            />
            <Switch
              label={words.passwordLabel}
              description={words.passwordHint}
              checked={form.values.password_allowed}
              onChange={(event) => form.set("password_allowed", event.currentTarget.checked)}
            />
            {save.error && (
              <Alert color="red" role="alert">
                {errorText(save.error)}
              </Alert>
            )}
            {isOwner && (
              <Group>
                <Button type="submit" disabled={!form.changed} loading={save.isPending}>
                  {common.save}
                </Button>
              </Group>
            )}
          </Stack>
        </fieldset>
      </form>
    </Card>
  );
}

function RemoveButton({ provider }: { provider: Provider }): ReactNode {
  const words = useWords(signInWords).settings;
  const queries = useQueryClient();
  const [confirming, dialogue] = useDisclosure();
  const remove = async () => {
    await unwrap(client.DELETE("/api/workspace/sign-in/provider"));
    await queries.resetQueries({ queryKey: KEY });
  };
  return (
    <>
      <Button variant="default" size="compact-sm" onClick={dialogue.open}>
        {words.remove}
      </Button>
      <Confirm
        opened={confirming}
        onClose={dialogue.close}
        title={`${words.remove}: ${provider.name}`}
        effect={words.removeEffect(provider.name)}
        action={words.remove}
        onConfirm={remove}
      />
    </>
  );
}
