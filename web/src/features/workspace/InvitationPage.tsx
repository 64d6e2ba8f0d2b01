import { Alert, Button, PasswordInput, Skeleton, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import type { InvitationPreview } from "@/lib/api";
import { ApiProblem, client, unwrap } from "@/lib/client";
import { commonWords } from "@/lib/common-words";
import { useForm } from "@/lib/form";
import { useNames } from "@/lib/names";
import { useWords } from "@/lib/words";
import { AccessFrame } from "./AccessFrame";
import { accessWords } from "./access-words";
import { PASSWORD_LENGTH_MIN } from "./limits";
import { SignInLink } from "./SignInLink";

export function InvitationPage(): ReactNode {
  const words = useWords(accessWords);
  const common = useWords(commonWords);
  const names = useNames();
  const errorText = useErrorText();
  const { token } = useParams({ from: "/invitations/$token" });
  const { data, error, refetch } = useQuery({
    queryKey: ["invitation", token],
    queryFn: () => unwrap(client.GET("/api/invitations/{token}", { params: { path: { token } } })),
    retry: false,
  });
  if (error instanceof ApiProblem && error.status === 404)
    return (
      <AccessFrame title={words.invitationGone} hint={words.invitationGoneHint}>
        <SignInLink />
      </AccessFrame>
    );
  if (error)
    return (
      <AccessFrame title={common.errorTitle}>
        <Stack>
          <Alert color="red">{errorText(error)}</Alert>
          <Button variant="default" onClick={() => void refetch()}>
            {common.retry}
          </Button>
        </Stack>
      </AccessFrame>
    );
  if (!data)
    return (
      <AccessFrame title="…">
        <Skeleton height={220} />
      </AccessFrame>
    );
  return (
    <AccessFrame
      title={words.invitationTitle(data.workspace_name ?? "Kizuna")}
      hint={words.invitationHint(data.email, names.role(data.role))}
    >
      <AcceptForm token={token} invitation={data} />
    </AccessFrame>
  );
}

function AcceptForm({
  token,
  invitation,
}: {
  token: string;
  invitation: InvitationPreview;
}): ReactNode {
  const words = useWords(accessWords);
  const errorText = useErrorText();
  const navigate = useNavigate();
  const form = useForm({ name: "", password: "" }, (values) => ({
    ...(values.name.trim() ? {} : { name: words.required }),
    ...(values.password.length >= PASSWORD_LENGTH_MIN ? {} : { password: words.passwordShort }),
  }));
  const accept = useMutation({
    mutationFn: () =>
      unwrap(
        client.POST("/api/invitations/{token}/accept", {
          params: { path: { token } },
          body: form.values,
        }),
      ),
    onSuccess: () => navigate({ to: "/" }),
    onError: form.showProblem,
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (form.check()) accept.mutate();
      }}
    >
      <Stack>
        {/* Password managers pair the new password with this address. */}
        <input
          type="hidden"
          name="username"
          autoComplete="username"
          value={invitation.email}
          readOnly
        />
        <TextInput label={words.yourName} autoComplete="name" autoFocus {...form.text("name")} />
        <PasswordInput
          label={words.password}
          description={words.passwordHint}
          autoComplete="new-password"
          {...form.text("password")}
        />
        {accept.error && <Alert color="red">{errorText(accept.error)}</Alert>}
        <Button type="submit" loading={accept.isPending}>
          {words.join}
        </Button>
      </Stack>
    </form>
  );
}
