import { Modal, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch, IconSelector } from "@tabler/icons-react";
import { type ReactNode, useState } from "react";
import type { Metric } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useLanguage, useWords } from "@/lib/words";
import classes from "./explorer.module.css";
import { explorerWords } from "./explorer-words";

interface MetricPickerProps {
  metrics: Metric[];
  value: Metric | undefined;
  onChange: (metric: Metric) => void;
}

/** What is measured: a button that says so, and behind it every metric with its definition. */
export function MetricPicker({ metrics, value, onChange }: MetricPickerProps): ReactNode {
  const words = useWords(explorerWords);
  const common = useWords(commonWords);
  const { language } = useLanguage();
  const [opened, setOpened] = useState(false);
  return (
    <>
      <button type="button" className={classes.metric} onClick={() => setOpened(true)}>
        <span>
          <Text span size="xs" c="dimmed" display="block">
            {words.metric}
          </Text>
          <Text span fw={600}>
            {value?.title[language] ?? words.chooseMetric}
          </Text>
        </span>
        <IconSelector size={18} aria-hidden />
      </button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={words.chooseMetric}
        size="xl"
        closeButtonProps={{ "aria-label": common.close }}
      >
        {opened && (
          <MetricChoice
            metrics={metrics}
            current={value?.key}
            onChoose={(metric) => {
              setOpened(false);
              onChange(metric);
            }}
          />
        )}
      </Modal>
    </>
  );
}

/** What is asked most stands first; the others follow as the server has them. */
const USUAL = [
  "trend",
  "funnel",
  "retention",
  "actives",
  "conversion",
  "lifecycle",
  "rfm",
  "clv",
  "repeat",
  "cohorts",
  "churn_risk",
  "bought_together",
  "messages",
  "attribution",
];

function rankOf({ key }: Metric): number {
  const place = USUAL.indexOf(key);
  return place < 0 ? USUAL.length : place;
}

const GROUPS = ["behaviour", "customers", "products", "touchpoints"] as const;

interface MetricChoiceProps {
  metrics: Metric[];
  current?: string | undefined;
  onChoose: (metric: Metric) => void;
}

/** Every metric in its group, found by its name or its definition. */
export function MetricChoice({ metrics, current, onChoose }: MetricChoiceProps): ReactNode {
  const words = useWords(explorerWords);
  const { language } = useLanguage();
  const [text, setText] = useState("");
  const needle = text.trim().toLowerCase();
  const found = metrics.filter((metric) =>
    [metric.title.en, metric.title.ja, metric.definition[language]]
      .join("\n")
      .toLowerCase()
      .includes(needle),
  );
  return (
    <Stack gap="md">
      <TextInput
        leftSection={<IconSearch size={16} aria-hidden />}
        aria-label={words.searchMetric}
        placeholder={words.searchMetric}
        value={text}
        data-autofocus
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {found.length === 0 && <Text size="sm">{words.noMetric}</Text>}
      <div>
        {GROUPS.map((group) => {
          const inside = found
            .filter((metric) => metric.group === group)
            .toSorted((a, b) => rankOf(a) - rankOf(b));
          if (inside.length === 0) return null;
          return (
            <section key={group} aria-label={words.groups[group]}>
              <Text size="sm" fw={600} c="dimmed" mb={6}>
                {words.groups[group]}
              </Text>
              <ul className={classes.metrics}>
                {inside.map((metric) => (
                  <li key={metric.key}>
                    <button
                      type="button"
                      className={classes.choice}
                      data-current={metric.key === current || undefined}
                      onClick={() => onChoose(metric)}
                    >
                      <Text span display="block" size="sm" fw={600}>
                        {metric.title[language]}
                      </Text>
                      <Text span size="xs" c="dimmed" lineClamp={3}>
                        {metric.definition[language]}
                      </Text>
                    </button>
                  </li>
                ))}
              </ul>
            </section>
          );
        })}
      </div>
    </Stack>
  );
}
