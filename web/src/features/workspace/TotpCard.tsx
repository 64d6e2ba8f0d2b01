import { Alert, Button, Group, Modal, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Card } from "@/components/Card";
import { useErrorText } from "@/components/ErrorState";
import { Loaded, RowsSkeleton } from "@/components/Loaded";
import { client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useFormat } from "@/lib/format";
import { meQuery, useMe } from "@/lib/session";
import { toastDone } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { accessWords } from "./access-words";
import { signInWords } from "./sign-in-words";
import { RecoveryCodes, TotpSetup } from "./TotpSetup";

type Doing = "setup" | "off" | "renew" | null;

/** The member's second step. */
export function TotpCard(): ReactNode {
  const words = useWords(signInWords).totp;
  const common = useWords(commonWords);
  const format = useFormat();
  const queries = useQueryClient();
  const [doing, setDoing] = useState<Doing>(null);
  const query = useQuery({
    queryKey: ["me", "totp"],
    queryFn: ({ signal }) => unwrap(client.GET("/api/me/totp", { signal })),
  });
  const done = () => {
    setDoing(null);
    void queries.invalidateQueries({ queryKey: meQuery.queryKey });
  };
  const titles = { setup: words.title, off: words.switchOff, renew: words.renew };
  return (
    <Card title={words.title}>
      <Loaded query={query} skeleton={<RowsSkeleton rows={1} />}>
        {(state) =>
          state.since ? (
            <Stack gap="sm">
              <Text size="sm">
                {words.on(format.date(state.since))}{" "}
                {words.left(format.number(state.recovery_codes_left))}
              </Text>
              {state.required && (
                <Text size="sm" c="dimmed">
                  {words.required}
                </Text>
              )}
              <Group>
                <Button variant="default" onClick={() => setDoing("renew")}>
                  {words.renew}
                </Button>
                {!state.required && (
                  <Button variant="subtle" color="red" onClick={() => setDoing("off")}>
                    {words.switchOff}
                  </Button>
                )}
              </Group>
            </Stack>
          ) : (
            <Stack gap="sm" align="flex-start">
              <Text size="sm">{words.off}</Text>
              <Button variant="default" onClick={() => setDoing("setup")}>
                {words.start}
              </Button>
            </Stack>
          )
        }
      </Loaded>
      <Modal
        opened={doing !== null}
        onClose={done}
        title={doing ? titles[doing] : ""}
        closeOnClickOutside={false}
        closeButtonProps={{ "aria-label": common.close }}
      >
        {doing === "setup" && <TotpSetup onDone={done} />}
        {doing === "off" && <SwitchOffForm onDone={done} />}
        {doing === "renew" && <RenewForm onDone={done} />}
      </Modal>
    </Card>
  );
}

function SwitchOffForm({ onDone }: { onDone: () => void }): ReactNode {
  const words = useWords(signInWords);
  const access = useWords(accessWords);
  const errorText = useErrorText();
  const { has_password: hasPassword } = useMe().member;
  const form = useForm({ password: "", code: "" }, (values) => ({
    ...(values.password || !hasPassword ? {} : { password: access.required }),
    ...(values.code.trim() ? {} : { code: words.codeMissing }),
  }));
  const off = useMutation({
    mutationFn: () => unwrap(client.POST("/api/me/totp/off", { body: form.values })),
    onSuccess: () => {
      toastDone(words.totp.wasOff);
      onDone();
    },
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) off.mutate();
      }}
    >
      <Stack>
        <Text size="sm">{words.totp.switchOffHint}</Text>
        {hasPassword && (
          <PasswordInput
            label={access.password}
            autoComplete="current-password"
            data-autofocus
            {...form.text("password")}
          />
        )}
        <TextInput label={words.code} autoComplete="one-time-code" {...form.text("code")} />
        {off.error && (
          <Alert color="red" role="alert">
            {errorText(off.error)}
          </Alert>
        )}
        <Button type="submit" color="red" loading={off.isPending}>
          {words.totp.switchOff}
        </Button>
      </Stack>
    </form>
  );
}

function RenewForm({ onDone }: { onDone: () => void }): ReactNode {
  const words = useWords(signInWords);
  const errorText = useErrorText();
  const form = useForm({ code: "" }, ({ code }): { code?: string } =>
    code.trim() ? {} : { code: words.codeMissing },
  );
  const renew = useMutation({
    mutationFn: () => unwrap(client.POST("/api/me/totp/recovery-codes", { body: form.values })),
  });
  if (renew.data) return <RecoveryCodes codes={renew.data.codes} onDone={onDone} />;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) renew.mutate();
      }}
    >
      <Stack>
        <Text size="sm">{words.totp.renewHint}</Text>
        <TextInput
          label={words.code}
          autoComplete="one-time-code"
          data-autofocus
          {...form.text("code")}
        />
        {renew.error && (
          <Alert color="red" role="alert">
            {errorText(renew.error)}
          </Alert>
        )}
        <Button type="submit" loading={renew.isPending}>
          {words.totp.renew}
        </Button>
      </Stack>
    </form>
  );
}
