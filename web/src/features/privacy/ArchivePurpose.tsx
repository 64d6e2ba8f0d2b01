import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Confirm } from "@/components/Confirm";
import { useErrorText } from "@/components/ErrorState";
import type { Purpose } from "@/lib/api";
import { client, unwrap } from "@/lib/client";
import { useFormat } from "@/lib/format";
import { purposesQuery } from "@/lib/queries";
import { toastError } from "@/lib/toast";
import { useWords } from "@/lib/words";
import { consentWords } from "./consent-words";
import { useTerms } from "./use-terms";

/** These two decide what is stored at all. */
const KEPT = ["service", "analytics"];

interface ArchivePurposeProps {
  purpose: Purpose;
  answers: number;
  onDone: () => void;
}

export function ArchivePurpose({ purpose, answers, onDone }: ArchivePurposeProps): ReactNode {
  const words = useWords(consentWords).form;
  const format = useFormat();
  const terms = useTerms();
  const errorText = useErrorText();
  const queries = useQueryClient();
  const [asking, ask] = useDisclosure();
  const title = terms.purpose(purpose, purpose.key);
  const change = async (archived: boolean) => {
    const params = { path: { key: purpose.key } };
    await unwrap(client.PATCH("/api/privacy/purposes/{key}", { params, body: { archived } }));
    await queries.invalidateQueries({ queryKey: purposesQuery.queryKey });
    onDone();
  };
  if (KEPT.includes(purpose.key)) return null;
  if (purpose.archived) {
    return (
      <Button
        variant="default"
        onClick={() => change(false).catch((error: Error) => toastError(errorText(error)))}
      >
        {words.unarchive}
      </Button>
    );
  }
  return (
    <>
      <Button variant="subtle" color="red" onClick={ask.open}>
        {words.archive}
      </Button>
      <Confirm
        opened={asking}
        onClose={ask.close}
        title={words.archiveTitle(title)}
        effect={words.archiveEffect(format.number(answers))}
        action={words.archive}
        onConfirm={() => change(true)}
      />
    </>
  );
}
