import { Radio, Stack } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Loaded } from "@/components/Loaded";
import type { DestinationKind, MadeDestination } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { toastDone } from "@/lib/toast";
import { useLanguage, useWords } from "@/lib/words";
import { DestinationForm } from "./DestinationForm";
import { destinationKindsQuery, destinationsQuery } from "./destination-queries";
import { type DestinationDraft, makeDraft } from "./destination-rules";
import { destinationWords } from "./destination-words";
import { SecretNote } from "./SecretNote";

interface NewDestinationProps {
  segmentId: number;
  onDone: (id: number) => void;
}

/** Chooses a kind, then its settings; a signed kind shows its secret, this once. */
export function NewDestination({ segmentId, onDone }: NewDestinationProps): ReactNode {
  const { language } = useLanguage();
  const query = useQuery(destinationKindsQuery(language));
  return (
    <Loaded query={query}>
      {(kinds) => <KindAndForm kinds={kinds} segmentId={segmentId} onDone={onDone} />}
    </Loaded>
  );
}

function KindAndForm({
  kinds,
  segmentId,
  onDone,
}: NewDestinationProps & { kinds: DestinationKind[] }): ReactNode {
  const words = useWords(destinationWords);
  const queries = useQueryClient();
  // The first that sends: most people have a server before they have an advertising account.
  const [key, setKey] = useState(kinds.find((kind) => kind.signed)?.key ?? kinds[0]?.key);
  const [made, setMade] = useState<MadeDestination>();
  const kind = kinds.find((one) => one.key === key);
  const create = async (draft: DestinationDraft) => {
    const answer = await unwrap(
      client.POST("/api/segments/{id}/destinations", {
        params: { path: { id: segmentId } },
        body: { ...draft, kind: key ?? "", purpose: draft.purpose ?? "", enabled: true },
      }),
    );
    await queries.invalidateQueries({ queryKey: destinationsQuery(segmentId).queryKey });
    if (answer.secret) return setMade(answer);
    toastDone(words.secret.none);
    onDone(answer.id);
  };
  if (made?.secret) return <SecretNote secret={made.secret} onDone={() => onDone(made.id)} />;
  return (
    <Stack>
      <Radio.Group label={words.form.kind} value={key} onChange={setKey}>
        <Stack gap="xs" mt={6}>
          {kinds.map((one) => (
            <Radio key={one.key} value={one.key} label={one.title} description={one.description} />
          ))}
        </Stack>
      </Radio.Group>
      {kind && (
        <DestinationForm
          key={kind.key}
          kind={kind}
          initial={makeDraft(kind)}
          action={words.form.save}
          onSave={create}
        />
      )}
    </Stack>
  );
}
