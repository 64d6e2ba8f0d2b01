import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Purpose } from "@/lib/api";
import { useNames } from "@/lib/names";
import { purposesQuery } from "@/lib/queries";
import { useLanguage, useWords } from "@/lib/words";
import { purposeWords } from "./purpose-words";

interface ExportPurposeProps {
  value: string | null;
  onChange: (use: string | null) => void;
  /** Other words, and what is wrong, where it is no list that leaves. */
  label?: string;
  hint?: string;
  error?: string;
}

/** What a list is for, so that those who have not agreed to it stay out: `marketing.email`, or nothing. */
export function ExportPurpose({
  value,
  onChange,
  label,
  hint,
  error,
}: ExportPurposeProps): ReactNode {
  const words = useWords(purposeWords);
  const names = useNames();
  const { language } = useLanguage();
  const purposes = useQuery(purposesQuery).data?.items ?? [];
  const options = purposes
    .filter((purpose) => !purpose.archived)
    .flatMap((purpose) => listUses(purpose, purpose.texts[language]?.title, names.channel));
  return (
    <Select
      label={label ?? words.label}
      description={hint ?? (value ? words.agreed : words.any)}
      error={error}
      placeholder={hint ? undefined : words.none}
      data={options}
      value={value}
      onChange={onChange}
      clearable
      searchable
    />
  );
}

function listUses(
  { key, channels }: Purpose,
  title: string | undefined,
  nameChannel: (channel: string) => string,
) {
  const name = title ?? key;
  return channels.length === 0
    ? [{ value: key, label: name }]
    : channels.map((channel) => ({
        value: `${key}.${channel}`,
        label: `${name} · ${nameChannel(channel)}`,
      }));
}
