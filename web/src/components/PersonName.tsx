import { Text } from "@mantine/core";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";
import { Masked } from "./Masked";

interface Person {
  id: string;
  name?: string | null;
  email?: string | null;
  masked: string[];
}

/** A name, or the best that is known instead; masked as the server says. */
export function PersonName({ person }: { person: Person }): ReactNode {
  const words = useWords(commonWords);
  const field = person.name ? "name" : person.email ? "email" : null;
  const shown = person.name || person.email;
  if (field === null)
    return (
      <Text span c="dimmed" size="sm">
        {words.anonymous(person.id.slice(0, 8))}
      </Text>
    );
  return person.masked.includes(field) ? <Masked>{shown}</Masked> : shown;
}
