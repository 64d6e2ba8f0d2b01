import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useWords } from "@/lib/words";
import { accessWords } from "./access-words";

export function SignInLink(): ReactNode {
  const words = useWords(accessWords);
  return (
    <Anchor component={Link} to="/sign-in" size="sm">
      {words.signIn}
    </Anchor>
  );
}
