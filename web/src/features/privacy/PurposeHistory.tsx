import { Accordion, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Loaded, RowsSkeleton } from "@/components/Loaded";
import type { TextVersion } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { consentWords } from "./consent-words";
import { PurposePreview } from "./PurposeFields";
import { versionsQuery } from "./privacy-queries";

/** Every wording that customers were shown: an answer says which one it was given to. */
export function PurposeHistory({ purposeKey }: { purposeKey: string }): ReactNode {
  const words = useWords(consentWords);
  const query = useQuery(versionsQuery(purposeKey));
  return (
    <section aria-label={words.form.history}>
      <Title order={3} size="h4" mb="xs">
        {words.form.history}
      </Title>
      <Loaded query={query} skeleton={<RowsSkeleton rows={2} />}>
        {({ items }) => <Versions items={items} />}
      </Loaded>
    </section>
  );
}

function Versions({ items }: { items: TextVersion[] }): ReactNode {
  const words = useWords(consentWords);
  const format = useFormat();
  const numbers = [...new Set(items.map((one) => one.version))];
  return (
    <Accordion variant="contained">
      {numbers.map((version) => {
        const texts = items.filter((one) => one.version === version);
        const [first] = texts;
        return (
          <Accordion.Item key={version} value={String(version)}>
            <Accordion.Control>
              <Text size="sm" fw={500}>
                {words.table.versionOf(format.number(version))}
              </Text>
              {first && (
                <Text size="xs" c="dimmed">
                  {format.date(first.published_at)} · {words.form.publishedBy(first.published_by)}
                </Text>
              )}
            </Accordion.Control>
            <Accordion.Panel>
              <Stack gap="xs">
                {texts.map((text) => (
                  <PurposePreview
                    key={text.language}
                    language={text.language === "ja" ? "ja" : "en"}
                    title={text.title}
                    body={text.body}
                  />
                ))}
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        );
      })}
    </Accordion>
  );
}
