import { Alert, Button, Code, Group, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { CopyField, CopyIcon } from "@/components/CopyField";
import { useErrorText } from "@/components/ErrorState";
import { Loaded } from "@/components/Loaded";
import { client, unwrap } from "@/lib/client";
import { useForm } from "@/lib/form";
import { useWords } from "@/lib/words";
import { signInWords } from "./sign-in-words";
import classes from "./TotpSetup.module.css";

/** Scan, confirm, keep the recovery codes. */
export function TotpSetup({ onDone }: { onDone: () => void }): ReactNode {
  const [codes, setCodes] = useState<string[] | null>(null);
  const offer = useQuery({
    queryKey: ["totp-offer"],
    queryFn: () => unwrap(client.POST("/api/me/totp")),
    staleTime: Number.POSITIVE_INFINITY, // each answer is another secret
    gcTime: 0,
    retry: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />;
  return (
    <Loaded query={offer}>
      {(made) => <ConfirmForm secret={made.secret} qr={made.qr} onConfirmed={setCodes} />}
    </Loaded>
  );
}

interface ConfirmFormProps {
  secret: string;
  qr: string;
  onConfirmed: (codes: string[]) => void;
}

function ConfirmForm({ secret, qr, onConfirmed }: ConfirmFormProps): ReactNode {
  const words = useWords(signInWords);
  const errorText = useErrorText();
  const form = useForm({ code: "" }, ({ code }): { code?: string } =>
    code.trim() ? {} : { code: words.codeMissing },
  );
  const confirm = useMutation({
    mutationFn: () => unwrap(client.POST("/api/me/totp/confirm", { body: form.values })),
    onSuccess: ({ codes }) => onConfirmed(codes),
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) confirm.mutate();
      }}
    >
      <Stack>
        <Text size="sm">{words.totp.scan}</Text>
        <img className={classes.picture} src={qr} alt={words.totp.picture} />
        <CopyField label={words.totp.typed} value={secret} />
        <TextInput
          label={words.totp.enter}
          inputMode="numeric"
          autoComplete="one-time-code"
          {...form.text("code")}
        />
        {confirm.error && (
          <Alert color="red" role="alert">
            {errorText(confirm.error)}
          </Alert>
        )}
        <Button type="submit" loading={confirm.isPending} className={classes.start}>
          {words.totp.finish}
        </Button>
      </Stack>
    </form>
  );
}

export function RecoveryCodes({
  codes,
  onDone,
}: {
  codes: string[];
  onDone: () => void;
}): ReactNode {
  const words = useWords(signInWords).totp;
  const text = codes.join("\n");
  return (
    <Stack>
      <Alert color="yellow" title={words.codesTitle}>
        {words.codesHint}
      </Alert>
      <Group align="flex-start" wrap="nowrap" gap="xs">
        <SimpleGrid cols={2} spacing="xs" verticalSpacing="xs">
          {codes.map((code) => (
            <Code key={code} className={classes.code}>
              {code}
            </Code>
          ))}
        </SimpleGrid>
        <CopyIcon value={text} />
      </Group>
      <Group>
        <Button onClick={onDone}>{words.codesDone}</Button>
        <Button
          variant="default"
          component="a"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          download="kizuna-recovery-codes.txt"
        >
          {words.download}
        </Button>
      </Group>
    </Stack>
  );
}
