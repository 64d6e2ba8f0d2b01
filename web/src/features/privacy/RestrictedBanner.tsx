import { Alert } from "@mantine/core";
import { IconHandStop } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ProfileId } from "@/lib/api";
import { useWords } from "@/lib/words";
import { consentWords } from "./consent-words";
import { consentQuery } from "./privacy-queries";

/** Stands above everything of a customer who asked to have the use of their data stopped. */
export function RestrictedBanner({ profileId }: { profileId: ProfileId }): ReactNode {
  const words = useWords(consentWords).person;
  const { data } = useQuery(consentQuery(profileId));
  if (!data?.restricted) return null;
  return (
    <Alert
      color="red"
      mb="md"
      icon={<IconHandStop size={18} />}
      title={words.restrictedTitle}
      role="status"
    >
      {words.restrictedHint}
    </Alert>
  );
}
