import { SegmentedControl, Select, SimpleGrid, Stack, Text } from "@mantine/core";
import { type ReactNode, useMemo } from "react";
import type { SetupState, WeekStart } from "@/lib/api";
import { type Language, useLanguage, useWords } from "@/lib/words";
import { accessWords } from "./access-words";
import type { Region } from "./region-guess";

interface RegionFieldsProps {
  region: Region;
  choices: Pick<SetupState, "time_zones" | "currencies" | "countries">;
  onChange: (region: Region) => void;
}

/** Zone, currency, country, week and language: the same in the wizard and in settings. */
export function RegionFields({ region, choices, onChange }: RegionFieldsProps): ReactNode {
  const words = useWords(accessWords).setup;
  const { language } = useLanguage();
  const set = (change: Partial<Region>) => onChange({ ...region, ...change });
  const countries = useOptions(choices.countries, "region", language);
  const currencies = useOptions(choices.currencies, "currency", language);
  return (
    <Stack>
      <Select
        label={words.timeZone}
        data={choices.time_zones}
        value={region.time_zone}
        onChange={(next) => next && set({ time_zone: next })}
        searchable
        limit={100}
      />
      <SimpleGrid cols={{ base: 1, xs: 2 }}>
        <Select
          label={words.country}
          description={words.countryHint}
          inputWrapperOrder={["label", "input", "description"]}
          data={countries}
          value={region.country}
          onChange={(next) => next && set({ country: next })}
          searchable
          limit={300}
        />
        <Select
          label={words.currency}
          data={currencies}
          value={region.currency}
          onChange={(next) => next && set({ currency: next })}
          searchable
          limit={200}
        />
      </SimpleGrid>
      <Choice
        label={words.weekStart}
        value={region.week_start}
        onChange={(next) => set({ week_start: next as WeekStart })}
        data={[
          { value: "monday", label: words.monday },
          { value: "sunday", label: words.sunday },
          { value: "saturday", label: words.saturday },
        ]}
      />
      <Choice
        label={words.language}
        value={region.language}
        onChange={(next) => set({ language: next as Language })}
        data={[
          { value: "ja", label: "日本語" },
          { value: "en", label: "English" },
        ]}
      />
    </Stack>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  data: { value: string; label: string }[];
}

function Choice({ label, value, onChange, data }: ChoiceProps): ReactNode {
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {label}
      </Text>
      <SegmentedControl
        fullWidth
        aria-label={label}
        value={value}
        onChange={onChange}
        data={data}
      />
    </div>
  );
}

function useOptions(
  codes: string[],
  type: "region" | "currency",
  language: Language,
): { value: string; label: string }[] {
  return useMemo(() => {
    const names = new Intl.DisplayNames([language], { type });
    return codes
      .map((code) => ({
        value: code,
        label: type === "currency" ? `${code} ${names.of(code)}` : (names.of(code) ?? code),
      }))
      .toSorted((a, b) => a.label.localeCompare(b.label, language));
  }, [codes, type, language]);
}
