import { Anchor, Stack } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { client, unwrap } from "@/lib/client";
import { useWords } from "@/lib/words";
import { AccessFrame } from "./AccessFrame";
import { signInWords } from "./sign-in-words";
import { TotpSetup } from "./TotpSetup";
import { useEnter } from "./use-enter";

/** All that a member can do whose workspace asks for a second step they have not set up. */
export function EnrolPage(): ReactNode {
  const words = useWords(signInWords);
  const queries = useQueryClient();
  const navigate = useNavigate();
  const enter = useEnter(undefined);
  const signOut = async () => {
    await unwrap(client.DELETE("/api/session")).catch(() => undefined);
    queries.clear();
    await navigate({ to: "/sign-in" });
  };
  return (
    <AccessFrame title={words.enrolTitle} hint={words.enrolHint}>
      <Stack>
        <TotpSetup onDone={() => void enter()} />
        <Anchor component="button" type="button" size="sm" onClick={() => void signOut()}>
          {words.signOut}
        </Anchor>
      </Stack>
    </AccessFrame>
  );
}
