import { Alert, Anchor, Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import { ApiProblem, client, unwrap } from "@/lib/client";
import { isEmail, useForm } from "@/lib/form";
import { useWords } from "@/lib/words";
import { AccessFrame } from "./AccessFrame";
import { accessWords } from "./access-words";
import { CodeStep, readTicket } from "./CodeStep";
import { ProviderButtons } from "./ProviderButtons";
import { useEnter } from "./use-enter";

export function SignInPage(): ReactNode {
  const words = useWords(accessWords);
  const errorText = useErrorText();
  const form = useForm({ email: "", password: "" }, (values) => ({
    ...(isEmail(values.email) ? {} : { email: words.emailWrong }),
    ...(values.password ? {} : { password: words.required }),
  }));
  const { to } = useSearch({ from: "/sign-in" });
  const enter = useEnter(to);
  const signIn = useMutation({
    mutationFn: (workspace: string | null) =>
      unwrap(client.POST("/api/session", { body: { ...form.values, workspace } })),
    onSuccess: enter,
  });
  const ticket = readTicket(signIn.error);
  if (ticket)
    return <CodeStep ticket={ticket} onEntered={enter} onStartOver={() => signIn.reset()} />;
  const choices = readWorkspaces(signIn.error);
  if (choices)
    return (
      <AccessFrame title={words.signIn} hint={words.chooseWorkspace}>
        <Stack>
          {choices.map(([slug, name]) => (
            <Button key={slug} variant="default" size="md" onClick={() => signIn.mutate(slug)}>
              {name}
            </Button>
          ))}
        </Stack>
      </AccessFrame>
    );
  return (
    <AccessFrame title={words.signIn}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (form.check()) signIn.mutate(null);
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
          <PasswordInput
            label={words.password}
            autoComplete="current-password"
            {...form.text("password")}
          />
          {signIn.error && (
            <Alert color="red" role="alert">
              {errorText(signIn.error)}
            </Alert>
          )}
          <Button type="submit" loading={signIn.isPending}>
            {words.signIn}
          </Button>
          <Anchor component={Link} to="/reset" size="sm">
            {words.forgot}
          </Anchor>
          <ProviderButtons email={form.values.email} to={to} />
        </Stack>
      </form>
    </AccessFrame>
  );
}

/** The workspaces among which somebody has to choose whose address belongs to several: slug and name. */
function readWorkspaces(error: Error | null): [string, string][] | null {
  return error instanceof ApiProblem && error.code === "choose_workspace"
    ? Object.entries(error.fields)
    : null;
}
