import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Profile } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { eventCountQuery } from "./request-queries";
import { requestWords } from "./request-words";

export type RemovalKind = "erasure" | "deletion";

export function isRemoval(kind: string): kind is RemovalKind {
  return kind === "erasure" || kind === "deletion";
}

/** What has to be typed before a customer goes. */
export function typedName(profile: Profile): string {
  return profile.name ?? profile.email ?? profile.user_id ?? profile.id.slice(0, 8);
}

interface EraseEffectProps {
  kind: RemovalKind;
  /** The one whom it is about; none: some people who are only counted. */
  profile: Profile | undefined;
  people: number;
}

/** What a removal will do, in numbers. */
export function EraseEffect({ kind, profile, people }: EraseEffectProps): ReactNode {
  const words = useWords(requestWords).confirm;
  const format = useFormat();
  return (
    <Stack gap="xs">
      <Text size="sm">
        {profile ? <Numbers profile={profile} /> : words.people(format.number(people))}
      </Text>
      <Text size="sm">{kind === "erasure" ? words.keptOut : words.mayReturn}</Text>
      <Text size="sm" c="dimmed">
        {words.files}
      </Text>
    </Stack>
  );
}

function Numbers({ profile }: { profile: Profile }): ReactNode {
  const words = useWords(requestWords).confirm;
  const format = useFormat();
  const { data } = useQuery(eventCountQuery(profile.id));
  const events = data ? `${format.number(data.events)}${data.more ? "+" : ""}` : "…";
  return words.numbers(
    events,
    format.number(profile.identifiers.length),
    format.number(profile.traits.length),
  );
}
