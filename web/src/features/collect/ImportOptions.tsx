import { Select, SimpleGrid, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ImportKind, Upload } from "@/lib/api";
import { sourcesQuery } from "@/lib/queries";
import { useWords } from "@/lib/words";
import { collectWords } from "./collect-words";

export interface ImportChoices {
  sourceId: number | null;
  dayFirst: boolean | null;
  eventName: string;
}

export const NO_CHOICES: ImportChoices = { sourceId: null, dayFirst: null, eventName: "" };

interface ImportOptionsProps {
  upload: Upload;
  kind: ImportKind;
  choices: ImportChoices;
  onChange: (choices: ImportChoices) => void;
}

/** What a mapping cannot say: whose file it is, and what its dates mean where both readings fit. */
export function ImportOptions({ upload, kind, choices, onChange }: ImportOptionsProps): ReactNode {
  const words = useWords(collectWords).imports;
  const { data } = useQuery(sourcesQuery);
  const sources = (data?.items ?? []).filter((source) => source.kind === "import");
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }}>
      <Select
        label={words.source}
        placeholder={words.sharedSource}
        data={sources.map((source) => ({ value: String(source.id), label: source.name }))}
        value={choices.sourceId === null ? null : String(choices.sourceId)}
        onChange={(next) => onChange({ ...choices, sourceId: next ? Number(next) : null })}
        clearable
      />
      {upload.ambiguous_dates && (
        <Select
          label={words.dayFirst}
          data={[
            { value: "month", label: words.dayFirstNo },
            { value: "day", label: words.dayFirstYes },
          ]}
          value={choices.dayFirst === null ? null : choices.dayFirst ? "day" : "month"}
          onChange={(next) =>
            onChange({ ...choices, dayFirst: next === null ? null : next === "day" })
          }
        />
      )}
      {kind === "events" && (
        <TextInput
          label={words.eventName}
          description={words.eventNameHint}
          value={choices.eventName}
          onChange={(event) => onChange({ ...choices, eventName: event.currentTarget.value })}
        />
      )}
    </SimpleGrid>
  );
}
