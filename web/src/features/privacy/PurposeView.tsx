import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Purpose } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { consentWords } from "./consent-words";
import { PurposePreview } from "./PurposeFields";
import { PurposeHistory } from "./PurposeHistory";
import { TermText } from "./TermText";
import { LANGUAGES, REGIONS } from "./term-words";
import { useTerms } from "./use-terms";

/** For whoever may see a purpose and not change it. */
export function PurposeView({ purpose }: { purpose: Purpose }): ReactNode {
  const words = useWords(consentWords);
  const format = useFormat();
  const terms = useTerms();
  return (
    <Stack gap="md">
      <Text size="sm" c="dimmed">
        {words.form.readOnly}
      </Text>
      {LANGUAGES.map((language) => (
        <PurposePreview
          key={language}
          language={language}
          title={purpose.texts[language]?.title ?? ""}
          body={purpose.texts[language]?.body ?? ""}
        />
      ))}
      {REGIONS.map((region) => {
        const given = purpose.terms[region];
        return (
          given && (
            <Text key={region} size="sm" component="div">
              {terms.term("regions", region).name}:{" "}
              <TermText term={terms.term("bases", given.basis)} /> ·{" "}
              <TermText term={terms.term("defaults", given.default)} quiet />
            </Text>
          )
        );
      })}
      {purpose.channels.length > 0 && (
        <Text size="sm">
          {words.table.channels}: {format.list(purpose.channels.map(terms.channel))}
        </Text>
      )}
      <PurposeHistory purposeKey={purpose.key} />
    </Stack>
  );
}
