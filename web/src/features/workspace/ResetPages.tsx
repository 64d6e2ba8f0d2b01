import { Alert, Anchor, Button, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import { ApiProblem, client, unwrap } from "@/lib/client";
import { isEmail, useForm } from "@/lib/form";
import { useWords } from "@/lib/words";
import { AccessFrame } from "./AccessFrame";
import { accessWords } from "./access-words";
import { PASSWORD_LENGTH_MIN } from "./limits";
import { SignInLink } from "./SignInLink";

export function AskResetPage(): ReactNode {
  const words = useWords(accessWords);
  const errorText = useErrorText();
  const form = useForm({ email: "" }, ({ email }): { email?: string } =>
    isEmail(email) ? {} : { email: words.emailWrong },
  );
  const ask = useMutation({
    mutationFn: () => unwrap(client.POST("/api/password-resets", { body: form.values })),
  });
  return (
    <AccessFrame title={words.resetTitle} hint={words.resetHint}>
      {ask.isSuccess ? (
        <Stack>
          <Alert color="teal">{ask.data.by_mail ? words.resetMailed : words.resetSent}</Alert>
          <Text size="sm" c="dimmed">
            {ask.data.by_mail ? words.resetMailedNext : words.resetNext}
          </Text>
          <SignInLink />
        </Stack>
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (form.check()) ask.mutate();
          }}
        >
          <Stack>
            <TextInput
              label={words.email}
              type="email"
              autoComplete="username"
              autoFocus
              {...form.text("email")}
            />
            {ask.error && <Alert color="red">{errorText(ask.error)}</Alert>}
            <Button type="submit" loading={ask.isPending}>
              {words.resetSend}
            </Button>
            <SignInLink />
          </Stack>
        </form>
      )}
    </AccessFrame>
  );
}

export function NewPasswordPage(): ReactNode {
  const words = useWords(accessWords);
  const errorText = useErrorText();
  const { token } = useParams({ from: "/reset/$token" });
  const form = useForm({ password: "" }, ({ password }): { password?: string } =>
    password.length >= PASSWORD_LENGTH_MIN ? {} : { password: words.passwordShort },
  );
  const save = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/password-resets/{token}", {
          params: { path: { token } },
          body: form.values,
        }),
      ),
    onError: form.showProblem,
  });
  return (
    <AccessFrame title={words.choosePassword}>
      {save.isSuccess ? (
        <Stack>
          <Alert color="teal">{words.passwordSaved}</Alert>
          <SignInLink />
        </Stack>
      ) : (
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (form.check()) save.mutate();
          }}
        >
          <Stack>
            <PasswordInput
              label={words.newPassword}
              description={words.passwordHint}
              autoComplete="new-password"
              autoFocus
              {...form.text("password")}
            />
            {save.error && <Alert color="red">{errorText(save.error)}</Alert>}
            {save.error instanceof ApiProblem && save.error.code === "reset_not_found" && (
              <Anchor component={Link} to="/reset" size="sm">
                {words.resetAgain}
              </Anchor>
            )}
            <Button type="submit" loading={save.isPending}>
              {words.saveAndSignIn}
            </Button>
          </Stack>
        </form>
      )}
    </AccessFrame>
  );
}
