import { Alert, Anchor, Button, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import { ApiProblem, client, unwrap } from "@/lib/client";
import { useForm } from "@/lib/form";
import { useWords } from "@/lib/words";
import { AccessFrame } from "./AccessFrame";
import { signInWords } from "./sign-in-words";

/** The ticket of a first step that was right but is not enough. */
export function readTicket(error: Error | null): string | null {
  return error instanceof ApiProblem && error.code === "code_needed"
    ? (error.fields.ticket ?? null)
    : null;
}

interface CodeStepProps {
  ticket: string;
  onEntered: () => Promise<void>;
  onStartOver: () => void;
}

export function CodeStep({ ticket, onEntered, onStartOver }: CodeStepProps): ReactNode {
  const words = useWords(signInWords);
  const errorText = useErrorText();
  const form = useForm({ code: "" }, ({ code }): { code?: string } =>
    code.trim() ? {} : { code: words.codeMissing },
  );
  const enter = useMutation({
    mutationFn: () =>
      unwrap(client.POST("/api/session/code", { body: { ticket, code: form.values.code } })),
    onSuccess: onEntered,
  });
  return (
    <AccessFrame title={words.codeTitle} hint={words.codeHint}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (form.check()) enter.mutate();
        }}
      >
        <Stack>
          <TextInput
            label={words.code}
            autoComplete="one-time-code"
            autoCapitalize="none"
            spellCheck={false}
            autoFocus
            {...form.text("code")}
          />
          {enter.error && (
            <Alert color="red" role="alert">
              {errorText(enter.error)}
            </Alert>
          )}
          <Button type="submit" loading={enter.isPending}>
            {words.confirm}
          </Button>
          <Anchor component="button" type="button" size="sm" onClick={onStartOver}>
            {words.startOver}
          </Anchor>
        </Stack>
      </form>
    </AccessFrame>
  );
}
