import { Alert, Button, Loader, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { useErrorText } from "@/components/ErrorState";
import { arrivedWith } from "@/lib/arrival";
import { client, unwrap } from "@/lib/client";
import { useWords } from "@/lib/words";
import { AccessFrame } from "./AccessFrame";
import { CodeStep, readTicket } from "./CodeStep";
import { takeGoingTo } from "./ProviderButtons";
import { signInWords } from "./sign-in-words";
import { useEnter } from "./use-enter";

/** Where the provider sends the browser back to. */
export function SignInReturnPage(): ReactNode {
  const words = useWords(signInWords);
  const errorText = useErrorText();
  const navigate = useNavigate();
  const [to] = useState(takeGoingTo);
  const enter = useEnter(to);
  const state = arrivedWith.get("state");
  const code = arrivedWith.get("code");
  const arrive = useMutation({
    mutationFn: (body: { state: string; code: string }) =>
      unwrap(client.POST("/api/session/provider/return", { body })),
    onSuccess: enter,
  });
  const sent = useRef(false);
  useEffect(() => {
    // A code is good once, and React runs effects twice while developing.
    if (sent.current || !state || !code) return;
    sent.current = true;
    window.history.replaceState(window.history.state, "", window.location.pathname);
    arrive.mutate({ state, code });
  }, [arrive, state, code]);
  const ticket = readTicket(arrive.error);
  if (ticket)
    return (
      <CodeStep
        ticket={ticket}
        onEntered={enter}
        onStartOver={() => void navigate({ to: "/sign-in" })}
      />
    );
  const failed = arrive.error ?? null;
  if (failed || !state || !code)
    return (
      <AccessFrame title={words.returnFailed}>
        <Stack>
          <Alert color="red" role="alert">
            {failed ? errorText(failed) : words.refused}
          </Alert>
          <Button component={Link} to="/sign-in">
            {words.startOver}
          </Button>
        </Stack>
      </AccessFrame>
    );
  return (
    <AccessFrame title={words.returning}>
      <Loader aria-label={words.returning} />
    </AccessFrame>
  );
}
