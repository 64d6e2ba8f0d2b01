import { Alert, Button, Divider, Stack } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import { client, unwrap } from "@/lib/client";
import { isEmail } from "@/lib/form";
import { useWords } from "@/lib/words";
import { signInWords } from "./sign-in-words";

const GOING_TO = "kizuna.sign-in-to";

/** Where the visitor wanted to go before the provider's pages took over; read once. */
export function takeGoingTo(): string | undefined {
  const to = sessionStorage.getItem(GOING_TO) ?? undefined;
  sessionStorage.removeItem(GOING_TO);
  return to;
}

/** Sign-in through the company: known at once for a single workspace, else by the e-mail's domain. */
export function ProviderButtons({ email, to }: { email: string; to?: string }): ReactNode {
  const words = useWords(signInWords);
  const errorText = useErrorText();
  const domain = isEmail(email) ? email.trim().split("@")[1]?.toLowerCase() : undefined;
  const query = useQuery({
    queryKey: ["session", "providers", domain],
    queryFn: ({ signal }) =>
      unwrap(client.GET("/api/session/providers", { params: { query: { domain } }, signal })),
    placeholderData: (before) => before,
    staleTime: 60_000,
  });
  const begin = useMutation({
    mutationFn: (workspace: string) =>
      unwrap(client.POST("/api/session/provider", { body: { workspace } })),
    onSuccess: ({ url }) => {
      if (to) sessionStorage.setItem(GOING_TO, to);
      window.location.assign(url);
    },
  });
  const offered = query.data ?? [];
  if (offered.length === 0) return null;
  return (
    <Stack>
      <Divider label={words.or} />
      {offered.map((one) => (
        <Button
          key={one.workspace}
          variant="default"
          loading={begin.isPending || begin.isSuccess}
          onClick={() => begin.mutate(one.workspace)}
        >
          {offered.length === 1 ? words.with(one.name) : words.withIn(one.name, one.workspace_name)}
        </Button>
      ))}
      {begin.error && (
        <Alert color="red" role="alert">
          {errorText(begin.error)}
        </Alert>
      )}
    </Stack>
  );
}
