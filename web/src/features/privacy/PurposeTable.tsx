import { Badge, Group, Stack, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { type Column, DataTable } from "@/components/DataTable";
import { EmptyState } from "@/components/EmptyState";
import type { Purpose, PurposeTerms } from "@/lib/api";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { consentWords } from "./consent-words";
import { isEssential } from "./purpose-draft";
import { TermText } from "./TermText";
import { REGIONS } from "./term-words";
import { useTerms } from "./use-terms";

export function PurposeTable({ purposes }: { purposes: Purpose[] }): ReactNode {
  const words = useWords(consentWords).table;
  const navigate = useNavigate({ from: "/customers/consent" });
  const columns = usePurposeColumns();
  return (
    <DataTable
      name="purposes"
      label={words.label}
      columns={columns}
      rows={purposes}
      rowKey={(purpose) => purpose.key}
      onOpen={(purpose) => void navigate({ search: { purpose: purpose.key }, resetScroll: false })}
      empty={
        <EmptyState title={words.emptyTitle} hint={words.emptyHint} example={words.emptyExample} />
      }
    />
  );
}

function usePurposeColumns(): Column<Purpose>[] {
  const words = useWords(consentWords).table;
  const terms = useTerms();
  const format = useFormat();
  return useMemo(
    () => [
      {
        id: "name",
        header: words.name,
        width: 255,
        cell: (purpose) => (
          <Group gap={6} wrap="nowrap">
            <Text size="sm" fw={500} truncate>
              {terms.purpose(purpose, purpose.key)}
            </Text>
            {purpose.archived && (
              <Badge variant="light" color="gray">
                {words.archived}
              </Badge>
            )}
          </Group>
        ),
      },
      ...REGIONS.map((region) => ({
        id: region,
        header: terms.term("regions", region).name,
        width: 160,
        cell: (purpose: Purpose) => <TermsCell terms={purpose.terms[region]} />,
      })),
      {
        id: "channels",
        header: words.channels,
        width: 165,
        cell: (purpose) => (
          <Text span size="sm" c="dimmed">
            {purpose.channels.length > 0
              ? format.list(purpose.channels.map(terms.channel))
              : purpose.essential
                ? words.notAsked
                : words.allAtOnce}
          </Text>
        ),
      },
      {
        id: "version",
        header: words.version,
        width: 90,
        cell: (purpose) => words.versionOf(format.number(purpose.version)),
      },
      {
        id: "key",
        header: "ID",
        width: 130,
        hidden: true,
        cell: (purpose) => <code>{purpose.key}</code>,
      },
    ],
    [words, terms, format],
  );
}

function TermsCell({ terms }: { terms: PurposeTerms | undefined }): ReactNode {
  const words = useWords(consentWords).table;
  const { term } = useTerms();
  if (!terms) return "–";
  return (
    <Stack gap={0} align="flex-start">
      <TermText term={term("bases", terms.basis)} />
      {isEssential(terms.basis) ? (
        <Text span size="xs" c="dimmed">
          {words.essential}
        </Text>
      ) : (
        <TermText term={term("defaults", terms.default)} size="xs" quiet />
      )}
    </Stack>
  );
}
