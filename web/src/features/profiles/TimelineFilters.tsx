import { Text, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type ReactNode, useMemo } from "react";
import { FilterBar, FilterSelect } from "@/components/FilterBar";
import { LiveDot } from "@/components/LiveDot";
import { TOUCHPOINTS } from "@/components/TouchpointIcon";
import type { EventRow } from "@/lib/api";
import { useNames } from "@/lib/names";
import { compact } from "@/lib/search";
import { useWords } from "@/lib/words";
import { profileWords } from "./profile-words";

interface Filters {
  touchpoint?: string;
  event?: string;
  from?: string;
  to?: string;
}

export function TimelineFilters({ events }: { events: EventRow[] }): ReactNode {
  const words = useWords(profileWords).timeline;
  const names = useNames();
  const { touchpoint, event, from, to } = useSearch({
    from: "/shell/customers/profiles/$profileId",
  });
  const navigate = useNavigate({ from: "/customers/profiles/$profileId" });
  const seen = useMemo(
    () => [...new Set([...(event ? [event] : []), ...events.map((one) => one.name)])].toSorted(),
    [events, event],
  );
  const set = (change: Filters) =>
    void navigate({
      search: (now) => compact({ ...now, ...change }),
      replace: true,
      resetScroll: false,
    });
  const none = { touchpoint: undefined, event: undefined, from: undefined, to: undefined };
  return (
    <div style={{ marginBottom: 8 }}>
      <FilterBar onClear={touchpoint || event || from || to ? () => set(none) : undefined}>
        <FilterSelect
          label={words.touchpoint}
          width={140}
          value={touchpoint}
          options={TOUCHPOINTS.map((key) => ({ value: key, label: names.touchpoint(key) }))}
          onChange={(next) => set({ touchpoint: next })}
        />
        <FilterSelect
          label={words.event}
          width={190}
          value={event}
          options={seen.map((name) => ({ value: name, label: name }))}
          onChange={(next) => set({ event: next })}
        />
        <DayField
          label={words.from}
          value={from}
          max={to}
          onChange={(next) => set({ from: next })}
        />
        <DayField label={words.to} value={to} min={from} onChange={(next) => set({ to: next })} />
        <LiveDot />
      </FilterBar>
    </div>
  );
}

interface DayFieldProps {
  label: string;
  value: string | undefined;
  min?: string;
  max?: string;
  onChange: (value: string | undefined) => void;
}

function DayField({ label, value, min, max, onChange }: DayFieldProps): ReactNode {
  return (
    <TextInput
      type="date"
      size="sm"
      w={200}
      miw={190}
      aria-label={label}
      leftSection={
        <Text span size="xs" c="dimmed">
          {label}
        </Text>
      }
      leftSectionWidth={64}
      leftSectionProps={{ style: { justifyContent: "start", paddingInlineStart: 12 } }}
      min={min}
      max={max}
      value={value ?? ""}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  );
}
