import { ActionIcon, Group, Progress, Skeleton, Stack, Text, Tooltip } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useErrorText } from "@/components/ErrorState";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import type { Condition } from "./condition";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";
import { useConditionEstimate } from "./use-condition-check";

interface Estimated {
  size: number;
  low: number;
  high: number;
  sampled: number;
  people: number;
  exact: boolean;
}

/** How many people a condition means, with its interval and its share, while it is written. */
export function ConditionEstimate({
  condition,
  sound,
}: {
  condition: Condition;
  sound: boolean | undefined;
}): ReactNode {
  const words = useWords(conditionWords).estimate;
  const common = useWords(commonWords);
  const errorText = useErrorText();
  const { data, error, waiting } = useConditionEstimate(condition, sound);
  return (
    <Stack gap={6} aria-busy={waiting} className={classes.estimate}>
      <Group gap={4} wrap="nowrap">
        <Text size="sm" c="dimmed">
          {words.title}
        </Text>
        <Tooltip label={words.definition}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`${common.definition}: ${words.definition}`}
          >
            <IconInfoCircle size={14} aria-hidden />
          </ActionIcon>
        </Tooltip>
      </Group>
      {sound === false && !data && <Text size="sm">{words.broken}</Text>}
      {error && sound !== false && (
        <Text size="sm" c="red">
          {errorText(error)}
        </Text>
      )}
      {!data && !error && sound !== false && (
        <div role="status" aria-label={words.loading}>
          <Skeleton height={30} width={130} mb={6} />
          <Skeleton height={12} width={190} />
        </div>
      )}
      {data && !error && <Size estimate={data} stale={waiting || sound === false} />}
    </Stack>
  );
}

function Size({ estimate, stale }: { estimate: Estimated; stale: boolean }): ReactNode {
  const words = useWords(conditionWords).estimate;
  const format = useFormat();
  const { size, people, low, high, exact, sampled } = estimate;
  if (people === 0) return <Text size="sm">{words.little}</Text>;
  const share = size / people;
  return (
    <div className={classes.size} data-stale={stale || undefined} aria-live="polite">
      <span className={classes.number}>
        {exact ? words.people(format.number(size)) : words.about(words.people(format.number(size)))}
      </span>
      <Text size="sm" c="dimmed">
        {words.share(format.percent(share), format.number(people))}
      </Text>
      <Progress value={share * 100} size="sm" my={4} aria-hidden />
      <Text size="xs" c="dimmed">
        {exact
          ? words.exact
          : `${words.interval(format.number(low), format.number(high))} · ${words.sampled(format.number(sampled))}`}
      </Text>
    </div>
  );
}
